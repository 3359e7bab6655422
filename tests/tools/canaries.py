# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look for secrets where none may be: in what a run printed, what it left in files, and the process list meanwhile.

As a program it runs a command against a simulated IES with tokens made up for this one run, and fails where one of them shows:

    canaries.py --config FILE --log FILE [--search PATH ...] -- COMMAND [ARGUMENT ...]

FILE of --config is written first; it is a configuration for the simulator, and holds the tokens. All that the command prints
goes to the log; the headlines of it are shown.
"""

from __future__ import annotations

import argparse
import base64
import html
import os
import re
import secrets
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

import yaml

PIECE = 16
"""A piece of a secret this long counts as a sighting, whatever became of the rest."""

_ALPHABET = re.compile(rb"[A-Za-z0-9+/=_-]{%d,}" % PIECE)
_WHITE_SPACE = re.compile(rb"(?:\s|\\+[nrt])+")
_UNICODE_ESCAPE = re.compile(rb"\\+u([0-9a-fA-F]{4})")
_TENANTS = ("nbitest_11", "nbitest_12", "nbitest_13", "nbitest_14", "nbitest_15", "nbitest_16")
# What is shown of the output of Ansible while it runs at -vvvv.
_HEADLINE = re.compile(rb"(PLAY|TASK|Running|INFO|WARNING|ERROR|FATAL|ok:|changed:|fatal:|failed:)|\S+ +: ok=")


class Canaries:
    """Secrets by name, and every form in which one could show.

    Found is any piece of PIECE characters: plain; with URL, JSON or HTML escapes, once or twice over; broken by white space;
    and in base64 of either alphabet, at any offset within what was encoded. A piece that two secrets have in common, such as
    the frame of a token, is no secret.
    """

    def __init__(self, named: Mapping[str, str]) -> None:
        self._pieces: dict[bytes, tuple[str, str]] = {}
        self._shared: set[bytes] = set()
        for name, secret in named.items():
            plain = secret.encode("ascii")
            if not _ALPHABET.fullmatch(plain):
                raise ValueError(f"{name} is no canary: take at least {PIECE} characters of base64 or base64url")
            self._add(plain, name, "")
            for offset in range(3):
                # The first and last characters depend on what stands beside the secret.
                encoded = base64.b64encode(b"\0" * offset + plain)[4 if offset else 0 : -4]
                self._add(encoded, name, " in base64")
                self._add(encoded.translate(bytes.maketrans(b"+/", b"-_")), name, " in base64url")
        for piece in self._shared:
            del self._pieces[piece]

    def _add(self, form: bytes, name: str, encoding: str) -> None:
        for start in range(len(form) - PIECE + 1):
            piece = form[start : start + PIECE]
            if self._pieces.setdefault(piece, (name, encoding))[0] != name:
                self._shared.add(piece)

    def sightings(self, content: bytes | str) -> list[str]:
        """Name the secrets that a content shows, and in which form. Never quotes one."""
        raw = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        found: dict[str, None] = {}
        for form in _readings(raw):
            for run in _ALPHABET.finditer(form):
                text = run.group()
                for start in range(len(text) - PIECE + 1):
                    known = self._pieces.get(text[start : start + PIECE])
                    if known is not None:
                        found["".join(known)] = None
        return list(found)

    def sightings_in(self, places: Mapping[str, bytes | str]) -> list[str]:
        """Return one line per place that shows a secret."""
        return [f"{place}: {name}" for place, content in places.items() for name in self.sightings(content)]

    def sightings_below(self, folders: Iterable[Path], known: Mapping[Path, bytes] | None = None) -> list[str]:
        """Return one line per file that shows a secret; a file of `known` may, as long as it has that content."""
        found = []
        for path in sorted(path for folder in folders for path in _files(folder)):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            if (known or {}).get(path) != content:
                found += self.sightings_in({str(path): content})
            found += self.sightings_in({f"the name of a file in {path.parent}": path.name})
        return found


def _readings(raw: bytes) -> Iterator[bytes]:
    """Yield a content as it stands, without escapes, and without white space."""
    yield raw
    form = raw
    for _time in range(2):
        before, form = form, _unescaped(form)
        if form != before:
            yield form
    joined = _WHITE_SPACE.sub(b"", form)
    if joined != form:
        yield joined


def _unescaped(content: bytes) -> bytes:
    if b"%" in content:
        content = urllib.parse.unquote_to_bytes(content)
    if b"\\" in content:
        content = _UNICODE_ESCAPE.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "replace"), content)
        content = re.sub(rb"\\+/", b"/", content)
    if b"&" in content:
        content = html.unescape(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return content


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
    for place, _folders, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                yield path


class ProcessList:
    """What any user could see of the processes of this machine while something ran, and their environments on request.

    Used as a context manager: the list is read again and again in a thread. `environments` holds the environments of the
    processes whose own environment names `marker`, by their command line; they can be read by the same user only.
    """

    _PAUSE = 0.03

    def __init__(self, marker: str | None = None) -> None:
        self.command_lines: set[bytes] = set()
        self.environments: dict[str, bytes] = {}
        self._marker = marker.encode() if marker else None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="process-list", daemon=True)

    def __enter__(self) -> ProcessList:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.look()
            if self._ended.wait(self._PAUSE):
                return

    def look(self) -> None:
        """Read the list once."""
        for process in _processes():
            command_line = _read(process / "cmdline")
            self.command_lines.add(command_line)
            if self._marker:
                environment = _read(process / "environ")
                if self._marker in environment.split(b"\0"):
                    self.environments[command_line.replace(b"\0", b" ").decode("utf-8", "replace")] = environment

    def wait_for(self, marker: str, seconds: float) -> None:
        """Wait until no process has an environment that names `marker`; raises TimeoutError after so many seconds."""
        end = time.monotonic() + seconds
        while any(marker.encode() in _read(process / "environ").split(b"\0") for process in _processes()):
            if time.monotonic() > end:
                raise TimeoutError(f"a process with {marker} in its environment is still there")
            self._ended.wait(self._PAUSE)

    def sightings(self, canaries: Canaries) -> list[str]:
        """Return one line per secret that a process showed."""
        return [
            *canaries.sightings_in({"the process list": b"\n".join(sorted(self.command_lines))}),
            *canaries.sightings_in({f"the environment of {line[:200]}": text for line, text in self.environments.items()}),
        ]


def _processes() -> list[Path]:
    return [path for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended, or belongs to somebody else
        return b""


def made_up_tokens() -> dict[str, dict[str, str]]:
    """Return tokens for the tenants of the simulator's samples, such as nobody has had before."""
    return {
        tenant: {"auth_token": f"MII{secrets.token_urlsafe(300)}", "bearer_token": str(uuid.uuid4())} for tenant in _TENANTS
    }


def named_tokens(tenants: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return tokens by names for people."""
    return {f"{option} of {tenant}": token for tenant, tokens in tenants.items() for option, token in tokens.items()}


def main(arguments: list[str] | None = None) -> int:
    """Run the command and look for the tokens; the status is the command's, or 1 where there were any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--search", type=Path, action="append", default=[])
    parser.add_argument("command", nargs="+")
    given = parser.parse_args(arguments)

    tenants = made_up_tokens()
    given.config.parent.mkdir(parents=True, exist_ok=True)
    given.config.unlink(missing_ok=True)
    given.config.touch(mode=0o600)
    given.config.write_text(yaml.safe_dump({"tenants": tenants}), encoding="ascii")
    known = {given.config: given.config.read_bytes()}
    canaries = Canaries(named_tokens(tenants))
    try:
        with ProcessList() as processes:
            status = _run(given.command, given.log)
        found = [*canaries.sightings_below([given.log, *given.search], known), *processes.sightings(canaries)]
    finally:
        given.config.unlink()
    size = given.log.stat().st_size
    print(f"Looked for {len(named_tokens(tenants))} tokens in {size} bytes of output, files and processes: {len(found)} seen")
    for line in found:
        print(f"error: a token shows in {line}", file=sys.stderr)
    return status or int(bool(found))


def _run(command: list[str], log: Path) -> int:
    with (
        log.open("wb") as file,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            if _HEADLINE.match(line):
                print(line.decode("utf-8", "replace").partition(" => ")[0].rstrip(), flush=True)
    if process.returncode:
        sys.stdout.write("...\n" + "".join(log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[-200:]))
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
