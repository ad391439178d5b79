# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show commands: FRR's JSON and our own configuration in, ZebOS's text out.

The formatters are pure; the functions of SHOWS fetch what they need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import render
from ..edit import Refused
from ..interface import Imi
from ..model import Bgp
from . import bfd, neighbors, policy, rib, routes, summary

_Values = Mapping[str, str]


def _bgp(imi: Imi) -> Bgp:
    """The configured BGP; its daemon must be running."""
    if not imi.ready():
        raise Refused("% Protocol daemon is not running")
    if imi.config.bgp is None:
        raise Refused("% No BGP process is configured")
    return imi.config.bgp


def _family(values: _Values) -> str:
    return values.get("afi", "ipv4")


def _ask(imi: Imi, values: _Values, rest: str) -> Any:
    return imi.engine.json("bgpd", f"show bgp {_family(values)} unicast {rest}".strip())


def _version(_imi: Imi, _values: _Values) -> str:
    return "ZebOS command language, spoken by the simulator of podroute.calico_f5\n"


def _summary(imi: Imi, values: _Values) -> str:
    bgp = _bgp(imi)
    data = _ask(imi, values, "summary")
    paths = rib.as_paths(_ask(imi, values, ""))
    return summary.text(bgp, data, len(paths), _family(values))


def _neighbors(imi: Imi, values: _Values) -> str:
    bgp = _bgp(imi)
    numbers = {peer: number for number, peer in enumerate(bgp.peers(), 1)}
    peers = [values["peer"]] if "peer" in values else list(numbers)
    if not set(peers) <= set(numbers):
        raise Refused("% No such neighbor")
    data = imi.engine.json("bgpd", "show bgp neighbors")
    imi.listen()
    table = {
        family: imi.engine.json("bgpd", f"show bgp {family} unicast summary").get("tableVersion", 0)
        for family in ("ipv4", "ipv6")
    }
    return "\n".join(
        neighbors.text(imi.config, peer, numbers[peer], data.get(peer, {}), table, imi.resets.last(peer))
        for peer in peers
    )


def _rib(imi: Imi, values: _Values) -> str:
    _bgp(imi)
    return rib.table(_ask(imi, values, ""))


def _peer_routes(imi: Imi, values: _Values) -> str:
    bgp, peer, which = _bgp(imi), values["peer"], values["table"]
    if peer not in bgp.peers():
        raise Refused("% No such neighbor")
    kept = bgp.effective(peer, "soft-reconfiguration inbound")
    if which == "received-routes" and not (kept and not kept.negated):
        raise Refused("% Inbound soft reconfiguration not enabled")
    session = imi.engine.json("bgpd", f"show bgp neighbors {peer}").get(peer, {})
    return rib.table(_ask(imi, values, f"neighbors {peer} {which}"), session.get("hostLocal"))


def _prefix(imi: Imi, values: _Values) -> str:
    bgp = _bgp(imi)
    data = _ask(imi, values, values["net"])
    if not data.get("paths"):
        raise Refused("% Network not in table")
    return rib.entry(bgp, data)


def _routes(imi: Imi, values: _Values) -> str:
    return routes.table(imi.engine.json("zebra", "show ip route"), values.get("source"), _names(imi))


def _routes6(imi: Imi, values: _Values) -> str:
    return routes.table(imi.engine.json("zebra", "show ipv6 route"), values.get("source"), _names(imi), 6)


def _route(imi: Imi, values: _Values) -> str:
    data = imi.engine.json("zebra", f"show ip route {values['net']}")
    if not data:
        raise Refused("% Network not in table")
    return routes.entries(data, _names(imi))


def _names(imi: Imi) -> Mapping[str, str]:
    return getattr(imi.engine, "interfaces", {})


def _running(imi: Imi, values: _Values) -> str:
    return render.part_config(imi.config, values["part"]) if "part" in values else render.running_config(imi.config)


def _running_interface(imi: Imi, values: _Values) -> str:
    if "name" in values and values["name"] not in imi.config.interfaces:
        raise Refused("% Can't find specified interface")
    blocks = render.blocks(imi.config, "interface")
    wanted = [block for block in blocks if block[0] == f"interface {values['name']}"] if "name" in values else blocks
    return "!\n" + "".join("\n".join([*block, "!"]) + "\n" for block in wanted)


def _startup(imi: Imi, _values: _Values) -> str:
    try:
        return imi.startup.read_text()
    except FileNotFoundError:
        raise Refused("% Startup-config is not present") from None


def _prefix_list(imi: Imi, values: _Values) -> str:
    return policy.prefix_lists(imi.config, values["family"], values.get("name"))


def _route_map(imi: Imi, values: _Values) -> str:
    return policy.route_maps(imi.config, values.get("name"))


def _bfd(imi: Imi, _values: _Values) -> str:
    return bfd.text(imi.engine.json("bfdd", "show bfd peers"), _names(imi))


SHOWS: dict[str, Callable[[Imi, _Values], str]] = {
    "show-version": _version,
    "show-summary": _summary,
    "show-neighbors": _neighbors,
    "show-rib": _rib,
    "show-peer-routes": _peer_routes,
    "show-prefix": _prefix,
    "show-routes": _routes,
    "show-routes6": _routes6,
    "show-route": _route,
    "show-running": _running,
    "show-running-interface": _running_interface,
    "show-startup": _startup,
    "show-prefix-list": _prefix_list,
    "show-route-map": _route_map,
    "show-bfd": _bfd,
    "show-protocols": lambda imi, _values: policy.protocols(imi.config),
    "show-community-list": lambda imi, values: policy.community_lists(imi.config, values.get("name")),
    "show-interfaces": lambda imi, _values: routes.interfaces(imi.links),
}
