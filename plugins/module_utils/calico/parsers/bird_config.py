# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers in BIRD's configuration as Calico's confd renders it (templates of v3.28 to v3.31)."""

from __future__ import annotations

import re
import typing as t

_COMMENT = re.compile(r'("[^"\n]*")|#[^\n]*|/\*.*?\*/', re.DOTALL)  # not inside a quoted text
_PROTOCOL = re.compile(r"^\s*protocol\s+bgp\s+(?P<kind>Mesh|Node|Global)_\S+[^{]*\{(?P<body>.*?)^\}", re.M | re.S)
_TEMPLATE = re.compile(r"^\s*template\s+bgp\s+\S+\s*\{(?P<body>.*?)^\}", re.M | re.S)
_NEIGHBOR = re.compile(r"^\s*neighbor\s+(?P<ip>\S+)(?:\s+port\s+(?P<port>[0-9]+))?\s+as\s+(?P<asn>[0-9]+)\s*;", re.M)
_ROUTER_ID = re.compile(r"^\s*router\s+id\s+(\S+?)\s*;", re.M)
_LOCAL_AS = re.compile(r"^\s*local\s+as\s+([0-9]+)\s*;", re.M)
_ROOM = {"Mesh": "mesh", "Node": "node", "Global": "global"}


def parse(text: str) -> dict[str, t.Any]:
    """What the configuration says.

    ``mesh``, ``global`` and ``node`` are the addresses of the peers of that type, in order; ``add_paths`` and
    ``graceful_restart`` are true when the template of every peer switches them on; ``neighbors`` gives the AS
    number of each peer; ``router_id`` and ``local_as`` are None when the text does not say them.
    """
    bare = _COMMENT.sub(lambda match: match.group(1) or "", text)
    found: dict[str, t.Any] = {"mesh": [], "global": [], "node": [], "neighbors": {}}
    for protocol in _PROTOCOL.finditer(bare):
        neighbor = _NEIGHBOR.search(protocol.group("body"))
        if neighbor:
            found[_ROOM[protocol.group("kind")]].append(neighbor.group("ip"))
            found["neighbors"][neighbor.group("ip")] = int(neighbor.group("asn"))
    template = "\n".join(match.group("body") for match in _TEMPLATE.finditer(bare))
    local_as, router_id = _LOCAL_AS.search(template), _ROUTER_ID.search(bare)
    found.update({
        "add_paths": bool(re.search(r"^\s*add\s+paths\s+on\s*;", template, re.M)),
        "graceful_restart": bool(re.search(r"^\s*graceful\s+restart\s*;", template, re.M)),
        "router_id": router_id.group(1) if router_id else None,
        "local_as": int(local_as.group(1)) if local_as else None,
    })
    return found
