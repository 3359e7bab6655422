# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may import whom, and what every public name carries: the rooms of the code, read off its imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = ROOT / "plugins"
COLLECTION = "ansible_collections.cloudopera.ies."
UTILS = f"{COLLECTION}plugins.module_utils."

# Files that stand on the ground floor, and those that speak Ansible; the rest of module_utils are rooms, each a folder.
GROUND = frozenset({"_errors", "_parallel", "_secrets", "_text", "_time", "_values"})
SEAM = frozenset({"_argspec", "_module", "_task_runner"})
# Downwards only: a room imports itself and the floors below. Rooms side by side do not know each other.
FLOORS = (SEAM, frozenset({"_tasks"}), frozenset({"_run"}), frozenset({"_wire", "_domain"}), frozenset({"_api"}), GROUND)
# No network, no environment, no clock of their own.
PURE = frozenset({"_api", "_domain"}) | (GROUND - {"_parallel"})
PURE_STANDARD_LIBRARY = frozenset(
    {
        *("__future__", "base64", "binascii", "bisect", "collections", "dataclasses", "datetime", "difflib", "functools"),
        # The rules of time zones change as seldom as those of a calendar.
        *("hashlib", "ipaddress", "json", "math", "re", "typing", "unicodedata", "zoneinfo"),
    }
)
# Tests that are about more than one file of a room.
JOURNEYS = frozenset(
    {
        *("module_utils/_tasks/test_tasks.py", "module_utils/_wire/test_any_response.py"),
        *("plugin_utils/test_elastic_browser.py", "plugin_utils/test_progress.py"),
    }
)


def files(*folders: str) -> list[Path]:
    """Return the Python files of some folders of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def named(path: Path) -> str:
    """Return a path for the id of a test."""
    return str(path.relative_to(ROOT))


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a file as the parser sees it."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def calls_of(path: Path) -> frozenset[str]:
    """Return what a file calls by name, as it is written."""
    return frozenset(written(node.func) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call))


def written(node: ast.AST) -> str:
    """Return a dotted name; what is no name is shown as a question mark."""
    if isinstance(node, ast.Attribute):
        return f"{written(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def full_name(path: Path) -> str:
    """Return the name by which a file of the collection is imported."""
    return COLLECTION + ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def source_of(path: Path, node: ast.ImportFrom) -> str:
    """Return the full name of the module that names are imported from."""
    if not node.level:
        return node.module or ""
    package = (full_name(path) + (".x" if path.name == "__init__.py" else "")).split(".")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Return the full names of the modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = source_of(path, node)
            names.add(module)
            if f"{module}.".startswith(COLLECTION):
                names.update(f"{module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def rooms_of(path: Path) -> set[str]:
    """Return the rooms of module_utils that a file imports from."""
    return {name[len(UTILS) :].split(".")[0] for name in imports_of(path) if name.startswith(UTILS)}


def floor_of(room: str) -> int:
    """Return the floor of a room, 0 for the highest."""
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def may_know(own: str, other: str) -> bool:
    """Return whether a room may import another: itself, one below, or a neighbour on the ground or at the seam."""
    return own == other or floor_of(own) < floor_of(other) or {own, other} <= GROUND or {own, other} <= SEAM


UTIL_FILES = files("plugins/module_utils")


def own_room(path: Path) -> str:
    """Return the room of a file of module_utils."""
    return path.relative_to(PLUGINS / "module_utils").parts[0].removesuffix(".py")


PURE_FILES = [path for path in UTIL_FILES if own_room(path) in PURE]


def test_every_file_has_its_room() -> None:
    assert {own_room(path) for path in UTIL_FILES} == set().union(*FLOORS)


@pytest.mark.parametrize("path", UTIL_FILES, ids=named)
def test_imports_point_downwards(path: Path) -> None:
    assert {room for room in rooms_of(path) if not may_know(own_room(path), room)} == set()


def test_wire_and_domain_do_not_know_each_other() -> None:
    known = {room: set().union(*(rooms_of(path) for path in UTIL_FILES if own_room(path) == room)) for room in PURE | {"_wire"}}
    assert "_wire" not in known["_domain"]
    assert "_domain" not in known["_wire"]


def test_there_is_no_circle() -> None:
    # Imports for type hints count too: who is called does not know who calls.
    by_name = {full_name(path): path for path in files("plugins")}
    graph = {name: {other for other in imports_of(path) if other in by_name} for name, path in by_name.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("path", PURE_FILES, ids=named)
def test_pure_rooms_import_nothing_that_is_not_pure(path: Path) -> None:
    assert rooms_of(path) <= PURE
    others = {name.split(".")[0] for name in imports_of(path) if not f"{name}.".startswith(COLLECTION)}
    assert others <= PURE_STANDARD_LIBRARY


@pytest.mark.parametrize("path", PURE_FILES, ids=named)
def test_pure_rooms_have_no_clock_and_no_files_of_their_own(path: Path) -> None:
    assert calls_of(path).isdisjoint(
        {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "open", "print", "input"}
    )


def test_errors_import_nothing_of_ours() -> None:
    assert rooms_of(PLUGINS / "module_utils" / "_errors.py") == set()


@pytest.mark.parametrize("path", [path for path in UTIL_FILES if own_room(path) not in SEAM], ids=named)
def test_below_the_seam_nobody_knows_ansible(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(path)}
    assert "ansible" not in roots


@pytest.mark.parametrize("path", files("plugins", "extensions"), ids=named)
def test_only_the_transport_speaks_http(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(path)}
    spoken = roots & {"requests", "urllib3", "httpx", "aiohttp", "socket"}
    assert spoken <= ({"requests", "urllib3"} if path.parts[-2:] == ("_wire", "transport.py") else set())
    assert "http.client" not in set(imports_of(path))


@pytest.mark.parametrize("path", files("plugins", "extensions"), ids=named)
def test_plugins_know_nothing_of_tests(path: Path) -> None:
    assert not [name for name in imports_of(path) if name.split(".")[0] == "tests" or name.startswith(f"{COLLECTION}tests")]


@pytest.mark.parametrize("path", files("plugins"), ids=named)
def test_plugins_import_each_other_relatively(path: Path) -> None:
    sources = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom) and not node.level]
    assert not [node.module for node in sources if f"{node.module}.".startswith(COLLECTION)]


def test_extensions_import_plugins_by_full_name() -> None:
    # Event sources are loaded by runpy: a relative import would fail.
    for path in files("extensions"):
        assert not [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom) and node.level], path


@pytest.mark.parametrize("path", files("tests/simulator"), ids=named)
def test_the_simulator_knows_nothing_of_plugins(path: Path) -> None:
    # Two readings of the contract that cannot share a mistake.
    assert not [name for name in imports_of(path) if name.startswith(f"{COLLECTION}plugins") or name.split(".")[0] == "plugins"]


def test_filters_import_pure_rooms_only() -> None:
    # So a plan computed in a playbook is the plan a module applies.
    assert {named(path): rooms_of(path) - PURE for path in files("plugins/filter") if not rooms_of(path) <= PURE} == {}


@pytest.mark.parametrize("path", files("plugins/modules", "plugins/action"), ids=named)
def test_modules_and_actions_go_through_the_seam(path: Path) -> None:
    assert rooms_of(path) <= SEAM | {"_tasks"}


@pytest.mark.parametrize(
    "path",
    [path for path in files("tests/unit/module_utils", "tests/unit/plugin_utils") if path.name.startswith("test_")],
    ids=named,
)
def test_tests_stand_where_their_subject_does(path: Path) -> None:
    place = path.relative_to(ROOT / "tests/unit")
    folder, name = place.parent, place.name.removeprefix("test_")
    candidates = (folder / name, folder / f"_{name}")
    assert str(place) in JOURNEYS or any((PLUGINS / candidate).exists() for candidate in candidates)


def public_names(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield the public functions and classes of a file, and the public methods of these classes."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, kinds) and not inner.name.startswith("_"):
                        yield f"{node.name}.{inner.name}", inner


@pytest.mark.parametrize("path", files("plugins", "extensions"), ids=named)
def test_every_public_name_has_a_docstring(path: Path) -> None:
    tree = tree_of(path)
    silent = [
        name
        for name, node in public_names(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not ast.get_docstring(node)
    ]
    assert silent == []


# Packages of unit tests have empty files, as ansible-test demands.
@pytest.mark.parametrize("path", [path for path in files("plugins", "tests", "extensions") if path.stat().st_size], ids=named)
def test_every_file_says_whose_it_is(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = "\n".join(lines[:5])
    for expected in (
        "# Copyright (c) 2026 ",
        "# GNU General Public License v3.0+ ",
        "# SPDX-License-Identifier: GPL-3.0-or-later",
    ):
        assert expected in head


@pytest.mark.parametrize("path", files("tests/unit"), ids=named)
def test_no_unit_test_really_sleeps_or_looks_away(path: Path) -> None:
    assert calls_of(path).isdisjoint(
        {"time.sleep", "sleep", "pytest.skip", "pytest.importorskip", "pytest.xfail", "pytest.mark.skip", "pytest.mark.xfail"}
    )
