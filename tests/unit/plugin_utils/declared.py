# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random declared services: right ones, and ones with the mistakes that people make."""

from __future__ import annotations

from hypothesis import strategies as st

_NAMES = st.sampled_from(["a", "b", "c", "", " ", "n" * 256, "ä"])
_SCALARS = st.one_of(
    st.sampled_from(["5", "80000.0", "x", "", "10.0.0.1/24", "10.0.0.1/33", "i" * 37, "i i" * 20, "present", "absent", "yes"]),
    st.integers(-1, 5),
    st.sampled_from([True, False, None, 2.0, 2.5]),
)
_NUMBERS = st.one_of(st.integers(1, 9), st.integers(1, 9).map(str), _SCALARS)
_CONNECTIONS = st.fixed_dictionaries(
    {"cloud_vpn_name": st.one_of(st.sampled_from("uvw"), _NAMES)},
    optional={
        **dict.fromkeys(("bandwidth", "bandwidth_min", "bandwidth_max"), _NUMBERS),
        "cidr": st.one_of(st.just("10.0.0.1/24"), _SCALARS),
        "vni": _SCALARS,
        "extra": st.dictionaries(st.sampled_from(["VNI", "x", "Bandwidth"]), _SCALARS, max_size=2),
        "bandwith": _SCALARS,
    },
)
_RIGHT = st.fixed_dictionaries({"cloud_vpn_name": st.sampled_from("uvwxyz"), "bandwidth": st.integers(1, 9)})
_PARAMETERS = st.dictionaries(
    st.sampled_from(["Site2DCList", "L", "flag", "CloudVpnName", "Bandwidth"]),
    st.one_of(
        _SCALARS,
        st.lists(
            st.dictionaries(st.sampled_from(["CloudVpnName", "Bandwidth", "x", "action"]), _SCALARS, max_size=3), max_size=2
        ),
        st.lists(_SCALARS, max_size=2),
        st.dictionaries(st.text(max_size=2), _SCALARS, max_size=1),
    ),
    max_size=3,
)
SERVICES = st.fixed_dictionaries(
    {"name": st.one_of(st.sampled_from("abcdefgh"), _NAMES)},
    optional={
        **dict.fromkeys(("service_id", "description", "service_definition", "template", "on_failure", "odd"), _SCALARS),
        **dict.fromkeys(("bandwidth", "bandwidth_min", "bandwidth_max"), _NUMBERS),
        "cloud_vpn_name": _NAMES,
        "state": st.sampled_from(["present", "absent", "absent ", None]),
        **dict.fromkeys(("deactivate", "protected", "take_over", "managed"), _SCALARS),
        "owner": st.sampled_from(["netops", "Net Ops", "", None, 5]),
        "on_removal": st.sampled_from(["keep", "delete", "kepp", None]),
        "site2dc": st.lists(st.one_of(_RIGHT, _CONNECTIONS), max_size=3),
        "site2site": st.one_of(st.none(), st.just("x"), st.lists(st.one_of(_RIGHT, _CONNECTIONS, st.just("x")), max_size=2)),
        "parameters": st.one_of(_PARAMETERS, st.sampled_from(["x", '{"a": "b"}'])),
    },
)
RIGHT_SERVICES = st.fixed_dictionaries(
    {"name": st.sampled_from("abcdefgh")},
    optional={
        "site2dc": st.lists(_RIGHT, max_size=3, unique_by=lambda entry: entry["cloud_vpn_name"]),
        "description": st.text(max_size=5),
        "bandwidth_min": st.integers(1, 5),
        "bandwidth_max": st.integers(5, 9),
        "owner": st.sampled_from(["netops", "net/ops"]),
        **dict.fromkeys(("protected", "managed"), st.booleans()),
        "on_removal": st.sampled_from(["keep", "delete"]),
    },
)
