# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of a connection in one table: option, keys on the wire, type and kind. Pure.

Options, request bodies and the comparison are built from it: a new field of a connection is one more line here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .._api.parameters import BANDWIDTH_KEY, NAME_KEY

# What a field is to a connection that is there.
NAME = "name"  # it tells the connection from others
IN_PLACE = "in place"  # an ordinary update changes it
FIXED = "fixed"  # `on_immutable_change` decides what a change of it leads to

# How an option is read, beside Ansible's own types.
CIDR = "cidr"  # an address and a prefix length, two keys on the wire
EXTRA = "extra"  # a dictionary of further keys, sent as they stand
DIGITS = "digits"  # a string, and a number by nature: leading zeros mean nothing


class Field(NamedTuple):
    """One field: its option, its keys on the wire in their exact spelling, the type of the option and the kind.

    A field without keys is an option that is not itself sent.
    """

    option: str
    keys: tuple[str, ...]
    type: str = "str"
    kind: str = FIXED
    required: bool = False


class ConnectionList(NamedTuple):
    """A list of connections that has a typed form: the option, the parameter it stands for, and its fields."""

    option: str
    key: str
    fields: tuple[Field, ...]

    def options(self) -> dict[str, dict[str, Any]]:
        """Return the options of one connection as an argument spec."""
        return {field.option: _option(field) for field in self.fields}


def _option(field: Field) -> dict[str, Any]:
    spec: dict[str, Any] = {"type": {CIDR: "str", DIGITS: "str", EXTRA: "dict"}.get(field.type, field.type)}
    if field.required:
        spec["required"] = True
    return spec


_CONNECTION = (
    Field("cloud_vpn_name", (NAME_KEY,), kind=NAME, required=True),
    Field("bandwidth", (BANDWIDTH_KEY,), "int", IN_PLACE),
    # Any number of a range will do. It is compared with what is stored, and not sent itself.
    Field("bandwidth_min", (), "int", IN_PLACE),
    Field("bandwidth_max", (), "int", IN_PLACE),
)
_SITE = (
    Field("vni", ("VNI",), DIGITS),
    Field("cpe_a_site", ("CPE_A_Site",)),
    Field("cpe_a_type", ("CPE_A_Type",)),
    Field("cpe_a_esn", ("CPE_A_ESN",)),
    Field("cpe_a_position", ("CPE_A_Position",)),
    Field("cpe_a_pop", ("CPE_A_POP",)),
)
# The names of the second site's keys are not known; these follow the first one's (contract 6.3, A-10).
_SECOND_SITE = (
    Field("cpe_b_site", ("CPE_B_Site",)),
    Field("cpe_b_type", ("CPE_B_Type",)),
    Field("cpe_b_esn", ("CPE_B_ESN",)),
    Field("cpe_b_position", ("CPE_B_Position",)),
    Field("cpe_b_pop", ("CPE_B_POP",)),
)
_LAST = (Field("cidr", ("cidr", "cidrBlockSize"), CIDR), Field("extra", (), EXTRA))

# Contract 6.2.
SITE2DC = ConnectionList("site2dc", "Site2DCList", (*_CONNECTION, Field("vpc_id", ("VPC_ID",)), *_SITE, *_LAST))
SITE2SITE = ConnectionList("site2site", "Site2SiteList", (*_CONNECTION, *_SITE, *_SECOND_SITE, *_LAST))
CONNECTION_LISTS = (SITE2DC, SITE2SITE)

_FIELDS = {key.casefold(): field for entry in CONNECTION_LISTS for field in entry.fields for key in field.keys}
NAME_AND_IN_PLACE_KEYS = tuple(key for field in _FIELDS.values() if field.kind in {NAME, IN_PLACE} for key in field.keys)


def changes_in_place(key: str) -> bool:
    """Return whether an ordinary update changes what stands under this key of a connection, case apart."""
    field = _FIELDS.get(key.casefold())
    return field is not None and field.kind == IN_PLACE


def is_number(key: str) -> bool:
    """Return whether the value under this key of a connection is a number, however it is written."""
    field = _FIELDS.get(key.casefold())
    return field is not None and field.type == "int"
