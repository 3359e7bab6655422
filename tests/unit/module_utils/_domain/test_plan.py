# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One decision for check mode, diff and writes: the rules of section 3 of the public interface, as tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.mark import Mark
from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service, ServiceDefinition, Template
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.ownership import Cap, PruneOptions, removal_of
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.plan import KINDS, Plan, plan_service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.selection import Selection
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import ConflictError, IesError, InvalidError, NotFoundError

from ..support import (
    DEFINITION,
    NAME,
    SERVICE_ID,
    TEMPLATE,
    VPN,
    Shelf,
    declare,
    leftover,
    orderable,
    sample,
    sample_item,
    sample_service,
)

SCALED: dict[str, Any] = {"bandwidth": 80000}
OTHER_VNI: dict[str, Any] = {"site2dc": [{"cloud_vpn_name": VPN, "bandwidth": 60000, "vni": "7"}]}
ADDED: dict[str, Any] = {"site2dc": [{"cloud_vpn_name": "more", "bandwidth": 5}]}
TWO_DEFINITIONS = (
    ServiceDefinition(
        DEFINITION, "Site2DC", status="active", templates=(Template(TEMPLATE, "first"), Template("t9", "second"))
    ),
    ServiceDefinition("d2", "Other", status="active", templates=(Template("t2", "only"),)),
    ServiceDefinition("d3", "Off", status="inactive", templates=(Template("t3", "only"),)),
)
FINISHED = ("Completed", "Activate", "Deactivate")
BUSY = ("CreateInProgress", "UpdateInProgress", "ActivateInProgress", "DeactivateInProgress")


def plan(
    current: Service | None = None,
    *,
    leftovers: Sequence[Service] = (),
    wait: bool = True,
    services: Sequence[Service] = (),
    shelf: Shelf | None = None,
    **given: Any,
) -> Plan:
    """Plan a declaration about the sample service."""
    selection = Selection(current, tuple(leftovers))
    return plan_service(declare(**given), selection, shelf or Shelf(*TWO_DEFINITIONS), wait=wait, services=services)


class TestCreate:
    def test_what_is_not_there_is_created(self) -> None:
        found = plan(shelf=Shelf(), **orderable())
        assert (found.kind, found.actions, found.changed) == ("create", ["create"], True)
        assert found.steps[0].payload == {
            "onfailure": "rollback",
            "service": {
                "name": "new",
                "description": "",
                "service_definition_id": DEFINITION,
                "template_id": TEMPLATE,
                "parameters": {"Site2DCList": [{"CloudVpnName": "vpn", "Bandwidth": "100", "action": "create"}]},
            },
        }

    def test_the_request_of_contract_5_1(self) -> None:
        request = sample("create_request")["service"]
        items = [{**item, "action": None} for item in request["parameters"]["Site2DCList"]]
        found = plan(shelf=Shelf(), name=request["name"], service_definition="Site2DC", parameters={"Site2DCList": items})
        assert found.steps[0].payload == sample("create_request")

    @pytest.mark.parametrize(
        ("wait", "status", "phase"), [(True, "Completed", "ready"), (False, "CreateInProgress", "in_progress")]
    )
    def test_the_service_foreseen_has_the_shape_of_any_other(self, wait: bool, status: str, phase: str) -> None:
        found = plan(shelf=Shelf(), wait=wait, **orderable(description="d"))
        assert found.foreseen is not None
        item = {"CloudVpnName": "vpn", "Bandwidth": "100"}
        shown = found.foreseen.to_result()
        assert set(shown) == set(sample_service().to_result())
        assert shown == {
            "service_id": None,
            "name": "new",
            "description": "d",
            "owner": None,
            "protected": False,
            "service_definition_id": DEFINITION,
            "template_id": TEMPLATE,
            "status": status,
            "active_status": shown["active_status"],
            "phase": phase,
            "created_at": None,
            "parameters": {"Site2DCList": [item]},
            "connections": [{"cloud_vpn_name": "vpn", "bandwidth": 100, "list": "Site2DCList", "parameters": item}],
        }

    def test_the_diff_goes_from_nothing_to_all_managed_fields(self) -> None:
        assert plan(shelf=Shelf(), **orderable()).diff == {
            "before": {},
            "after": {
                "name": "new",
                "description": "",
                "service_definition_id": DEFINITION,
                "template_id": TEMPLATE,
                "connections": {"vpn": {"CloudVpnName": "vpn", "Bandwidth": "100"}},
            },
        }

    def test_texts_stand_in_the_diff_too(self) -> None:
        assert plan(shelf=Shelf(), **orderable(parameters={"T": "x"})).after["parameters"] == {"T": "x"}

    @pytest.mark.parametrize(
        ("given", "error", "words"),
        [
            pytest.param({"service_definition": None}, InvalidError, "service_definition", id="no-definition"),
            pytest.param({"site2dc": None}, InvalidError, "connection", id="no-connection"),
            pytest.param({"service_definition": "nope"}, InvalidError, "'nope' is unknown", id="unknown-definition"),
            pytest.param({"service_definition": "Off"}, InvalidError, "'inactive'", id="inactive-definition"),
            pytest.param({}, InvalidError, "several templates", id="several-templates"),
            pytest.param({"template": "nope"}, InvalidError, "'nope' is unknown", id="unknown-template"),
            pytest.param({"service_id": "gone"}, NotFoundError, "gone", id="unknown-id"),
        ],
    )
    def test_what_cannot_be_created(self, given: dict[str, Any], error: type[IesError], words: str) -> None:
        with pytest.raises(error, match=words):
            plan(**orderable(**given))

    def test_a_template_by_name(self) -> None:
        found = plan(**orderable(template="second"))
        assert found.foreseen is not None
        assert found.foreseen.template_id == "t9"


class TestLeftovers:
    def test_they_are_removed_and_the_service_created_again(self) -> None:
        found = plan(leftovers=[leftover("l1"), leftover("l2")], shelf=Shelf(), **orderable(name=NAME))
        assert (found.kind, found.actions) == ("recreate", ["delete", "delete", "create"])
        assert [step.service_id for step in found.steps] == ["l1", "l2", None]
        assert found.before["name"] == NAME
        connections = found.after["connections"]
        assert connections["vpn"] == {"CloudVpnName": "vpn", "Bandwidth": "100"}
        # What is not declared goes into the new order.
        assert list(connections) == ["vpn", VPN]
        assert found.foreseen is not None
        assert found.foreseen.service_id is None

    def test_by_id_and_name(self) -> None:
        others = [leftover("l1"), sample_service(service_id="leaving", status="DeleteInProgress")]
        found = plan(leftovers=others[:1], services=others, shelf=Shelf(), **orderable(name=NAME, service_id="l1"))
        assert found.actions == ["delete", "create"]

    def test_not_when_that_is_not_wanted(self) -> None:
        with pytest.raises(ConflictError, match="CreateFailed .l1, l2.; .*replace_failed"):
            plan(leftovers=[leftover("l1"), leftover("l2")], replace_failed=False, **orderable(name=NAME))

    def test_nothing_is_removed_for_what_cannot_be_ordered(self) -> None:
        with pytest.raises(InvalidError, match="service_definition"):
            plan(leftovers=[leftover()], **orderable(name=NAME, service_definition=None))

    def test_an_id_alone_does_not_tell_the_name_to_create(self) -> None:
        with pytest.raises(ConflictError, match="CreateFailed.*name"):
            plan(leftovers=[leftover("l1")], shelf=Shelf(), **orderable(name=None, service_id="l1"))

    @pytest.mark.parametrize("replace_failed", [True, False])
    @pytest.mark.parametrize("given", [pytest.param({}, id="unchanged"), pytest.param(SCALED, id="update")])
    def test_beside_a_healthy_service_they_are_only_reported(self, given: dict[str, Any], replace_failed: bool) -> None:
        found = plan(sample_service(), leftovers=[leftover("l1"), leftover("l2")], replace_failed=replace_failed, **given)
        assert "delete" not in found.actions
        assert len(found.warnings) == 1
        assert "l1, l2" in found.warnings[0]

    def test_a_leftover_by_id_beside_a_healthy_service_of_the_name_makes_no_second_one(self) -> None:
        healthy = sample_service(service_id="healthy")
        with pytest.raises(ConflictError, match="healthy"):
            plan(
                leftovers=[leftover("l1")],
                services=[healthy, leftover("l1")],
                shelf=Shelf(),
                **orderable(name=NAME, service_id="l1"),
            )


class TestUnchanged:
    @pytest.mark.parametrize("wait", [True, False])
    @pytest.mark.parametrize("status", [*FINISHED, *BUSY, "Strange"])
    @pytest.mark.parametrize(
        "given",
        [
            pytest.param({}, id="name"),
            pytest.param({"bandwidth": 60000}, id="bandwidth"),
            pytest.param({"description": "", "service_definition": "Site2DC", "template": "first"}, id="all-fields"),
        ],
    )
    def test_an_identical_declaration(self, given: dict[str, Any], status: str, wait: bool) -> None:
        current = sample_service(status=status)
        found = plan(current, wait=wait, **given)
        assert (found.kind, found.actions, found.changed) == ("unchanged", [], False)
        assert found.foreseen == current
        assert found.before == found.after
        assert found.warnings == ()

    def test_the_definition_need_not_be_active_for_that(self) -> None:
        shelf = Shelf(ServiceDefinition(DEFINITION, "Site2DC", status="inactive"))
        assert plan(sample_service(), shelf=shelf, service_definition="Site2DC", bandwidth=60000).changed is False

    def test_connections_that_are_not_declared_are_left_alone(self) -> None:
        current = sample_service({"Site2DCList": [sample_item(), sample_item(CloudVpnName="more")]})
        assert plan(current, site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 60000}]).changed is False

    def test_a_key_that_is_never_shown_is_a_warning_once(self) -> None:
        found = plan(sample_service(), site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 60000, "extra": {"Secret": "s"}}])
        assert found.changed is False
        assert len(found.warnings) == 1
        assert "Secret" in found.warnings[0]

    def test_the_diff_shows_the_declared_fields_only(self) -> None:
        assert plan(sample_service(), bandwidth=60000, description="").diff["before"] == {
            "name": NAME,
            "description": "",
            "connections": {VPN: {"CloudVpnName": VPN, "Bandwidth": "60000"}},
        }


class TestUpdate:
    @pytest.mark.parametrize("on_immutable_change", ["fail", "update", "recreate"])
    @pytest.mark.parametrize("status", [*FINISHED, "Strange"])
    @pytest.mark.parametrize(
        "given",
        [
            pytest.param(SCALED, id="bandwidth"),
            pytest.param({"description": "new"}, id="description"),
            pytest.param({"service_id": SERVICE_ID, "name": "new"}, id="name"),
            pytest.param({**SCALED, "service_id": SERVICE_ID, "name": "new", "description": "d"}, id="all-three"),
        ],
    )
    def test_name_description_and_bandwidth_are_updated_in_any_case(
        self, given: dict[str, Any], status: str, on_immutable_change: str
    ) -> None:
        found = plan(sample_service(status=status), on_immutable_change=on_immutable_change, **given)
        assert (found.kind, found.actions) == ("update", ["update"])
        assert found.steps[0].service_id == SERVICE_ID

    def test_the_request_of_contract_5_4(self) -> None:
        assert plan(sample_service(), **SCALED).steps[0].payload == sample("modify_request")

    def test_diff_and_service_foreseen(self) -> None:
        found = plan(sample_service(), description="new", **SCALED)
        assert found.diff == {
            "before": {"name": NAME, "description": "", "connections": {VPN: {"CloudVpnName": VPN, "Bandwidth": "60000"}}},
            "after": {"name": NAME, "description": "new", "connections": {VPN: {"CloudVpnName": VPN, "Bandwidth": "80000"}}},
        }
        assert found.foreseen is not None
        item = sample_item(action=None, Bandwidth="80000")
        assert found.foreseen.to_result() == {
            **sample_service().to_result(),
            "description": "new",
            "parameters": {"Site2DCList": [item]},
            "connections": [{"cloud_vpn_name": VPN, "bandwidth": 80000, "list": "Site2DCList", "parameters": item}],
        }

    def test_without_waiting_an_update_is_foreseen_under_way(self) -> None:
        found = plan(sample_service(), wait=False, **SCALED)
        assert found.foreseen is not None
        assert found.foreseen.status == "UpdateInProgress"

    def test_a_rename_is_done_at_once(self) -> None:
        # A modify without parameters returns to Completed at once (contract 5.4), whether one waits or not.
        found = plan(sample_service(), wait=False, service_id=SERVICE_ID, name="new")
        assert found.foreseen is not None
        assert (found.foreseen.name, found.foreseen.status) == ("new", "Completed")

    def test_diff_of_a_rename(self) -> None:
        found = plan(sample_service(), service_id=SERVICE_ID, name="new")
        assert found.diff == {"before": {"name": NAME}, "after": {"name": "new"}}

    def test_a_name_that_is_taken_is_not_taken_again(self) -> None:
        other = sample_service(service_id="other", name="new")
        with pytest.raises(ConflictError, match="'new'.*other"):
            plan(sample_service(), services=[sample_service(), other], service_id=SERVICE_ID, name="new")

    @pytest.mark.parametrize(
        ("parameters", "given"),
        [
            pytest.param({"Site2DCList": [sample_item(), sample_item(CloudVpnName="b")]}, {"bandwidth": 1}, id="several"),
            pytest.param({}, {"bandwidth": 1}, id="none"),
            pytest.param(None, {"bandwidth": 1, "cloud_vpn_name": "x"}, id="unknown"),
        ],
    )
    def test_a_shorthand_that_does_not_tell_which_connection(self, parameters: Any, given: dict[str, Any]) -> None:
        with pytest.raises(InvalidError, match="connection"):
            plan(sample_service(parameters), **given)

    @pytest.mark.parametrize("status", BUSY)
    @pytest.mark.parametrize("given", [SCALED, {"description": "x"}, OTHER_VNI], ids=str)
    def test_a_busy_service_is_not_updated_without_waiting(self, given: dict[str, Any], status: str) -> None:
        with pytest.raises(ConflictError, match=f"busy .{status}"):
            plan(sample_service(status=status), wait=False, on_immutable_change="update", **given)

    @pytest.mark.parametrize("status", BUSY)
    def test_with_waiting_it_is(self, status: str) -> None:
        assert plan(sample_service(status=status), wait=True, **SCALED).actions == ["update"]


class TestImmutable:
    CASES = (
        pytest.param(OTHER_VNI, "VNI of connection", id="value"),
        pytest.param({**OTHER_VNI, "description": "x"}, "VNI of connection", id="value-and-description"),
        pytest.param(ADDED, "'more' is not there", id="missing-connection"),
        pytest.param({"parameters": {"T": "y"}}, "T is 'x', declared 'y'", id="text"),
        pytest.param(
            {"parameters": {"Site2DCList": [{"CloudVpnName": VPN, "action": "delete"}]}}, "to be removed", id="removal"
        ),
    )
    FIXED = (
        pytest.param({"service_definition": "Other"}, "service_definition_id", id="definition"),
        pytest.param({"template": "second"}, "template_id", id="template"),
    )

    @staticmethod
    def current() -> Service:
        """Return the sample with a string beside its connection."""
        return sample_service({"Site2DCList": [sample_item()], "T": "x"})

    @pytest.mark.parametrize(("given", "words"), [*CASES, *FIXED])
    def test_fail_is_the_default_and_says_what_differs(self, given: dict[str, Any], words: str) -> None:
        with pytest.raises(ConflictError, match=words) as caught:
            plan(self.current(), **given)
        assert "on_immutable_change" in str(caught.value)

    @pytest.mark.parametrize(("given", "words"), CASES)
    def test_update(self, given: dict[str, Any], words: str) -> None:
        found = plan(self.current(), on_immutable_change="update", **given)
        assert (found.kind, found.actions) == ("update", ["update"])
        assert words

    @pytest.mark.parametrize(("given", "words"), FIXED)
    def test_an_update_cannot_change_definition_or_template(self, given: dict[str, Any], words: str) -> None:
        with pytest.raises(ConflictError, match=f"{words}.*recreate"):
            plan(self.current(), on_immutable_change="update", **given)

    @pytest.mark.parametrize(("given", "words"), [*CASES, *FIXED])
    def test_recreate(self, given: dict[str, Any], words: str) -> None:
        found = plan(self.current(), on_immutable_change="recreate", **given)
        assert (found.kind, found.actions) == ("recreate", ["delete", "create"])
        assert found.steps[0].service_id == SERVICE_ID
        assert found.foreseen is not None
        assert (found.foreseen.service_id, found.foreseen.created_at) == (None, None)
        assert words

    def test_an_added_connection(self) -> None:
        found = plan(self.current(), on_immutable_change="update", **ADDED)
        assert found.steps[0].payload == {
            "service": {
                "name": NAME,
                "description": "",
                "parameters": {"Site2DCList": [{"CloudVpnName": "more", "Bandwidth": "5", "action": "create"}]},
            }
        }
        assert found.before["connections"] == {}
        assert found.after["connections"] == {"more": {"CloudVpnName": "more", "Bandwidth": "5"}}
        assert found.foreseen is not None
        assert [entry.cloud_vpn_name for entry in found.foreseen.connections] == [VPN, "more"]

    def test_a_removed_connection(self) -> None:
        given: dict[str, Any] = {"parameters": {"Site2DCList": [{"CloudVpnName": VPN, "action": "delete"}]}}
        found = plan(self.current(), on_immutable_change="update", **given)
        assert set(found.before["connections"]) == {VPN}
        assert found.after["connections"] == {}
        assert found.foreseen is not None
        assert found.foreseen.connections == []

    def test_a_changed_text_in_the_diff(self) -> None:
        found = plan(self.current(), on_immutable_change="update", parameters={"T": "y"})
        assert (found.before["parameters"], found.after["parameters"]) == ({"T": "x"}, {"T": "y"})

    def test_a_recreation_keeps_what_is_not_declared(self) -> None:
        current = self.current().with_parameters(
            {"Site2DCList": [sample_item(), sample_item(CloudVpnName="b")], "T": "x"}, description="kept"
        )
        found = plan(current, on_immutable_change="recreate", **OTHER_VNI)
        assert found.steps[-1].payload == {
            "onfailure": "rollback",
            "service": {
                "name": NAME,
                "description": "kept",
                "service_definition_id": DEFINITION,
                "template_id": TEMPLATE,
                "parameters": {
                    "Site2DCList": [sample_item(VNI="7"), sample_item(CloudVpnName="b")],
                    "T": "x",
                },
            },
        }

    def test_a_recreation_under_another_definition_chooses_its_template(self) -> None:
        found = plan(self.current(), on_immutable_change="recreate", service_definition="Other")
        assert found.foreseen is not None
        assert (found.foreseen.service_definition_id, found.foreseen.template_id) == ("d2", "t2")
        assert found.diff["before"]["service_definition_id"] == DEFINITION
        assert found.diff["after"]["service_definition_id"] == "d2"

    @pytest.mark.parametrize(
        ("status", "shown", "ids"),
        [
            pytest.param("inactive", ("old", "new"), ("new", "t-new"), id="the-old-one-is-inactive"),
            pytest.param("active", (None, None), ("old", TEMPLATE), id="both-are-active"),
        ],
    )
    def test_a_definition_of_the_same_name_is_kept_unless_it_is_inactive(
        self, status: str, shown: tuple[str | None, str | None], ids: tuple[str, str]
    ) -> None:
        shelf = Shelf(
            ServiceDefinition("old", "Site2DC", status=status, templates=(Template(TEMPLATE, "t"), Template("t2", "u"))),
            ServiceDefinition("new", "Site2DC", status="active", templates=(Template("t-new", "t"),)),
        )
        current = self.current().with_parameters(self.current().parameters, service_definition_id="old")
        assert plan(current, shelf=shelf, service_definition="Site2DC").kind == "unchanged"
        assert plan(current, shelf=shelf, service_definition="Site2DC", bandwidth=5).kind == "update"
        found = plan(current, shelf=shelf, service_definition="Site2DC", on_immutable_change="recreate", **OTHER_VNI)
        assert found.foreseen is not None
        assert (found.foreseen.service_definition_id, found.foreseen.template_id) == ids
        if shown[0] is not None:
            assert tuple(side["service_definition_id"] for side in (found.before, found.after)) == shown
            assert (found.before["template_id"], found.after["template_id"]) == (TEMPLATE, "t-new")

    @pytest.mark.parametrize(
        ("given", "words"),
        [({"service_definition": "Off"}, "inactive"), ({"service_definition": "Other", "template": "second"}, "unknown")],
        ids=str,
    )
    def test_a_service_is_never_given_up_for_one_that_cannot_be_ordered(self, given: dict[str, Any], words: str) -> None:
        with pytest.raises(InvalidError, match=words):
            plan(self.current(), on_immutable_change="recreate", **given)

    def test_a_recreation_of_an_active_service_needs_leave_to_deactivate_it(self) -> None:
        current = self.current().with_parameters(self.current().parameters, active_status="Active")
        with pytest.raises(ConflictError, match="active.*deactivate"):
            plan(current, on_immutable_change="recreate", **OTHER_VNI)
        found = plan(current, on_immutable_change="recreate", deactivate=True, **OTHER_VNI)
        assert found.actions == ["deactivate", "delete", "create"]

    def test_a_recreation_with_a_new_name(self) -> None:
        found = plan(self.current(), on_immutable_change="recreate", service_id=SERVICE_ID, name="new", **OTHER_VNI)
        assert found.foreseen is not None
        assert found.foreseen.name == "new"


class TestOtherForms:
    """Flat services, and lists that come as JSON text (contract 6.3)."""

    FLAT = {"CloudVpnName": "f", "Bandwidth": "1", "VNI": "7"}
    TEXT = {"Site2DCList": json.dumps([{"CloudVpnName": "j", "Bandwidth": "1"}, {"CloudVpnName": "k", "Bandwidth": "2"}])}

    def test_a_flat_service_is_scaled(self) -> None:
        found = plan(sample_service(self.FLAT), bandwidth=9)
        assert found.diff["after"]["connections"] == {"f": {"CloudVpnName": "f", "Bandwidth": "9"}}
        assert found.foreseen is not None
        assert found.foreseen.parameters == {**self.FLAT, "Bandwidth": "9"}

    OTHER_FLAT: dict[str, Any] = {"parameters": {"CloudVpnName": "g", "Bandwidth": "1"}}

    def test_a_flat_service_cannot_be_extended(self) -> None:
        with pytest.raises(ConflictError, match="g cannot be added.*recreate"):
            plan(sample_service(self.FLAT), on_immutable_change="update", **self.OTHER_FLAT)

    def test_a_flat_service_can_be_recreated_around_another_connection(self) -> None:
        found = plan(sample_service(self.FLAT), on_immutable_change="recreate", **self.OTHER_FLAT)
        assert found.steps[-1].payload is not None
        assert found.steps[-1].payload["service"]["parameters"] == {"CloudVpnName": "g", "Bandwidth": "1", "VNI": "7"}

    @pytest.mark.parametrize("on_immutable_change", ["update", "recreate"])
    def test_a_flat_connection_does_not_go_into_a_service_of_lists(self, on_immutable_change: str) -> None:
        with pytest.raises(ConflictError, match="g cannot be added.*lists"):
            plan(sample_service(), on_immutable_change=on_immutable_change, **self.OTHER_FLAT)

    def test_a_list_in_json_text_is_scaled(self) -> None:
        found = plan(sample_service(self.TEXT), bandwidth=9, cloud_vpn_name="k")
        assert found.foreseen is not None
        shown = {entry.cloud_vpn_name: entry.bandwidth for entry in found.foreseen.connections}
        assert shown == {"j": 1, "k": 9}

    @pytest.mark.parametrize("on_immutable_change", ["update", "recreate"])
    def test_a_connection_in_json_text_cannot_be_removed(self, on_immutable_change: str) -> None:
        given: dict[str, Any] = {"parameters": {"Site2DCList": [{"CloudVpnName": "j", "action": "delete"}]}}
        with pytest.raises(ConflictError, match="j cannot be removed"):
            plan(sample_service(self.TEXT), on_immutable_change=on_immutable_change, **given)

    @pytest.mark.parametrize(
        "items",
        [
            pytest.param([{"cloud_vpn_name": "new", "bandwidth": 1}], id="added"),
            pytest.param(
                [{"cloud_vpn_name": "j", "bandwidth": 9}, {"cloud_vpn_name": "new", "bandwidth": 1}], id="scaled-and-added"
            ),
        ],
    )
    def test_a_connection_added_to_json_text_loses_none(self, items: list[dict[str, Any]]) -> None:
        found = plan(sample_service(self.TEXT), on_immutable_change="update", site2dc=items)
        assert found.foreseen is not None
        assert [entry.cloud_vpn_name for entry in found.foreseen.connections] == ["j", "k", "new"]
        assert found.steps[0].payload is not None
        sent = found.steps[0].payload["service"]["parameters"]["Site2DCList"]
        assert [(item["CloudVpnName"], item["action"]) for item in sent][-1] == ("new", "create")
        assert all(item["action"] == "update" for item in sent[:-1])

    def test_one_in_json_text_can_be_recreated_with_more(self) -> None:
        found = plan(
            sample_service(self.TEXT), on_immutable_change="recreate", site2dc=[{"cloud_vpn_name": "new", "bandwidth": 1}]
        )
        assert found.foreseen is not None
        assert {entry.cloud_vpn_name for entry in found.foreseen.connections} == {"j", "k", "new"}
        ordered = found.steps[-1].payload
        assert ordered is not None
        assert [item["action"] for item in ordered["service"]["parameters"]["Site2DCList"]] == ["create"] * 3


class TestFailed:
    """Its values are those asked for, not those in effect: apply the declaration again (contract 5.3)."""

    def test_equal_values_are_sent_again(self) -> None:
        found = plan(sample_service(status="Failed"), bandwidth=60000)
        assert (found.kind, found.actions) == ("update", ["update"])
        assert found.steps[0].payload is not None
        assert found.steps[0].payload["service"]["parameters"] == {"Site2DCList": [sample_item(action="update")]}
        assert found.diff["before"]["status"] == "Failed"
        assert found.diff["after"]["status"] == "Completed"

    def test_with_other_values(self) -> None:
        assert plan(sample_service(status="Failed"), **SCALED).actions == ["update"]

    def test_nothing_to_apply_is_a_warning(self) -> None:
        found = plan(sample_service(status="Failed"))
        assert found.changed is False
        assert any("Failed" in warning for warning in found.warnings)

    @pytest.mark.parametrize("on_immutable_change", ["fail", "update"])
    def test_immutable_differences_are_still_judged(self, on_immutable_change: str) -> None:
        if on_immutable_change == "fail":
            with pytest.raises(ConflictError, match="VNI"):
                plan(sample_service(status="Failed"), on_immutable_change=on_immutable_change, **OTHER_VNI)
        else:
            assert plan(sample_service(status="Failed"), on_immutable_change=on_immutable_change, **OTHER_VNI).changed


class TestBeingDeleted:
    CURRENT = sample_service(status="DeleteInProgress")

    def test_present_waits_and_creates_anew(self) -> None:
        found = plan(self.CURRENT, shelf=Shelf(), **orderable(name=NAME))
        assert (found.kind, found.actions) == ("create", ["create"])

    def test_present_without_waiting_is_busy(self) -> None:
        with pytest.raises(ConflictError, match="busy .DeleteInProgress"):
            plan(self.CURRENT, wait=False, **orderable(name=NAME))

    @pytest.mark.parametrize("wait", [True, False])
    def test_absent_is_unchanged(self, wait: bool) -> None:
        found = plan(self.CURRENT, wait=wait, state="absent")
        assert (found.kind, found.actions, found.foreseen) == ("unchanged", [], None)


class TestAbsent:
    @pytest.mark.parametrize("wait", [True, False])
    @pytest.mark.parametrize("given", [{}, {"service_id": "gone"}], ids=["name", "id"])
    def test_what_is_not_there(self, given: dict[str, Any], wait: bool) -> None:
        found = plan(None, wait=wait, state="absent", **given)
        assert (found.kind, found.actions, found.changed, found.foreseen) == ("unchanged", [], False, None)

    @pytest.mark.parametrize("active_status", ["Deactive", None, "DeactivateInProgress", "ActivateInProgress"])
    @pytest.mark.parametrize("status", [*FINISHED, "Failed", "Strange"])
    def test_what_is_there(self, status: str, active_status: str | None) -> None:
        # A stuck active_status must not block (contract 7).
        found = plan(sample_service(status=status, active_status=active_status), state="absent")
        assert (found.kind, found.actions) == ("delete", ["delete"])
        assert found.steps[0].service_id == SERVICE_ID
        assert found.foreseen is None
        assert found.after == {}
        assert found.before == {
            "name": NAME,
            "description": "",
            "service_definition_id": DEFINITION,
            "template_id": TEMPLATE,
            "connections": {VPN: sample_item(action=None)},
        }

    def test_active_is_refused_before_the_server_does(self) -> None:
        with pytest.raises(ConflictError, match=f"{SERVICE_ID}.*active.*deactivate"):
            plan(sample_service(active_status="Active"), state="absent")

    def test_an_active_one_that_is_pruned_names_the_variable_because_it_has_no_item(self) -> None:
        current = replace(sample_service(active_status="Active"), mark=Mark("netops"))
        with pytest.raises(ConflictError, match=r"set deactivate \(cloudvpn_deactivate\) to true"):
            plan_service(
                removal_of(current, PruneOptions("netops", Cap(1))), Selection(current), Shelf(*TWO_DEFINITIONS), wait=True
            )

    def test_active_with_leave_to_deactivate(self) -> None:
        found = plan(sample_service(active_status="active"), state="absent", deactivate=True)
        assert found.actions == ["deactivate", "delete"]

    def test_deactivate_does_nothing_for_an_inactive_one(self) -> None:
        assert plan(sample_service(), state="absent", deactivate=True).actions == ["delete"]

    @pytest.mark.parametrize("status", BUSY)
    def test_busy(self, status: str) -> None:
        with pytest.raises(ConflictError, match="busy"):
            plan(sample_service(status=status), wait=False, state="absent")
        assert plan(sample_service(status=status), wait=True, state="absent").actions == ["delete"]

    @pytest.mark.parametrize("replace_failed", [True, False])
    def test_leftovers_are_removed(self, replace_failed: bool) -> None:
        found = plan(leftovers=[leftover("l1"), leftover("l2")], state="absent", replace_failed=replace_failed)
        assert (found.kind, [step.service_id for step in found.steps]) == ("delete", ["l1", "l2"])
        assert found.before["name"] == NAME

    def test_all_of_that_name_are_removed(self) -> None:
        found = plan(sample_service(), leftovers=[leftover("l1")], state="absent")
        assert [step.service_id for step in found.steps] == [SERVICE_ID, "l1"]


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("on_immutable_change", ["fail", "update", "recreate"])
@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("status", [None, *FINISHED, *BUSY, "DeleteInProgress", "Failed", "Strange"])
@pytest.mark.parametrize("given", [{}, SCALED, OTHER_VNI, ADDED, {"service_definition": "Other"}], ids=str)
def test_every_plan_is_of_one_piece(
    given: dict[str, Any], status: str | None, state: str, on_immutable_change: str, wait: bool
) -> None:
    """Whatever is found and declared: a plan agrees with itself, or an error says why there is none."""
    current = None if status is None else sample_service(status=status)
    reason: IesError | None = None
    found = Plan("unchanged")
    try:
        found = plan(current, wait=wait, state=state, on_immutable_change=on_immutable_change, **given)
    except IesError as error:
        reason = error
    if reason is not None:
        assert reason.kind in {"conflict", "invalid"}
        assert NAME in reason.message
        return
    assert found.kind in KINDS
    assert found.changed is (found.kind != "unchanged")
    assert found.changed is (found.before != found.after)
    assert (
        found.actions
        == {
            "create": ["create"],
            "update": ["update"],
            "recreate": ["delete", "create"],
            "delete": ["delete"],
            "unchanged": [],
        }[found.kind]
    )
    assert (found.foreseen is None) is (state == "absent")
    assert json.dumps(found.diff)
