# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of many services as one dictionary (`cloudvpn_plan`), and planning from data that was read before. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from .._api.mark import Mark
from .._api.models import Service, ServiceDefinition
from .._api.readers import read_definition, read_service
from .._errors import IesError, InvalidError, NotFoundError
from .declaration import Declaration, check_distinct, name_service, read_declaration, second_declaration
from .ownership import UNDECLARED, check_wide, with_wide
from .plan import KINDS, Plan, plan_service
from .selection import select

# What may be declared of a service: typed connections and bounds have become something else in a declaration.
_OPTIONS = {"site2dc", "site2site", "bandwidth_min", "bandwidth_max", *(field.name for field in fields(Declaration))}
_OPTIONS -= {"bandwidth_range", "ranges", "undeclared"}


class KnownCatalogue:
    """A catalogue out of `service_definitions` as `ies_catalog_info` returns them."""

    def __init__(self, definitions: Sequence[ServiceDefinition]) -> None:
        self._definitions = definitions

    def definitions(self) -> Sequence[ServiceDefinition]:
        """Return the definitions given."""
        return self._definitions

    def details(self, service_definition_id: str) -> ServiceDefinition:
        """Return the definition of that id; raises NotFoundError."""
        for definition in self._definitions:
            if definition.service_definition_id == service_definition_id:
                return definition
        raise NotFoundError(f"service definition {service_definition_id} is not among those given to plan with")


def _known(result: Mapping[str, Any]) -> Service:
    """Return a service out of the dictionary that modules return, or out of one as the API has it."""
    service = read_service(result)
    if service.mark is None and result.get("owner"):
        return replace(service, mark=Mark(str(result["owner"]), bool(result.get("protected"))))
    return service


def collect_plans(plans: Iterable[tuple[Declaration, Plan]]) -> dict[str, list[dict[str, Any]]]:
    """Return the plans as `cloudvpn_plan`: per kind a list of `name`, `service_id`, `before` and `after`.

    What is to be absent and is not there is unchanged, and has a name or an id alone: there is no service to take the other of.
    """
    collected: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for declaration, plan in plans:
        service = plan.current or plan.foreseen
        item = {
            "name": declaration.name or (service.name if service is not None else None),
            "service_id": plan.current.service_id if plan.current is not None else declaration.service_id,
            "before": plan.before,
            "after": plan.after,
        }
        if service is None and item["name"] is not None:
            item["service_id"] = None
        if declaration.undeclared:
            item["reason"] = UNDECLARED
        collected[plan.kind].append(item)
    return collected


def plan_fleet(
    declared: Sequence[Mapping[str, Any]],
    services: Sequence[Mapping[str, Any]],
    definitions: Sequence[Mapping[str, Any]],
    wait: bool = True,
    wide: Mapping[str, Any] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Plan declared services (options of `ies_service`) against services and definitions that were read before.

    `wide` holds what counts for all of them, `owner` and `take_over`. What shall become of a service that is no longer
    declared (`on_removal`) is not compared: what modules return does not tell it.

    Raises IesError that names the declared service which cannot be planned.
    """
    check_distinct(declared)
    check_wide(wide or {})
    known = [_known(service) for service in services]
    catalogue = KnownCatalogue([read_definition(definition) for definition in definitions])
    names = [service.name for service in known]
    by_name: dict[str | None, list[Service]] = defaultdict(list)
    by_id: dict[str | None, list[Service]] = defaultdict(list)
    for service in known:
        by_name[service.name].append(service)
        by_id[service.service_id].append(service)
    plans: list[tuple[Declaration, Plan]] = []
    first: dict[str | None, Declaration] = {}
    for item in declared:
        if not item.get("name") and not item.get("service_id"):
            raise InvalidError("a declared service has neither name nor service_id; give it one of them")
        try:
            unknown = ", ".join(sorted(set(item) - _OPTIONS))
            if unknown:
                raise InvalidError(f"unknown options {unknown}; correct the spelling")
            declaration = replace(read_declaration(with_wide(item, wide or {})), on_removal=None)
            candidates = by_name[declaration.name] if declaration.service_id is None else by_id[declaration.service_id]
            selection = select(declaration, candidates)
            named = by_name[declaration.name]
            plan = plan_service(declaration, selection, catalogue, wait=wait, services=named, names=lambda: names)
            if plan.current is not None and first.setdefault(plan.current.service_id, declaration) is not declaration:
                raise second_declaration(declaration, first[plan.current.service_id])
            plans.append((declaration, plan))
        except IesError as error:
            name_service(error, item)
            raise
    return collect_plans(plans)
