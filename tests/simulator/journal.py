# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of wire requests: everything but header values."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Entry:
    """One wire request; `status` None means that no complete response was sent (yet)."""

    seq: int
    time: float
    method: str
    raw_path: str
    path: str
    query: dict[str, str]
    body: Any
    headers: list[str]
    has_auth_token: bool
    has_bearer: bool
    content_type: str | None
    tenant: str | None
    in_flight: int
    max_concurrency: int
    status: int | None = None
    faults: list[str] = field(default_factory=list)


class Journal:
    """Wire requests in the order of their arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)
        self._entries: list[Entry] = []
        self._seq = 0
        self._in_flight = 0
        self._peak = 0

    @property
    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries)

    @property
    def writes(self) -> list[Entry]:
        """The requests that ask for a change."""
        return [entry for entry in self.entries if entry.method not in ("GET", "HEAD", "OPTIONS")]

    @property
    def max_concurrency(self) -> int:
        with self._lock:
            return self._peak

    @property
    def in_flight(self) -> int:
        with self._lock:
            return self._in_flight

    def wait_until_idle(self, limit: float = 10.0) -> None:
        """Wait until no request is in flight; raise TimeoutError after `limit` real seconds."""
        with self._ended:
            if not self._ended.wait_for(lambda: self._in_flight == 0, limit):
                raise TimeoutError(f"{self._in_flight} requests are still in flight")

    def calls(self) -> list[tuple[str, str]]:
        """Return (method, decoded path) of every request."""
        return [(entry.method, entry.path) for entry in self.entries]

    def begin(self, **facts: Any) -> Entry:
        with self._lock:
            self._seq += 1
            self._in_flight += 1
            self._peak = max(self._peak, self._in_flight)
            entry = Entry(seq=self._seq, in_flight=self._in_flight, max_concurrency=self._peak, **facts)
            self._entries.append(entry)
            return entry

    def end(self, entry: Entry, status: int | None) -> None:
        with self._lock:
            self._in_flight -= 1
            entry.status = status
            self._ended.notify_all()

    def clear(self) -> None:
        """Forget the entries; requests in flight stay counted."""
        with self._lock:
            self._entries.clear()
            self._seq = 0
            self._peak = self._in_flight

    def as_json(self) -> dict[str, Any]:
        with self._lock:
            return {
                "max_concurrency": self._peak,
                "in_flight": self._in_flight,
                "entries": [asdict(entry) for entry in self._entries],
            }
