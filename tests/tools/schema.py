# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/schema/cloudvpn_services.schema.json, by which editors and pre-commit check declarations.

Options, types and choices come from the argument specs in the code, the words from `docs/source/`. What validation takes, such
as a number in quotes or a template, the schema takes as well. Without an argument the file is rewritten; with `--check` nothing
is written, and the status is 1 when it is not current.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.cloudopera.ies.plugins.module_utils._api.mark import OWNER_PATTERN
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.declaration import ID_LENGTH, NAME_LENGTH
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.fields import CONNECTION_LISTS, DIGITS
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks.ies_service import DECLARATION_OPTIONS
from ansible_collections.cloudopera.ies.plugins.plugin_utils._playbooks import VARIABLES

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "docs" / "schema" / "cloudvpn_services.schema.json"
SOURCE = ROOT / "docs" / "source" / "declared_service.yml"
ADDRESS = "https://raw.githubusercontent.com/cloudopera/ies/main/docs/schema/cloudvpn_services.schema.json"

Schema = dict[str, Any]

# What Ansible makes another value of: a template, or a value in a vault.
_LATER = r"\{[{%]|^\s*\$ANSIBLE_VAULT;"
_OCTET = "(25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})"
_CIDR = rf"^({_OCTET}\.){{3}}{_OCTET}/(3[0-2]|[0-2]?[0-9])$"
_WHOLE = r"^\s*\+?0*[1-9][0-9]*(\.0+)?\s*$|^\s*$"
_SWITCH = r"^\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff]|[YyNnTtFf]|[01](\.0)?)?\s*$"
_LETTERS = r"[0-9A-Za-z_-]"
_DIGITS = {entry.option for connections in CONNECTION_LISTS for entry in connections.fields if entry.type == DIGITS}
# What an argument spec does not say of a string; a name may not be blank.
_NAME = {"maxLength": NAME_LENGTH, "pattern": r"\S"}
_ID_OR_NAME = {"maxLength": NAME_LENGTH, "pattern": rf"^(?!{_LETTERS}{{{ID_LENGTH + 1},}}$)[\s\S]*\S"}
STRINGS: dict[str, Schema] = {
    "name": _NAME,
    "service_id": _NAME,
    "cloud_vpn_name": _NAME,
    "description": {"maxLength": NAME_LENGTH},
    "service_definition": _ID_OR_NAME,
    "template": _ID_OR_NAME,
    "owner": {"pattern": f"^{OWNER_PATTERN}$"},
    "cidr": {"pattern": _CIDR},
}


def build() -> Schema:
    """Return the schema: of a file of variables, or of the list alone."""
    words = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    connections = {
        entry.option: _object(entry.options(), words["connection"], **_of_connection()) for entry in CONNECTION_LISTS
    }
    service = _object(DECLARATION_OPTIONS, words["service"], **_of_service())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ADDRESS,
        "title": "Declared Cloud VPN services",
        "description": "A file of variables for cloudopera.ies with the list cloudvpn_services, or the list alone.",
        "type": ["object", "array", "null"],
        "properties": {
            "cloudvpn_services": {
                "description": "The services that there shall be. Each takes the options of cloudopera.ies.ies_service.",
                "type": ["array", "string", "null", "object"],
                "items": {"$ref": "#/$defs/item"},
                "$comment": "One service alone is taken as a list of one, and a string as a template or as JSON.",
            }
        },
        "propertyNames": {
            "if": {"pattern": "^cloudvpn_"},
            "then": {"enum": sorted(VARIABLES)},
        },
        "items": {"$ref": "#/$defs/item"},
        "$defs": {
            "item": {"if": {"type": "string"}, "then": {"pattern": _LATER}, "else": {"$ref": "#/$defs/service"}},
            "service": service,
            **connections,
        },
    }


def _of_service() -> Schema:
    """Return what is said of the options of a service together."""
    return {
        "if": {"required": ["service_id"]},
        "else": {"required": ["name"]},
        "dependentRequired": {"bandwidth_min": ["bandwidth_max"], "bandwidth_max": ["bandwidth_min"]},
    }


def _of_connection() -> Schema:
    """Return what is said of the options of a connection together."""
    return {
        "required": ["cloud_vpn_name"],
        "if": {"required": ["bandwidth_min"]},
        "else": {"required": ["bandwidth"]},
        "dependentRequired": {"bandwidth_min": ["bandwidth_max"], "bandwidth_max": ["bandwidth_min"]},
    }


def _object(spec: Mapping[str, Mapping[str, Any]], words: Mapping[str, Any], **together: Any) -> Schema:
    properties = {
        option: {"description": _plain(words[option]["description"]), **_value(option, facts)} for option, facts in spec.items()
    }
    return {"type": "object", "properties": properties, "additionalProperties": False, **together}


def _value(option: str, facts: Mapping[str, Any]) -> Schema:
    """Return what an option takes: Ansible reads numbers and switches out of strings, and leaves out what is null."""
    kind = facts["type"]
    default = {"default": facts["default"]} if "default" in facts else {}
    if option in {entry.option for entry in CONNECTION_LISTS}:
        return {"type": ["array", "null", "string"], "items": {"$ref": f"#/$defs/{option}"}, **_later(), **default}
    if kind == "int":
        return {"type": ["integer", "string", "null"], "minimum": 1, **_string({"pattern": _WHOLE}), **default}
    if kind == "bool":
        return {
            "type": ["boolean", "string", "integer", "null"],
            "minimum": 0,
            "maximum": 1,
            **_string({"pattern": _SWITCH}),
            **default,
        }
    if kind == "dict":
        return {"type": ["object", "string", "null"], **(_PARAMETERS if option == "parameters" else {}), **default}
    rules = {"enum": list(facts["choices"])} if "choices" in facts else STRINGS.get(option, {})
    types = ["string", "null", *(["integer"] if option in _DIGITS else [])]
    return {"type": types, **(_string(rules) if rules else {}), **default}


# A parameter is a string or a list; of anything else the API loses the value.
_PARAMETERS: Schema = {
    "additionalProperties": {
        "type": ["string", "number", "array"],
        "items": {"type": ["object", "string", "number", "boolean", "null"]},
    }
}


def _string(rules: Schema) -> Schema:
    """Return rules for a string that is none of the values that come later."""
    return {"if": {"type": "string", "not": {"pattern": _LATER}}, "then": rules}


def _later() -> Schema:
    return {"if": {"type": "string"}, "then": {"pattern": _LATER}}


_MARKUP = re.compile(r"\b(?P<kind>[OVCMP])\((?P<text>(?:\\.|[^)\\])*)\)")


def _plain(description: str | list[str]) -> str:
    """Return a description without the markup of Ansible."""
    text = description if isinstance(description, str) else "\n\n".join(description)
    return _MARKUP.sub(lambda found: f"`{found['text'].split('#')[0] if found['kind'] == 'P' else found['text']}`", text)


def render() -> str:
    """Return the text of the file."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Rewrite the file, or with `--check` tell whether it is current."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is not current")
    check = parser.parse_args(arguments).check
    text = render()
    if PATH.exists() and PATH.read_text(encoding="utf-8") == text:
        return 0
    if check:
        print(f"{PATH.relative_to(ROOT)} is not current; run make schema", file=sys.stderr)
        return 1
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
