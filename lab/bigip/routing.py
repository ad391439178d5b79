# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dynamic routing: the route domains with it, and the daemons that they need."""

from __future__ import annotations

import logging
from pathlib import Path

from bigip.config.store import Store
from bigip.imish import DetachedEngine, FrrEngine, Imi, Imish
from bigip.naming import Address
from bigip.personality import Personality
from bigip.services import Supervisor

LOG = logging.getLogger(__name__)
VTY = Path("/run/frr")
SOCKET = Path("/var/run/imish.sock")
PROTOCOL_DAEMONS = {"BGP": "bgpd", "BFD": "bfdd"}


class Routing:
    """One Imi a route domain. Route domain 0 has FRR behind it; others take configuration but have no peers."""

    def __init__(
        self,
        supervisor: Supervisor,
        startup: Path,
        hostname: str,
        detached: bool,
        personality: Personality | None = None,
    ) -> None:
        self._personality = personality
        self._supervisor = supervisor
        self._startup = startup
        self._hostname = hostname
        self._detached = detached
        self._protocols: dict[int, frozenset[str]] = {}
        self.interfaces: dict[str, str] = {}
        self.imish = Imish({})
        if not detached:
            self.imish.serve(SOCKET)

    def follow(self, store: Store) -> None:
        """Synchronize daemons and shells with the route domains' protocols."""
        wanted = {d.get("id"): frozenset(d.get("routingProtocol") or ()) for d in store.objects("net/route-domain")}
        self.interfaces.update(
            {
                vlan.name.name: vlan.name.name if vlan.name.partition == "Common" else vlan.full_path
                for vlan in store.objects("net/vlan")
            }
        )
        for number in [number for number in self.imish.imis if number not in wanted]:
            self.imish.imis.pop(number).disable()
        for number, protocols in wanted.items():
            before = self._protocols.get(number, frozenset())
            if number == 0 and protocols != before:
                self._daemons(protocols)
            imi = self._imi(number)
            if protocols and not imi.enabled:
                imi.enable()
            elif not protocols and imi.enabled:
                imi.disable()
        self._protocols = wanted
        self._addresses(store)

    def _addresses(self, store: Store) -> None:
        """Set the own addresses of each route domain."""
        own: dict[int, dict[str, str]] = {}
        for self_ip in store.objects("net/self"):
            address = Address.parse(str(self_ip.fields["address"]).partition("/")[0])
            domain = address.route_domain
            own.setdefault(store.route_domain(self_ip.name.partition) if domain is None else domain, {})[address.ip] = (
                str(self_ip.fields["vlan"]).removeprefix("/Common/")
            )
        for number, imi in self.imish.imis.items():
            imi.addresses.clear()
            imi.addresses |= set(own.get(number, ()))
            imi.links = {link: address for address, link in own.get(number, {}).items()}

    def _daemons(self, protocols: frozenset[str]) -> None:
        for protocol, daemon in PROTOCOL_DAEMONS.items():
            if protocol in protocols:
                self._supervisor.up(daemon)
            else:
                self._supervisor.down(daemon)

    def _imi(self, number: int) -> Imi:
        if number not in self.imish.imis:
            engine = DetachedEngine() if self._detached or number else FrrEngine(VTY, interfaces=self.interfaces)
            place = self._startup / f"rd{number}" / "ZebOS.conf"
            self.imish.imis[number] = Imi(number, engine, place, self._hostname, self._personality)
        return self.imish.imis[number]

    def startup_file(self, number: int) -> Path:
        return self._startup / f"rd{number}" / "ZebOS.conf"

    def close(self) -> None:
        for imi in self.imish.imis.values():
            imi.disable()
        if not self._detached:
            self.imish.close()
