# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches of contract 11: each unknown of the real product is one typed option here."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ErrorShape = Literal[
    "standard", "raw", "error_code", "error_object", "error_string", "message", "json_string", "text", "html", "empty"
]


class Options(BaseModel):
    """How the simulator answers where the contract leaves it open; the defaults are the contract's."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    # Null bodies, contract 3.1.
    null_body: Literal["empty", "null"] = "empty"
    null_body_content_type: bool = True

    # Authentication.
    bearer_required: bool = True
    tokens_expired: bool = False
    token_alphabet: Literal["standard", "urlsafe", "keystone"] = "standard"
    auth_error_shape: ErrorShape = "standard"

    # Errors.
    error_shape: ErrorShape = "standard"
    refusal_status: int = Field(default=500, ge=400, le=599)
    validator_prefix: str = "servicemgr.attrCheckMsg."

    # Catalogue.
    definition_list_shape: Literal["data", "servicedefs", "serviceDefs", "services", "nested", "bare"] = "data"
    definition_id_key: Literal["servicedefId", "serviceDefId", "service_definition_id", "id"] = "servicedefId"
    empty_definitions: Literal["list", "404"] = "list"
    details_path: Literal["both", "details", "detail"] = "both"
    details_missing_status: int = Field(default=404, ge=400, le=599)
    definition_shape: Literal["bare", "data", "result", "servicedef"] = "bare"
    templates_shape: Literal["templates", "templateList", "single"] = "templates"
    template_id_key: Literal["both", "template_id", "templateId", "id"] = "both"

    # Service reads: and the general reading rule.
    empty_list: Literal["404", "200-list", "200-null"] = "404"
    service_not_found: Literal["404", "200-null"] = "404"
    service_list_shape: Literal["services", "data", "nested", "bare"] = "services"
    service_shape: Literal["service", "data", "result", "bare"] = "service"
    service_name_key: Literal["name", "service_name", "serviceName"] = "name"
    key_style: Literal["snake", "camel"] = "snake"
    time_style: Literal["ms", "ms-string", "seconds", "empty", "null"] = "ms"
    bandwidth_type: Literal["string", "number"] = "string"
    scalar_type: Literal["string", "number"] = "string"
    parameters_style: Literal["object", "json-strings"] = "object"

    # Writes: contract 3.1, A-08, A-11, A-13, A-21, A-25 and 6.1.
    success_status: int = Field(default=202, ge=200, le=299)
    location: Literal["relative", "absolute", "other-host", "absent"] = "relative"
    ids_in_body: bool = True
    create_operation_id: Literal["base64", "hex"] = "base64"
    auto_activate: bool = False
    mandatory_item_keys: bool = True
    item_update: Literal["merge", "replace"] = "merge"
    undeclared_parameters: Literal["accept", "refuse"] = "accept"
    undeclared_item_keys: Literal["accept", "refuse"] = "accept"
    unknown_request_keys: Literal["ignore", "refuse"] = "ignore"

    # Operations: and the descendant's shapes of contract 5.6.
    operations: Literal["served", "404", "403", "405", "purged", "storage-trouble"] = "served"
    operation_style: Literal["svcmgr", "gso"] = "svcmgr"
    operation_content_style: Literal["comma", "text", "null"] = "comma"

    # Traffic: A-14.
    traffic_shape: Literal[
        "canonical", "bare", "pairs", "ms", "iso", "numbers", "empty", "parallel", "gaps", "named", "unknown"
    ] = "canonical"

    # Load: A-24.
    max_in_flight: int = Field(default=0, ge=0)
    retry_after: int = Field(default=1, ge=0)
    latency: float = Field(default=0.0, ge=0.0)

    def update(self, changes: dict[str, Any]) -> None:
        """Apply all of the changes, or none and raise ValueError."""
        checked = Options.model_validate({**self.model_dump(), **changes})
        for name in changes:
            setattr(self, name, getattr(checked, name))

    def reset(self, initial: Options) -> None:
        self.update(initial.model_dump())
