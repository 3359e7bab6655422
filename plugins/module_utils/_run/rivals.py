# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs that order the same name at once: see to it that one service of the name stays (see `race`)."""

from __future__ import annotations

from collections.abc import Generator

from .._api.models import Service
from .._domain.race import ALONE, UNDECIDED, WAIT, YIELD, Standing, find_twins, judge_race
from .._errors import ConflictError, IesError, WaitTimeoutError
from .._time import Clock, Deadline
from .completion import CompletionCheck
from .steps import Ended, Outcome, RunOptions, Watch
from .tenant import Tenant

# Rounds of looking within which another run has to remove what it has ordered beside an older service.
_YIELDING_ROUNDS = 4


class Rivals:
    """The race of two runs that have ordered the same name.

    `known` are the ids that the list showed before the order: only what is not among them can come from another run.
    `list_after` is the mark that a list must be younger than to show what this run has ordered.
    """

    def __init__(
        self,
        tenant: Tenant,
        options: RunOptions,
        clock: Clock,
        outcome: Outcome,
        known: frozenset[str | None],
        list_after: int | None,
    ) -> None:
        self._tenant = tenant
        self._options = options
        self._clock = clock
        self._outcome = outcome
        self._known = known
        self._list_after = list_after

    def settle(self, service_id: str, name: str, ours: bool) -> Generator[Watch, Ended, Service | None]:
        """See to it that one service of the name stays where a run beside this one has ordered another (see `race`).

        Raises ConflictError with the ids when the rule cannot decide, or the other run does not keep to it.
        """
        ending = Deadline(self._clock, self._options.poll.timeout)
        yielding: Deadline | None = None
        gone: dict[str, None] = {}
        in_time = True
        while True:
            standing = self._standing(service_id, name, ending)
            other = standing.other
            if other is None:
                break
            if not self._options.wait or not ours or not in_time or standing.move == UNDECIDED:
                raise _twin_left(name, service_id, other)
            if standing.move == YIELD:
                return other
            gone[str(other.service_id)] = None
            if standing.move == WAIT:
                watch = Watch(str(other.service_id), None, CompletionCheck(), ending, "what another run has ordered", other)
            else:
                yielding = yielding or Deadline(self._clock, _YIELDING_ROUNDS * self._options.poll.interval)
                watch = Watch(
                    str(other.service_id), None, CompletionCheck(until_gone=True), yielding, "its removal by its run", other
                )
            in_time = yield from self._watch_other(watch)
            self._list_after = self._tenant.mark()
        if gone:
            self._outcome.warnings.append(
                f"service {name!r}: another run had ordered {', '.join(gone)} beside {service_id}, which is older and stays"
            )
        return None

    def _standing(self, service_id: str, name: str, ending: Deadline) -> Standing:
        """Judge the race by a list that is younger than the order: at least the later one of two runs then sees both."""
        listing = self._tenant.listing(self._list_after, confirm_empty=True, deadline=ending)
        own = listing.find(service_id)
        if own is None:
            return Standing(ALONE)
        return judge_race(own, find_twins(service_id, listing.named(name), self._known | self._tenant.ordered()))

    def _watch_other(self, watch: Watch) -> Generator[Watch, Ended, bool]:
        """Watch the service of another run; return whether that ended in time.

        When it did not, one last look is due: what is being deleted by now is no twin any more.
        """
        try:
            yield watch
        except WaitTimeoutError:
            return False
        except IesError as error:
            # What a re-run takes up is the service of this run, not the one that was looked at.
            error.result.pop("service", None)
            raise
        return True


def _twin_left(name: str, service_id: str, other: Service) -> ConflictError:
    return ConflictError(
        f"service {name!r} was created as {service_id}, and beside it there is {other.service_id} of the same name, made by"
        " another run; remove the younger one by service_id (state absent), then run again"
    )
