# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find every command, playbook and example that the pages, playbooks and plugins show."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]

INLINE = "inline"
"""The language of a command in the middle of a sentence."""

# A code span that begins with one of these programs, and goes on, is a command that somebody may type.
_PROGRAMS = "ansible|ansible-(?:builder|config|doc|galaxy|inventory|playbook|runner|vault)|curl|export|git|make|pip|python3?"
_COMMAND = re.compile(rf"(?:{_PROGRAMS}|(?:\.venv|tests)/\S+|[A-Z_]+=\S+) +\S")
_FENCE = re.compile(r"^( *)(```+)(.*)$")
_HEADING = re.compile(r"^#{1,6} +(.*)$")
_MARKER = re.compile(r"^ *<!-- *test: *(.*?) *-->$")
_CODE_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_FILE_NAME = re.compile(r"(?:[\w.-]+/)*[\w.-]+\.(?:yml|yaml|json|ini|cfg|env)")
_FIRST_COMMENT = re.compile(r"\A# *(\S+\.\w+)")


@dataclass(frozen=True)
class Block:
    """A piece of a page that a reader may copy.

    Attributes:
        page: path in the repository.
        place: the heading it stands below, as an anchor, with its number there: `use-it/2`.
        line: its first line in the page.
        language: what its fence says, or `INLINE`.
        text: what it holds.
        file: what a reader would call the file with that content, or an empty string.
    """

    page: str
    place: str
    line: int
    language: str
    text: str
    file: str = ""

    @property
    def id(self) -> str:
        """Name the block; the name stays as long as no block is put before it below the same heading."""
        return f"{self.page}/{self.place}"

    def __str__(self) -> str:
        return f"{self.id} ({self.page}, line {self.line}):\n{self.text}"


def anchor(heading: str) -> str:
    """Return what GitHub makes of a heading to link to it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def pages() -> list[Path]:
    """Return every page of documentation."""
    patterns = (
        "*.md",
        "docs/**/*.md",
        "examples/**/*.md",
        "roles/*/*.md",
        "tests/README.md",
        "extensions/**/*.md",
        "playbooks/**/*.md",
    )
    return sorted({path for pattern in patterns for path in REPOSITORY.glob(pattern)})


@cache
def blocks() -> tuple[Block, ...]:
    """Return all blocks of the repository, in the order of their pages."""
    found = [block for path in pages() for block in blocks_of_page(_name(path), path.read_text(encoding="utf-8"))]
    for path in sorted(REPOSITORY.glob("playbooks/*.yml")):
        found += blocks_of_header(_name(path), path.read_text(encoding="utf-8"))
    for folder in ("plugins", "extensions"):
        for path in sorted(REPOSITORY.glob(f"{folder}/**/*.py")) + sorted(REPOSITORY.glob(f"{folder}/**/*.yml")):
            found += blocks_of_plugin(_name(path), path.read_text(encoding="utf-8"))
    return tuple(found)


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


class _Places:
    """Numbers what stands below a heading."""

    def __init__(self) -> None:
        self.heading = "top"
        self._counts: Counter[str] = Counter()

    def next(self, kind: str = "") -> str:
        name = f"{self.heading}/{kind}"
        self._counts[name] += 1
        return f"{name}{self._counts[name]}"


def blocks_of_page(page: str, text: str) -> list[Block]:
    """Return the fenced blocks of a page, and the commands in its sentences."""
    found: list[Block] = []
    places = _Places()
    paragraph: list[str] = []
    marker = ""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if fence := _FENCE.match(line):
            content = _fenced(lines, fence[1], fence[2])
            file = marker or _file_named(" ".join(paragraph), content)
            found.append(Block(page, places.next(), number + 1, fence[3].strip(), content, file))
            paragraph, marker = [], ""
        elif told := _MARKER.match(line):
            marker = told[1]
        elif heading := _HEADING.match(line):
            places.heading = anchor(heading[1])
            paragraph = []
        elif not line.strip():
            # The paragraph before a block is over, and is the one that may name its file.
            paragraph = [*paragraph, ""] if paragraph and paragraph[-1] else paragraph
        else:
            paragraph = [line] if paragraph and not paragraph[-1] else [*paragraph, line]
    return sorted([*found, *_inline(page, text)], key=lambda block: block.line)


def _fenced(lines: Iterator[tuple[int, str]], indent: str, fence: str) -> str:
    content = []
    for _number, line in lines:
        if line.strip() == fence:
            break
        content.append(line.removeprefix(indent))
    return "\n".join(content) + "\n"


def _file_named(paragraph: str, content: str) -> str:
    """Return the name of the file that a block is: from its first line, or the only one in the paragraph before it."""
    if comment := _FIRST_COMMENT.match(content):
        return comment[1].rstrip(";,:")
    names = [span for span in _CODE_SPAN.findall(paragraph) if _FILE_NAME.fullmatch(span)]
    return names[0] if len(names) == 1 else ""


def _inline(page: str, text: str) -> list[Block]:
    places = _Places()
    found = []
    # Line numbers are kept, and what is fenced is blank.
    inside = False
    prose = []
    for line in text.splitlines():
        fence = _FENCE.match(line)
        inside ^= bool(fence)
        prose.append("" if inside or fence else line)
    whole = "\n".join(prose)
    headings = [(match.start(), anchor(match[1])) for match in re.finditer(_HEADING.pattern, whole, re.MULTILINE)]
    for match in _CODE_SPAN.finditer(whole):
        command = " ".join(match[1].split())
        if not _COMMAND.match(command):
            continue
        before = [name for start, name in headings if start < match.start()]
        places.heading = before[-1] if before else "top"
        number = whole.count("\n", 0, match.start()) + 1
        found.append(Block(page, places.next("inline-"), number, INLINE, f"{command}\n"))
    return found


def blocks_of_header(page: str, text: str) -> list[Block]:
    """Return the commands that the comment at the top of a playbook shows."""
    found: list[Block] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith(("#", "---")):
            break
        command = line.removeprefix("#").strip()
        if line.startswith("#   ") and _COMMAND.match(command):
            found.append(Block(page, f"header/{len(found) + 1}", number, "sh", f"{command}\n"))
    return found


def blocks_of_plugin(page: str, text: str) -> list[Block]:
    """Return the examples of a plugin as one block, as `ansible-doc` shows them; those of an inventory plugin are files."""
    examples = _examples_in_python(text) if page.endswith(".py") else _examples_in_yaml(text)
    found: list[Block] = []
    line = text[: text.find("EXAMPLES")].count("\n") + 2
    for part in filter(None, re.split(r"^---\n", examples, flags=re.MULTILINE)):
        file = _file_named("", part) if page.startswith("plugins/inventory/") else ""
        found.append(Block(page, f"examples/{len(found) + 1}", line, "yaml", part, file))
        line += part.count("\n") + 1
    return found


def _examples_in_python(text: str) -> str:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and any(isinstance(it, ast.Name) and it.id == "EXAMPLES" for it in node.targets):
            return str(ast.literal_eval(node.value)).lstrip("\n")
    return ""


def _examples_in_yaml(text: str) -> str:
    content: Any = yaml.safe_load(text)
    return str(content.get("EXAMPLES", "")) if isinstance(content, dict) else ""
