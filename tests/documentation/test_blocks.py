# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run everything that the documentation shows, as a reader would; one case a block."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.documentation.blocks import (
    INLINE,
    REPOSITORY,
    Block,
    blocks,
    blocks_of_header,
    blocks_of_page,
    blocks_of_plugin,
    pages,
)
from tests.documentation.machine import Machine, UnknownBlock
from tests.documentation.table import NOT_RUN, SETTINGS, SHOWN, VALUES, VARIABLES, Value, reason_of
from tests.simulator.server import SimulatorServer

_DURATIONS = dict.fromkeys(("create", "modify", "delete", "activate", "deactivate"), 0.1)


@pytest.fixture(scope="module")
def sim(serve: Serve) -> Iterator[SimulatorServer]:
    with serve(durations=_DURATIONS) as server:
        yield server


@pytest.fixture
def machine(sim: SimulatorServer, tmp_path: Path) -> Machine:
    return Machine(sim, tmp_path)


@pytest.mark.parametrize("block", [block for block in blocks() if not reason_of(block.id)], ids=lambda block: block.id)
def test_a_reader_can_do_what_the_documentation_shows(block: Block, machine: Machine) -> None:
    if block.id in SHOWN:
        machine.show(block, SHOWN[block.id])
    else:
        machine.run(block)


def test_names_of_blocks_are_unique() -> None:
    names = [block.id for block in blocks()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("name", [*SETTINGS, *SHOWN, *NOT_RUN, *(shown.by for shown in SHOWN.values())])
def test_no_row_is_about_a_block_that_is_gone(name: str) -> None:
    assert any(fnmatch.fnmatchcase(block.id, name) for block in blocks()), f"remove {name!r} from tests/documentation/table.py"


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.pattern)
def test_no_row_replaces_what_no_block_holds(value: Value) -> None:
    assert any(re.search(value.pattern, block.text, re.MULTILINE) for block in blocks()), "remove the row from VALUES"


@pytest.mark.parametrize("name", VARIABLES)
def test_no_variable_is_given_that_no_block_uses(name: str) -> None:
    assert any(re.search(rf"\b{name}\b", block.text) for block in blocks()), "remove it from VARIABLES"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_fence_of_a_page_is_seen(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"^ *(~~~|<pre)", text, re.MULTILINE), "write blocks with ```, which blocks.py knows"
    name = page.relative_to(REPOSITORY).as_posix()
    fenced = [block for block in blocks() if block.page == name and block.language != INLINE]
    assert 2 * len(fenced) == len(re.findall(r"^ *```", text, re.MULTILINE))


def test_every_plugin_has_examples_here() -> None:
    names = {path.stem for path in (REPOSITORY / "plugins" / "modules").glob("*.py")}
    names |= {path.stem for path in (REPOSITORY / "plugins" / "filter").glob("*.yml")}
    names |= {path.stem for path in (REPOSITORY / "plugins" / "inventory").glob("*.py")}
    assert names <= {Path(block.page).stem for block in blocks()}


def test_every_playbook_of_the_examples_is_run() -> None:
    for path in (REPOSITORY / "examples").glob("*/*.yml"):
        if re.search(r"^(- | {2})hosts:", path.read_text(encoding="utf-8"), re.MULTILINE):
            page = (path.parent / "README.md").relative_to(REPOSITORY).as_posix()
            assert any(path.name in block.text for block in blocks() if block.page == page), path


def test_a_page_is_taken_apart() -> None:
    page = """\
# Title, and `code`

Run `ansible-doc x.y.z` or `make`,
or `ansible-playbook
over.yml`. Put this into `first.yml`:

```yaml
- hosts: all
```

<!-- test: second.yml -->

```yaml
# not/this.yml
a: b
```

## Title

- In a list:

  ```sh
  # a comment, and no heading
  true
  ```
"""
    found = [(block.place, block.line, block.language, block.file, block.text) for block in blocks_of_page("p.md", page)]
    assert found == [
        ("title-and-code/inline-1", 3, INLINE, "", "ansible-doc x.y.z\n"),
        ("title-and-code/inline-2", 4, INLINE, "", "ansible-playbook over.yml\n"),
        ("title-and-code/1", 8, "yaml", "first.yml", "- hosts: all\n"),
        ("title-and-code/2", 14, "yaml", "second.yml", "# not/this.yml\na: b\n"),
        ("title/1", 23, "sh", "", "# a comment, and no heading\ntrue\n"),
    ]


def test_headers_and_plugins_are_taken_apart() -> None:
    header = "---\n# About it.\n#\n#   ansible-playbook a.b.c -e x=1\n\n- hosts: all\n#   ansible-playbook not.this.one -v\n"
    (command,) = blocks_of_header("playbooks/c.yml", header)
    assert (command.id, command.line, command.text) == ("playbooks/c.yml/header/1", 4, "ansible-playbook a.b.c -e x=1\n")
    (module,) = blocks_of_plugin("plugins/modules/m.py", 'EXAMPLES = r"""\n- name: One\n"""\n')
    assert (module.language, module.text) == ("yaml", "- name: One\n")
    (plugin,) = blocks_of_plugin("plugins/filter/f.yml", "DOCUMENTATION: {}\nEXAMPLES: |\n  - name: One\n")
    assert plugin.text == "- name: One\n"
    files = "EXAMPLES = r'''\n# a.yml\nplugin: p\n\n---\n# b.yml\nplugin: q\n'''\n"
    found = [(block.id, block.line, block.file, block.text) for block in blocks_of_plugin("plugins/inventory/i.py", files)]
    assert found == [
        ("plugins/inventory/i.py/examples/1", 2, "a.yml", "# a.yml\nplugin: p\n\n"),
        ("plugins/inventory/i.py/examples/2", 6, "b.yml", "# b.yml\nplugin: q\n"),
    ]


_PLAY = "- hosts: localhost\n  gather_facts: false\n  tasks:\n"


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("sh", "ansible-playbook cloudopera.ies.scale -e cloudvpn_name=site2dc4_201705071158\n", "cloudvpn_bandwidth"),
        ("sh", "false\ntrue\n", "with 1:"),
        ("sh", "make no-such-target\n", "no-such-target"),
        ("sh", "ansible localhost -m cloudopera.ies.ies_service_inf\n", "ies_service_inf"),
        ("json", "{", "Expecting"),
        ("python", "assert sim is None\n", "with 1:"),
        ("yaml", "- name: Read\n  cloudopera.ies.ies_service_info:\n    nam: a\n", "nam"),
        ("yaml", f"{_PLAY}    - cloudopera.ies.ies_service_info:\n        name: '{{{{ nobody.told }}}}'\n", "nobody"),
        ("yaml", "- name: Rescue\n  block: [{ansible.builtin.fail: }]\n  rescue: [{ansible.builtin.debug: }]\n", "rescued"),
        ("yaml", _PLAY.replace("localhost", "nowhere"), "no hosts matched"),
        ("yaml", f"{_PLAY}    - cloudopera.ies.ies_service_info:\n      when: false\n", "nothing was asked of the IES"),
        ("yaml", "what: is this\n", "<!-- test: FILE -->"),
        ("yaml", "ca_path: /nowhere/ca.pem\n", "/nowhere/ca.pem"),
        ("text", "something\n", "NOT_RUN"),
        ("toml", "a = 1\n", "NOT_RUN"),
    ],
)
def test_a_wrong_block_is_found(machine: Machine, language: str, text: str, told: str) -> None:
    with pytest.raises((AssertionError, UnknownBlock, ValueError)) as caught:
        machine.run(Block("page.md", "heading/1", 1, language, text))
    assert told in str(caught.value)


def test_shown_output_that_is_not_printed_is_found(machine: Machine) -> None:
    shown = SHOWN["docs/scale-elastically.md/what-the-screen-shows/1"]
    with pytest.raises(AssertionError, match="shows a line that is not printed"):
        machine.show(
            Block("page.md", "heading/1", 1, "text", 'TASK [Give the connection its bandwidth] ***\n+ "Bandwidth": "9"\n'),
            shown,
        )
