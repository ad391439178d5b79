# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Property tests: plans are typed into an imish that was not written for them, and hold."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig, build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.check import check
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.export import export
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.model import Config
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.normalise import reached
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.plan import plan, render
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.states import combine

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, assume, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[5] / "lab"))
from bigip.imish.engine import DetachedEngine  # noqa: E402
from bigip.imish.imi import Imi  # noqa: E402

THOROUGH = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


class Device:
    """The simulator's imish without any routing daemon behind it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.imi = Imi(0, DetachedEngine(), Path(self.folder.name) / "ZebOS.conf", "bigip1")
        self.imi.enable()

    def __enter__(self):
        return self

    def __exit__(self, *_exc_info):
        self.imi.disable()
        self.folder.cleanup()

    def type(self, lines):
        file = Path(self.folder.name) / "lines"
        file.write_text("".join(f"{line}\n" for line in lines))
        assert self.imi.command(["imish", "-f", str(file)]).strip() == "", lines

    def config(self):
        return parse(self.imi.command(["imish", "-e", "show running-config"]))


# ---- any configuration that a user may want --------------------------------------------------------


def maybe(strategy):
    return st.one_of(st.none(), strategy)


def some(strategy, **more):
    return st.lists(st.sampled_from(strategy), unique=True, **more)


FLAG = maybe(st.booleans())
LISTS, MAPS = st.sampled_from(["pl1", "pl2"]), st.sampled_from(["rm1", "rm2"])
WAYS = {"prefix_list": LISTS, "route_map": MAPS}
FAMILY = {
    **dict.fromkeys(("next_hop_self", "soft_reconfiguration_inbound"), FLAG),
    # The device refuses policy of a neighbor that is not active.
    "activate": st.sampled_from([None, True]),
    **{key: maybe(st.fixed_dictionaries({}, optional={"in": item, "out": item})) for key, item in WAYS.items()},
    "maximum_prefix": maybe(
        st.fixed_dictionaries(
            {"limit": st.integers(1, 5000)}, optional={"threshold": st.integers(1, 100), "warning_only": st.booleans()}
        )
    ),
    "send_community": maybe(st.sampled_from(["none", "standard", "extended", "both"])),
    "default_originate": maybe(st.fixed_dictionaries({}, optional={"enabled": st.booleans(), "route_map": MAPS})),
}
TIMERS = maybe(st.sampled_from([{"keepalive": 3, "holdtime": 9}, {"keepalive": 30, "holdtime": 90}]))
PEER = {
    **FAMILY,
    **dict.fromkeys(("capability_route_refresh", "fall_over_bfd", "shutdown"), FLAG),
    # Where the device does not print what is off, it is typed again (register of unknown behavior, U1).
    "capability_graceful_restart": st.sampled_from([None, True]),
    "description": maybe(st.text("abcXYZ 019.:-_#/", min_size=1, max_size=20).map(str.strip).filter(bool)),
    "password": maybe(st.text("abcXYZ019$!", min_size=1, max_size=12)),
    "timers": TIMERS,
    "update_source": maybe(st.sampled_from(["10.9.9.9", "vlan1"])),
    "ebgp_multihop": maybe(st.integers(1, 255)),
}
ACTION = st.sampled_from(["permit", "deny"])
PREFIXES = {"ipv4": ["10.1.0.0/16", "10.2.0.0/24"], "ipv6": ["2001:db8:1::/48", "2001:db8:2::/64"]}
ACCESS = [
    [],
    [("permit", "10.0.0.0/8")],
    [("deny", "10.1.0.0/16"), ("permit", "10.0.0.0/8")],
]


@st.composite
def routes(draw, afi):
    prefixes = PREFIXES[afi]
    return {
        "networks": [{"prefix": p, "route_map": draw(maybe(MAPS))} for p in draw(some(prefixes))],
        "aggregates": [
            {"prefix": p, "summary_only": draw(st.booleans()), "as_set": draw(st.booleans())}
            for p in draw(some(prefixes))
        ],
        "redistribute": [
            {"protocol": p, "route_map": draw(maybe(MAPS))} for p in draw(some(["kernel", "static", "connected"]))
        ],
    }


@st.composite
def prefix_list(draw, name, afi):
    entries, seen = [], set()
    for seq in draw(some([5, 10, 15], min_size=1)):
        prefix = draw(st.sampled_from([*PREFIXES[afi], "any"]))
        longest = draw(maybe(st.sampled_from([28, 32] if afi == "ipv4" else [72, 128]))) if prefix != "any" else None
        action = draw(ACTION)
        if (action, prefix, longest) not in seen:
            seen.add((action, prefix, longest))
            entries.append({"seq": seq, "action": action, "prefix": prefix, "le": longest})
    return {"name": name, "afi": afi, "entries": entries}


@st.composite
def wanted(draw):
    """The options of a module, most of them unset, references all satisfied."""
    numbers = st.sampled_from(["64512", "65001"])
    groups = {name: draw(maybe(numbers)) for name in draw(some(["g1", "g2"]))}
    peer = st.fixed_dictionaries(PEER)
    neighbors = []
    for address in draw(some(["10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1"])):
        group = draw(maybe(st.sampled_from(sorted(groups)))) if groups else None
        own = numbers if groups.get(group) is None else st.sampled_from([None, groups[group]])
        neighbors.append({**draw(peer), "address": address, "peer_group": group, "remote_as": draw(own)})
    named = [item["address"] for item in neighbors] + list(groups)
    active = draw(some(named)) if named else []
    ipv6 = [{**draw(st.fixed_dictionaries(FAMILY)), "address": name, "activate": True} for name in active]
    return {
        "config": {
            "as_number": "64512",
            "extended_asn_cap": draw(FLAG),
            "router_id": draw(maybe(st.sampled_from(["1.1.1.1", "2.2.2.2"]))),
            "timers": draw(TIMERS),
            "graceful_restart": draw(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "restart_time": st.sampled_from([60, 120]),
                        "stalepath_time": st.sampled_from([60, 360]),
                        "graceful_reset": st.booleans(),
                    },
                )
            ),
            "max_paths": draw(
                st.fixed_dictionaries({}, optional={"ebgp": st.integers(1, 8), "ibgp": st.integers(1, 8)})
            ),
            "peer_groups": [{**draw(peer), "name": name, "remote_as": number} for name, number in groups.items()],
            "neighbors": neighbors,
            **draw(routes("ipv4")),
            "address_family_ipv6": {"neighbors": ipv6, **draw(routes("ipv6"))},
        },
        "prefix_lists": [draw(prefix_list(name, afi)) for name in ("pl1", "pl2") for afi in ("ipv4", "ipv6")],
        "route_maps": [
            {
                "name": name,
                "entries": [
                    {
                        "seq": seq,
                        "action": draw(ACTION),
                        "match": draw(
                            st.fixed_dictionaries(
                                {}, optional={"ip_address_prefix_list": LISTS, "metric": st.integers(0, 9)}
                            )
                        ),
                        "set": draw(
                            st.fixed_dictionaries(
                                {},
                                optional={
                                    "local_preference": st.integers(0, 9),
                                    "community": st.sampled_from(["64512:1", "64512:2 no-export additive"]),
                                },
                            )
                        ),
                    }
                    for seq in draw(some([10, 20], min_size=1))
                ],
            }
            for name in ("rm1", "rm2")
        ],
        "access_lists": [
            {"name": "10", "entries": [{"action": action, "source": source} for action, source in rules]}
            for rules in [draw(st.sampled_from(ACCESS))]
            if rules
        ],
    }


def target_of(have, options, state):
    target = combine(have, build(**options), state)
    try:
        check(have, target)
    except InvalidConfig:
        assume(False)
    return target


@THOROUGH
@given(wanted())
def test_what_was_typed_is_what_was_wanted_and_is_not_typed_again(options):
    with Device() as device:
        target = target_of(Config(), options, "merged")
        device.type(render(target))
        have = device.config()
        assert reached(have, target), plan(have, target).commands
        for state in ("merged", "replaced"):
            assert plan(have, combine(have, build(**options), state)).commands == []
        gathered = export(have)
        del gathered["unmanaged"]
        assert plan(have, combine(have, build(**gathered), "overridden")).commands == []


@THOROUGH
@given(wanted(), wanted(), st.sampled_from(["merged", "replaced", "overridden"]))
def test_a_change_arrives_and_can_be_taken_back(first, second, state):
    with Device() as device:
        device.type(render(target_of(Config(), first, "merged")))
        have = device.config()
        target = target_of(have, second, state)
        device.type(plan(have, target).commands)
        after = device.config()
        assert reached(after, target), plan(after, target).commands
        device.type(plan(after, have).commands)
        assert reached(device.config(), have), plan(device.config(), have).commands


LINE = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            "! no neighbor 10.0.0.1 g1 remote-as peer-group router bgp ospf 64512 1.10 0 -1 address-family ipv6 ipv4 "
            "exit-address-family exit end network redistribute kernel route-map permit deny 10 match set metric ip "
            "prefix-list seq 5 le ge 32 any access-list bgp router-id graceful-restart restart-time timers 30 90 "
            "send-community password 7 maximum-prefix warning-only description / ? | \\ %10 interface line con "
            "aggregate-address summary-only max-paths ebgp timers capability default-originate".split()
        ),
        max_size=8,
    ).map(" ".join),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", " ", "   "]), LINE), max_size=25))
def test_no_text_whatever_makes_the_parser_fail(lines):
    text = "\n".join(indent + line for indent, line in lines)
    config = parse(text)
    again = parse("\n".join(render(config)))
    assert reached(again, config)
    kept = [line.line for line in config.unmanaged]
    assert kept == sorted(kept)
