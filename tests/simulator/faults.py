# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fault rules: which requests go wrong, how, and how often."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

Action = Literal[
    "drop_before",
    "drop_after",
    "status",
    "status_after",
    "truncate",
    "tls_break",
    "html",
    "delay",
    "hang",
    "duplicate",
    "restart",
    "fail_async",
    "create_failed_after_store",
    "fail_sync",
    "clock_skew",
]

# These shape how a request is carried out; any number of them can act together on one request.
MODIFIERS = frozenset({"delay", "hang", "fail_async", "create_failed_after_store", "fail_sync", "clock_skew"})
# These count only requests that really start work.
OUTCOMES = frozenset({"fail_async", "create_failed_after_store", "fail_sync"})

_PARAMS: dict[str, set[str]] = {
    "drop_before": set(),
    "drop_after": set(),
    "status": {"status", "exceptionId", "body", "headers"},
    "status_after": {"status", "exceptionId", "body", "headers"},
    "truncate": {"mode"},
    "tls_break": {"when"},
    "html": {"status", "text"},
    "delay": {"seconds", "when"},
    "hang": {"process"},
    "duplicate": set(),
    "restart": {"process", "seconds"},
    "fail_async": {"reason", "operation"},
    "create_failed_after_store": {"exceptionId", "reason"},
    "fail_sync": {"exceptionId", "reason", "operation"},
    "clock_skew": {"seconds"},
}


class Fault(BaseModel):
    """One rule; `path` is a regular expression searched in the decoded path, `times` None means for ever."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    method: str | None = None
    path: str | None = None
    times: int | None = Field(default=1, ge=1)
    probability: float = Field(default=1.0, ge=0.0, le=1.0)
    seed: int = 0
    after: int = Field(default=0, ge=0)
    params: dict[str, Any] = Field(default_factory=dict)

    id: int = 0
    seen: int = 0
    fired: int = 0
    held: int = 0
    _random: random.Random = PrivateAttr()

    @field_validator("path")
    @classmethod
    def _compiles(cls, path: str | None) -> str | None:
        if path is not None:
            try:
                re.compile(path)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from error
        return path

    @model_validator(mode="after")
    def _known_params(self) -> Fault:
        unknown = set(self.params) - _PARAMS[self.action]
        if unknown:
            raise ValueError(f"{self.action} knows no {', '.join(sorted(unknown))}")
        return self

    def model_post_init(self, context: Any, /) -> None:
        self._random = random.Random(self.seed)

    @property
    def spent(self) -> bool:
        return self.times is not None and self.fired >= self.times

    def applies(self, method: str, path: str, kind: str | None) -> bool:
        if self.spent:
            return False
        if self.method is not None and self.method.upper() != method:
            return False
        if self.path is not None and not re.search(self.path, path):
            return False
        if self.action in OUTCOMES:
            wanted = "create" if self.action == "create_failed_after_store" else self.params.get("operation", kind)
            return kind is not None and kind == wanted
        return True

    def strike(self) -> bool:
        """Count a matching request and tell whether it is hit."""
        self.seen += 1
        if self.seen <= self.after:
            return False
        if self.probability < 1.0 and self._random.random() >= self.probability:
            return False
        self.fired += 1
        return True


class Faults:
    """The rules in force, tried in the order in which they were added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = threading.Condition(self._lock)
        self._rules: list[Fault] = []
        self._last_id = 0
        self._release_listeners: list[tuple[int | None, Callable[[], None]]] = []

    @property
    def rules(self) -> list[Fault]:
        with self._lock:
            return list(self._rules)

    def add(self, action: str, **rule: Any) -> Fault:
        """Add a rule; unknown keywords become its params: `add("status", method="GET", status=503)`."""
        fields = {name: value for name, value in rule.items() if name in Fault.model_fields}
        extra = {name: value for name, value in rule.items() if name not in Fault.model_fields}
        params = {**fields.pop("params", {}), **extra}
        fault = Fault.model_validate({**fields, "action": action, "params": params})
        with self._lock:
            self._last_id += 1
            fault.id = self._last_id
            self._rules.append(fault)
        return fault

    def fire(self, method: str, path: str, kind: str | None) -> list[Fault]:
        """Return the rules that hit this request: all modifiers, and at most one other."""
        hits: list[Fault] = []
        settled = False
        with self._lock:
            for rule in self._rules:
                is_modifier = rule.action in MODIFIERS
                if (settled and not is_modifier) or not rule.applies(method, path, kind):
                    continue
                if rule.strike():
                    hits.append(rule)
                    settled = settled or not is_modifier
        return hits

    def refund(self, rule: Fault) -> None:
        """Take back a hit on a request that started no work after all."""
        with self._lock:
            rule.seen -= 1
            rule.fired -= 1

    def remove(self, rule_id: int) -> None:
        with self._lock:
            self._rules = [rule for rule in self._rules if rule.id != rule_id]

    def clear(self) -> None:
        """Remove all rules and let go of the requests that hang."""
        with self._lock:
            self._rules = []
        self.release()

    def release(self, rule_id: int | None = None) -> None:
        """Let go of the requests that hang by this rule, or of all and of whatever else waits for a release."""
        with self._lock:
            listeners = [listener for rule, listener in self._release_listeners if rule_id in (None, rule)]
        for listener in listeners:
            listener()

    def on_release(self, listener: Callable[[], None], rule_id: int | None = None) -> Callable[[], None]:
        """Call `listener` on each release until the returned function is called."""
        entry = (rule_id, listener)
        with self._lock:
            self._release_listeners.append(entry)

        def forget() -> None:
            with self._lock:
                self._release_listeners.remove(entry)

        return forget

    @contextmanager
    def holding(self, rule: Fault) -> Iterator[None]:
        """Count a request that hangs by this rule."""
        with self._held:
            rule.held += 1
            self._held.notify_all()
        try:
            yield
        finally:
            with self._held:
                rule.held -= 1
                self._held.notify_all()

    def wait_until_held(self, rule: Fault, count: int = 1, limit: float = 10.0) -> None:
        """Wait until so many requests hang by this rule; raise TimeoutError after `limit` real seconds."""
        with self._held:
            if not self._held.wait_for(lambda: rule.held == count, limit):
                raise TimeoutError(f"{rule.held} requests hang, not {count}")
