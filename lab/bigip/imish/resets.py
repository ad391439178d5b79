# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why sessions ended, read from bgpd's log.

The device keeps a session's last reset while the next session is established, and reports neighbors that were never
established because they were rejected. FRR does neither, but it logs both.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from .vty import Message

# bgpd/bgp_packet.c and bgpd/bgp_debug.c: "%NOTIFICATION: sent to neighbor A 2/2 (OPEN Message Error/Bad Peer AS) …"
_NOTIFICATION = re.compile(r"%NOTIFICATION[^:]*: (sent to|received from) neighbor ([\da-fA-F.:]+)\S* (\d+)/(\d+) ")
# bgpd/bgp_fsm.c: "%ADJCHANGE: neighbor A(host) in vrf default Down Peer closed the session"
_DOWN = re.compile(r"%ADJCHANGE: neighbor ([\da-fA-F.:]+)\S* in vrf \S+ Down (.+)")
_CAUSES = {
    "NSF peer closed the session": "Peer closed the session",
    "BFD down received": "BFD Session Down",
    "Interface down": "Interface down",
}
# RFC 4271 4.5 and RFC 4486, as the device writes them
_CODES = {
    1: "Message Header Error",
    2: "OPEN Message Error",
    3: "UPDATE Message Error",
    4: "Hold Timer Expired",
    5: "FSM Error",
    6: "Cease",
}
_SUBCODES = {
    (2, 1): "Unsupported Version Number.",
    (2, 2): "Bad Peer AS.",
    (2, 3): "Bad BGP Identifier.",
    (2, 4): "Unsupported Optional Parameter.",
    (2, 5): "Authentication Failure.",
    (2, 6): "Unacceptable Hold Time.",
    (2, 7): "Unsupported Capability.",
    (6, 1): "Maximum Number of Prefixes Reached.",
    (6, 2): "Administratively Shutdown.",
    (6, 3): "Peer Unconfigured.",
    (6, 4): "Administratively Reset.",
    (6, 5): "Connection Rejected.",
    (6, 6): "Other Configuration Change.",
    (6, 7): "Connection Collision Resolution.",
    (6, 8): "Out of Resources.",
    (6, 9): "Administratively Reset.",
}
# FRR gets the lines of a new neighbor one after the other. A node that connects in between is dropped until the last
# one; on the device a neighbor is active from its first line on.
_HALF_CONFIGURED = "No AFI/SAFI activated for peer"
# A session's end that follows its NOTIFICATION within this many seconds is explained by the NOTIFICATION.
_TOGETHER = 3.0


@dataclass(frozen=True)
class Reset:
    """The end of a session. `at` counts seconds since the epoch."""

    at: float
    cause: str
    code: int = 0
    subcode: int = 0

    @property
    def age(self) -> int:
        """Milliseconds since."""
        return max(0, int((time.time() - self.at) * 1000))

    @property
    def message(self) -> str:
        """The NOTIFICATION as text, or an empty string when there was none."""
        if not self.code:
            return ""
        detail = _SUBCODES.get((self.code, self.subcode), "" if self.code == 4 else "Unspecified Error Subcode.")
        return "/".join(filter(None, (_CODES.get(self.code, "Unknown Error"), detail)))


class Resets:
    """The last reset of every neighbor."""

    def __init__(self) -> None:
        self._last: dict[str, Reset] = {}

    def read(self, log: Iterable[Message]) -> None:
        """Read the log of bgpd."""
        for message in log:
            sent = _NOTIFICATION.search(message.text)
            if sent:
                way, peer, code, subcode = sent.groups()
                if (way, code, subcode) == ("sent to", "6", "3"):
                    self._last.pop(
                        peer, None
                    )  # the neighbor was removed: a new one with that address starts without history
                    continue
                if (code, subcode) == ("6", "7"):
                    continue  # both ends connected: one of two connections is closed, and the session is established
                self._last[peer] = Reset(message.at, f"BGP Notification {way.split()[0]}", int(code), int(subcode))
                continue
            down = _DOWN.search(message.text)
            if down:
                peer, cause = down.groups()
                if cause == "Neighbor deleted":
                    self._last.pop(peer, None)
                    continue
                if cause == _HALF_CONFIGURED:
                    continue
                last = self._last.get(peer)
                if last is None or message.at - last.at > _TOGETHER:
                    self._last[peer] = Reset(message.at, _CAUSES.get(cause, cause))

    def last(self, peer: str) -> Reset | None:
        """A neighbor's last reset."""
        return self._last.get(peer)

    def forget(self, known: Iterable[str]) -> None:
        """Drop data of neighbors that are not `known`."""
        kept = set(known)
        self._last = {peer: reset for peer, reset in self._last.items() if peer in kept}
