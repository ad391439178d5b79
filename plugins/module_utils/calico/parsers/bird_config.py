# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers in BIRD's configuration as Calico's confd renders it (templates of v3.28 to v3.31)."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.output import Unreadable, dedent

# Not inside a quoted text. An unterminated comment extends to the end of the text.
_COMMENT = re.compile(r'("[^"\n]*")|#[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_PROTOCOL = re.compile(r"^[ \t]*protocol[ \t]+bgp[ \t]+([^\s{]+)(?=[\s{])[^{\n]*\{", re.M)
_TEMPLATE = re.compile(r"^[ \t]*template[ \t]+bgp[ \t]+[^\s{]+[ \t]*\{", re.M)
_NEIGHBOR = re.compile(r"^[ \t]*neighbor[ \t]+(\S+)(?:[ \t]+port[ \t]+[0-9]+)?[ \t]+as[ \t]+([0-9]+)[ \t]*;", re.M)
_ROUTER_ID = re.compile(r"^[ \t]*router[ \t]+id[ \t]+([^\s;]+)[ \t]*;", re.M)
_LOCAL_AS = re.compile(r"^[ \t]*local[ \t]+as[ \t]+([0-9]+)[ \t]*;", re.M)
# The part of a protocol's name before "_". Others are not Calico's peers.
_TYPES = {"Mesh": "mesh", "Node": "node", "Global": "global"}


def _blocks(start: re.Pattern[str], text: str) -> t.Iterator[tuple[re.Match[str], str]]:
    """Each block with this beginning, and its body up to a line that begins with a brace."""
    found = start.search(text)
    while found:
        end = text.find("\n}", found.end())
        following = start.search(text, found.end())
        if end < 0 or (following and following.start() < end):
            raise Unreadable("bird.cfg: a block that does not end", found[0])
        yield found, text[found.end() : end]
        found = following


def parse(text: str) -> dict[str, t.Any]:
    """The content of the configuration.

    ``mesh``, ``global`` and ``node`` are the addresses of the peers of that type, in order; ``add_paths`` and
    ``graceful_restart`` are true when the template of every peer switches them on; ``neighbors`` gives the AS
    number of each peer; ``router_id`` and ``local_as`` are None if the text does not have them. Raises Unreadable for a
    block that does not end, a peer without its neighbor line, and a neighbor line without its peer.
    """
    bare = _COMMENT.sub(lambda match: match.group(1) or "", "\n".join(dedent(text.splitlines())))
    found: dict[str, t.Any] = {"mesh": [], "global": [], "node": [], "neighbors": {}}
    held = []
    for protocol, body in _blocks(_PROTOCOL, bare):
        kind, neighbor = _TYPES.get(protocol.group(1).partition("_")[0]), _NEIGHBOR.search(body)
        if neighbor:
            held.append(neighbor.group(1))
        if kind and neighbor is None:
            raise Unreadable("bird.cfg: a peer without neighbor", protocol[0])
        if kind and neighbor:
            found[kind].append(neighbor.group(1))
            found["neighbors"][neighbor.group(1)] = int(neighbor.group(2))
    neighbors = [line[0] for line in _NEIGHBOR.finditer(bare)]
    if len(neighbors) > len(held):
        stray = next((line for line in neighbors if line.split()[1] not in held), neighbors[-1])
        raise Unreadable("bird.cfg: a neighbor outside of the peers", stray)
    template = "\n".join(body for _start, body in _blocks(_TEMPLATE, bare))
    local_as, router_id = _LOCAL_AS.search(template), _ROUTER_ID.search(bare)
    found.update(
        {
            "add_paths": bool(re.search(r"^[ \t]*add[ \t]+paths[ \t]+on[ \t]*;", template, re.M)),
            "graceful_restart": bool(re.search(r"^[ \t]*graceful[ \t]+restart[ \t]*;", template, re.M)),
            "router_id": router_id.group(1) if router_id else None,
            "local_as": int(local_as.group(1)) if local_as else None,
        }
    )
    return found
