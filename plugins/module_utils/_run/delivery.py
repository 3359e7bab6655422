# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send a write, and settle what became of it when its response is lost (contract 3.4).

No write is repeated on a guess: before one is sent again, the server is asked what it has taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._api.models import Service, Submitted
from .._api.parameters import ACTION_CREATE, find_connections
from .._api.refusals import STATUS_IN_PROGRESS
from .._api.status import CREATE_FAILED
from .._domain.declaration import Declaration
from .._errors import TRANSIENT, BadResponseError, ConflictError, FailedError, IesError, RateLimitedError
from .._time import Clock
from .._wire.client import IesClient
from .steps import Outcome
from .tenant import Tenant

# Seconds before each look for what a lost order may have made: what was still under way then has arrived by the last.
_LOOKS_AFTER = (0.0, 2.0, 5.0)
_LONGEST_PAUSE = 30.0


class Delivery:
    """Sends the writes of one declaration and notes in its outcome what became of those whose response was lost."""

    def __init__(self, declaration: Declaration, outcome: Outcome, tenant: Tenant, clock: Clock) -> None:
        self._declaration = declaration
        self._outcome = outcome
        self._tenant = tenant
        self._client: IesClient = tenant.client
        self._clock = clock

    def order(self, payload: dict[str, Any], known: frozenset[str | None]) -> tuple[Submitted, bool]:
        """Send an order; when its response is lost, look for what it made.

        Only an order that the server did not begin (429) is sent again: after a 5xx or silence it may still be on its way,
        and another one would make a second service (contract 3.4). The second value tells whether the server has said that
        the service is ours.
        """
        repeat = 0
        while True:
            try:
                submitted = self._client.create_service(payload)
                if submitted.service_id is not None:
                    return submitted, True
                lost: IesError = BadResponseError(
                    "the order was accepted, but the response names no service_id", outcome_unknown=True
                )
            except IesError as error:
                if not error.outcome_unknown and not isinstance(error, RateLimitedError):
                    raise
                lost = error
            try:
                adopted = self._find_ordered(payload, known, lost)
            except IesError as error:
                raise _not_looked(lost, error) if isinstance(error, TRANSIENT) else error from None
            if adopted is not None:
                return adopted, False
            if repeat >= self._most_repeats(lost) or not _not_taken(lost):
                break
            self._clock.sleep(_pause(lost, repeat))
            repeat += 1
        if lost.outcome_unknown:
            lost.message += (
                f"; what became of this order is not known, and no service {payload['service']['name']!r} has appeared:"
                " run again to have it looked for once more and, if it is not there, ordered"
            )
        raise lost

    def _find_ordered(self, payload: dict[str, Any], known: frozenset[str | None], lost: IesError) -> Submitted | None:
        """Look for a new service of the order's name and connections; None when there is none.

        Raises FailedError when the order left a CreateFailed service, ConflictError when there are several.
        """
        name = payload["service"]["name"]
        for pause in _LOOKS_AFTER if lost.outcome_unknown else _LOOKS_AFTER[:1]:
            self._clock.sleep(pause)
            listing = self._tenant.listing(after=self._tenant.mark())
            known = known | self._tenant.ordered()
            fresh = [service for service in listing.named(name) if service.service_id not in known]
            made = [service for service in fresh if self._has_connections(service, payload)]
            if len(made) > 1:
                ids = " and ".join(str(service.service_id) for service in made)
                raise ConflictError(
                    f"the response to the order of {name!r} was lost, and {ids} have appeared; remove one of them"
                )
            if made:
                self._outcome.service = made[0]
                if made[0].phase == CREATE_FAILED:
                    self._outcome.actions.append(ACTION_CREATE)
                    raise FailedError(
                        f"the order of {name!r} failed and left {made[0].service_id} as CreateFailed ({lost.message});"
                        " run again: it is then replaced"
                    )
                self._outcome.warnings.append(
                    f"the response to the order of {name!r} was lost ({lost.message}); it was found as {made[0].service_id}"
                )
                return Submitted(made[0].service_id, None)
        return None

    def _has_connections(self, service: Service, payload: dict[str, Any]) -> bool:
        detailed = self._client.find_service(str(service.service_id))
        if detailed is None:
            return False
        ordered = {entry.cloud_vpn_name for entry in find_connections(payload["service"].get("parameters"))}
        return ordered <= {entry.cloud_vpn_name for entry in detailed.connections}

    def write(
        self,
        service_id: str,
        what: str,
        send: Callable[[], Submitted],
        taken: Callable[[Service | None], bool],
        again: bool = True,
    ) -> Submitted:
        """Send a write to an existing service; when its response is lost, look whether it was taken before sending again.

        A PUT or a DELETE leads to the same state however often it is carried out, so one more is safe after a look.
        `again`: false for a POST, which is sent again only where the server did not begin (contract 3.4).
        """
        repeat = 0
        while True:
            try:
                return send()
            except IesError as error:
                unsettled = error.outcome_unknown or (repeat > 0 and error.exception_id == STATUS_IN_PROGRESS)
                if not unsettled and not isinstance(error, RateLimitedError):
                    raise
                if unsettled and self._look(service_id, taken, error):
                    label = self._declaration.label()
                    self._outcome.warnings.append(
                        f"{label}: the response to {what} was lost ({error.message}); the server has taken it"
                    )
                    return Submitted(service_id, None)
                if repeat >= self._most_repeats(error) or not (again or _not_taken(error)):
                    if error.outcome_unknown:
                        error.message += "; what became of this is not known: run again, it is looked up first"
                    raise
                self._clock.sleep(_pause(error, repeat))
                repeat += 1

    def _look(self, service_id: str, taken: Callable[[Service | None], bool], lost: IesError) -> bool:
        try:
            return taken(self._client.find_service(service_id))
        except IesError as error:
            raise _not_looked(lost, error) from None

    def _most_repeats(self, error: IesError) -> int:
        """Return how often a write may be sent again after a look: once, and more only where every response is a plain no."""
        if error.asks_too_long:
            return 0
        return self._client.connection.api_retries if isinstance(error, RateLimitedError) else 1


def _not_looked(lost: IesError, error: IesError) -> IesError:
    """Return the error of a lost response, when looking what became of the write failed as well."""
    lost.message += f"; what became of it could not be looked up either ({error.message}): run again, it is looked up first"
    return lost


def _not_taken(error: IesError) -> bool:
    """Return whether the response says that the write was not begun: it may be sent again after a look, more than once."""
    return isinstance(error, RateLimitedError)


def _pause(error: IesError, repeat: int) -> float:
    if error.retry_after is not None:
        # After a 429 the client holds every request for that long by itself.
        return 0.0 if isinstance(error, RateLimitedError) else min(error.retry_after, _LONGEST_PAUSE)
    return float(min(2**repeat, _LONGEST_PAUSE))
