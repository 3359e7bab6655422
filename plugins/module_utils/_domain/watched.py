# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections whose traffic is watched: what is asked for, what was read and decided, and what each returns. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._api.models import Series, Service
from .._api.parameters import Connection
from .._api.traffic import TrafficQuery
from .._errors import IesError, InvalidError
from .bandwidth_policy import BandwidthPolicy, read_policy
from .bandwidth_target import HOLD, LOWER, RAISE
from .budget import Wish, share_out
from .change_history import UNREADABLE, ChangeHistory
from .declaration import ranges_of
from .elastic_words import connection_label
from .statistics import traffic_entry

METRIC = "traffic-rate"
INDICATOR = "max"
TIMEDIM = "minute"
DIRECTIONS = ("outbound", "inbound")


@dataclass
class Watched:
    """One connection on its way to a decision.

    `asked` is what the user wrote: `name`, `service_id`, `cloud_vpn_name`, `policy`. `decided` has the keys of section
    9.3, and `series` what was read, by direction.
    """

    asked: Mapping[str, Any]
    policy: BandwidthPolicy | None = None
    listed: Service | None = None
    service: Service | None = None
    connection: Connection | None = None
    history: ChangeHistory = UNREADABLE
    series: dict[str, Series] = field(default_factory=dict)
    period: tuple[int, int] = (0, 0)
    unread: list[IesError] = field(default_factory=list)
    decided: dict[str, Any] | None = None
    applied: bool = False
    error: str | None = None

    @property
    def going(self) -> bool:
        """Whether nothing has been found wrong with it so far."""
        return self.error is None

    @property
    def bandwidth(self) -> int | None:
        """The bandwidth it was read with."""
        return None if self.connection is None else self.connection.bandwidth

    @property
    def name(self) -> str | None:
        """Name of its service."""
        return self.asked.get("name") or (self.listed.name if self.listed is not None else None)

    @property
    def service_id(self) -> str | None:
        """Id of its service."""
        return self.asked.get("service_id") or (self.listed.service_id if self.listed is not None else None)

    @property
    def cloud_vpn_name(self) -> str | None:
        """Name of the connection."""
        return self.connection.cloud_vpn_name if self.connection is not None else self.asked.get("cloud_vpn_name")

    def label(self) -> str:
        """Return what identifies the connection, for messages."""
        return connection_label({"name": self.name, "service_id": self.service_id, "cloud_vpn_name": self.cloud_vpn_name})

    def query(self, direction: str) -> TrafficQuery:
        """Return what to read of its traffic."""
        return TrafficQuery(str(self.cloud_vpn_name), METRIC, *self.period, TIMEDIM, direction, INDICATOR)

    def values(self) -> list[list[float | None]]:
        """Return the values that were read, per direction."""
        return [[sample.value for sample in self.series[direction]] for direction in DIRECTIONS if direction in self.series]

    def traffic(self) -> list[dict[str, Any]]:
        """Return what was read as entries of `traffic` of the public interface, section 6, without statistics."""
        return [
            traffic_entry(self.query(direction), self.series[direction]) for direction in DIRECTIONS if direction in self.series
        ]

    def fail(self, reason: str) -> None:
        """Note what is wrong with it; the first reason stays."""
        self.error = self.error or reason

    def hold(self, reason: str) -> None:
        """Leave the bandwidth as it is, for a reason that goes before all others."""
        if self.decided is not None:
            self.decided.update(target=self.bandwidth, decision=HOLD, reasons=[reason, *self.decided["reasons"]])

    def to_result(self) -> dict[str, Any]:
        """Return the `connections` entry of the public interface, section 9.4."""
        nothing: dict[str, Any] = dict.fromkeys(("target", "decision", "demand", "utilisation"))
        undecided = {**nothing, "clipped": False, "reasons": [], "not_before": None, "bounds": None}
        return {
            "name": self.name,
            "service_id": self.service_id,
            "cloud_vpn_name": self.cloud_vpn_name,
            "before": self.bandwidth,
            **(self.decided or undecided),
            "applied": self.applied,
            "error": self.error,
        }


# What is asked for


def watched_connections(
    connections: Sequence[Mapping[str, Any]] | None,
    services: Sequence[Mapping[str, Any]] | None,
    policy: Mapping[str, Any] | None,
) -> list[Watched]:
    """Return the connections that are asked for, else those of the declared services that have a range.

    What is wrong with one is its error; nothing is sent here.
    """
    ranges = _declared(services or ())
    if connections is None:
        return [_from_range(declared, policy) for declared in ranges]
    return [_read_asked(asked, ranges, policy) for asked in connections]


def _declared(services: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a connection for each declared range, with `minimum` and `maximum`, or with what is wrong as `error`."""
    found: list[dict[str, Any]] = []
    for item in services:
        service = {"name": item.get("name"), "service_id": item.get("service_id")}
        try:
            found += [
                {
                    **service,
                    "cloud_vpn_name": known.cloud_vpn_name,
                    "minimum": known.bandwidth_min,
                    "maximum": known.bandwidth_max,
                }
                for known in ranges_of(item)
            ]
        except InvalidError as error:
            found.append({**service, "error": error.message})
    return found


def _from_range(declared: Mapping[str, Any], policy: Mapping[str, Any] | None) -> Watched:
    watched = Watched({key: declared.get(key) for key in ("name", "service_id", "cloud_vpn_name")})
    if "error" in declared:
        watched.fail(declared["error"])
    else:
        _read_policy_of(watched, policy, declared)
    return watched


def _read_asked(asked: Mapping[str, Any], ranges: Sequence[Mapping[str, Any]], policy: Mapping[str, Any] | None) -> Watched:
    watched = Watched(asked)
    if not asked.get("name") and not asked.get("service_id"):
        watched.fail("it has neither name nor service_id; give one of them")
        return watched
    of_service = [declared for declared in ranges if _is_same_service(declared, asked)]
    wanted = asked.get("cloud_vpn_name")
    same = [known for known in of_service if None in {wanted, known.get("cloud_vpn_name")} or known["cloud_vpn_name"] == wanted]
    merged = {**(policy or {}), **(asked.get("policy") or {})}
    _read_policy_of(watched, merged, same[0] if len(same) == 1 and "error" not in same[0] else {})
    return watched


def _is_same_service(declared: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    return any(asked.get(key) and asked.get(key) == declared.get(key) for key in ("service_id", "name"))


def _read_policy_of(watched: Watched, policy: Mapping[str, Any] | None, bounds: Mapping[str, Any]) -> None:
    try:
        watched.policy = read_policy(policy, bounds.get("minimum"), bounds.get("maximum"))
    except InvalidError as error:
        watched.fail(error.message)


# Decided


def share(watched: Sequence[Watched], total: int) -> None:
    """Cut the raises down to what one maximum for all of them leaves, saturated connections first."""
    # One that could not be decided has its bandwidth all the same, if that is known.
    known = [one for one in watched if one.bandwidth is not None]
    wishes = [_wish(one) for one in known]
    for one, wish, granted in zip(known, wishes, share_out(total, wishes)):
        if one.decided is None or wish.target <= wish.bandwidth or granted == wish.target:
            continue
        if granted == wish.bandwidth:
            one.hold(f"the total maximum of {total:,} leaves nothing for the {wish.target:,} wanted")
        else:
            reason = f"the total maximum of {total:,} allows {granted:,} now, {wish.target:,} is wanted"
            one.decided.update(target=granted, reasons=[*one.decided["reasons"], reason])


def _wish(one: Watched) -> Wish:
    bandwidth = one.bandwidth or 0
    if one.decided is None or one.policy is None or not one.going:
        return Wish(bandwidth, bandwidth, False, 0.0, read_policy(None, 1, 1).sizes)
    least = 1.0 if one.decided["clipped"] else one.policy.deadband / 100 * bandwidth
    return Wish(
        bandwidth,
        one.decided["target"],
        one.decided["clipped"],
        one.decided["utilisation"] or 0.0,
        one.policy.sizes,
        least,
    )


def may_apply(one: Watched) -> bool:
    """Return whether a decision is to be carried out: it changes something, and the unit of the traffic is known."""
    decided = one.decided
    known_unit = one.policy is not None and one.policy.traffic_unit is not None
    return one.going and known_unit and decided is not None and decided["decision"] in {RAISE, LOWER}
