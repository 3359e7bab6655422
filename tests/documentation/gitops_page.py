# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Play the life of a change on a copy of examples/gitops, and write what the screens show into docs/gitops.md.

`make gitops-page` runs it. What differs from run to run is replaced: ids, times, fingerprints, the address and the folder.
Ansible's headings, its recap and the lines of progress are left out, and of a failed task only its message is kept.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.documentation import gitops
from tests.documentation.blocks import REPOSITORY
from tests.documentation.gitops import EXAMPLE, Machine
from tests.simulator import samples
from tests.simulator.server import SimulatorServer

PAGE = REPOSITORY / "docs" / "gitops.md"
TENANT = gitops.TENANTS["north"]
DURATIONS = dict.fromkeys(("create", "modify", "delete", "activate", "deactivate"), 0.1)
_SCREEN = re.compile(r"<!-- >>> make gitops-page: ([a-z-]+) -->\n(.*?)<!-- <<< -->", re.DOTALL)
_LEFT_OUT = re.compile(
    r"^$|^(PLAY|TASK|ok:|changed:|skipping:|\[ERROR\]|Origin:|make: |\d+( |$)|  *\^|<<< )|^\w+ +: ok=\d|^\[\w+\] \d+ ready, "
)
_FAILED = re.compile(r"^(?:fatal|failed): (\[\w+\]).*? => (\{.*)$")


class Story:
    """A tenant, its repository, and those who work with it."""

    def __init__(self, sim: SimulatorServer, root: Path) -> None:
        self._sim = sim
        folder = root / "tenants"
        shutil.copytree(EXAMPLE, folder)
        # One tenant is enough to read.
        shutil.rmtree(folder / "inventory" / "host_vars" / "south")
        (folder / "inventory" / "tenants.yml").write_text("tenants:\n  hosts:\n    north:\n", encoding="utf-8")
        environment = {
            "IES_API_URL": sim.url,
            "VAULT_PASSWORD": gitops.PASSWORD,
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / ".tree"),
            # For the script that looks for drift; the Makefile sets it for its steps.
            "ANSIBLE_VAULT_PASSWORD_FILE": "vault_password.sh",
            "MAKEFLAGS": "--silent --no-print-directory",
        }
        shutil.copy2(REPOSITORY / "extensions" / "scripts" / "drift.sh", folder)
        sim.state.add_service(
            TENANT,
            "branch-07",
            {"Site2DCList": [samples.site2dc_item("BRANCH-07")]},
            service_definition_id=samples.SITE2DC_DEFINITION,
            template_id=samples.SITE2DC_TEMPLATE,
        )
        self._machine = Machine(sim, root / "home", folder, environment)
        for name, token in zip(("ies_auth_token", "ies_bearer_token"), sim.tokens(TENANT), strict=True):
            encrypt = f"ansible-vault encrypt_string --stdin-name {name} >> inventory/host_vars/north/tokens.yml"
            self._machine.do(f'printf %s "$TOKEN" | {encrypt}', TOKEN=token)
        self._machine.do("git init --quiet && git add --all && git commit --quiet --message First")
        self._path = folder / "inventory" / "host_vars" / "north" / "services.yml"
        self._machine.do("make plan apply")
        self._services: dict[str, dict[str, Any]] = {
            it["name"]: it for it in yaml.safe_load(self._path.read_text(encoding="utf-8"))["cloudvpn_services"]
        }
        self._ids: dict[str, str] = {}

    def screens(self) -> Iterator[tuple[str, str]]:
        """Play the story; return the name of each screen with what it shows."""
        self._services["north-to-dc3"] = {
            "name": "north-to-dc3",
            "service_definition": "Site2DC",
            "site2dc": [{"cloud_vpn_name": "NORTH-DC3", "bandwith": 20000}],
        }
        self._services["north-to-dc2"]["site2dc"][0]["bandwidth"] = 400000
        self._declare("north-to-dc1", "north-to-dc2", "north-to-dc3")
        yield "validate", self._screen("make validate", fails=True)

        self._services["north-to-dc3"]["site2dc"] = [{"cloud_vpn_name": "NORTH-DC3", "bandwidth": 20000}]
        self._declare("north-to-dc1", "north-to-dc2", "north-to-dc3")
        self._machine.do("make plan")
        yield "policy", self._screen("make policy", fails=True)

        self._services["north-to-dc2"]["site2dc"][0]["bandwidth"] = 80000
        self._declare("north-to-dc1", "north-to-dc2", "north-to-dc3")
        yield "plan", "".join(map(self._screen, ("make plan", "make policy", "make comment", "cat plans/comment.txt")))

        self._by_hand("north-to-dc2", 50000)
        yield "refused", self._screen("make apply", fails=True)

        self._machine.do("make plan")
        yield "apply", self._screen("make apply")

        yield "twice", self._screen("make apply", fails=True)

        self._by_hand("north-to-dc2", 50000)
        drift = "CLOUDVPN_STATUS_FILE=drift.json sh drift.sh -e cloudvpn_hosts=tenants"
        yield "drift", self._screen(f'{drift} || echo "status $?"') + self._screen("grep --max-count 1 status drift.json")

        self._by_hand("north-to-dc2", 80000)
        shape = {"level": 90000, "daily": 0, "noise": 0, "weekly": 1}
        self._sim.simulation.shapes.put("NORTH-DC1", shape, self._sim.clock.now())
        yield "elastic", self._screen("make elastic") + self._screen("make drift")

        self._declare("north-to-dc1")
        capped = self._screen("make plan", fails=True)
        self._declare("north-to-dc3")
        yield "prune", capped + "...\n" + self._screen("make plan")

        exported = self._screen("make export") + self._screen("grep --after-context 7 branch-07 exported/north.yml")
        content = yaml.safe_load((self._machine.folder / "exported" / "north.yml").read_text(encoding="utf-8"))
        (self._services["branch-07"],) = (it for it in content["cloudvpn_services"] if it["name"] == "branch-07")
        self._declare("branch-07", "north-to-dc1", "north-to-dc2", "north-to-dc3")
        yield "adopt", exported + "...\n" + self._screen("make plan")

    def _screen(self, command: str, *, fails: bool = False) -> str:
        ended = self._machine.run(command)
        assert bool(ended.status) is fails, f"{command}\n{ended.output}"
        lines = ended.output.splitlines()
        if not command.startswith(("cat", "grep")):
            lines = [self._shortened(line) for line in lines if not _LEFT_OUT.search(line)]
        return "".join(f"{line}\n" for line in (f"$ {command}", *(self._steady(line) for line in lines)))

    @staticmethod
    def _shortened(line: str) -> str:
        failed = _FAILED.match(line)
        return f"{failed[1]} FAILED: {json.loads(failed[2])['msg']}" if failed else line

    def _steady(self, line: str) -> str:
        """Return a line without what differs from run to run."""
        for pattern, by in (
            (re.escape(str(self._machine.folder)), "/builds/tenants"),
            (re.escape(self._sim.url), "https://ies.example.com"),
            (r"\b[0-9a-f]{64}\b", "FINGERPRINT"),
            (r"\b[0-9a-f]{40}\b", "COMMIT"),
            (r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-03-02T09:30:00Z"),
            (r"\b20\d\d-\d\d-\d\d \d\d:\d\d(:\d\d)?", "2026-03-02 09:30"),
        ):
            line = re.sub(pattern, by, line)
        for service in self._sim.state.services(TENANT):
            for written in (service.service_id, service.service_id.replace("_", r"\_")):
                line = line.replace(written, f"ID-{service.name}")
        return line.rstrip()

    def _declare(self, *names: str) -> None:
        text = yaml.safe_dump({"cloudvpn_services": [self._services[name] for name in names]}, sort_keys=False)
        self._path.write_text(f"---\n{text}", encoding="utf-8")

    def _by_hand(self, name: str, bandwidth: int) -> None:
        gitops.change_by_hand(self._sim, "north", name, bandwidth)


def render(text: str, screens: dict[str, str]) -> str:
    """Return the page with these screens in their places; the page has to have a place for each, in their order."""
    places = [found[1] for found in _SCREEN.finditer(text)]
    if places != list(screens):
        raise SystemExit(f"the page shows the screens {places}, and the story {list(screens)}")

    def put(found: re.Match[str]) -> str:
        return f"<!-- >>> make gitops-page: {found[1]} -->\n\n```console\n{screens[found[1]]}```\n\n<!-- <<< -->"

    return _SCREEN.sub(put, text)


def play() -> dict[str, str]:
    """Return what the screens show, by their names."""
    with SimulatorServer(durations=DURATIONS) as sim, tempfile.TemporaryDirectory(prefix="gitops-") as folder:
        return dict(Story(sim, Path(folder).resolve()).screens())


def main() -> int:
    """Write the page."""
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8"), play()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
