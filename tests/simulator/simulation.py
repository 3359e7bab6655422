# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulated IES: its state and all that tests can turn on it, put together from a configuration."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from . import samples
from .clock import Clock
from .demand import Shapes
from .faults import Fault, Faults
from .journal import Journal
from .model import Definition, Durations, Service, definition_from
from .options import Options
from .state import State
from .tokens import VALIDITY, VERBS, Tokens


class TenantConfig(BaseModel):
    """A tenant's tokens (made up if not given), verbs, and seconds of validity (null: no end)."""

    model_config = ConfigDict(extra="forbid")

    auth_token: str | None = None
    bearer_token: str | None = None
    verbs: list[str] = Field(default_factory=lambda: list(VERBS))
    validity: float | None = VALIDITY


class ServiceConfig(BaseModel):
    """A service to preload."""

    model_config = ConfigDict(extra="forbid")

    tenant: str
    name: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    service_id: str | None = None
    service_definition_id: str = samples.SITE2DC_DEFINITION
    template_id: str = samples.SITE2DC_TEMPLATE
    description: str = ""
    status: str = "Completed"
    active_status: str = "Deactive"


class Config(BaseModel):
    """The configuration file; tenants add to the six samples unless `samples` is false."""

    model_config = ConfigDict(extra="forbid")

    samples: bool = True
    tenants: dict[str, TenantConfig] = Field(default_factory=dict)
    definitions: list[dict[str, Any]] = Field(default_factory=list)
    services: list[ServiceConfig] = Field(default_factory=list)
    options: Options = Field(default_factory=Options)
    faults: list[dict[str, Any]] = Field(default_factory=list)
    durations: dict[str, float] = Field(default_factory=dict)


class Simulation:
    """State, options, faults, journal, demand, tokens and clock of one server."""

    def __init__(self, config: Config | None = None, clock: Clock | None = None, state_file: Path | None = None) -> None:
        self._config = config or Config()
        self._initial_options = self._config.options.model_copy(deep=True)
        self._state_file = state_file
        self.clock = clock or Clock()
        self.options = self._config.options.model_copy(deep=True)
        self.faults = Faults()
        self.journal = Journal()
        self.shapes = Shapes()
        self.tokens = Tokens(self.options)
        self.state = State(self.clock, self.options)
        self._issue_tokens()
        saved = self._saved()
        self._preload()
        if saved is not None:
            self.state.restore(saved["state"])
            self.tokens.restore(saved["tokens"])
            self.shapes.restore(saved["demand"])
        if state_file is not None:
            self.state.on_write = self.save
            self.save()

    def reset(self) -> None:
        """Return to the preloaded state; tokens and clock stay as they are."""
        with self.state.lock:
            self.faults.clear()
            self.journal.clear()
            self.shapes.remove()
            self.options.reset(self._initial_options)
            self._preload()
            self.state.on_write()

    def preload(
        self, tenant: str, count: int, prefix: str = "fleet", bandwidth: str = "60000", width: int = 4
    ) -> list[Service]:
        """Add `count` completed Site2DC services named prefix-0001 and so on, each with a connection of its own."""
        with self.state.lock:
            save, self.state.on_write = self.state.on_write, lambda: None
            try:
                made = [
                    self.state.add_service(
                        tenant,
                        f"{prefix}-{number:0{width}d}",
                        {"Site2DCList": [samples.site2dc_item(f"{prefix}-vpn-{number:0{width}d}", bandwidth)]},
                        service_definition_id=samples.SITE2DC_DEFINITION,
                        template_id=samples.SITE2DC_TEMPLATE,
                    )
                    for number in range(1, count + 1)
                ]
            finally:
                self.state.on_write = save
            save()
            return made

    def save(self) -> None:
        """Write the state file, readable by its owner only because it holds the tokens."""
        if self._state_file is None:
            return
        with self.state.lock:
            content = {"state": self.state.snapshot(), "tokens": self.tokens.snapshot(), "demand": self.shapes.snapshot()}
            write_private_json(self._state_file, content)

    def _saved(self) -> Mapping[str, Any] | None:
        if self._state_file is None or not self._state_file.exists():
            return None
        loaded: dict[str, Any] = json.loads(self._state_file.read_text(encoding="utf-8"))
        return loaded

    def _preload(self) -> None:
        self.state.load(self._definitions(), samples.services() if self._config.samples else [])
        self.state.durations.update(Durations().__dict__)
        self.state.durations.update(self._config.durations)
        for service in self._config.services:
            self.state.add_service(**service.model_dump())
        for raw in self._config.faults:
            self.faults.add(**Fault.model_validate(raw).model_dump(exclude={"id", "seen", "fired", "held"}))

    def _definitions(self) -> Iterable[Definition]:
        known = {item.definition_id: item for item in samples.definitions()} if self._config.samples else {}
        known.update({raw["definition_id"]: definition_from(raw) for raw in self._config.definitions})
        return known.values()

    def _issue_tokens(self) -> None:
        tenants = dict.fromkeys(samples.TENANTS, TenantConfig()) if self._config.samples else {}
        tenants.update(self._config.tenants)
        for tenant, given in tenants.items():
            # A given token says for itself how long it is valid, or does not say: never judge it here unasked.
            validity = given.validity
            if given.auth_token is not None and "validity" not in given.model_fields_set:
                validity = None
            self.tokens.issue(
                tenant,
                self.clock.wall(),
                auth_token=given.auth_token,
                bearer_token=given.bearer_token,
                verbs=given.verbs,
                validity=validity,
            )


def write_private_json(path: Path, content: Any) -> None:
    """Replace a file atomically by one that holds JSON and that only its owner can read."""
    write_private(path, json.dumps(content))


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically by one that only its owner can read."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink()
        raise
