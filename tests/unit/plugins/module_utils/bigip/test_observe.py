# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One reading: how many calls it takes, and that it holds no secret."""

from __future__ import annotations

import json

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import info, module, tmsh
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.observe import PREFLIGHT, Reading, observe
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.routes import routes

LOGIN, LOGOUT = "POST /mgmt/shared/authn/login", "DELETE /mgmt/shared/authz/tokens/…"
ROUTER = """
router bgp 64512
 neighbor 10.0.0.1 remote-as 64512
 neighbor 10.0.0.1 password Canary7
 neighbor 10.0.0.2 remote-as 64512
 neighbor 10.0.0.2 password Canary8
 neighbor 10.0.0.3 remote-as 64512
"""
READINGS = {
    "preflight": ("device", "route_domain", "self_ips", "static_routes", "config", "failover", "preflight",
                  "partitions", "virtual_addresses", "observation"),
    "verify": ("route_domain", "self_ips", "config", "neighbors", "routes", "virtual_addresses", "virtual_servers",
               "failover"),
    "default": info.DEFAULT,
    # Virtual servers are read for verification only, partitions for preflight only, traffic for a drain only.
    "all": [subset for subset in info.SUBSETS if subset not in ("partitions", "traffic")],
}  # fmt: skip


@pytest.mark.parametrize("reading", READINGS)
def test_a_session_reads_in_at_most_six_calls(unit, reading):
    unit.configure(ROUTER)
    with unit.session() as bigip:
        info.gather(bigip, READINGS[reading], 0, ["10.0.0.1", "10.0.0.2"])
    first, *between, last = unit.calls()
    assert (first, last) == (LOGIN, LOGOUT)
    assert len(between) <= 6
    assert len([call for call in between if not call.startswith("GET ")]) == 1, "one shell"
    if reading == "preflight":
        assert len(between) <= 5


def test_a_saved_observation_plans_like_the_device_and_holds_no_password(unit):
    unit.configure(ROUTER)
    with unit.session() as bigip:
        reading = observe(bigip, 0, PREFLIGHT, "Canary7")
    text = json.dumps(reading.observation)
    assert "Canary" not in text
    saved = Reading(json.loads(text))
    assert saved.observation["passwords"] == {"10.0.0.1": "wanted", "10.0.0.2": "other"}
    peers = saved.config("Canary7").bgp.neighbors
    assert [peers[name].password and peers[name].password.text for name in sorted(peers)] == [
        "Canary7", "********", None,
    ]  # fmt: skip
    assert reading.config().bgp.neighbors["10.0.0.2"].password.text == "Canary8"


def test_hidden_passwords_are_known_to_be_hidden(unit):
    unit.configure(ROUTER)
    unit.imish("configure terminal", "service password-encryption", "end", "write")
    with unit.session() as bigip:
        saved = Reading(observe(bigip, 0, ("config",), "Canary7").observation)
    assert set(saved.observation["passwords"].values()) == {"hidden"}
    assert saved.config("Canary7").bgp.neighbors["10.0.0.1"].password.encrypted


def test_objects_as_tmsh_lists_them():
    text = """
net route Common/default-gw {
    gw 10.0.0.1
    network default
}
net route /k8s/k8s-node1 {
    description "two words"
    gw 172.16.40.198
    network 10.244.1.0/26
}
net route local { }
ltm policy k8s/Shared/l {
    controls { forwarding }
    rules {
        r {
            actions {
                0 {
                    forward
                    select
                    pool /k8s/Shared/p
                }
            }
        }
    }
}
"""
    routes = tmsh.objects(text, "net route")
    assert list(routes) == ["/Common/default-gw", "/k8s/k8s-node1", "/Common/local"]
    assert routes["/k8s/k8s-node1"] == {"description": "two words", "gw": "172.16.40.198", "network": "10.244.1.0/26"}
    policy = tmsh.objects(text, "ltm policy")["/k8s/Shared/l"]
    assert policy["rules"]["r"]["actions"]["0"] == {"forward": "", "select": "", "pool": "/k8s/Shared/p"}
    assert tmsh.objects("Syntax Error: unexpected argument", "net route") == {}


def test_the_status_under_a_heading():
    text = "CM::Failover Status\n---\nColor    green\nStatus   ACTIVE\n\nCM::Sync Status\n---\nStatus   In Sync\n"
    assert tmsh.status(text, "CM::Failover Status") == "ACTIVE"
    assert tmsh.status(text, "CM::Sync Status") == "In Sync"
    assert tmsh.status("", "CM::Sync Status") is None


@pytest.mark.parametrize(
    "read", [lambda: tmsh.objects("net route a {\n", "net route"), lambda: routes("B       10.1.0.0/24\n")]
)
def test_an_output_that_cannot_be_parsed_fails_the_module_with_its_line(read):
    failed = []

    class Module:
        def fail_json(self, **result):
            failed.append(result)

    module.offline(Module(), read)
    assert len(failed) == 1 and "this line cannot be parsed: " in failed[0]["msg"] and failed[0]["changed"] is False
