# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory's vocabulary, and the names that look as if they were meant to be of it.

A misspelt optional variable is the quietest way to get a network that nobody asked for: its default applies and
nothing fails. So a name close to one of ours is a problem, unless the one that it resembles is set as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import Problem

NODE_VARIABLES = ("node_ip", "as_number", "rack")

BIGIP_VARIABLES = (
    "ansible_host",
    "bgp_address",
    "as_number",
    "route_domain",
    "router_id",
    "self_ip_name",
    "bgp_peer_name",
    "rack",
)

FABRIC_VARIABLES = (
    "pod_pools",
    "vip_ranges",
    "advertised_vips",
    "node_mesh",
    "topology",
    "bgp_timers",
    "bgp_graceful_restart",
    "bgp_restart_time",
    "bgp_peer_group",
    "bgp_password",
    "bgp_maximum_prefix",
    "bgp_manage_policy",
    "service_cidrs",
)

# Read by modules and roles; known here so that their misspellings are found too.
OTHER_VARIABLES = (
    "virtual_servers",
    "bigip_user",
    "bigip_password",
    "bigip_ca_path",
    "bigip_validate_certs",
    "bigip_port",
    "bigip_login_provider",
    "bigip_timeout",
    "kubeconfig",
    "calicoctl_path",
    "node_command",
)

# What is looked for on which kind of host. Fabric-wide variables reach every host, so they are looked at on the
# BIG-IPs only: one misspelling is one problem, not one a node.
ON_NODES = frozenset(NODE_VARIABLES)
ON_BIGIPS = frozenset(BIGIP_VARIABLES + FABRIC_VARIABLES + OTHER_VARIABLES)
KNOWN = ON_NODES | ON_BIGIPS

# Names of other tools and older habits for the same thing; too far from ours for a likeness of letters.
SYNONYMS = {
    "asn": "as_number",
    "bgp_as": "as_number",
    "bgp_asn": "as_number",
    "local_as": "as_number",
    "peer_as": "as_number",
    "node_address": "node_ip",
    "bgp_ip": "bgp_address",
    "peer_ip": "bgp_address",
    "self_ip": "bgp_address",
    "ip_pools": "pod_pools",
    "pod_cidr": "pod_pools",
    "vips": "advertised_vips",
    "service_cidr": "service_cidrs",
}

_LIKENESS = 0.84


def misspelt(host: str, names: Iterable[str], vocabulary: frozenset[str]) -> list[Problem]:
    """A problem for each variable of ``host`` that looks like one of ``vocabulary`` but is none.

    :param names: the names of all variables that the host has
    """
    given = set(names)
    problems = []
    for name in sorted(given):
        meant = _meant(name, vocabulary)
        if meant and meant not in given:
            problems.append(Problem(host, name, "an unknown variable", f"{meant}, if that is what is meant"))
    return problems


@lru_cache(maxsize=4096)
def _meant(name: str, vocabulary: frozenset[str]) -> str | None:
    if name in KNOWN or name.startswith(("ansible_", "inventory_", "group", "hostvars")):
        return None
    if name in SYNONYMS:
        return SYNONYMS[name] if SYNONYMS[name] in vocabulary else None
    close = get_close_matches(name, vocabulary, n=1, cutoff=_LIKENESS)
    return close[0] if close else None
