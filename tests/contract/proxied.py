# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulator that is reached through Prism for as long as it answers as docs/openapi.json says."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Any

from tests.contract.proxy import Prism, Watch
from tests.simulator.faults import OUTCOMES
from tests.simulator.server import SimulatorServer

# What the document describes, whatever is chosen.
_DESCRIBED_OPTIONS = frozenset(
    {
        *(
            "auto_activate",
            "create_operation_id",
            "item_update",
            "latency",
            "mandatory_item_keys",
            "max_in_flight",
            "operation_content_style",
        ),
        *("retry_after", "token_alphabet", "tokens_expired", "undeclared_item_keys", "undeclared_parameters"),
    }
)
# Work that fails is described, answers that are spoilt are not.
_DESCRIBED_FAULTS = OUTCOMES | {"clock_skew"}


class ProxiedSimulator(SimulatorServer):
    """A simulator whose `url` is the proxy's, or its own while something else than described is wanted."""

    def __init__(self, program: str, **given: Any) -> None:
        # Prism cannot read an empty body as JSON; the other spelling of a null body (contract 3.1) it can.
        options = {"null_body": "null", **given.pop("options", {})}
        super().__init__(options, **given)
        self._program = program
        self._initially = self.options.model_dump()
        self._stack = ExitStack()
        self._journalled = 0
        self.undescribed = False
        self.watch: Watch | None = None

    @property
    def url(self) -> str:
        """Where clients shall send their requests now."""
        return self.watch.url if self.watch is not None and self.as_described else self._url

    @url.setter
    def url(self, url: str) -> None:
        self._url = url

    @property
    def as_described(self) -> bool:
        """Whether requests and answers are to be those of docs/openapi.json."""
        options = self.options.model_dump()
        changed = {name for name, value in options.items() if value != self._initially[name]}
        described = changed <= _DESCRIBED_OPTIONS and all(rule.action in _DESCRIBED_FAULTS for rule in self.faults.rules)
        return described and not self.undescribed

    @property
    def requests(self) -> int:
        """How many requests arrived here since the start."""
        return self._journalled + len(self.journal.entries)

    def reset(self) -> None:
        """Return to the preloaded state."""
        self._journalled += len(self.journal.entries)
        super().reset()

    def start(self) -> ProxiedSimulator:
        super().start()
        prism = self._stack.enter_context(Prism(self._program, self._url))
        self.watch = self._stack.enter_context(Watch(prism.url))
        return self

    def stop(self) -> None:
        self._stack.close()
        super().stop()

    def __enter__(self) -> ProxiedSimulator:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
