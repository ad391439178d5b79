# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection renders gives working sessions: behind the simulator's shell, and on a stock FRR.

The stock FRR gets the lines by the few words of this file, not by the simulator's translation: what the two have in
common then comes from the rendered lines.
"""

from __future__ import annotations

import re

import imish_net
import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.model import Config
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.plan import render
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.neighbors import neighbors
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.states import combine
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from bigip.imish import FrrEngine
from imish_box import Box
from imish_net import NODES, Net
from test_frr import eventually, up

REASON = imish_net.missing()
pytestmark = pytest.mark.skipif(bool(REASON), reason=f"no FRR to speak to: {REASON}")
VIP = "172.16.99.99"
# Lines below `router bgp` that FRR wants in the address family.
OF_THE_FAMILY = re.compile(r" (redistribute|network|neighbor \S+ (prefix-list|maximum-prefix|route-map)) ")


def rendered() -> list[str]:
    return render(combine(Config(), build(**bgp_config(fabric(), "bigip1")), "merged"))


def for_frr(lines: list[str]) -> str:
    """ZebOS lines as a configuration file of FRR: family lines in their block, and eBGP without a policy."""
    ours, family = [], []
    for line in lines:
        if line.endswith(" capability graceful-restart"):
            ours.append(" bgp graceful-restart")  # FRR has it for the router, or for a neighbor; for no group
        elif OF_THE_FAMILY.match(line):
            family.append(f" {line}")
        elif line != "exit":
            ours.append(line)
    at = next(number for number, line in enumerate(ours) if line.startswith("router bgp"))
    end = next((at + 1 + n for n, line in enumerate(ours[at + 1 :]) if not line.startswith(" ")), len(ours))
    block = [" no bgp ebgp-requires-policy", " address-family ipv4 unicast", *family, " exit-address-family", "exit"]
    return "\n".join([*ours[:end], *block, *ours[end:], ""])


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    made = Net(tmp_path_factory.mktemp("n"))
    made.run("bigip", "ip", "route", "add", f"{VIP}/32", "dev", "tmm")
    made.run("bigip", "ip", "route", "add", "10.77.0.0/16", "dev", "tmm")
    yield made
    made.close()


def holds(net: Net) -> None:
    """The VIP in each node's kernel, and nothing that the route-map should keep back."""
    for node in NODES:
        eventually(lambda node=node: f"{VIP} via {imish_net.BIGIP}" in net.run(node, "ip", "route"))
        assert "10.77" not in net.run(node, "ip", "route")


def test_behind_the_simulators_shell(net, tmp_path):
    box = Box(tmp_path, FrrEngine(net.vty))
    try:
        assert box.imi.ready()
        assert box.configure("\n".join(rendered())) == ""
        up(net, box)
        holds(net)
        sessions = neighbors(box.do("show ip bgp neighbors"))
        restarts = [(each["capabilities"]["graceful_restart"], each["restart_time"]) for each in sessions]
        assert restarts == [(True, 120)] * len(NODES)
        table = box.do("show ip bgp")
        assert all(block in table for block in NODES.values())
        assert "10.9.9.0" not in table
    finally:
        box.imi.disable()
        box.engine.close()


def test_on_a_stock_frr(net):
    path = net.vty / "stock.conf"
    path.write_text(for_frr(rendered()))
    net.kill("bgpd")
    net.start("bgpd", path)

    def bgp(command: str) -> str:
        return net.vtysh(command)

    eventually(
        lambda: all(node in bgp("show bgp ipv4 unicast summary established") for node in NODES),
        lambda: bgp("show bgp ipv4 unicast summary"),
    )
    holds(net)
    eventually(lambda: all(block in bgp("show bgp ipv4 unicast") for block in NODES.values()))
    assert "Graceful Restart Capability: advertised and received" in bgp("show bgp neighbors")
    assert "10.9.9.0" not in bgp("show bgp ipv4 unicast")
