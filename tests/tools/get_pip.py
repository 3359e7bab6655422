# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Give ansible-test the script that installs pip, so that it need not fetch it from its own server.

ansible-test looks for `~/.ansible/test/cache/get_pip_<version>.py` before it downloads the file. That server may be
out of reach where a package index is not, so an absent file is made here: it runs the wheel of that very pip. To be
removed once ansible-test takes pip from the package index by itself.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

SCRIPT = '''\
"""Install pip {version} with the pip in the wheel beside this file."""
import os
import sys

wheel = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pip-{version}-py3-none-any.whl")
sys.path.insert(0, wheel)

from pip._internal.cli.main import main

options = [option for option in sys.argv[1:] if option not in ("--no-setuptools", "--no-wheel")]
sys.exit(main(["install", "--upgrade", "--force-reinstall"] + options))
'''


def pip_version() -> str:
    """Read which pip the installed ansible-test wants."""
    package = find_spec("ansible_test")
    if package is None or not package.submodule_search_locations:
        sys.exit("error: ansible-test is not installed")
    source = Path(package.submodule_search_locations[0]) / "_internal" / "python_requirements.py"
    found = re.search(r"default_packages = dict\(\s*pip='([0-9.]+)'", source.read_text(encoding="utf-8"))
    if not found:
        sys.exit(f"error: {source} no longer says which pip it wants")
    return found.group(1)


def main() -> None:
    """Write script and wheel, unless the script is there."""
    version = pip_version()
    cache = Path.home() / ".ansible" / "test" / "cache"
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "download", "-qq", "--no-deps", "--dest", str(cache), f"pip=={version}"], check=True)
    script.write_text(SCRIPT.format(version=version), encoding="utf-8")


if __name__ == "__main__":
    main()
