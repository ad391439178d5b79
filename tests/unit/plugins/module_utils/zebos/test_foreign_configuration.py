# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random configuration of others and a random fabric: after the fabric came and went, everything is as it was.

Or the plan was refused before the first write. The device is the simulator's imish, without a network.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig, build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.export import export
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.ownership import Purge
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse

sys.path.insert(0, str(Path(__file__).parents[5] / "lab"))
from bigip.imish.engine import DetachedEngine  # noqa: E402
from bigip.imish.imi import Imi  # noqa: E402

CASES, SHARE = 500, 10
NODES = [f"10.0.0.{n}" for n in range(1, 5)]
OTHERS = ["10.9.9.1", "10.9.9.2", "2001:db8::9"]
LISTS, MAPS, GROUPS = ["mine", "/Common/more"], ["snat", "RHI-OUT"], ["upstream", "calico-k8s"]
RANGES = ["172.16.99.0/24", "172.16.0.0/16", "192.168.0.0/16"]


class Device:
    """imish of one route domain, as module_utils/bigip/imish.py gives access to it."""

    def __init__(self, folder):
        self.file = Path(folder) / "lines"
        self.imi = Imi(0, DetachedEngine(), Path(folder) / "ZebOS.conf", "bigip1")
        self.imi.enable()
        self.writes = 0

    def running(self):
        return self.imi.command(["imish", "-e", "show running-config"])

    def apply(self, lines):
        self.file.write_text("".join(f"{line}\n" for line in lines))
        output = self.imi.command(["imish", "-f", str(self.file)])
        self.writes += 1
        assert "%" not in output, (output, lines)
        return output

    def refresh(self, neighbors, everyone=False):
        pass

    def close(self):
        self.imi.disable()


def foreign(dice):
    """Lines of others, with references between them; the device takes most of them."""

    def some(lines, most=3):
        return dice.sample(lines, dice.randint(0, min(most, len(lines))))

    top = [f"ip prefix-list {name} seq 5 permit {dice.choice(RANGES)} le 32" for name in LISTS]
    top += some(
        [
            f"ip prefix-list {LISTS[0]} description of others",
            "access-list 10 permit 10.0.0.0/8",
            "ip community-list standard c permit 1:1",
            "ip as-path access-list a permit ^65$",
            "bfd gtsm enable",
            "access-list wild deny 10.0.0.0 0.255.255.255",
            "ip community-list 5 permit 1:1",
            "ipv6 prefix-list six seq 5 permit 2001:db8::/32",
        ]
    )
    if dice.random() < 0.05:
        top += ["ip prefix-list podroute-vips seq 7 permit 192.0.2.0/24"]
    for name in MAPS:
        top += [f"route-map {name} {dice.choice(['permit', 'permit', 'deny'])} 10"]
        top += some(
            [
                f"match ip address prefix-list {dice.choice(LISTS)}",
                "match extcommunity e",
                "match tag 7",
                "match ip address 10",
                f"match ip next-hop prefix-list {dice.choice(LISTS)}",
                "match as-path a",
                "match community c",
                "set extcommunity rt 1:1",
                "set ip next-hop 10.0.0.254",
                "set atomic-aggregate",
                "set comm-list c delete",
                "set community 1:1 additive",
                "set aggregator as 1 1.1.1.1",
            ],
            2,
        )
        top += ["exit"]
    body = some(
        [
            "bgp router-id 10.0.0.250",
            "bgp log-neighbor-changes",
            "timers bgp 10 30",
            "max-paths ebgp 4",
            "network 10.50.0.0/16 backdoor",
            "network 10.51.0.0/16",
            "network 10.52.0.0/16 route-map snat",
            "aggregate-address 10.48.0.0/12 summary-only",
            "redistribute static",
            "redistribute connected route-map snat",
            "redistribute ospf",
            "distance bgp 20 200 200",
            "bgp always-compare-med",
            "bgp default local-preference 50",
            "bgp graceful-restart stalepath-time 100",
            "bgp graceful-restart restart-time 200",
        ],
        5,
    )
    body += some([f"redistribute kernel{dice.choice(['', *(f' route-map {name}' for name in MAPS)])}"], 1)
    groups = some(GROUPS)
    for name in groups:
        body += [f"neighbor {name} peer-group", *peer(dice, some, name)]
    own = dice.choice(["64512", "64512", "64512", "65000"])
    for name in [*some(OTHERS), *some(NODES, 2)]:
        internal = dice.choice([True, False])
        body += [f"neighbor {name} remote-as {own if internal else 65009}"]
        if groups and dice.random() < 0.3:
            body += [f"neighbor {name} peer-group {dice.choice(groups)}"]
        body += peer(dice, some, name)
    family = [f"neighbor {name} activate" for name in OTHERS if f"neighbor {name} " in " ".join(body)]
    family = ["address-family ipv6", *some([*family, "network 2001:db8:5::/48"]), "exit-address-family"]
    return top, [f"router bgp {own}", *body, *family, "exit"] if dice.random() < 0.9 else []


def peer(dice, some, name):
    lines = some(
        [
            "description of others",
            "advertisement-interval 5",
            "timers connect 20",
            "fall-over bfd multihop",
            "fall-over bfd",
            "next-hop-self",
            "passive",
            "password 12345",
            "remove-private-AS",
            "weight 9",
            "maximum-prefix 90",
            "capability graceful-restart",
            "ebgp-multihop 3",
            "allowas-in 2",
            "timers 5 15",
            "update-source 10.0.0.250",
            "soft-reconfiguration inbound",
            "send-community standard",
            "default-originate route-map snat",
            "as-override",
            "capability orf prefix-list both",
            "enforce-multihop",
            "distribute-list 10 out",
            "filter-list a in",
            "unsuppress-map snat",
            f"prefix-list {dice.choice(LISTS)} {dice.choice(['in', 'out'])}",
            f"route-map {dice.choice(MAPS)} {dice.choice(['in', 'out'])}",
        ]
    )
    return [f"neighbor {name} {line}" for line in lines]


def fabric(dice):
    """A fabric as module_utils/intent makes one."""
    name, group = dice.choice([("podroute", "calico-k8s"), ("blue", "calico-k8s-blue")])
    nodes = dice.sample(NODES, dice.randint(1, 4))
    external = dice.random() < 0.3
    lists = {"in": f"{name}-pods", **({"out": f"{name}-vips"} if external else {})}
    number = "65010" if external else "64512"
    config = {
        "as_number": "64512",
        "router_id": "10.0.0.250",
        "graceful_restart": {"restart_time": dice.choice([120, 60])},
        "peer_groups": [{"name": group, "prefix_list": lists, "maximum_prefix": {"limit": 1000}}],
        "neighbors": [
            {"address": node, "peer_group": group, "remote_as": number, "description": f"{name}: {node}"}
            for node in nodes
        ],
        "redistribute": [{"protocol": "kernel", "route_map": f"{name}-vips"}],
    }
    entries = [{"seq": 5, "action": "permit", "prefix": RANGES[0], "le": 32}]
    match = {"ip_address_prefix_list": f"{name}-vips"}
    return name, group, {
        "config": config,
        "prefix_lists": [
            {"name": f"{name}-pods", "entries": [{"action": "permit", "prefix": "10.244.0.0/16", "le": 26}]},
            {"name": f"{name}-vips", "entries": entries},
        ],
        "route_maps": [{"name": f"{name}-vips", "entries": [{"seq": 10, "action": "permit", "match": match}]}],
    }  # fmt: skip


def configure(device, top, body):
    """Type lines of others one by one; a line that the device refuses is not there."""
    device.file.write_text("".join(f"{line}\n" for line in [*top, *body]))
    device.imi.command(["imish", "-f", str(device.file)])


def theirs(text, names):
    """What of a configuration is not about these names and nodes, and not of the process."""
    found, block = [], ""
    for line in text.splitlines():
        if not line.startswith(" "):
            block = line.split(" permit")[0].split(" deny")[0]
        words = set(line.split())
        if words & set(names) or line.strip() in ("!", "") or block.endswith(tuple(f"route-map {n}" for n in names)):
            continue
        found.append(line)
    return found


def deleted(device, name, group):
    """What decommission removes: the objects of this fabric, by mark and name."""
    have = export(parse(device.running()))
    body = have["config"] or {}
    marked = [n["address"] for n in body.get("neighbors", []) if n.get("description", "").startswith(f"{name}: ")]
    config = {
        "neighbors": [{"address": address} for address in marked],
        "peer_groups": [{"name": g["name"]} for g in body.get("peer_groups", []) if g["name"] == group],
        "redistribute": [r for r in body.get("redistribute", []) if r.get("route_map") == f"{name}-vips"],
    }
    maps = [item for item in have["route_maps"] if item["name"] == f"{name}-vips"]
    lists = [item for item in have["prefix_lists"] if item["name"] in (f"{name}-vips", f"{name}-pods")]
    return build(config=config, route_maps=maps, prefix_lists=lists)


def case(seed, folder):
    """Whether the fabric came and went; False when it was refused before the first write."""
    dice = random.Random(seed)
    device = Device(folder)
    try:
        configure(device, *foreign(dice))
        name, group, options = fabric(dice)
        before = device.running()
        wish = bgp.Wish(build(**options), "replaced", purge=Purge(f"{name}: "))
        try:
            change = bgp.prepare(parse(before), wish)
        except InvalidConfig as refused:
            assert refused.problems and device.running() == before and not device.writes
            return False
        bgp.apply(device, change)
        after = device.running()
        # A node that was configured by hand, and the process itself, are named by the inventory.
        named = [item["address"] for item in options["config"]["neighbors"]]
        ours = [f"{name}-pods", f"{name}-vips", group, *named, "router-id", "restart-time", "exit-address-family"]
        kept = theirs(before, [*ours, "router"])
        assert not [line for line in kept if line not in theirs(after, [*ours, "router"])], before + after
        assert bgp.prepare(parse(after), wish).plan.commands == [], before + after
        for line in before.splitlines():
            if (
                line.startswith(" neighbor")
                and line.split()[1] in named
                and line.split()[2] in ("route-map", "passive")
            ):
                of_group = line.replace(line.split()[1], group)  # the device does not repeat it for a member
                assert {line, of_group} & set(after.splitlines()), (line, before + after)
        gone = bgp.prepare(parse(after), bgp.Wish(deleted(device, name, group), "deleted"))
        bgp.apply(device, gone)
        rest = theirs(device.running(), [*ours, "router"])
        assert rest == kept, (before, device.running())
        return True
    except AssertionError as failed:
        raise AssertionError(f"seed {seed}: {failed}") from None
    finally:
        device.close()


@pytest.mark.parametrize("first", range(0, CASES, CASES // SHARE))
def test_what_is_not_the_fabrics_is_as_it_was(first):
    with tempfile.TemporaryDirectory() as folder:
        done = [case(seed, folder) for seed in range(first, first + CASES // SHARE)]
    assert any(done) and not all(done)
