# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare two builds of the archive, install one into an empty folder, and run playbooks from there.

`archive.py FIRST SECOND BIN`: BIN is the folder of an Ansible that does not know the collection.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.simulator.server import SimulatorServer

_TENANT = "nbitest_16"
_SERVICES = {
    "cloudvpn_services": [
        {
            "name": "from-the-archive",
            "service_definition": "Site2DC",
            "site2dc": [{"cloud_vpn_name": "ARCHIVE", "bandwidth": 60000}],
        }
    ]
}
_QUICK = ("-e", "cloudvpn_wait_sleep=0.2")
PLAYS = (
    ("provision", "-e", "@services.json", *_QUICK),
    ("scale", "-e", "cloudvpn_name=from-the-archive", "-e", "cloudvpn_bandwidth=80000", *_QUICK),
    ("decommission", "-e", "cloudvpn_name=from-the-archive", *_QUICK),
)


def entries(archive: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return kind, mode and content of everything in an archive, by its name; times do not count."""
    return dict(_entries(archive))


def _entries(archive: Path) -> Iterator[tuple[str, tuple[int, int, bytes]]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            content = opened.extractfile(member) if member.isfile() else None
            yield member.name, (int.from_bytes(member.type, "big"), member.mode, content.read() if content else b"")


def differing(first: Path, second: Path) -> list[str]:
    """Return the names of what differs between two archives."""
    one, other = entries(first), entries(second)
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def install_and_play(archive: Path, binaries: Path) -> None:
    """Install the archive into an empty folder and run the playbooks of both stories; raises CalledProcessError."""
    with (
        tempfile.TemporaryDirectory(prefix="ies-archive-") as name,
        SimulatorServer(durations=dict.fromkeys(("create", "modify", "delete"), 0.5)) as sim,
    ):
        folder = Path(name)
        auth_token, bearer_token = sim.tokens(_TENANT)
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "IES_"))},
            "PATH": f"{binaries.resolve()}{os.pathsep}{os.environ['PATH']}",
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "IES_API_URL": sim.url,
            "IES_AUTH_TOKEN": auth_token,
            "IES_BEARER_TOKEN": bearer_token,
        }
        (folder / "services.json").write_text(json.dumps(_SERVICES), encoding="utf-8")
        install = ["ansible-galaxy", "collection", "install", str(archive.resolve()), "-p", "collections"]
        for command in (install, *(["ansible-playbook", f"cloudopera.ies.{play}", *options] for play, *options in PLAYS)):
            print(f"--> {' '.join(command[:3])}", flush=True)
            subprocess.run(command, cwd=folder, env=environment, check=True)
        written = [entry.method for entry in sim.journal.writes]
        if written != ["POST", "PUT", "DELETE"]:
            raise SystemExit(f"error: the playbooks from the archive wrote {written}, not an order, an update and a removal")


def main(first: str, second: str, binaries: str) -> int:
    """Check the archives; return 1 with a line that says what is wrong."""
    found = differing(Path(first), Path(second))
    if found:
        print(f"error: two builds differ in {', '.join(found)}", file=sys.stderr)
        return 1
    install_and_play(Path(first), Path(binaries))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
