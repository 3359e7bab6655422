# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what several pages document out of its one source, `docs/source/`.

The options of a declared service are documented in `ies_service`, in `ies_services` and in the argument specs of the role; the
shapes of a service and of an error in the RETURN of each module. The words are in `docs/source/`; types, defaults and choices
come from the argument specs in the code. Each page has marked regions, and only these are written:

    # >>> make options: declared_service
    # <<<

Without an argument the pages are rewritten; with `--check` nothing is written, and the pages that are not current are named.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.cloudopera.ies.plugins.module_utils._tasks.ies_service import DECLARATION_OPTIONS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "docs" / "source"
# PyYAML breaks a line after the word that goes over this.
WIDTH = 100

_REGION = re.compile(
    r"(?P<begin>^(?P<indent> *)# >>> make options: (?P<name>\w+)\n)(?P<body>.*?)(?P<end>^ *# <<<\n)", re.MULTILINE | re.DOTALL
)
_OPTION = re.compile(r"\bO\((?P<option>[a-z0-9_]+)")
_WAITS = frozenset({"wait", "wait_timeout", "wait_sleep"})


class _Dumper(yaml.SafeDumper):
    """YAML as the pages of this repository are written: indented lists, short lists in one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the items of a list below its key."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write what is used twice in full."""
        return True


def _represent_list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    short = all(isinstance(entry, str) and re.fullmatch(r"[\w-]+", entry) for entry in value)
    in_one_line = short and sum(len(entry) + 2 for entry in value) < WIDTH - 30
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=in_one_line)


_Dumper.add_representer(list, _represent_list)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((SOURCE / name).read_text(encoding="utf-8"))
    return content


def document_options(
    spec: Mapping[str, Mapping[str, Any]], words: Mapping[str, Any], connection: Mapping[str, Any], nested: str
) -> dict[str, Any]:
    """Return the documentation of an argument spec; `nested` is the key under which a page has suboptions."""
    documented: dict[str, Any] = {}
    for option, facts in spec.items():
        entry: dict[str, Any] = dict(words[option])
        entry.update({key: facts[key] for key in ("type", "elements", "required", "choices", "default") if key in facts})
        if "options" in facts:
            entry[nested] = document_options(facts["options"], connection, connection, nested)
        documented[option] = entry
    unknown = set(words) - set(spec) if words is not connection else set()
    if unknown:
        raise SystemExit(f"docs/source/declared_service.yml describes {', '.join(sorted(unknown))}, which is no option")
    return documented


def _declared_service(path: str | None, nested: str, waits: str) -> dict[str, Any]:
    """Return the options; without a `path` the page cannot refer to them, and names them as code."""
    words = _read("declared_service.yml")
    options = document_options(DECLARATION_OPTIONS, words["service"], words["connection"], nested)

    def in_page(match: re.Match[str]) -> str:
        option = match["option"]
        if option in _WAITS:
            return f"O({waits}{option}"
        return f"C({option}" if path is None else f"O({path}{option}"

    return _mapped(options, lambda text: _OPTION.sub(in_page, text))


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(entry, change) for key, entry in value.items()}
    if isinstance(value, list):
        return [_mapped(entry, change) for entry in value]
    return change(value) if isinstance(value, str) else value


# Page -> region -> what stands there.
PAGES: dict[str, dict[str, Callable[[], dict[str, Any]]]] = {
    "plugins/modules/ies_service.py": {"declared_service": lambda: _declared_service("", "suboptions", "")},
    "plugins/modules/ies_services.py": {"declared_service": lambda: _declared_service("services[].", "suboptions", "")},
    "plugins/modules/ies_service_info.py": {},
    "plugins/modules/ies_catalog_info.py": {},
    "plugins/modules/ies_vpn_traffic_info.py": {},
    "plugins/modules/ies_elastic.py": {},
    "roles/cloudvpn/meta/argument_specs.yml": {"declared_service": lambda: _declared_service(None, "options", "cloudvpn_")},
}


def render(page: str, content: str) -> str:
    """Return the page with every marked region written again from its source.

    Raises SystemExit for a region that has no source, and for a page that lacks one of its regions.
    """
    shapes = _read("results.yml")
    regions = PAGES[page]
    seen: set[str] = set()

    def region(match: re.Match[str]) -> str:
        name, indent = match["name"], match["indent"]
        if name not in regions and name not in shapes:
            raise SystemExit(f"{page}: no source for the region {name}")
        seen.add(name)
        value = regions[name]() if name in regions else shapes[name]
        lines = yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=WIDTH - len(indent), allow_unicode=True).splitlines()
        return match["begin"] + "".join(f"{indent}{line}\n" for line in lines) + match["end"]

    rendered = _REGION.sub(region, content)
    missing = set(regions) - seen
    if missing:
        raise SystemExit(f"{page}: the region {', '.join(sorted(missing))} is not there")
    return rendered


def main(arguments: list[str]) -> int:
    """Rewrite the pages, or with `--check` name those that are not current (status 1)."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is not current")
    check = parser.parse_args(arguments).check
    stale = []
    for page in PAGES:
        path = ROOT / page
        content = path.read_text(encoding="utf-8")
        rendered = render(page, content)
        if rendered != content:
            stale.append(page)
            if not check:
                path.write_text(rendered, encoding="utf-8")
    if check and stale:
        print(f"not current: {', '.join(stale)}; run make options", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
