# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `cloudopera.ies.awx_setup` makes in AWX: the data of extensions/awx with names, tenants and wishes filled in. Pure.

The result has a list for each kind of object. Its items have the options of the module of `awx.awx` that makes them, and only
those that are to be set.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..module_utils._errors import InvalidError
from ..module_utils._text import nearest
from ._values import is_blank, normalise

PREFIX = "cloudvpn_awx_"
# File of extensions/awx, without its ending -> what it holds.
FILES = ("base", "credential_types", "eda_credential_types", "job_templates", "workflows", "schedules")
# Option of the task -> type. The variable of the playbook has the prefix before it.
OPTIONS: Mapping[str, str] = {
    "prefix": "str",
    "names": "dict",
    "leave_out": "names",
    "galaxy_credentials": "names",
    "ee_image": "str",
    "ee_pull": "str",
    "ee_credential": "str",
    "project_url": "str",
    "project_branch": "str",
    "project_credential": "str",
    "project_folder": "str",
    "project_update_on_launch": "bool",
    "tenants": "raw",
    "tenants_path": "str",
    "tenants_variables": "dict",
    "timezone": "str",
    "slices": "int",
    "elastic_mode": "str",
    "schedules_enabled": "bool",
    "notifications": "dict",
}
# Read by the playbook alone: secrets, which stay out of the result of the task, and where else to go.
OTHER_VARIABLES = ("tenant_tokens", "update_secrets", "eda_url", "eda_token", "eda_validate_certs")
VARIABLES = frozenset(PREFIX + name for name in (*OPTIONS, *OTHER_VARIABLES))
DEFAULTS: Mapping[str, Any] = {
    "prefix": "Cloud VPN",
    "names": {},
    "leave_out": [],
    "ee_image": "cloudopera-ies-ee:latest",
    "ee_pull": "missing",
    "project_url": "https://github.com/cloudopera/ies.git",
    "project_branch": "",
    "project_folder": "extensions/awx/project",
    "project_update_on_launch": False,
    "tenants": ["tenant"],
    "tenants_variables": {},
    "timezone": "UTC",
    "slices": 2,
    "elastic_mode": "recommend",
    "schedules_enabled": True,
    "notifications": {},
}
_CHOICES = {"ee_pull": ("always", "missing", "never"), "elastic_mode": ("recommend", "apply")}
_EVENTS = ("started", "success", "error", "approvals")
_TOKENS = ("auth_token", "bearer_token")
# A token by the name of the host, out of the file that the credential of the tenants is injected as.
TOKEN_OF_TENANT = (
    "{{ (lookup('ansible.builtin.file', lookup('ansible.builtin.env', 'IES_TENANT_TOKENS_PATH')) | from_yaml)"
    "[inventory_hostname] | mandatory("
    "'there is no token for ' ~ inventory_hostname ~ ' in the credential with the tokens of the tenants') }}"
)
# Nothing is logged in to, and what runs as a module runs in the Python of the job.
_OF_TENANTS = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
_HOSTS = {
    "variable": "cloudvpn_hosts",
    "type": "text",
    "required": True,
    "min": 1,
    "max": 1024,
}

Item = dict[str, Any]


class Kit(NamedTuple):
    """The data, and what is asked for, on the way to the objects."""

    files: Mapping[str, Any]
    options: Mapping[str, Any]
    known_credentials: frozenset[str]

    def left_out(self, key: str) -> bool:
        """Return whether an object is not to be made."""
        return key in self.options["leave_out"]

    def name(self, item: Mapping[str, Any]) -> str:
        """Return the name of an object: the one it is given, else that of the data."""
        given = self.options["names"].get(item["key"])
        return str(given) if not is_blank(given) else self.filled(item["name"])

    def filled(self, text: str) -> str:
        """Return a text of the data with what stands in its braces."""
        for word in ("prefix", "timezone", "elastic_mode"):
            text = text.replace(f"{{{word}}}", str(self.options[word]))
        return text

    @property
    def organization(self) -> str:
        """Return the name of the organization that all belongs to."""
        return self.name(self.files["base"]["organization"])

    def base(self, key: str) -> Mapping[str, Any]:
        """Return an object of base.yml."""
        found: Mapping[str, Any] = self.files["base"][key]
        return found

    def path(self, name: str) -> str:
        """Return where a file of the kit's project is in the project that AWX has."""
        return "/".join(part for part in (self.options["project_folder"].strip("/"), name) if part)

    def refers_to(self, key: str) -> bool:
        """Return whether objects may refer to one: it is made here, or it is there already by a name that was given."""
        return not self.left_out(key) or not is_blank(self.options["names"].get(key))

    def credentials(self) -> list[str]:
        """Return the names of the credentials that jobs get."""
        return [
            self.name(self.base(key))
            for key in ("credential", "tenants_credential")
            if not is_blank(self.options["names"].get(key)) or (key in self.known_credentials and not self.left_out(key))
        ]


def read_options(given: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the options with their types and defaults; raises InvalidError that names the option and the way out."""
    options: dict[str, Any] = dict(DEFAULTS)
    for option, value in given.items():
        kind = OPTIONS[option]
        read = (None if is_blank(value) else value) if kind == "raw" else normalise(value, kind, f"{prefix}{option}")
        if option == "project_folder" and isinstance(value, str) and not value.strip() and value:
            read = ""
        if read is not None:
            options[option] = read
    options["project_folder"] = "" if options["project_folder"].strip() in {".", "/"} else options["project_folder"].strip()
    for option, choices in _CHOICES.items():
        if options[option] not in choices:
            raise InvalidError(f"{prefix}{option} is {options[option]!r}; it is one of {', '.join(choices)}")
    if options["slices"] < 1:
        raise InvalidError(f"{prefix}slices is {options['slices']}; it must be at least 1")
    _check_words(options["notifications"], _EVENTS, f"{prefix}notifications")
    options["notifications"] = {
        event: normalise(names, "names", f"{prefix}notifications.{event}") for event, names in options["notifications"].items()
    }
    options["tenants"] = _read_tenants(options["tenants"], f"{prefix}tenants")
    _check_no_token(options["tenants_variables"], f"{prefix}tenants_variables")
    return options


def kit(
    files: Mapping[str, Any], options: Mapping[str, Any], known_credentials: Iterable[str] = (), prefix: str = ""
) -> dict[str, list[Item]]:
    """Return the objects by their kind, in the order in which they have to be made; raises InvalidError.

    `known_credentials` are the keys of the credentials whose secrets are at hand.
    """
    made = Kit(files, options, frozenset(known_credentials))
    keys = _keys(files)
    for option in ("leave_out", "names"):
        _check_words(options[option], keys, f"{prefix}{option}")
    templates = [item for item in files["job_templates"] if not made.left_out(item["key"])]
    present = {item["key"] for item in templates}
    workflows = [item for item in files["workflows"] if not made.left_out(item["key"]) and _templates_of(item) <= present]
    schedules = [item for item in files["schedules"] if not made.left_out(item["key"]) and item["job_template"] in present]
    names = {item["key"]: made.name(item) for item in templates}
    others = [files["base"][key] for key in ("project", "services_source", "tenants_source")]
    _check_double([made.name(item) for item in (*templates, *workflows, *others)])
    return {
        "organizations": list(_organizations(made)),
        "credential_types": [
            _credential_type(made, item) for item in files["credential_types"] if not made.left_out(item["key"])
        ],
        "eda_credential_types": [
            _credential_type(made, item) for item in files["eda_credential_types"] if not made.left_out(item["key"])
        ],
        "credentials": list(_credential(made, "credential", "credential_type")),
        "tenants_credentials": list(_credential(made, "tenants_credential", "tenants_credential_type")),
        "execution_environments": list(_execution_environments(made)),
        "projects": list(_projects(made)),
        "inventories": list(_inventories(made)),
        "hosts": list(_hosts(made)),
        "groups": list(_groups(made)),
        "inventory_sources": list(_inventory_sources(made)),
        "job_templates": [_job_template(made, item) for item in templates],
        "workflows": [_workflow(made, item) for item in workflows],
        "workflow_nodes": [node for item in workflows for node in _nodes(made, item, names)],
        "workflow_links": [link for item in workflows for link in _links(made, item)],
        "schedules": [_schedule(made, item, names) for item in schedules],
    }


def _keys(files: Mapping[str, Any]) -> list[str]:
    lists = (item["key"] for name in FILES if name != "base" for item in files[name])
    return [*files["base"], *lists]


def _check_words(given: Iterable[Any], known: Sequence[str], where: str) -> None:
    for word in given:
        if word not in known:
            close = nearest(str(word), known)
            hint = f"did you mean {close}?" if close else f"there are {', '.join(known)}"
            raise InvalidError(f"{where} names {word}, which the kit does not have; {hint}")


def _check_double(names: Sequence[str]) -> None:
    """Check that schedules and nodes, which look for what they run by its name alone, find one thing."""
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise InvalidError(
            f"two things that can be run would have the name {double[0]!r}; give them different ones in {PREFIX}names"
        )


def _read_tenants(given: Any, where: str) -> list[Item]:
    """Return the tenants as dictionaries of `name` and `variables`; raises InvalidError, for a token among them too."""
    structured = not isinstance(given, str) or given.lstrip()[:1] in {"[", "{"}
    parsed = json_or_same(given, where) if structured else normalise(given, "names", where)
    items = [parsed] if isinstance(parsed, Mapping) else parsed
    if not isinstance(items, (list, tuple)) or not items:
        raise InvalidError(f"{where} is no list of tenants; write NORTH,SOUTH or [{{name: north, variables: {{...}}}}]")
    tenants: list[Item] = []
    for index, item in enumerate(items):
        place = f"{where}[{index}]"
        tenant = {"name": item} if isinstance(item, (str, int)) else item
        if not isinstance(tenant, Mapping) or is_blank(tenant.get("name")):
            raise InvalidError(f"{place} has no name; write the name of a tenant, or {{name: north, variables: {{...}}}}")
        _check_words(tenant, ("name", "variables", "description"), place)
        variables = tenant.get("variables") or {}
        if not isinstance(variables, Mapping):
            raise InvalidError(f"{place}.variables is no dictionary; write the variables of the tenant's host")
        _check_no_token(variables, f"{place}.variables")
        tenants.append({**tenant, "name": str(tenant["name"]).strip(), "variables": dict(variables)})
    names = [tenant["name"] for tenant in tenants]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise InvalidError(f"{where} names {double} twice; a tenant is one host")
    return tenants


def json_or_same(value: Any, where: str) -> Any:
    """Return what a string of JSON stands for, and other values as they are; raises InvalidError."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise InvalidError(f"{where} is a string that is not JSON; write a list") from None


def _check_no_token(variables: Mapping[str, Any], where: str) -> None:
    """Check that no token would be stored in an inventory, where everybody who reads it would see it."""
    connection = variables.get("cloudvpn_ies")
    for option in _TOKENS:
        if isinstance(connection, Mapping) and not is_blank(connection.get(option)):
            raise InvalidError(
                f"{where} holds a token in cloudvpn_ies.{option}; tokens belong into a credential, not into an inventory:"
                f" give those of several tenants in {PREFIX}tenant_tokens"
            )


def _templates_of(workflow: Mapping[str, Any]) -> set[str]:
    return {node["job_template"] for node in workflow["nodes"] if "job_template" in node}


def _organizations(made: Kit) -> Iterator[Item]:
    if not made.left_out("organization"):
        galaxy = made.options.get("galaxy_credentials")
        yield {"name": made.organization, **({"galaxy_credentials": galaxy} if galaxy else {})}


def _credential_type(made: Kit, item: Mapping[str, Any]) -> Item:
    return {
        "name": made.name(item),
        **{key: item[key] for key in ("description", "kind", "inputs", "injectors") if key in item},
    }


def _credential(made: Kit, key: str, of_type: str) -> Iterator[Item]:
    if key in made.known_credentials and not made.left_out(key):
        item = made.base(key)
        types = {one["key"]: one for one in made.files["credential_types"]}
        yield {
            "name": made.name(item),
            "description": item["description"],
            "organization": made.organization,
            "credential_type": made.name(types[of_type]),
        }


def _execution_environments(made: Kit) -> Iterator[Item]:
    if not made.left_out("execution_environment"):
        item = made.base("execution_environment")
        yield {
            "name": made.name(item),
            "description": item["description"],
            "organization": made.organization,
            "image": made.options["ee_image"],
            "pull": made.options["ee_pull"],
            **_given(credential=made.options.get("ee_credential")),
        }


def _projects(made: Kit) -> Iterator[Item]:
    if not made.left_out("project"):
        item = made.base("project")
        on_launch = made.options["project_update_on_launch"]
        yield {
            "name": made.name(item),
            "description": item["description"],
            "organization": made.organization,
            "scm_type": item["scm_type"],
            "scm_url": made.options["project_url"],
            "scm_branch": made.options["project_branch"],
            "scm_update_on_launch": on_launch,
            **_given(credential=made.options.get("project_credential")),
            **_environment(made, "default_environment"),
            **_notifications(made),
        }


def _inventories(made: Kit) -> Iterator[Item]:
    for key in ("tenants", "services"):
        if not made.left_out(key):
            item = made.base(key)
            variables = {"variables": {**_OF_TENANTS, **made.options["tenants_variables"]}} if key == "tenants" else {}
            yield {
                "name": made.name(item),
                "description": item["description"],
                "organization": made.organization,
                **variables,
            }


def _hosts(made: Kit) -> Iterator[Item]:
    """Yield the tenants. Of several, each takes its token from the credential of the tenants, and never that of another."""
    if made.left_out("tenants") or not is_blank(made.options.get("tenants_path")):
        return
    tenants = made.options["tenants"]
    for tenant in tenants:
        variables = dict(tenant["variables"])
        if len(tenants) > 1:
            common = made.options["tenants_variables"].get("cloudvpn_ies") or {}
            variables["cloudvpn_ies"] = {**common, **(variables.get("cloudvpn_ies") or {}), "auth_token": TOKEN_OF_TENANT}
        yield {
            "name": tenant["name"],
            "inventory": made.name(made.base("tenants")),
            **_given(description=tenant.get("description")),
            "variables": variables,
        }


def _groups(made: Kit) -> Iterator[Item]:
    hosts = [host["name"] for host in _hosts(made)]
    if hosts:
        item = made.base("tenants")
        yield {"name": item["group"], "inventory": made.name(item), "hosts": hosts}


def _inventory_sources(made: Kit) -> Iterator[Item]:
    paths = {
        "services_source": made.path(made.base("services_source")["source_path"]),
        "tenants_source": made.options.get("tenants_path"),
    }
    for key, inventory in (("services_source", "services"), ("tenants_source", "tenants")):
        if made.left_out(key) or made.left_out(inventory) or is_blank(paths[key]):
            continue
        item = made.base(key)
        credentials = made.credentials() if key == "services_source" else []
        yield {
            **{name: value for name, value in item.items() if name not in {"key", "name", "source_path"}},
            "name": made.name(item),
            "inventory": made.name(made.base(inventory)),
            "organization": made.organization,
            "source_project": made.name(made.base("project")),
            "source_path": paths[key],
            **_given(credential=credentials[0] if credentials else None),
            **_environment(made, "execution_environment"),
            **_notifications(made),
        }


def _job_template(made: Kit, item: Mapping[str, Any]) -> Item:
    credentials = [] if item.get("without_credentials") else made.credentials()
    sliced = item.get("sliced", False)
    return {
        **{name: value for name, value in item.items() if name.startswith("ask_")},
        "name": made.name(item),
        "description": item["description"],
        "organization": made.organization,
        "job_type": "run",
        "inventory": made.name(made.base("tenants")),
        "project": made.name(made.base("project")),
        "playbook": made.path(item["playbook"]),
        # Which tenant it is for, whoever has several credentials of the type.
        "ask_credential_on_launch": not item.get("without_credentials", False),
        "ask_verbosity_on_launch": True,
        "allow_simultaneous": False,
        "job_slice_count": made.options["slices"] if sliced else 1,
        **({"credentials": credentials} if credentials else {}),
        **_environment(made, "execution_environment"),
        **_survey(made, item),
        **_notifications(made),
    }


def _survey(made: Kit, item: Mapping[str, Any]) -> Item:
    """Return the options of a survey; without a question there is none, because AWX refuses an empty one."""
    questions = [*_tenant_questions(made, item), *item.get("survey", [])]
    if not questions:
        return {"survey_enabled": False}
    spec = [{"question_description": "", **question} for question in questions]
    return {"survey_enabled": True, "survey_spec": {"name": "", "description": "", "spec": spec}}


def _tenant_questions(made: Kit, item: Mapping[str, Any]) -> list[Item]:
    group = made.base("tenants")["group"]
    if item.get("tenants") == "all":
        question = {"question_name": "Tenants", "question_description": "Hosts or groups.", "default": group}
        return [{**_HOSTS, **question, "required": False}]
    if item.get("tenants") != "one":
        return []
    names = [tenant["name"] for tenant in made.options["tenants"]]
    if not is_blank(made.options.get("tenants_path")) or made.left_out("tenants"):
        return [{**_HOSTS, "question_name": "Tenant"}]
    question = {"variable": "cloudvpn_hosts", "question_name": "Tenant", "type": "multiplechoice", "choices": names}
    if len(names) == 1:
        return [{**question, "required": False, "default": names[0]}]
    return [{**question, "required": True}]


def _workflow(made: Kit, item: Mapping[str, Any]) -> Item:
    return {
        "name": made.name(item),
        "description": item["description"],
        "organization": made.organization,
        "ask_variables_on_launch": item["ask_variables_on_launch"],
        "allow_simultaneous": False,
        **_survey(made, item),
        **_notifications(made, ("started", "success", "error", "approvals")),
    }


def _nodes(made: Kit, item: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Item]:
    """Yield the nodes without their links, which need both ends to be there."""
    for node in item["nodes"]:
        common = {
            "identifier": node["identifier"],
            "workflow_job_template": made.name(item),
            "organization": made.organization,
        }
        if "approval" in node:
            approval = {**node["approval"], "name": made.filled(node["approval"]["name"])}
            yield {**common, "approval_node": approval}
        else:
            yield {
                **common,
                "unified_job_template": names[node["job_template"]],
                "lookup_organization": made.organization,
            }


def _links(made: Kit, item: Mapping[str, Any]) -> Iterator[Item]:
    for node in item["nodes"]:
        yield {
            "identifier": node["identifier"],
            "workflow_job_template": made.name(item),
            "organization": made.organization,
            "success_nodes": node.get("success", []),
            "failure_nodes": node.get("failure", []),
            "always_nodes": node.get("always", []),
        }


def _schedule(made: Kit, item: Mapping[str, Any], names: Mapping[str, str]) -> Item:
    extra = {name: made.filled(value) for name, value in item.get("extra_data", {}).items()}
    return {
        "name": made.name(item),
        "description": item["description"],
        "organization": made.organization,
        "unified_job_template": names[item["job_template"]],
        "rrule": made.filled(item["rrule"]),
        "enabled": made.options["schedules_enabled"],
        **({"extra_data": extra} if extra else {}),
    }


def _environment(made: Kit, option: str) -> Item:
    key = "execution_environment"
    return {option: made.name(made.base(key))} if made.refers_to(key) else {}


def _notifications(made: Kit, events: Sequence[str] = ("started", "success", "error")) -> Item:
    wanted: Mapping[str, list[str]] = made.options["notifications"]
    return {f"notification_templates_{event}": wanted[event] for event in events if event in wanted}


def _given(**values: Any) -> Item:
    return {name: value for name, value in values.items() if not is_blank(value)}
