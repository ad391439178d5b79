# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of each `%` reply's text. Clients must not rely on it (docs/device-unknowns.md, U7). Pure.

tests/lab/imish/test_wording.py compares this table with the code: every reply is here, by its beginning.
"""

from __future__ import annotations

CODE = "F5's code: f5_modules looks for these words"
SIBLING = "a message of sibling ZebOS code, not seen on a BIG-IP"
FRR = "FRR's words"
COMPOSED = "composed for the simulator"

SOURCES: dict[str, str] = {
    "% Dynamic routing is not enabled": CODE,
    "% Protocol daemon is not running": CODE,
    "% Activate the neighbor (peer-group) for the address family first": SIBLING,
    "% Deactivate the peer-group only if it has no members": SIBLING,
    "% Warning: hold time is less than three times the keepalive interval": SIBLING,
    "% AS specified for local as is the same as the remote as and this is not allowed.": FRR,
    "% Ambiguous command": FRR,
    "% BGP is already running; AS is": FRR,
    "% Can not configure the local system as neighbor": FRR,
    "% Can't find specified access-list": FRR,
    "% Can't find specified community-list": FRR,
    "% Can't find specified prefix-list": FRR,
    "% Can't find specified static route configuration.": FRR,
    "% Can't set override-capability and strict-capability-match at the same time": FRR,
    "% Cannot change peer-group. Deconfigure first": FRR,
    "% Cannot have local-as same as BGP AS number": FRR,
    "% Command incomplete": FRR,
    "% Community name conflict, previously defined as": FRR,
    "% Configure the peer-group first": FRR,
    "% Could not find route-map": FRR,
    "% Create the peer-group first": FRR,
    "% Inbound soft reconfiguration not enabled": FRR,
    "% Invalid command. Not an internal neighbor": FRR,
    "% Invalid prefix range for": FRR,
    "% Invalid value": FRR,
    "% Local-AS allowed only for EBGP peers": FRR,
    "% Malformed communities attribute": FRR,
    "% Malformed community-list value": FRR,
    "% Network not in table": FRR,
    "% No such neighbor": FRR,
    "% Peer-group AS": FRR,
    "% Peer-group members must be all internal or all external.": FRR,
    "% Prefix/distribute list can not co-exist": FRR,
    "% Specified prefix:": FRR,
    "% Specify remote-as or peer-group commands first": FRR,
    "% Specify remote-as or peer-group remote AS first": FRR,
    "% There is no aggregate-address configuration.": FRR,
    "% Unknown command": FRR,
    "% Unknown neighbor or peer-group": FRR,
    "% can't compile regexp": FRR,
    "% hold time value must be either 0 or greater than 3": FRR,
    "% Can't find BGP instance": COMPOSED,
    "% Can't find specified interface": COMPOSED,
    "% Can't find specified list": COMPOSED,
    "% Can't open configuration file": COMPOSED,
    "% Cannot disable extended ASN capability": COMPOSED,
    "% Extended ASN capability is not enabled": COMPOSED,
    "% Hold time must be at least three times the keepalive": COMPOSED,
    "% Incomplete command.": COMPOSED,
    "% Invalid AS number": COMPOSED,
    "% Invalid access-list address": COMPOSED,
    "% Invalid next hop address": COMPOSED,
    "% Invalid output modifier": COMPOSED,
    "% Invalid password": COMPOSED,
    "% Invalid regular expression": COMPOSED,
    "% Invalid router ID": COMPOSED,
    "% No BGP process is configured": COMPOSED,
    "% No matching route to delete": COMPOSED,
    "% No sequence number is left": COMPOSED,
    "% Startup-config is not present": COMPOSED,
    "% Unrecognized command": COMPOSED,
    "% ebgp-multihop and ttl-security cannot be configured together": COMPOSED,
}


OTHER = "% Rejected by the routing module"


def reworded(text: str) -> str:
    """A session's output with other words in all replies that no source has (U7). A warning remains one."""
    known = tuple(words for words, source in SOURCES.items() if source == CODE or words.startswith("% Warning"))
    lines = text.splitlines(keepends=True)
    return "".join(OTHER + "\n" if line.startswith("%") and not line.startswith(known) else line for line in lines)


def source(reply: str) -> str:
    """The source of a reply's text. Raises KeyError for one that is not listed."""
    return SOURCES[max((words for words in SOURCES if reply.startswith(words)), key=len, default=reply)]
