# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of ``calicoctl ipam``. Format: calicoctl v3.28, ``calicoctl ipam show``."""

from __future__ import annotations

import re

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.output import Unreadable

_COLUMNS = ["GROUPING", "CIDR", "IPS TOTAL", "IPS IN USE", "IPS FREE"]
_USED = re.compile(r"([0-9]+(?:\.[0-9]+)?(?:e\+?[0-9]{1,2})?) \([0-9]+%\)")


def pools(text: str) -> dict[str, int]:
    """Addresses in use by pool network; a large number is rounded to five digits, as printed.

    Raises Unreadable for a row in another form, and for an output without the table: a pool that is missing here
    would count as unused.
    """
    found: dict[str, int] = {}
    header = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.lstrip().startswith("|") else []
        if cells == _COLUMNS:
            header = True
        elif "|" in line:
            used = _USED.fullmatch(cells[3]) if header and len(cells) == len(_COLUMNS) else None
            if used is None or cells[0] not in ("IP Pool", "Block"):
                raise Unreadable("calicoctl ipam show", line)
            if cells[0] == "IP Pool":
                found[cells[1]] = int(float(used[1]))
    if not header:
        raise Unreadable("calicoctl ipam show", text.strip() or "no output")
    return found
