# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A headless Chromium, led over its pipe for developers: how a page looks, and what it asks the network for."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_LONGEST_START = 60


def program() -> str | None:
    """Return the path of a browser; None where there is none."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class Tab:
    """A tab of the browser. It remembers what was requested, and what the page complained of."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Return the result of a command; a refusal is an assertion that fails."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._writing, json.dumps(command).encode() + b"\0")
        while True:
            message = self._receive()
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._reading, 1 << 20)
            assert piece, "the browser ended"
            self._rest += piece
        text, _nul, self._rest = self._rest.partition(b"\0")
        message = json.loads(text)
        details = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(details["request"]["url"])
        elif message.get("method") == "Log.entryAdded":
            self.complaints.append(details["entry"]["text"])
        return message

    def open(self, address: str, width: int = 1200, scheme: str = "light", medium: str = "screen") -> None:
        """Open a page in a window of that width, in light or dark, on the screen or on paper, and wait until it is loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=medium, features=features)
        self.call("Page.navigate", url=address)
        self.value("new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', () => done()))")

    def value(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def photograph(self, path: Path) -> None:
        """Write the whole page as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def print(self) -> bytes:
        """Return the page as PDF."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])


@contextmanager
def browser(executable: str, profile: Path) -> Iterator[Tab]:
    """Start a browser with a profile of its own, and end it."""
    reading, its_writing = os.pipe()
    its_reading, writing = os.pipe()
    # The pipe for developers is file descriptors 3 and 4; a shell puts them there.
    command = 'exec "$@" 3<&"$IN" 4>&"$OUT"'
    process = subprocess.Popen(
        ["bash", "-c", command, "sh", executable, *_FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe"],
        pass_fds=(its_reading, its_writing),
        env={**os.environ, "IN": str(its_reading), "OUT": str(its_writing), "HOME": str(profile)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(its_reading)
    os.close(its_writing)
    try:
        yield Tab(reading, writing)
    finally:
        os.close(writing)
        os.close(reading)
        _end(process)


def _end(process: subprocess.Popen) -> None:
    """End the browser and all its processes; it does by itself when its pipe is closed."""
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
