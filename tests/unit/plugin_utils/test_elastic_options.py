# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the elastic role and its playbook hand to the task, given as strings."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._elastic_options import read_elastic_options


class TestOptions:
    """Variables as strings."""

    def test_strings(self) -> None:
        given_options = {
            **{
                "connections": '[{"name": "a", "cloud_vpn_name": "", "policy": "{\\"step\\": 5}"}]',
                "services": "",
                "policy": "{}",
            },
            **{"mode": "apply", "total_maximum": "80000.0", "wait": "false", "report": " ", "end_time": None, "api_url": "u"},
        }
        assert read_elastic_options(given_options, "elastic") == {
            **{"connections": [{"name": "a", "policy": {"step": 5}}], "policy": {}, "mode": "apply", "total_maximum": 80000},
            **{"wait": False, "api_url": "u"},
        }

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, "Say which connections to watch"),
            ({"connections": "", "services": None}, "Say which connections to watch"),
            ({"connections": "a"}, "cloudvpn_elastic is a string; write a list"),
            ({"connections": [{"nam": "a"}]}, "cloudvpn_elastic[0] has no option nam"),
            ({"connections": [{"name": "a", "policy": 5}]}, "cloudvpn_elastic[0].policy is a number"),
            ({"connections": [], "mode": "do"}, "cloudvpn_elastic_mode is 'do'; write recommend or apply"),
            ({"connections": [], "total_maximum": "much"}, "cloudvpn_elastic_total_maximum is 'much'"),
            ({"connections": [], "policy": "calm"}, "cloudvpn_elastic_policy is a string"),
        ],
    )
    def test_errors(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidError) as raised:
            read_elastic_options(options, "elastic")
        assert raised.value.message.startswith(message)
