# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check for secrets finds what is planted, in every form and every place: otherwise its silence would tell nothing."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.tools import canaries as program
from tests.tools.canaries import PIECE, Canaries, ProcessList, made_up_tokens

SECRET = "MIIDpQYJ+oZIhvcNAQcCoIIDljCC/5ICAQExDzANBglghkgBZQMEAgEFADCCAjcGCSqGSIb3DQEHAaCCAigEggIkeyJl=="
BEARER = "5bf1fd92-4c0a-4c3e-9f0e-6f3f3f7d1a2b"


@pytest.fixture
def canaries() -> Canaries:
    return Canaries({"the token": SECRET, "the bearer": BEARER})


def encoded(before: str, urlsafe: bool = False) -> str:
    """Return the secret in base64, with something before it that shifts it."""
    raw = f"{before}{SECRET} and more".encode()
    return (base64.urlsafe_b64encode(raw) if urlsafe else base64.b64encode(raw)).decode()


FORMS: dict[str, str] = {
    "plain": SECRET,
    "a piece": SECRET[20 : 20 + PIECE],
    "url": quote(SECRET, safe=""),
    "lower url": re.sub("%..", lambda found: found[0].lower(), quote(SECRET, safe="")),
    "url twice": quote(quote(SECRET, safe=""), safe=""),
    "json": json.dumps({"token": SECRET}),
    "json escapes": json.dumps(SECRET).replace("/", "\\/").replace("+", "\\u002b"),
    "json in json": json.dumps(json.dumps(SECRET).replace("/", "\\/")),
    "html": html.escape(SECRET).replace("+", "&#43;").replace("/", "&#x2F;"),
    "wrapped": "\n    ".join(textwrap.wrap(SECRET, 12)),
    "wrapped in a string": "\\n".join(textwrap.wrap(SECRET, 12)),
    "header": f"X-Auth-Token: {SECRET}",
    "bearer": f"b'Bearer {BEARER}'",
    **{f"base64 {len(before)}": encoded(before) for before in ("", "a", "ab", "abc")},
    **{f"base64url {len(before)}": encoded(before, urlsafe=True) for before in ("", "a", "ab")},
    "basic": base64.b64encode(f"user:{BEARER}".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_is_found(canaries: Canaries, form: str) -> None:
    found = canaries.sightings(f"some text before, {form}, and some after")
    assert found
    assert all("the token" in name or "the bearer" in name for name in found)
    assert not any(SECRET[:7] in name for name in found)


def test_what_is_no_secret_is_not_found(canaries: Canaries) -> None:
    other = base64.b64encode(bytes(range(256))).decode()
    assert canaries.sightings(f"{other} {SECRET[:6]}... db79cd8b-91e2-43f8-9791-54b8b2181a70 {'/tmp/x' * 20}") == []


def test_the_frame_that_tokens_share_is_no_secret() -> None:
    frame = "ZXhwaXJlc19hdCI6IjIwMjMtMTEtMTVUMjI6MTM6MjAu"
    both = Canaries({"one": f"{frame}OneOneOneOneOne1", "two": f"{frame}TwoTwoTwoTwoTwo2"})
    assert both.sightings(frame) == []
    assert both.sightings("OneOneOneOneOne1") == ["one"]


@pytest.mark.parametrize("secret", ["short", "sixteen characters?", "space inside the secret"])
def test_what_could_be_found_by_accident_is_no_canary(secret: str) -> None:
    with pytest.raises(ValueError, match="no canary"):
        Canaries({"it": secret})


def test_files_and_their_names_are_searched(canaries: Canaries, tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    planted = tmp_path / "deep" / "er" / "artifact.json"
    planted.write_text(json.dumps({"env": BEARER}), encoding="utf-8")
    (tmp_path / BEARER).write_text("harmless", encoding="utf-8")
    allowed = tmp_path / "input.yml"
    allowed.write_text(SECRET, encoding="utf-8")
    known = {allowed: SECRET.encode()}
    assert canaries.sightings_below([tmp_path], known) == [
        f"the name of a file in {tmp_path}: the bearer",
        f"{planted}: the bearer",
    ]
    allowed.write_text(f"{SECRET}\n", encoding="utf-8")
    assert f"{allowed}: the token" in canaries.sightings_below([tmp_path], known)


def watched(command: list[str], marker: str | None = None, environment: dict[str, str] | None = None) -> ProcessList:
    """Return what was seen of a process that ends once it has been looked at."""
    processes = ProcessList(marker)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        processes.look()
    return processes


WAIT = "import sys; print(1, flush=True); sys.stdin.read()"


def test_the_process_list_is_searched(canaries: Canaries) -> None:
    assert watched([sys.executable, "-c", WAIT, f"--token={SECRET}"]).sightings(canaries) == ["the process list: the token"]
    assert watched([sys.executable, "-c", WAIT]).sightings(canaries) == []


def test_the_environment_of_marked_processes_is_searched(canaries: Canaries) -> None:
    environment = {"MARK": "of this test", "IES_BEARER_TOKEN": BEARER}
    (line,) = watched([sys.executable, "-c", WAIT], "MARK=of this test", environment).sightings(canaries)
    assert line.startswith("the environment of ")
    assert line.endswith(": the bearer")
    assert watched([sys.executable, "-c", WAIT], "MARK=other", environment).sightings(canaries) == []


def test_the_list_is_read_while_something_runs(canaries: Canaries) -> None:
    with (
        subprocess.Popen([sys.executable, "-c", WAIT, SECRET], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
        ProcessList() as processes,
    ):
        assert process.stdout is not None
        process.stdout.read(1)
        while not processes.sightings(canaries):
            assert process.poll() is None
        process.communicate(b"")
    assert processes.sightings(canaries) == ["the process list: the token"]


LEAKS: dict[str, str] = {
    "nowhere": "pass",
    "output": "print('TASK [x]', token)",
    "error output": "print(token, file=sys.stderr)",
    "a file": "(folder / 'left').write_text(token)",
    "a configuration that has been changed": "config.write_text(config.read_text() + '# more')",
}
RUN = """
import sys, yaml, pathlib
folder = pathlib.Path(sys.argv[1])
config = folder / "tokens.yml"
token = yaml.safe_load(config.read_text())["tenants"]["nbitest_14"]["auth_token"]
"""


@pytest.mark.parametrize("leak", LEAKS)
def test_the_program_fails_on_a_leak(leak: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--config", str(tmp_path / "tokens.yml"), "--log", str(tmp_path / "log"), "--search", str(tmp_path)]
    command = [sys.executable, "-c", RUN + LEAKS[leak], str(tmp_path)]
    status = program.main([*options, "--", *command])
    told = capsys.readouterr()
    assert status == int(leak != "nowhere")
    assert ("auth_token of nbitest_14" in told.err) == (leak != "nowhere")
    assert not (tmp_path / "tokens.yml").exists()


def test_the_program_passes_the_status_on(tmp_path: Path) -> None:
    options = ["--config", str(tmp_path / "tokens.yml"), "--log", str(tmp_path / "log")]
    assert program.main([*options, "--", sys.executable, "-c", "raise SystemExit(3)"]) == 3


@pytest.mark.parametrize("look", [lambda tokens: tokens["auth_token"], lambda tokens: tokens["bearer_token"]])
def test_tokens_are_made_up_anew(look: Callable[[dict[str, str]], str]) -> None:
    both = [look(tokens) for _time in range(2) for tokens in made_up_tokens().values()]
    assert len(set(both)) == 12
