# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bandwidth of a connection as it is declared: one number, or a range of which any number will do. Pure.

Source: public interface, section 9.1. Bandwidth is in the server's unit, which is not known (contract A-12).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._errors import InvalidError
from .._values import to_number, to_whole

BANDWIDTH_OPTIONS = ("bandwidth", "bandwidth_min", "bandwidth_max")
NEEDED = "give bandwidth, or bandwidth_min and bandwidth_max"


class BandwidthRange(NamedTuple):
    """A range of bandwidths, both bounds included."""

    minimum: int
    maximum: int

    def holds(self, number: float) -> bool:
        """Return whether the number lies inside."""
        return self.minimum <= number <= self.maximum

    def __str__(self) -> str:
        return f"{self.minimum} to {self.maximum}"

    def wanted(self, stored: Any, otherwise: Any) -> Any:
        """Return what is to be stored in the place of `stored`: itself inside the range, else the nearer bound.

        `otherwise` is returned in the place of a value that is no number.
        """
        number = to_number(stored)
        if number is None:
            return otherwise
        if self.holds(number):
            return stored
        return str(self.minimum if number < self.minimum else self.maximum)


class DeclaredBandwidth(NamedTuple):
    """What is declared: the number (with a range, the one to create with), and the range; None where there is none."""

    number: int | None
    range: BandwidthRange | None = None


def read_bandwidth(given: Mapping[str, Any], where: str = "") -> DeclaredBandwidth:
    """Read `bandwidth`, `bandwidth_min` and `bandwidth_max` of a service, or of the connection at `where`.

    Raises InvalidError that names the option.
    """
    before = f"{where}." if where else ""
    number, minimum, maximum = (_read_if_given(f"{before}{option}", given.get(option)) for option in BANDWIDTH_OPTIONS)
    if minimum is None and maximum is None:
        return DeclaredBandwidth(number)
    if minimum is None or maximum is None:
        there, lacking = ("max", "min") if minimum is None else ("min", "max")
        raise InvalidError(
            f"{before}bandwidth_{there} is {minimum or maximum}, and there is no bandwidth_{lacking}; a range needs both"
        )
    if minimum > maximum:
        raise InvalidError(f"{before}bandwidth_min is {minimum}, which is above bandwidth_max, {maximum}; correct one of them")
    allowed = BandwidthRange(minimum, maximum)
    if number is not None and not allowed.holds(number):
        raise InvalidError(
            f"{before}bandwidth is {number}, outside its range of {allowed}; give one inside it, or leave it out to create"
            " with bandwidth_min"
        )
    return DeclaredBandwidth(minimum if number is None else number, allowed)


def _read_if_given(where: str, value: Any) -> int | None:
    return None if value is None else read_whole_number(where, value)


def read_whole_number(where: str, value: Any) -> int:
    """Read a positive whole number, however it is written (`80000`, `"80000"`, `80000.0`); a boolean is none.

    Raises InvalidError that names `where`.
    """
    number = to_whole(value)
    if number is not None and number > 0:
        return number
    raise InvalidError(f"{where} is {_shown(value)}; it must be a positive whole number")


def _shown(value: Any) -> str:
    """Return a value for a message as it is written in YAML, if it is a plain one."""
    return str(value).lower() if isinstance(value, bool) else repr(value)[:80]
