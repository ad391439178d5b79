#!/usr/bin/env python3
# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print one table of all inventories in tests/fixtures/inventories: the wanted verdict, the verdict, the first line.

Exits with 1 if one differs. Run it with the collection on Python's path (ANSIBLE_COLLECTIONS_PATH).
"""

from __future__ import annotations

import os
import sys

sys.path[:0] = os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(":")

from ansible_collections.podroute.calico_f5.tests.unit.plugins.plugin_utils.inventories import (  # noqa: E402
    CASES,
    judged,
    wanted,
)


def main() -> int:
    differing = 0
    for path in sorted(CASES.glob("*.yml")):
        got, lines = judged(path)
        same = got == wanted(path)
        differing += not same
        print(f"{' ' if same else '!'} {path.stem:45} {wanted(path):7} {got:7} {lines[0][:150] if lines else ''}")
    print(f"{differing} differ from what is wanted")
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main())
