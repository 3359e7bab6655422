# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections that are declared with a range of bandwidth (public interface, section 9.1). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.module_utils._fields import CONNECTION_LISTS
from ansible_collections.cloudopera.ies.plugins.module_utils._wire import to_number


class DeclaredRange(NamedTuple):
    """A connection of a declared service and its bounds. C(cloud_vpn_name) is None for the only one of the service."""

    cloud_vpn_name: str | None
    minimum: int
    maximum: int


def ranges_of(item: Mapping[str, Any]) -> list[DeclaredRange]:
    """Return the ranges of one declared service; raises InvalidError for half a range and for one that is none."""
    return [found for where, entry in _places(item) if (found := _range_of(where, entry)) is not None]


def _places(item: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "", item
    for known in CONNECTION_LISTS:
        listed = item.get(known.option)
        for index, entry in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
            if isinstance(entry, Mapping):
                yield f"{known.option}[{index}].", entry


def _range_of(where: str, entry: Mapping[str, Any]) -> DeclaredRange | None:
    bounds = [_bound(f"{where}{key}", entry.get(key)) for key in ("bandwidth_min", "bandwidth_max")]
    least, most = bounds
    if least is None and most is None:
        return None
    if least is None or most is None:
        raise InvalidError(f"{where}bandwidth_min and {where}bandwidth_max belong together; give both or none")
    if least > most:
        raise InvalidError(f"{where}bandwidth_min {least} is over {where}bandwidth_max {most}; swap or correct them")
    name = entry.get("cloud_vpn_name")
    return DeclaredRange(str(name) if name else None, least, most)


def _bound(where: str, value: Any) -> int | None:
    if value is None or value == "":
        return None
    number = to_number(value)
    if number is None or not number.is_integer() or number <= 0:
        raise InvalidError(f"{where} is {value!r}; it must be a positive whole number")
    return int(number)
