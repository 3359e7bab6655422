# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hook of pre-commit: check files of variables by the schema that lies beside this file."""

from __future__ import annotations

import sys
from pathlib import Path

from check_jsonschema import main as check
from ruamel.yaml.constructor import SafeConstructor

# Tags of Ansible, of which a YAML library knows nothing. What stands behind them is a string.
TAGS = ("!unsafe", "!vault", "!vault-encrypted")


def main() -> None:
    """Check the files that the command line names, and exit with 1 when one is wrong."""
    for tag in TAGS:
        SafeConstructor.add_constructor(tag, lambda _constructor, node: node.value)
    check(["--schemafile", str(Path(__file__).with_name("cloudvpn_services.schema.json")), *sys.argv[1:]])
