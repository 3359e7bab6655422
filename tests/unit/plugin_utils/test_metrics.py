# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics of a run, as the textfile collector of Prometheus reads them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.plugin_utils._metrics import prometheus_text
from tests.unit.module_utils.support import ELASTIC_ENTRY as ENTRY
from tests.unit.module_utils.support import ELASTIC_FAILED as FAILED

SAMPLE = re.compile(r'[a-z_]+\{([a-z_]+="(?:[^"\\\n]|\\.)*",?)+\} -?[0-9.e+]+')


class TestMetrics:
    """The text format of Prometheus."""

    def test_metrics(self) -> None:
        text = prometheus_text({"connections": [ENTRY, FAILED], "failed": True}, "t", 1.5)
        labels = 'tenant="t",service="s",service_id="id",connection="v"'
        for line in (
            f"cloudopera_ies_bandwidth{{{labels}}} 60000",
            f"cloudopera_ies_bandwidth_target{{{labels}}} 80000",
            f"cloudopera_ies_demand{{{labels}}} 55000.5",
            f"cloudopera_ies_utilisation_percent{{{labels}}} 91.7",
            f"cloudopera_ies_clipped{{{labels}}} 1",
            f'cloudopera_ies_decision{{{labels},decision="raise"}} 1',
            f'cloudopera_ies_decision{{{labels},decision="hold"}} 0',
            'cloudopera_ies_elastic_errors{tenant="t"} 1',
            'cloudopera_ies_elastic_connections{tenant="t"} 2',
            'cloudopera_ies_elastic_failed{tenant="t"} 1',
            'cloudopera_ies_elastic_last_run_timestamp_seconds{tenant="t"} 1.5',
            "# TYPE cloudopera_ies_clipped gauge",
        ):
            assert line in text.splitlines()
        assert text.endswith("\n")
        assert 'service="other"' not in text

    def test_what_was_applied_is_the_bandwidth(self) -> None:
        assert "cloudopera_ies_bandwidth{" in prometheus_text({"connections": [{**ENTRY, "applied": True}]}, "t", 1)
        assert "} 80000\n# HELP cloudopera_ies_bandwidth_target" in prometheus_text(
            {"connections": [{**ENTRY, "applied": True}]}, "t", 1
        )

    def test_a_run_that_failed_early(self) -> None:
        assert 'cloudopera_ies_elastic_failed{tenant="t"} 1' in prometheus_text({"failed": True}, "t", 1)

    @given(st.text(), st.text())
    def test_any_name_stays_one_line(self, name: str, tenant: str) -> None:
        text = prometheus_text({"connections": [{**ENTRY, "name": name}]}, tenant, 1)
        for line in text.split("\n")[:-1]:
            assert line.startswith("# ") or SAMPLE.fullmatch(line), line
