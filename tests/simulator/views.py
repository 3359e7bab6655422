# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of the responses: our records in the shapes of contract 3-5, or in the variants the options ask for."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from . import parameters as rules
from .model import SYSTEM_ERROR, Definition, Operation, Refusal, Service, Template
from .options import Options

Body = dict[str, Any]

_HTML = "<html><head><title>Error</title></head><body><h1>{status}</h1><p>{text}</p></body></html>"


class Views:
    """Shape records for one response; `skew` is added to every time in it, in seconds."""

    def __init__(self, options: Options, skew: float = 0.0) -> None:
        self._options = options
        self._skew = skew

    # Catalogue.

    def definition_list(self, definitions: list[Definition]) -> Any:
        """Return the list, or None for a null body."""
        if not definitions and self._options.empty_definitions == "404":
            return None
        items = [self._definition_head(item) for item in definitions]
        return _wrapped_list(items, self._options.definition_list_shape, "servicedefs")

    def definition(self, definition: Definition) -> Any:
        body = {**self._definition_head(definition), "categories": None}
        shape = self._options.templates_shape
        if shape == "single":
            body["template_id"] = definition.templates[0].template_id if definition.templates else None
        else:
            body[shape] = [self._template(definition, item) for item in definition.templates]
        wrapper = self._options.definition_shape
        return body if wrapper == "bare" else {wrapper: body}

    def template(self, template: Template) -> Body:
        return {
            "template_id": template.template_id,
            "name": template.name,
            "parameters": {
                name: {
                    "type": spec.type,
                    "hidden": "true" if spec.hidden else "false",
                    "validValues": spec.valid_values,
                    "map": None if spec.map is None else {key: {"type": "String"} for key in spec.map},
                }
                for name, spec in template.parameters.items()
            },
        }

    def _definition_head(self, definition: Definition) -> Body:
        return {
            self._options.definition_id_key: definition.definition_id,
            "name": definition.name,
            "description": definition.description,
            "serviceType": definition.service_type,
            "domain": definition.domain,
            "status": definition.status,
            "version": definition.version,
            "categories": definition.categories,
        }

    def _template(self, definition: Definition, template: Template) -> Body:
        key = self._options.template_id_key
        keys = ("template_id", "id") if key == "both" else (key,)
        return {
            **dict.fromkeys(keys, template.template_id),
            "name": template.name,
            "url": definition.template_url(template),
        }

    # Services.

    def service_list(self, services: list[Service]) -> Any:
        """Return the list, or None for a null body."""
        if not services and self._options.empty_list == "404":
            return None
        items = (
            None if not services and self._options.empty_list == "200-null" else [self._service_head(item) for item in services]
        )
        return _wrapped_list(items, self._options.service_list_shape, "services")

    def service(self, service: Service, template: Template | None) -> Any:
        body = {
            **self._service_head(service),
            "parameters": rules.visible(template, service.parameters, self._options),
        }
        wrapper = self._options.service_shape
        return body if wrapper == "bare" else {wrapper: body}

    def no_service(self) -> Any:
        return {"service": None} if self._options.service_not_found == "200-null" else None

    def created(self, service_id: str, operation_id: str) -> Body:
        if not self._options.ids_in_body:
            return {"service": {}}
        return {"service": self._keyed({"service_id": service_id, "operation_id": operation_id})}

    def accepted(self, operation_id: str | None) -> Body:
        return self._keyed({"operation_id": operation_id}) if self._options.ids_in_body else {}

    def location(self, service_id: str, operation_id: str | None, base_url: str) -> str | None:
        path = f"/rest/servicemanager/v1/services/{quote(service_id, safe='')}/operations/{operation_id or 'null'}"
        prefixes = {"relative": "", "absolute": base_url, "other-host": "https://gateway.invalid:17100"}
        prefix = prefixes.get(self._options.location)
        return None if prefix is None else prefix + path

    def _service_head(self, service: Service) -> Body:
        head = self._keyed(
            {
                "service_id": service.service_id,
                "service_definition_id": service.service_definition_id,
                "template_id": service.template_id,
                "description": service.description,
                "created_at": self._time(service.created_at),
                "active_status": service.active_status,
                "status": service.status,
            }
        )
        return {**head, self._options.service_name_key: service.name}

    # Operations.

    def operation_list(self, operations: list[Operation]) -> Body:
        if self._options.operations == "storage-trouble":
            return {"operations": None}
        shown = [] if self._options.operations == "purged" else operations
        return {"operations": [self._operation(item) for item in shown]}

    def operation(self, operation: Operation | None) -> Body:
        if operation is None or self._options.operations in ("purged", "storage-trouble"):
            return {"operation": None}
        return {"operation": self._operation(operation)}

    def _operation(self, operation: Operation) -> Body:
        body: Body = {
            "operation_id": operation.operation_id,
            "operation": operation.operation,
            "tenant_id": operation.tenant_id,
            "service_id": operation.service_id,
            "user_id": operation.user_id,
            "operation_content": self._content(operation),
            "result": operation.result,
            "reason": operation.reason,
            "progress": operation.progress,
            "task_uri": operation.task_uri,
            "operate_at": self._time(operation.operate_at),
            "finished_at": self._time(operation.finished_at),
        }
        if self._options.operation_style == "svcmgr":
            return body
        done = operation.progress == "done"
        results = {None: "processing", "success": "finished", "failed": "error"}
        return {
            **_camel(body),
            "operation": operation.operation.lower(),
            "progress": 100 if done else 50,
            "result": results[operation.result],
        }

    def _content(self, operation: Operation) -> str | None:
        parts = [operation.operation, *operation.subjects, f"progress:{operation.progress}"]
        texts = {"comma": ",".join(parts), "text": f"{operation.operation} is {operation.progress}"}
        return texts.get(self._options.operation_content_style)

    # Shared forms.

    def _keyed(self, body: Body) -> Body:
        return _camel(body) if self._options.key_style == "camel" else body

    def _time(self, milliseconds: int) -> int | str | None:
        skewed = milliseconds + int(self._skew * 1000)
        forms: dict[str, int | str | None] = {
            "ms": skewed,
            "ms-string": str(skewed),
            "seconds": skewed // 1000,
            "empty": "",
            "null": None,
        }
        return forms[self._options.time_style]


def refusal_status(refusal: Refusal, options: Options) -> int:
    return options.refusal_status if refusal.business else refusal.status


def error_body(refusal: Refusal, status: int, shape: str) -> tuple[Any, str | None]:
    """Return (JSON body, None) or (text, media type); JSON None stands for a null body."""
    text = f"request refused: {refusal.exception_id}"
    texts = {"text": (text, "text/plain"), "html": (_HTML.format(status=status, text=text), "text/html")}
    if shape in texts:
        return texts[shape]
    bodies: dict[str, Any] = {
        "standard": exception_body(refusal.exception_id, refusal.desc, refusal.detail),
        "raw": {
            "id": refusal.exception_id,
            "httpCode": status,
            "message": None,
            "localizedMessage": None,
            "cause": None,
            "stackTrace": [{"className": "com.example.ServiceImpl", "methodName": "invoke", "lineNumber": 1}],
        },
        "error_code": {"error_code": refusal.exception_id, "error_msg": text},
        "error_object": {"error": {"code": refusal.exception_id, "message": text}},
        "error_string": {"error": refusal.exception_id},
        "message": {"message": text},
        "json_string": text,
        "empty": None,
    }
    return bodies[shape], None


def exception_body(exception_id: str = SYSTEM_ERROR, desc: list[str] | None = None, detail: list[str] | None = None) -> Body:
    """Return the error body of contract 3.2."""
    return {
        "exceptionId": exception_id,
        "exceptionType": "ROA_EXFRAME_EXCEPTION",
        "descArgs": desc,
        "reasonArgs": None,
        "detailArgs": detail,
        "adviceArgs": None,
    }


def _camel(body: Body) -> Body:
    return {re.sub(r"_(\w)", lambda match: match.group(1).upper(), key): value for key, value in body.items()}


def _wrapped_list(items: list[Body] | None, shape: str, nested_key: str) -> Any:
    if shape == "bare":
        return items
    if shape == "nested":
        return {"result": {nested_key: items}}
    return {shape: items}
