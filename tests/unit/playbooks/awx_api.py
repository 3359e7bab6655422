# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small AWX: the part of its API that the modules of awx.awx use, with the rules by which AWX refuses objects.

It keeps dictionaries and runs nothing. Written by what AWX 24 answers; no code of it is used.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jinja2 import StrictUndefined
from jinja2.exceptions import UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

TOKEN = "awx-token-0123456789abcdef"
ENCRYPTED = "$encrypted$"
Object = dict[str, Any]

# What an object has when nothing is said, as far as it matters to a second run.
_DEFAULTS: dict[str, Object] = {
    "organizations": {"description": ""},
    "credential_types": {"description": "", "inputs": {}, "injectors": {}, "managed": False},
    "credentials": {"description": "", "inputs": {}, "organization": None},
    "execution_environments": {"description": "", "pull": "", "organization": None, "credential": None},
    "projects": {
        "description": "",
        "scm_branch": "",
        "scm_update_on_launch": False,
        "credential": None,
        "allow_override": False,
    },
    "inventories": {"description": "", "kind": "", "host_filter": None, "variables": ""},
    "hosts": {"description": "", "enabled": True, "variables": ""},
    "groups": {"description": "", "variables": ""},
    "inventory_sources": {"description": "", "credential": None},
    "job_templates": {"description": "", "survey_enabled": False, "job_slice_count": 1, "execution_environment": None},
    "workflow_job_templates": {"description": "", "survey_enabled": False},
    "workflow_job_template_nodes": {"unified_job_template": None, "extra_data": {}},
    "workflow_approval_templates": {"description": "", "timeout": 0},
    "schedules": {"description": "", "enabled": True, "extra_data": {}},
    "notification_templates": {"description": ""},
}
_RUNNABLE = ("projects", "inventory_sources", "job_templates", "workflow_job_templates")
_SUBLISTS = {
    "credentials": "credentials",
    "hosts": "hosts",
    "galaxy_credentials": "credentials",
    "success_nodes": "workflow_job_template_nodes",
    "failure_nodes": "workflow_job_template_nodes",
    "always_nodes": "workflow_job_template_nodes",
    **{f"notification_templates_{event}": "notification_templates" for event in ("started", "success", "error", "approvals")},
}
_SURVEY_TYPES = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": float,
}


class RefusedError(Exception):
    """What AWX answers with 400."""


@dataclass
class Awx:
    """The objects of an AWX, and what it was asked to write.

    Attributes:
        playbooks: the files that every project is found to hold.
        refuse_credentials: whether every credential is refused.
    """

    playbooks: frozenset[str]
    objects: dict[str, dict[int, Object]] = field(default_factory=lambda: {kind: {} for kind in _DEFAULTS})
    links: dict[tuple[str, int, str], list[int]] = field(default_factory=dict)
    surveys: dict[tuple[str, int], Object] = field(default_factory=dict)
    secrets: dict[int, Object] = field(default_factory=dict)
    eda_types: list[Object] = field(default_factory=list)
    writes: list[tuple[str, str, Any]] = field(default_factory=list)
    url: str = ""
    refuse_credentials: bool = False
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def find(self, kind: str, name: str) -> Object:
        """Return the object of that name."""
        (found,) = (item for item in self.objects[kind].values() if item.get("name", item.get("identifier")) == name)
        return found

    def names(self, kind: str) -> list[str]:
        return [str(item.get("name", item.get("identifier"))) for item in self.objects[kind].values()]

    def linked(self, kind: str, name: str, relation: str) -> list[str]:
        """Return the names of what an object is associated with."""
        ids = self.links.get((kind, self.find(kind, name)["id"], relation), [])
        others = self.objects[_SUBLISTS[relation]]
        return [str(others[number].get("name", others[number].get("identifier"))) for number in ids]

    def survey(self, kind: str, name: str) -> Object:
        return self.surveys.get((kind, self.find(kind, name)["id"]), {})

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        """Return status and body of a response."""
        if method != "GET":
            self.writes.append((method, path, body))
        if path.startswith("/api/eda/v1/credential-types/"):
            return self._eda(method, path, query, body)
        parts = path.removeprefix("/api/v2/").strip("/").split("/")
        try:
            return self._route(method, parts, query, body)
        except (KeyError, ValueError):
            return 404, {"detail": "Not found."}
        except RefusedError as error:
            return 400, {"error": str(error), "__all__": [str(error)]}

    def _route(self, method: str, parts: list[str], query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        kind = parts[0]
        if len(parts) == 1:
            if method == "GET":
                return 200, self._list(kind, query)
            item = self._new(kind, body)
            return 201, self._shown(kind, item)
        number = int(parts[1])
        if kind == "project_updates":
            return 200, {"status": "successful", "finished": "2026-01-01T00:00:00Z", "failed": False}
        item = self.objects[kind][number]
        if len(parts) == 2:
            if method == "PATCH":
                changed = {**item, **body, "id": number}
                if kind == "credentials" and "inputs" in body:
                    self.secrets[number] = {**body["inputs"]}
                self._check(kind, changed)
                self.objects[kind][number] = item = changed
            return 200, self._shown(kind, item)
        return self._related(method, kind, item, parts[2], body)

    def _related(self, method: str, kind: str, item: Object, relation: str, body: Any) -> tuple[int, Any]:
        if relation == "survey_spec":
            if method == "POST":
                check_survey(body)
                self.surveys[kind, item["id"]] = body
                return 200, {}
            return 200, self.surveys.get((kind, item["id"]), {})
        if relation == "create_approval_template":
            approval = self._new("workflow_approval_templates", body)
            item["unified_job_template"] = approval["id"]
            return 201, self._shown("workflow_approval_templates", approval)
        if kind == "workflow_approval_templates":
            raise KeyError(relation)  # it has no nodes after it, its node has
        ids = self.links.setdefault((kind, item["id"], relation), [])
        others = self.objects[_SUBLISTS[relation]]
        if method == "GET":
            return 200, _page([self._shown(_SUBLISTS[relation], others[number]) for number in ids])
        other = others[body["id"]]
        if body.get("disassociate"):
            ids.remove(other["id"])
        else:
            if relation == "credentials":
                types = [others[number]["credential_type"] for number in ids]
                if other["credential_type"] in types:
                    raise RefusedError("Cannot assign multiple credentials of a type.")
            ids.append(other["id"])
        return 204, None

    def _list(self, kind: str, query: Mapping[str, str]) -> Object:
        kinds = _RUNNABLE if kind == "unified_job_templates" else (kind,)
        found = [self._shown(one, item) for one in kinds for item in self.objects[one].values() if self._matches(item, query)]
        return _page(found)

    def _matches(self, item: Object, query: Mapping[str, str]) -> bool:
        either = {name.removeprefix("or__"): value for name, value in query.items() if name.startswith("or__")}
        if either and not any(str(item.get(name)) == value for name, value in either.items()):
            return False
        return all(
            str(item.get(name)) == value for name, value in query.items() if not name.startswith("or__") and name != "type"
        )

    def _new(self, kind: str, body: Object) -> Object:
        item = {**_DEFAULTS[kind], **body}
        same = ("name", "identifier", "organization", "inventory", "workflow_job_template", "credential_type")
        if any(all(other.get(key) == item.get(key) for key in same) for other in self.objects[kind].values()):
            raise RefusedError(f"{kind} with this name already exists.")
        self._check(kind, item)
        item["id"] = next(self._ids)
        if kind == "credentials":
            self.secrets[item["id"]] = dict(item["inputs"])
        if kind == "inventory_sources":
            # AWX takes the organization from the inventory.
            item["organization"] = self.objects["inventories"][item["inventory"]]["organization"]
        self.objects[kind][item["id"]] = item
        return item

    def _check(self, kind: str, item: Object) -> None:
        if kind == "credential_types":
            check_credential_type(item)
        if kind == "credentials":
            if self.refuse_credentials:
                raise RefusedError("no more credentials")
            check_inputs(self.objects["credential_types"][item["credential_type"]]["inputs"], item["inputs"])
        if kind == "job_templates" and item["playbook"] not in self.playbooks:
            raise RefusedError("Playbook not found for project.")
        if kind == "schedules":
            check_rrule(item["rrule"])
            self._check_prompts(item)

    def _check_prompts(self, schedule: Object) -> None:
        """Refuse variables that the template asks for nowhere, and answers that are missing."""
        number = schedule["unified_job_template"]
        kind = next(one for one in _RUNNABLE if number in self.objects[one])
        questions = self.surveys.get((kind, number), {}).get("spec", [])
        asked = {question["variable"] for question in questions}
        needed = {question["variable"] for question in questions if question["required"]}
        if needed - set(schedule["extra_data"]):
            raise RefusedError(f"{', '.join(needed)} value missing")
        if set(schedule["extra_data"]) - asked and not self.objects[kind][number].get("ask_variables_on_launch"):
            raise RefusedError("Variables are not allowed on launch.")

    def _shown(self, kind: str, item: Object) -> Object:
        url = f"/api/v2/{kind}/{item['id']}/"
        related: dict[str, str | None] = {
            name: f"{url}{name}/" for name in ("survey_spec", "credentials", "update", "hosts", *_SUBLISTS)
        }
        if kind == "workflow_job_template_nodes":
            number = item["unified_job_template"]
            approval = number in self.objects["workflow_approval_templates"]
            owner = "workflow_approval_templates" if approval else "job_templates"
            related["unified_job_template"] = f"/api/v2/{owner}/{number}/" if number else None
        shown = {**item, "url": url, "type": kind.rstrip("s"), "related": related, "summary_fields": {}, "scm_revision": "1"}
        if kind == "projects":
            shown["summary_fields"] = {"current_update": {"id": item["id"]}}
        if kind == "credentials":
            of_type = self.objects["credential_types"][item["credential_type"]]
            secret = {one["id"] for one in of_type["inputs"].get("fields", []) if one.get("secret")}
            shown["inputs"] = {name: ENCRYPTED if name in secret else value for name, value in item["inputs"].items()}
        return shown

    def _eda(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, _page([item for item in self.eda_types if item["name"].startswith(query.get("name", ""))])
        check_credential_type(body, namespace="eda")
        if method == "POST":
            self.eda_types.append({**body, "id": len(self.eda_types) + 1})
            return 201, self.eda_types[-1]
        number = int(path.rstrip("/").rsplit("/", 1)[1])
        self.eda_types[number - 1].update(body)
        return 200, self.eda_types[number - 1]


def _page(results: list[Object]) -> Object:
    return {"count": len(results), "next": None, "previous": None, "results": results}


def check_survey(survey: Object) -> None:
    """Refuse the survey that AWX would refuse."""
    if not (isinstance(survey.get("name"), str) and isinstance(survey.get("description"), str) and survey.get("spec")):
        raise RefusedError("a survey has a name, a description and questions")
    seen = set()
    for question in survey["spec"]:
        if not isinstance(question.get("required"), bool):
            raise RefusedError("'required' is expected to be boolean")
        if any(not isinstance(question.get(key), str) for key in ("type", "question_name", "variable")):
            raise RefusedError(f"a key is missing from {question}")
        if question["variable"] in seen:
            raise RefusedError(f"{question['variable']} is asked twice")
        seen.add(question["variable"])
        kind = _SURVEY_TYPES.get(question["type"])
        if kind is None:
            raise RefusedError(f"{question['type']} is no type of a question")
        default = question.get("default", "")
        if default != "" and not isinstance(default, kind):
            raise RefusedError(f"the default of {question['variable']} is expected to be {kind.__name__}")
        if any(not isinstance(question[key], int) for key in ("min", "max") if question.get(key) is not None):
            raise RefusedError("a limit is expected to be an integer")
        if question["type"] in ("multiplechoice", "multiselect"):
            if not question.get("choices"):
                raise RefusedError(f"{question['variable']} has no choices")
            if default != "" and default not in question["choices"]:
                raise RefusedError(f"the default of {question['variable']} is none of its choices")


def check_credential_type(item: Object, namespace: str = "tower") -> None:
    """Refuse the credential type that AWX would refuse."""
    if namespace == "tower" and item.get("kind") not in ("cloud", "net"):
        raise RefusedError("Must be cloud or net")
    known = {"id", "label", "type", "format", "choices", "help_text", "multiline", "secret", "ask_at_runtime", "default"}
    fields = item["inputs"].get("fields", [])
    for one in fields:
        if not {"id", "label"} <= set(one) <= known:
            raise RefusedError(f"keys of {one} are missing or unknown")
        if one.get("type", "string") != "string" and {"choices", "multiline", "format", "secret"} & set(one):
            raise RefusedError("only a string can have choices, several lines, a format or be secret")
        if "default" in one and not isinstance(one["default"], {"string": str, "boolean": bool}[one.get("type", "string")]):
            raise RefusedError("the default is of the wrong type")
    if not set(item["inputs"].get("required", [])) <= {one["id"] for one in fields}:
        raise RefusedError("a field that is required does not exist")
    values: Object = dict.fromkeys((one["id"] for one in fields), "EXAMPLE")
    render_injectors(item["injectors"], values, namespace, undefined=StrictUndefined)


def render_injectors(
    injectors: Object, values: Mapping[str, Any], namespace: str = "tower", undefined: Any = None
) -> tuple[dict[str, str], dict[str, str]]:
    """Return files and environment that are made of a credential; a blank value is an undefined variable, as in AWX."""
    if set(injectors) - {"file", "env", "extra_vars"}:
        raise RefusedError("injectors are file, env and extra_vars")
    environment = ImmutableSandboxedEnvironment(**({"undefined": undefined} if undefined else {}))
    given = {name: value for name, value in values.items() if value != ""}
    files, names = {}, {}
    try:
        for label, template in injectors.get("file", {}).items():
            if not re.fullmatch(r"template(\.[a-zA-Z_]\w*)?", label):
                raise RefusedError(f"{label} is no name of a file")
            name = label.partition(".")[2]
            names[name] = f"/runner/env/{name}"
            files[names[name]] = environment.from_string(template).render(given)
        given[namespace] = {"filename": names}
        shown = {}
        for name, template in injectors.get("env", {}).items():
            if name.startswith("ANSIBLE_") or not re.fullmatch(r"[a-zA-Z_]\w*", name) or not template.isascii():
                raise RefusedError(f"Environment variable {name} is not allowed in credentials.")
            shown[name] = environment.from_string(template).render(given)
    except UndefinedError as error:
        raise RefusedError(f"uses an undefined field ({error})") from None
    return files, shown


def check_inputs(of_type: Object, inputs: Object) -> None:
    """Refuse the inputs that AWX would refuse."""
    fields = {one["id"]: one for one in of_type.get("fields", [])}
    for name, value in inputs.items():
        if name not in fields:
            raise RefusedError(f"Additional properties are not allowed ('{name}' was unexpected)")
        if fields[name].get("type", "string") == "string" and not isinstance(value, str):
            raise RefusedError(f"{name} is not of type string")
        if value not in fields[name].get("choices", [value]):
            raise RefusedError(f"{value} is not one of the choices of {name}")


def check_rrule(rule: str) -> None:
    """Refuse the rule that AWX would refuse."""
    if not re.match(r"DTSTART(;TZID=[^:]+:\d{8}T\d{6}|:\d{8}T\d{6}Z) ", rule):
        raise RefusedError("Valid DTSTART required in rrule.")
    rules = re.findall(r"RRULE:\S*", rule)
    if not rules or any("INTERVAL=" not in one or "FREQ=SECONDLY" in one for one in rules):
        raise RefusedError("INTERVAL required in rrule")


@contextmanager
def serve(awx: Awx) -> Iterator[Awx]:
    """Serve an AWX on a free port, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece: the body would wait for an acknowledgement of the head

        def _handle(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, answer = 401, {"detail": "Authentication credentials were not provided."}
            else:
                status, answer = awx.answer(self.command, parts.path, dict(parse_qsl(parts.query)), body)
            text = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle

        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        awx.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield awx
        finally:
            server.shutdown()
            thread.join()
