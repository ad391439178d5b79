# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rule of change belongs to which row, and the rules of the top level."""

from __future__ import annotations

import re
from collections.abc import Callable

from . import edit, frr, rules, secret
from .commands_bgp import IPV6, ROUTER
from .edit import Change, Refused
from .grammar import Match
from .kinds import KINDS
from .model import Bgp, Config, Context, Line


def enter_bgp(config: Config, _context: Context, match: Match) -> Change:
    """`[no] router bgp N`."""
    asn, bgp = match.values.get("asn"), config.bgp
    if match.negated:
        if bgp is None or (asn and int(asn) != bgp.asn):
            raise Refused("% Can't find BGP instance")
        return Change([frr.Op("bgpd", (), f"no router bgp {bgp.asn}")], [lambda: setattr(config, "bgp", None)])
    edit.check_asn(config, asn)
    if bgp is None:
        bgp = Bgp("router", f"router bgp {asn}", values={"asn": asn}, personality=config.personality)
        bgp.ipv6.parent = bgp
        for row in ROUTER:
            if row.shown:
                bgp.lines[row.slot_template] = edit.default_line(row)
        return Change(frr.create_bgp(bgp.asn), [lambda: setattr(config, "bgp", bgp)], ("router", bgp))
    if bgp.asn != int(asn):
        raise Refused(f"% BGP is already running; AS is {bgp.asn}")
    return Change(enter=("router", bgp))


def extended_asn(config: Config, context: Context, match: Match) -> Change:
    """`[no] bgp extended-asn-cap`."""
    if match.negated and config.bgp:
        used = [
            config.bgp.asn,
            *(config.bgp.remote_as(peer) or 0 for peer in (*config.bgp.groups(), *config.bgp.peers())),
        ]
        if max(used) > 0xFFFF:
            raise Refused("% Cannot disable extended ASN capability: 4-octet AS numbers are configured")
    return edit.generic(config, context, match)


def enter_family(config: Config, _context: Context, match: Match) -> Change:
    """`[no] address-family ipv6`, `address-family ipv4`."""
    bgp = config.bgp
    if match.row.action == "enter-ipv4":
        return Change(enter=("ipv4", bgp))
    if not match.negated:
        return Change(enter=("ipv6", bgp.ipv6))
    told = [op for line in bgp.ipv6.lines.values() for op in frr.translate(config, bgp.ipv6, line, clear=True)]
    return Change(told, [bgp.ipv6.lines.clear])


def enter_interface(config: Config, _context: Context, match: Match) -> Change:
    """`[no] interface NAME`. VLANs are the device's business: only their lines here come and go."""
    name = match.values["name"]
    if match.negated:
        if name not in config.interfaces:
            raise Refused("% Can't find specified interface")
        return Change(steps=[lambda: config.interfaces.pop(name)])
    context = config.interfaces.get(name) or Context("interface", f"interface {name}", config.top)
    return Change(steps=[lambda: config.interfaces.setdefault(name, context)], enter=("interface", context))


def enter_line(config: Config, _context: Context, match: Match) -> Change:
    """`line con 0`, `line vty 0 39`: two sections that are always there."""
    return Change(enter=("line", config.consoles["con" if match.text.startswith("line con") else "vty"]))


def enter_route_map(config: Config, _context: Context, match: Match) -> Change:
    """`[no] route-map NAME permit|deny N`."""
    name, act, seq = match.values["name"], match.values["act"], int(match.values["seq"])
    header, context = f"route-map {name} {act} {seq}", config.route_maps.get((name, seq))
    if match.negated:
        if context is None or context.header != header:
            raise Refused(f"% Could not find route-map {name}")
        return Change([frr.Op("bgpd", (), f"no {header}")], [lambda: config.route_maps.pop((name, seq))])
    if context is None:
        context = Context("route-map", header, config.top)
    told = [] if config.route_maps.get((name, seq)) and context.header == header else [frr.Op("bgpd", (), header)]

    def keep() -> None:
        context.header = header
        config.route_maps.setdefault((name, seq), context)

    return Change(told, [keep], ("route-map", context))


def drop_route_map(config: Config, _context: Context, match: Match) -> Change:
    """`no route-map NAME`."""
    keys = config.maps_named(match.values["name"])
    if not keys:
        raise Refused(f"% Could not find route-map {match.values['name']}")
    return Change(
        [frr.Op("bgpd", (), f"no {config.route_maps[key].header}") for key in keys],
        [lambda key=key: config.route_maps.pop(key) for key in keys],
    )


def prefix_list(config: Config, context: Context, match: Match) -> Change:
    """`[no] ip prefix-list NAME [seq N] permit|deny PREFIX [ge N] [le N]`."""
    row, values = match.row, dict(match.values)
    word, _list = row.section.split()
    bits = 32 if word == "ip" else 128
    what = _prefixes(values, bits)
    name = values["name"]
    entries = {
        line.values["seq"]: line
        for _slot, line in config.section(row.section)
        if line.values["name"] == name and "seq" in line.values
    }
    same = [seq for seq, line in entries.items() if line.text.endswith(f" seq {seq} {values['act']} {what}")]
    if match.negated:
        seq = values.get("seq", same[0] if same else "")
        if seq not in same:
            raise Refused(row.missing)
        return Change(
            frr.translate(config, context, entries[seq], clear=True),
            [lambda: context.lines.pop(row.slot_template.format(**entries[seq].values))],
        )
    if "seq" not in values:
        if same:
            return Change()
        # the next multiple of five after the last, as ZebOS numbers them
        values["seq"] = str((max(map(int, entries), default=0) // 5 + 1) * 5)
        if int(values["seq"]) > 4294967295:
            raise Refused("% No sequence number is left")
    line = Line(row, values, f"{word} prefix-list {name} seq {values['seq']} {values['act']} {what}")
    change = edit.set_line(config, context, line)
    if change.steps and values["seq"] in entries:
        change.ops = [*frr.translate(config, context, entries[values["seq"]], clear=True), *change.ops]
    return change


def _prefixes(values: dict[str, str], bits: int) -> str:
    """The canonical text of what an entry matches."""
    net, low, high = values["net"], values.get("ge"), values.get("le")
    if net == "any":
        return "any"
    length = int(net.split("/")[1])
    wrong = (low and int(low) <= length) or (high and int(high) <= length) or (low and high and int(low) > int(high))
    # "/0 le 32" is what `any` stands for
    if length == 0 and high == str(bits) and not low:
        return "any"
    if wrong:
        raise Refused(f"% Invalid prefix range for {net}, make sure: len < ge-value <= le-value")
    return net + (f" ge {low}" if low else "") + (f" le {high}" if high else "")


def drop_list(config: Config, context: Context, match: Match) -> Change:
    """`no ip prefix-list NAME` and its like: the whole list."""
    row, name = match.row, match.values["name"]
    slots = [
        slot
        for slot, line in config.section(row.section)
        if line.values.get("name") == name and line.values.get("kind") == match.values.get("kind")
    ]
    if not slots:
        raise Refused(row.missing or "% Can't find specified list")
    return Change(
        frr.translate(config, context, Line(row, match.values, match.text), clear=True),
        [lambda slot=slot: context.lines.pop(slot) for slot in slots],
    )


def community(config: Config, context: Context, match: Match) -> Change:
    """`set community …`."""
    words = match.values.get("value", "").split()
    if not match.negated and (words == ["additive"] or not all(map(KINDS["community"].read, words))):
        raise Refused("% Malformed communities attribute")
    return edit.generic(config, context, match)


def password(config: Config, context: Context, match: Match) -> Change:
    """`neighbor X password …`, plain or as `service password-encryption` prints it."""
    if "password" in match.values:
        plain = secret.reveal(match.values["password"])
        if not re.fullmatch(r"[!-~]{1,80}", plain):
            raise Refused("% Invalid password")
        match = Match(
            match.row,
            match.negated,
            {**match.values, "password": plain},
            f"neighbor {match.values['peer']} password {plain}",
        )
    return edit.generic(config, context, match)


def aggregate(config: Config, context: Context, match: Match) -> Change:
    """`aggregate-address … summary-only as-set`: another order of the words of one line."""
    rows = IPV6 if config.bgp and context is config.bgp.ipv6 else ROUTER
    row = next(row for row in rows if row.pattern.startswith("aggregate-address"))
    text = f"aggregate-address {match.values['net']} as-set summary-only"
    return edit.generic(config, context, Match(row, match.negated, match.values, text))


def nothing(_config: Config, _context: Context, _match: Match) -> Change:
    """A line that the device takes and forgets."""
    return Change()


def leave(config: Config, _context: Context, _match: Match) -> Change:
    """`exit-address-family`."""
    return Change(enter=("router", config.bgp))


ACTIONS: dict[str, Callable[[Config, Context, Match], Change]] = {
    "": edit.generic,
    "graceful-restart": edit.generic,
    "send-community": edit.send_community,
    "declare-group": edit.declare_group,
    "remote-as": edit.remote_as,
    "join-group": edit.join_group,
    "drop-neighbor": edit.drop_neighbor,
    "password": password,
    "aggregate": aggregate,
    "enter-bgp": enter_bgp,
    "enter-ipv4": enter_family,
    "enter-ipv6": enter_family,
    "leave": leave,
    "drop": nothing,
    "extended-asn": extended_asn,
    "enter-interface": enter_interface,
    "enter-line": enter_line,
    "enter-route-map": enter_route_map,
    "drop-route-map": drop_route_map,
    "prefix-list": prefix_list,
    "drop-list": drop_list,
    "community": community,
}


def plan(config: Config, context: Context, match: Match) -> Change:
    """What a line would change. Raises Refused."""
    change = ACTIONS[match.row.action](config, context, match)
    if change.steps:
        if reply := rules.refusal(config, context, match):
            raise Refused(reply)
        change.warning = rules.warning(config, match)
    return change
