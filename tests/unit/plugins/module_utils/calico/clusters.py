# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fabric of four nodes, and a cluster for it: calicoctl of the tests beside a Kubernetes API of its Nodes."""

from __future__ import annotations

import json

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, observe
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build

NAMES = ["n1", "n2", "n3", "n4"]
ADDRESSES = {name: f"172.16.40.{number}" for number, name in enumerate(NAMES, 11)}
UNIT = "bigip1"
PEER = "bgppeer-global-f5-1"


def fabric(node=None, **variables):
    """The fabric of the inventory with these variables. ``node``: further variables of a node by its name."""
    hosts = {name: {"node_ip": ADDRESSES[name], "as_number": "64512", **(node or {}).get(name, {})} for name in NAMES}
    hosts[UNIT] = {
        "ansible_host": "172.16.20.202",
        "bgp_address": "172.16.40.202",
        "as_number": "64512",
        "pod_pools": [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16"}],
        "vip_ranges": ["172.16.99.0/24"],
        "bgp_peer_name": PEER,
        **variables,
    }
    return build(hosts, NAMES, [UNIT], {name: list(hosts[name]) for name in hosts})


class Cluster:
    """The parts of the Kubernetes API that an observation reads; Nodes are those of the fake calicoctl."""

    def __init__(self, fake):
        self.fake, self.objects, self.requests = fake, {}, 0
        fake.put(*({"kind": "Node", "metadata": {"name": n}, "spec": {"bgp": {"ipv4Address": f"{a}/24"}}}
                   for n, a in ADDRESSES.items()))  # fmt: skip
        fake.put({"kind": "IPPool", "metadata": {"name": "default-ipv4-ippool"},
                  "spec": {"cidr": "10.244.0.0/16", "vxlanMode": "Always", "blockSize": 26}})  # fmt: skip

    def list(self, _version, kind, labels=None, metadata_only=False):
        self.requests += 1
        if kind != "Node":
            return []
        found = []
        for item in self.fake.state["resources"]["Node"].values():
            bgp = item["spec"].get("bgp") or {}
            noted = {f"projectcalico.org/{key}": str(bgp[name]) for name, key in _ANNOTATIONS.items() if name in bgp}
            own = json.dumps(item["metadata"].get("labels") or {})
            noted["projectcalico.org/labels"] = own
            found.append({"metadata": {"name": item["metadata"]["name"], "annotations": noted}})
        return found

    def custom(self, plural):
        if plural != "blockaffinities":
            return []
        return [{"spec": {"node": name, "cidr": f"10.244.{number}.0/26", "state": "confirmed"}}
                for number, name in enumerate(NAMES)]  # fmt: skip

    def get(self, _version, kind, name, namespace=None):
        self.requests += 1
        return self.objects.get((kind, namespace, name))

    def apply(self, item):
        self.objects[item["kind"], item["metadata"]["namespace"], item["metadata"]["name"]] = item
        return item

    def delete(self, _version, kind, name, namespace=None):
        return self.objects.pop((kind, namespace, name), None) is not None

    def observe(self, **options):
        """What calico_info returns."""
        with self.fake.in_process() as client:
            return json.loads(json.dumps(observe.read(client, self, **options)))

    def write(self, resources, **options):
        """What calico_resources does."""
        options = {"owner": "podroute.calico_f5", "allow": frozenset(options.pop("allow", ())), **options}
        with self.fake.in_process() as client:
            return apply.run(client, apply.Request(tuple(json.loads(json.dumps(resources))), **options))


_ANNOTATIONS = {
    "ipv4Address": "IPv4Address",
    "asNumber": "ASNumber",
    "routeReflectorClusterID": "RouteReflectorClusterID",
}
