# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of ``calicoctl ipam``. Format: calicoctl v3.28, ``calicoctl ipam show``."""

from __future__ import annotations

import re

_ROW = re.compile(r"^\|\s*IP Pool\s*\|\s*(\S+)\s*\|[^|]*\|\s*([0-9.e+]+)\s*\(", re.MULTILINE)


def pools(text: str) -> dict[str, int]:
    """Addresses in use by pool network; rows of anything else are left out."""
    found = {}
    for cidr, used in _ROW.findall(text):
        try:
            found[cidr] = int(float(used))
        except (ValueError, OverflowError):
            continue
    return found
