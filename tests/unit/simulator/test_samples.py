# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of contract 10."""

from __future__ import annotations

import base64
import uuid

import pytest

from tests.simulator import samples


@pytest.mark.parametrize("service", samples.services(), ids=lambda service: service.tenant)
def test_each_sample_is_completed_with_a_version_4_id(service) -> None:
    assert (service.status, service.active_status) == ("Completed", "Deactive")
    assert uuid.UUID(bytes=base64.urlsafe_b64decode(service.service_id + "==")).version == 4


def test_connection_names_and_times() -> None:
    by_tenant = {service.tenant: service for service in samples.services()}
    assert list(by_tenant) == list(samples.TENANTS)
    assert by_tenant["nbitest_11"].created_at == 1494052380000
    assert by_tenant["nbitest_14"].created_at == 1494129480000
    assert by_tenant["nbitest_11"].parameters["Site2SiteList"][0]["CloudVpnName"] == "VPNS2S201705061433"
    assert "VPC_ID" not in by_tenant["nbitest_11"].parameters["Site2SiteList"][0]
    assert by_tenant["nbitest_14"].parameters["Site2DCList"] == [samples.site2dc_item("0S2DC4201705092039")]
    assert by_tenant["nbitest_16"].parameters["Site2DCList"][0]["CloudVpnName"] == "0S2DC6201705071300"
