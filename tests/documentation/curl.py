# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand in for curl, as far as the documentation uses it: a bare machine has none."""

from __future__ import annotations

import argparse
import sys
import urllib.request


def main() -> int:
    """Send one request and print the response."""
    parser = argparse.ArgumentParser(prog="curl")
    parser.add_argument("-s", "--silent", action="store_true")
    parser.add_argument("-f", "--fail", action="store_true")
    parser.add_argument("-X", "--request")
    parser.add_argument("-H", "--header", action="append", default=[])
    parser.add_argument("-d", "--data")
    parser.add_argument("url")
    given = parser.parse_args()
    headers = dict(line.split(": ", 1) for line in given.header)
    data = given.data.encode() if given.data is not None else None
    request = urllib.request.Request(given.url, data, headers, method=given.request or ("GET" if data is None else "POST"))
    # Unlike curl, this fails where the server refuses: a documented request has to be a good one.
    with urllib.request.urlopen(request, timeout=30) as answer:
        sys.stdout.write(answer.read().decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
