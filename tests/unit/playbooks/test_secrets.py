# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens from every source that the documentation shows, and failures of every kind: none of them shows a secret.

Every run of the runner is searched for secrets (see support.Ansible), so these tests only have to cause what might
show one.
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from tests.simulator.server import SimulatorServer
from tests.simulator.tokens import make_token
from tests.unit.playbooks.support import Ansible, Run
from tests.unit.playbooks.test_carriers import NAME, TENANT, read

GROUP = "group/cloudopera.ies.ies"
# The doors: inside the controller; as a module process of this host; and as one of another host.
DOORS: dict[str, dict[str, Any]] = {
    "controller": {},
    "process": {"environment": {"LANG": "C.UTF-8"}},
    "host": {"delegate_to": "elsewhere"},
}
PASSWORD = "canary-of-a-password-in-a-url"


@pytest.fixture
def hosts(ansible: Ansible) -> str:
    """An inventory with a host behind a connection that is not local."""
    ansible.environment["ANSIBLE_CONNECTION_PLUGINS"] = str(Path(__file__).parent / "connections")
    python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    named = {
        "localhost": {"ansible_connection": "local", **python},
        "elsewhere": {"ansible_connection": "elsewhere", **python},
    }
    return ansible.write("inventory.yml", {"all": {"hosts": named}})


def play(tasks: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    """Return a playbook of these tasks."""
    return [{"hosts": "localhost", "gather_facts": False, **more, "tasks": tasks}]


class TestSources:
    """As in docs/connection.md."""

    @staticmethod
    def connected(ansible: Ansible, playbook: list[dict[str, Any]], *arguments: str, **more: Any) -> Run:
        before = len(ansible.sim.journal.entries)
        run = ansible.playbook(playbook, *arguments, **more).went_well()
        assert [entry.tenant for entry in ansible.sim.journal.entries[before:]] == [TENANT]
        return run

    def test_environment(self, ansible: Ansible) -> None:
        self.connected(ansible, play([read("with the environment")]), tenant=TENANT)

    def test_module_defaults_and_file_lookup(self, ansible: Ansible) -> None:
        defaults = ansible.options(TENANT)
        for option in ("auth_token", "bearer_token"):
            path = ansible.write(f"ies_{option}", f"{defaults[option]}\n")
            defaults[option] = f"{{{{ lookup('ansible.builtin.file', '{path}') }}}}"
        self.connected(ansible, play([read("from files")], module_defaults={GROUP: defaults}))

    def test_vault(self, ansible: Ansible) -> None:
        options = ansible.options(TENANT)
        quiet = {**ansible.environment, "ANSIBLE_VERBOSITY": "0"}
        password = ["--vault-password-file", ansible.write("vault_password", "not the one you use\n")]
        tokens = {f"vault_ies_{option}": options[option] for option in ("auth_token", "bearer_token")}
        defaults = {GROUP: {"api_url": options["api_url"], **{name[10:]: f"{{{{ {name} }}}}" for name in tokens}}}

        # A file of variables, encrypted as a whole.
        file = ansible.write("ies_vault.yml", tokens)
        encrypted = ansible.run(["ansible-vault", "encrypt", *password, file], quiet)
        assert encrypted.status == 0, encrypted.output
        assert Path(file).read_text(encoding="utf-8").startswith("$ANSIBLE_VAULT;")
        playbook = play([read("from an encrypted file")], module_defaults=defaults, vars_files=[file])
        self.connected(ansible, playbook, *password)

        # Single values, encrypted in place.
        lines = [
            ansible.run(["ansible-vault", "encrypt_string", *password, "--stdin-name", name], quiet, told=token).stdout
            for name, token in tokens.items()
        ]
        assert all("!vault |" in text for text in lines)
        variables = ansible.write("inline.yml", "\n".join(lines))
        self.connected(ansible, play([read("from values")], module_defaults=defaults), *password, "-e", f"@{variables}")

        # Without the password nothing is sent, and nothing told.
        refused = ansible.playbook(playbook)
        assert refused.status != 0
        assert len(ansible.sim.journal.entries) == 2


def failures(sim: SimulatorServer, options: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return what goes wrong: options that differ, a fault of the simulator, and words of the message."""
    auth_token, bearer_token = options["auth_token"], options["bearer_token"]
    headers = f"X-Auth-Token: {auth_token} Authorization: Bearer {bearer_token}"
    elsewhere = f"https://login.example.com/{quote(bearer_token)}/{quote(auth_token[:90], safe='')}?token={quote(auth_token)}"

    def answer(status: int, body: Any, **more: Any) -> dict[str, Any]:
        return {"fault": {"action": "status", "status": status, "body": body, **more}}

    return {
        "refused token": {"auth_token": auth_token[::-1], "says": "auth_token"},
        "refused bearer": {"bearer_token": bearer_token[::-1], "says": "bearer_token"},
        "no connection": {"api_url": "http://127.0.0.1:1", "says": "no connection"},
        "credentials in the address": {
            "api_url": f"https://admin:{PASSWORD}@127.0.0.1:1",
            "says": "must not contain credentials",
        },
        "credentials and no port": {"api_url": f"https://admin:{PASSWORD}@127.0.0.1:x", "says": "invalid host or port"},
        "token as address": {"api_url": auth_token, "says": "not an http(s) address"},
        "bearer as address": {"api_url": bearer_token, "says": "not an http(s) address"},
        "token in the address": {"api_url": f"https://127.0.0.1:1/?token={auth_token}", "says": "no query"},
        "token as CA": {"ca_path": auth_token, "says": "does not exist"},
        "bearer as CA": {"ca_path": bearer_token, "says": "does not exist"},
        "token as number": {"api_timeout": auth_token, "says": "int"},
        "bearer as number": {"api_retries": bearer_token, "says": "int"},
        "bearer as switch": {"validate_certs": bearer_token, "says": "boolean"},
        "token as choice": {"phase": auth_token, "says": "phase"},
        "token in an unknown option": {"authtoken": auth_token, "says": "Unsupported"},
        "bearer in an unknown option": {"bearer": bearer_token, "says": "Unsupported"},
        "control character": {"auth_token": f"{auth_token}\x07", "says": "cannot be sent"},
        "not latin-1": {"bearer_token": f"{bearer_token}\u2026", "says": "cannot be sent"},
        "not ascii": {"auth_token": f"{auth_token[:700]}\u00e9{auth_token[700:]}", "says": "cannot be sent"},
        "a list": {"auth_token": [auth_token], "says": "auth"},
        "HTML that shows the headers": {**answer(502, f"<html><pre>{headers}</pre></html>"), "says": "502"},
        "HTML with escapes": {
            **answer(403, f"<html>{html.escape(headers).replace('/', '&#x2F;').replace('+', '&#43;')}</html>"),
            "says": "403",
        },
        "HTML in the place of a response": {**answer(200, f"<html>{headers}"), "says": "HTML"},
        "JSON that breaks off": {**answer(200, json.dumps({"sent": headers})[:-9].replace("/", "\\/")), "says": "cut off"},
        "JSON that shows the headers": {**answer(400, {"message": headers}), "says": "400"},
        "JSON of Java": {**answer(400, json.dumps(headers).replace("/", "\\/").replace("+", "\\u002b")), "says": "400"},
        "an id of an error": {**answer(409, {"exceptionId": auth_token[:60]}), "says": "409"},
        "URL-encoded text": {**answer(404, f"/login?token={quote(auth_token[20:], safe='')}"), "says": "404"},
        "redirect": {**answer(302, None, headers={"Location": elsewhere}), "says": "redirect"},
    }


FOR_PROCESSES = (
    *("refused token", "credentials in the address", "bearer as number", "token as choice", "bearer in an unknown option"),
    *("not latin-1", "redirect"),
)


def failing_task(door: str, name: str, case: dict[str, Any]) -> dict[str, Any]:
    """Return a task that fails as it should, through one door."""
    options = {key: value for key, value in case.items() if key not in {"fault", "says"}}
    register = "failed_here"
    words = json.dumps(case["says"])
    return {
        "name": f"{name}, {door}",
        "cloudopera.ies.ies_service_info": {"details": False, "api_retries": 0, **options},
        "register": register,
        "failed_when": f"{register} is not failed or {words} not in {register}.msg",
        "diff": True,
        **DOORS[door],
    }


# With ANSIBLE_DEBUG Ansible prints the arguments of every module that it starts, whatever its documentation says of them.
@pytest.mark.parametrize(
    ("door", "debug"), [*((door, False) for door in DOORS), ("controller", True)], ids=[*DOORS, "controller-debug"]
)
def test_a_failure_shows_no_secret(sim: SimulatorServer, ansible: Ansible, hosts: str, door: str, debug: bool) -> None:
    options = ansible.options(TENANT)
    ansible.secrets.update(
        {
            "a password": PASSWORD,
            "a refused token": options["auth_token"][::-1],
            "a refused bearer": options["bearer_token"][::-1],
        }
    )
    cases = failures(sim, options)
    if door != "controller":
        # Every task is a process there: those that a module meets in another place than the controller does.
        cases = {name: case for name, case in cases.items() if name in FOR_PROCESSES}
    if debug:
        ansible.environment["ANSIBLE_DEBUG"] = "true"
    variables: dict[str, Any] = {f"tenant_{option}": value for option, value in options.items()}
    tasks = []
    # Those with a fault first, as each takes the next request there is.
    for number, (name, case) in enumerate(sorted(cases.items(), key=lambda item: "fault" not in item[1])):
        if "fault" in case:
            sim.faults.add(**case["fault"])
        # Through variables: what is written into a playbook is seen by whoever sees the playbook.
        given = {key: value for key, value in case.items() if key in {"fault", "says"}}
        for key in case.keys() - given.keys():
            variables[f"case_{number}_{key}"] = case[key]
            given[key] = f"{{{{ case_{number}_{key} }}}}"
        tasks.append(failing_task(door, name, given))
    defaults = {GROUP: {option: f"{{{{ tenant_{option} }}}}" for option in options}}
    ansible.environment["ANSIBLE_DISPLAY_ARGS_TO_STDOUT"] = "true"
    run = ansible.playbook(play(tasks, module_defaults=defaults), "--diff", "-i", hosts, variables=variables)
    assert run.status == 0, "\n".join(line for line in run.output.splitlines() if "fatal" in line or "msg" in line)
    assert run.count("ok") == len(cases)
    assert "Traceback (most recent call last)" not in run.stdout
    assert all(rule.spent for rule in sim.faults.rules) or debug


def test_the_reason_of_an_operation_shows_no_secret(sim: SimulatorServer, ansible: Ansible) -> None:
    auth_token, _bearer_token = sim.tokens(TENANT)
    sim.faults.add("fail_async", reason=f"the gateway refused X-Auth-Token: {auth_token[:300]}")
    change = {"name": NAME, "bandwidth": 70000, "wait_sleep": 0.1}
    run = ansible.playbook(play([{"name": "Fail", "cloudopera.ies.ies_service": change}]), "--diff", tenant=TENANT).failed()
    assert "the gateway refused X-Auth-Token: ********" in run.words


@pytest.mark.parametrize("door", DOORS)
def test_ansibles_own_copies(ansible: Ansible, hosts: str, door: str) -> None:
    # Ansible then keeps what it sends to a host, arguments included. Inside the controller nothing is sent.
    ansible.environment["ANSIBLE_KEEP_REMOTE_FILES"] = "true"
    options = ansible.options(TENANT)
    variables = {f"tenant_{option}": value for option, value in options.items()}
    defaults = {GROUP: {option: f"{{{{ tenant_{option} }}}}" for option in options}}
    playbook = play([read("and keep the files", **DOORS[door])], module_defaults=defaults)
    kept = Path(ansible.environment["ANSIBLE_REMOTE_TMP"])
    if door == "controller":
        ansible.playbook(playbook, "-i", hosts, variables=variables)
        assert not list(kept.rglob("AnsiballZ_*"))
        return
    with pytest.raises(AssertionError, match="AnsiballZ_ies_service_info") as caught:
        ansible.playbook(playbook, "-i", hosts, variables=variables)
    # Nowhere else, and there for nobody else.
    assert all("AnsiballZ_ies_service_info" in line for line in str(caught.value).splitlines() if "of nbitest" in line)
    assert all(path.parent.stat().st_mode & 0o077 == 0 for path in kept.rglob("AnsiballZ_*"))


PLANTS: dict[str, dict[str, Any]] = {
    "stdout": {"ansible.builtin.debug": {"msg": "{{ planted }}"}},
    "ansible.log": {"ansible.builtin.debug": {"msg": "{{ planted | b64encode }}"}},
    "everything.json": {"ansible.builtin.debug": {"msg": "{{ planted | urlencode }}"}},
    "the process list": {"ansible.builtin.command": {"argv": ["sh", "-c", "sleep 0.3", "{{ planted }}"]}},
    "remote_tmp": {"ansible.builtin.copy": {"dest": "{{ remote_tmp }}/planted", "content": "{{ planted }}", "mode": "0600"}},
    "the journal of the simulator": {
        "ansible.builtin.uri": {"url": "{{ address }}/rest/?token={{ planted | urlencode }}", "status_code": [200, 401, 404]}
    },
}


def test_the_search_finds_what_is_planted(sim: SimulatorServer, ansible: Ansible) -> None:
    auth_token, _bearer_token = sim.tokens(TENANT)
    tasks = [{"name": f"Plant it in {place}", **task} for place, task in PLANTS.items()]
    variables = {"planted": auth_token, "address": sim.url, "remote_tmp": ansible.environment["ANSIBLE_REMOTE_TMP"]}
    with pytest.raises(AssertionError, match="a secret shows in") as caught:
        ansible.playbook(play(tasks), variables=variables)
    found = str(caught.value)
    assert not [place for place in PLANTS if place not in found], found
    assert auth_token[:9] not in found


def test_the_search_finds_what_a_process_inherits(ansible: Ansible) -> None:
    auth_token, _bearer_token = ansible.sim.tokens(TENANT)
    task = {
        "name": "Hand a token on",
        "ansible.builtin.command": {"argv": ["sleep", "0.3"]},
        "environment": {"IES_AUTH_TOKEN": "{{ planted }}"},
        "no_log": True,
    }
    with pytest.raises(AssertionError, match=r"the environment of sleep 0\.3"):
        ansible.playbook(play([task]), variables={"planted": auth_token})


def test_a_token_of_another_simulator_is_none_of_ours(sim: SimulatorServer, ansible: Ansible) -> None:
    # Other tests run beside these, and one of them plants a token in the list of processes.
    moment = 1493070688.135
    ours, _bearer_token = sim.token_store.issue(TENANT, moment)
    canaries = ansible.canaries()
    assert canaries.sightings(make_token(moment)) == []
    assert canaries.sightings(ours[-40:]) == [f"auth_token of {TENANT}"]


def test_artifacts_of_ansible_runner_are_searched(ansible: Ansible) -> None:
    artifacts = ansible.folder / "runner" / "artifacts" / "1"
    artifacts.mkdir(parents=True)
    (artifacts / "command").write_text(json.dumps({"command": [], "env": ansible.connection(TENANT)}), encoding="utf-8")
    (artifacts / "command").chmod(0o600)
    canaries = ansible.canaries()
    assert ansible.sightings(canaries) == []
    (artifacts / "command").write_text(json.dumps({"command": list(ansible.sim.tokens(TENANT)), "env": {}}), encoding="utf-8")
    (artifacts / "job_events").mkdir()
    (artifacts / "job_events" / "1.json").write_text(yaml.safe_dump(ansible.options(TENANT)), encoding="utf-8")
    assert len(ansible.sightings(canaries)) == 4
