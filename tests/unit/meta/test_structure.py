# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may import whom, and what every public name carries: the layers of the code, read off its imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = ROOT / "plugins"
UTILS = "ansible_collections.cloudopera.ies.plugins.module_utils."
COLLECTION = "ansible_collections.cloudopera.ies."

# No network, no environment, no clock of their own. Each imports only others of this layer.
PURE = frozenset(
    {
        *("_errors", "_wire", "_lifecycle", "_models", "_poll", "_token", "_secrets", "_refusals", "_stats", "_period"),
        *(
            "_fields",
            "_declaration",
            "_catalogue",
            "_compare",
            "_payload",
            "_leftovers",
            "_plan",
            "_planning",
            "_race",
            "_report",
            "_text",
        ),
    }
)
WIRE = frozenset({"_client", "_failures", "_throttle"})
# What a task does, in sequences: they know neither Ansible nor HTTP.
SEQUENCES = frozenset({"_parallel", "_tenant", "_services", "_fleet", "_elastic", "_progress", "_tasks"})
SEAM = frozenset({"_module", "_argspec"})
# Downwards only: a layer imports itself and what stands to its right.
LAYERS = (SEAM, SEQUENCES, WIRE, PURE)
PURE_STANDARD_LIBRARY = frozenset(
    {
        *("__future__", "base64", "binascii", "collections", "dataclasses", "datetime", "difflib", "functools", "json"),
        *("math", "re", "typing", "unicodedata"),
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


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Return the full names of the modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names.add(module)
            if module.startswith((COLLECTION, ".")) or module == COLLECTION.rstrip("."):
                names.update(f"{module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def utils_of(path: Path) -> set[str]:
    """Return the modules of module_utils that a file imports, by their first name."""
    return {name[len(UTILS) :].split(".")[0] for name in imports_of(path) if name.startswith(UTILS)}


def layer_of(module: str) -> int:
    """Return the place of a module in LAYERS."""
    return next(place for place, layer in enumerate(LAYERS) if module in layer)


UTIL_FILES = files("plugins/module_utils")


def own_name(path: Path) -> str:
    """Return the first name of a module of module_utils."""
    return path.relative_to(PLUGINS / "module_utils").parts[0].removesuffix(".py")


def test_every_module_has_its_place() -> None:
    assert {own_name(path) for path in UTIL_FILES} == set().union(*LAYERS)


@pytest.mark.parametrize("path", UTIL_FILES, ids=named)
def test_imports_point_downwards(path: Path) -> None:
    own = layer_of(own_name(path))
    upwards = {name for name in utils_of(path) if layer_of(name) < own}
    assert upwards == set()


@pytest.mark.parametrize("path", [path for path in UTIL_FILES if own_name(path) in PURE], ids=named)
def test_pure_layers_import_pure_ones_only(path: Path) -> None:
    assert utils_of(path) <= PURE
    others = {name.split(".")[0] for name in imports_of(path) if not name.startswith(COLLECTION)}
    assert others <= PURE_STANDARD_LIBRARY


@pytest.mark.parametrize("path", [path for path in UTIL_FILES if own_name(path) in PURE], ids=named)
def test_pure_layers_have_no_clock_and_no_files_of_their_own(path: Path) -> None:
    assert calls_of(path).isdisjoint(
        {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "open", "print", "input"}
    )


def test_errors_import_nothing_of_ours() -> None:
    assert utils_of(PLUGINS / "module_utils" / "_errors.py") == set()


@pytest.mark.parametrize("path", [path for path in UTIL_FILES if own_name(path) in SEQUENCES | WIRE | PURE], ids=named)
def test_below_the_seam_nobody_knows_ansible(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(path)}
    assert "ansible" not in roots


@pytest.mark.parametrize("path", files("plugins", "extensions"), ids=named)
def test_only_the_client_speaks_http(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(path)}
    spoken = roots & {"requests", "urllib3", "httpx", "aiohttp", "socket"}
    assert spoken <= ({"requests", "urllib3"} if path.name == "_client.py" else set())
    assert "http.client" not in set(imports_of(path))


@pytest.mark.parametrize("path", files("plugins", "extensions"), ids=named)
def test_plugins_know_nothing_of_tests(path: Path) -> None:
    assert not [name for name in imports_of(path) if name.split(".")[0] == "tests" or name.startswith(f"{COLLECTION}tests")]


@pytest.mark.parametrize("path", files("plugins", "extensions"), ids=named)
def test_plugins_import_each_other_by_full_name(path: Path) -> None:
    # Event sources are loaded by runpy, modules from an archive: a relative import would fail.
    assert not [name for name in imports_of(path) if name.startswith(".")]


@pytest.mark.parametrize("path", files("tests/simulator"), ids=named)
def test_the_simulator_knows_nothing_of_plugins(path: Path) -> None:
    # Two readings of the contract that cannot share a mistake.
    assert not [name for name in imports_of(path) if name.startswith(f"{COLLECTION}plugins") or name.split(".")[0] == "plugins"]


def test_filters_import_pure_layers_only() -> None:
    # So a plan computed in a playbook is the plan a module applies.
    assert {named(path): utils_of(path) - PURE for path in files("plugins/filter") if not utils_of(path) <= PURE} == {}


@pytest.mark.parametrize("path", files("plugins/modules", "plugins/action"), ids=named)
def test_modules_and_actions_go_through_the_seam(path: Path) -> None:
    assert utils_of(path) <= SEAM | {"_tasks"}


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
