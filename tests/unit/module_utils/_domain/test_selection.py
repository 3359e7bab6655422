# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the tenant's services a declaration is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.selection import Selection, select
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import ConflictError

from ..support import NAME, SERVICE_ID, VPN, declare, leftover, sample_service
from .test_plan import BUSY


class TestSelect:
    def test_by_name(self) -> None:
        mine, other = sample_service(), sample_service(service_id="b", name="other")
        assert select(declare(), [other, mine]) == Selection(mine)

    def test_names_are_exact(self) -> None:
        assert select(declare(name=NAME.upper()), [sample_service()]) == Selection()

    def test_by_id_whatever_its_name(self) -> None:
        mine, other = sample_service(service_id="a"), sample_service(service_id="b")
        assert select(declare(service_id="b", name="new"), [mine, other]) == Selection(other)

    def test_ids_are_case_sensitive(self) -> None:
        assert select(declare(service_id=SERVICE_ID.lower()), [sample_service()]) == Selection()

    def test_nothing(self) -> None:
        assert select(declare(), []) == Selection()

    def test_two_healthy_ones_are_an_error_with_both_ids(self) -> None:
        with pytest.raises(ConflictError, match="2 services are named .*: a .* and b .*; .*service_id"):
            select(declare(), [sample_service(service_id="a"), sample_service(service_id="b", status="Failed")])

    def test_two_healthy_ones_are_listed_with_what_tells_them_apart(self) -> None:
        first = sample_service(service_id="a", created_at=1494129480.0)
        for second, words in (
            (replace(first, service_id="b", parameters=None, created_at=None), "b"),
            (sample_service({}, service_id="b", created_at=None), "b (no connections)"),
            (sample_service(service_id="b", created_at=0.0), f"b (created 1970-01-01T00:00:00Z, connections {VPN!r})"),
        ):
            with pytest.raises(ConflictError) as caught:
                select(declare(), [first, second])
            listed = f"a (created 2017-05-07T03:58:00Z, connections {VPN!r}) and {words}; tell them apart"
            assert listed in str(caught.value)

    def test_leftovers_are_set_apart(self) -> None:
        healthy, one, two = sample_service(), leftover("l1"), leftover("l2")
        assert select(declare(), [one, healthy, two]) == Selection(healthy, (one, two))
        assert select(declare(), [one, two]) == Selection(None, (one, two))

    def test_a_leftover_by_id(self) -> None:
        assert select(declare(service_id="l1"), [leftover("l1")]) == Selection(None, (leftover("l1"),))

    def test_one_that_is_being_deleted_does_not_count_beside_another(self) -> None:
        leaving, staying = sample_service(service_id="a", status="DeleteInProgress"), sample_service(service_id="b")
        assert select(declare(), [leaving, staying]) == Selection(staying)
        assert select(declare(), [leaving]) == Selection(leaving)

    @pytest.mark.parametrize(
        ("status", "busy"),
        [*((status, True) for status in (*BUSY, "DeleteInProgress")), ("Completed", False), ("Failed", False)],
    )
    def test_busy(self, status: str, busy: bool) -> None:
        assert Selection(sample_service(status=status)).busy is busy

    def test_nothing_is_not_busy(self) -> None:
        assert Selection().busy is False
