# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line, as a process of its own."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator.__main__ import main
from tests.unit.simulator.support import SAMPLE_ID, SERVICES, TENANT, reachable_again

ROOT = Path(__file__).resolve().parents[3]
LIMIT = 20


@contextmanager
def running(tmp_path: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    ready_file = tmp_path / "ready.json"
    command = [sys.executable, "-m", "tests.simulator", "--ready-file", str(ready_file), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            ready = json.loads(ready_file.read_text(encoding="utf-8"))
            assert line == f"IES simulator ready on {ready['url']}\n"
            assert stat.S_IMODE(ready_file.stat().st_mode) == 0o600
            yield process, ready
        finally:
            process.terminate()
            process.wait(LIMIT)


def test_a_shell_gets_the_variables_of_a_tenant(tmp_path: Path) -> None:
    env_file = tmp_path / "ies.env"
    with running(tmp_path, "--env-file", str(env_file), "--tenant", TENANT, "--tls") as (_process, ready):
        assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
        named = "$IES_API_URL $IES_AUTH_TOKEN $IES_BEARER_TOKEN $IES_CA_PATH"
        told = subprocess.run(["sh", "-c", f". {env_file}; echo {named}"], capture_output=True, text=True, check=True).stdout
        tokens = ready["tenants"][TENANT]
        assert told.split() == [ready["url"], tokens["auth_token"], tokens["bearer_token"], ready["ca_path"]]
    assert not env_file.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tenant", "nbitest_11"], "--tenant is for --env-file"),
        (["--tenant", "nobody", "--env-file", "ies.env"], "--tenant nobody: there is none of that name; there are nbitest_11,"),
    ],
)
def test_a_tenant_that_makes_no_sense_is_told(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


def headers(ready: dict[str, Any], tenant: str = TENANT) -> dict[str, str]:
    tokens = ready["tenants"][tenant]
    return {"X-Auth-Token": tokens["auth_token"], "Authorization": f"Bearer {tokens['bearer_token']}"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_serves_until_told_to_stop_even_while_a_request_hangs(tmp_path: Path, number: int) -> None:
    config = tmp_path / "config.yml"
    config.write_text("options: {null_body: empty}\nfaults: [{action: hang, method: DELETE}]\n", encoding="utf-8")
    pid_file = tmp_path / "pid"
    arguments = ["--config", str(config), "--pid-file", str(pid_file), "--option", "null_body=null", "--speed", "600"]
    with running(tmp_path, *arguments) as (process, ready):
        assert ready["pid"] == process.pid == int(pid_file.read_text(encoding="ascii"))
        assert ready["ca_path"] is None
        assert len(ready["tenants"]) == 6
        answer = requests.get(f"{ready['url']}{SERVICES}/unknown", headers=headers(ready), timeout=10)
        assert (answer.status_code, answer.content) == (404, b"null")
        assert requests.get(f"{ready['url']}/_sim/clock", timeout=10).json()["speed"] == 600
        failures: list[Exception] = []

        def hang() -> None:
            try:
                requests.delete(f"{ready['url']}{SERVICES}/x", headers=headers(ready), timeout=LIMIT)
            except requests.RequestException as error:
                failures.append(error)

        thread = threading.Thread(target=hang)
        thread.start()
        pause = threading.Event()
        while requests.get(f"{ready['url']}/_sim/journal", timeout=10).json()["in_flight"] == 0:
            pause.wait(0.02)
        process.send_signal(number)
        out, err = process.communicate(timeout=LIMIT)
        thread.join(LIMIT)
    assert (process.returncode, out, err) == (0, "", "")
    assert isinstance(failures[0], requests.ConnectionError)
    assert [path.name for path in tmp_path.iterdir()] == ["config.yml"]


def test_a_restarted_process_goes_on_with_the_same_tokens(tmp_path: Path) -> None:
    arguments = ["--state-file", str(tmp_path / "state.json")]
    with running(tmp_path, *arguments) as (_process, ready):
        body = {"tenant": TENANT, "count": 2}
        requests.post(f"{ready['url']}/_sim/services", json=body, timeout=10).raise_for_status()
        before = ready
    with running(tmp_path, *arguments) as (_process, ready):
        answer = requests.get(ready["url"] + SERVICES, headers=headers(before), timeout=10)
        assert len(answer.json()["services"]) == 3
        assert ready["tenants"] == before["tenants"]


def test_a_restart_in_the_middle(tmp_path: Path) -> None:
    with running(tmp_path, "--speed", "600") as (process, ready):
        rule = {"action": "restart", "method": "DELETE", "params": {"process": True, "seconds": 60}}
        requests.post(f"{ready['url']}/_sim/faults", json=rule, timeout=10).raise_for_status()
        with pytest.raises(requests.ConnectionError):
            requests.delete(f"{ready['url']}{SERVICES}/{SAMPLE_ID}", headers=headers(ready), timeout=10)
        assert reachable_again(f"{ready['url']}/_sim/health")
        state = requests.get(f"{ready['url']}/_sim/state", timeout=10).json()
        assert (state["jobs"], len(state["services"])) == ([], 5)
        assert process.poll() is None


def test_tls(tmp_path: Path) -> None:
    with running(tmp_path, "--tls") as (_process, ready):
        answer = requests.get(ready["url"] + SERVICES, headers=headers(ready), verify=ready["ca_path"], timeout=10)
        assert answer.status_code == 200


def test_stops_when_its_parent_is_gone(tmp_path: Path) -> None:
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent,
        running(tmp_path, "--parent-pid", str(parent.pid)) as (process, _ready),
    ):
        parent.communicate(b"\n", timeout=LIMIT)
        assert process.wait(LIMIT) == 0


def test_stops_when_the_file_it_depends_on_is_gone(tmp_path: Path) -> None:
    running_file = tmp_path / "running"
    running_file.touch()
    with running(tmp_path, "--while-exists", str(running_file)) as (process, ready):
        requests.get(f"{ready['url']}/_sim/health", timeout=10).raise_for_status()
        assert process.poll() is None
        running_file.unlink()
        assert process.wait(LIMIT) == 0
    assert list(tmp_path.iterdir()) == []


def test_stops_at_once_when_the_file_it_depends_on_went_while_it_started(tmp_path: Path) -> None:
    # Whoever gave up waiting for the ready file has removed the other one.
    files = ["--ready-file", str(tmp_path / "ready.json"), "--while-exists", str(tmp_path / "running")]
    ended = subprocess.run([sys.executable, "-m", "tests.simulator", *files], cwd=ROOT, timeout=LIMIT, check=False)
    assert ended.returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--option", "null_body"], "NAME=VALUE"),
        (["--option", "null_body=zero"], "null_body"),
        (["--tls-key", "x"], "belong together"),
        (["--config", "/nonexistent"], "No such file"),
        (["--speed", "-1"], "negative"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_a_mistake_in_a_configuration_does_not_print_tokens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"tenants": {"t": {"auth_token": ["s3cret"]}}}', encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--config", str(config)])
    message = capsys.readouterr().err
    assert "tenants.t.auth_token" in message
    assert "s3cret" not in message
