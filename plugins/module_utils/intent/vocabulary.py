# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory's variables, and unknown names that look like one of them.

If an optional variable is misspelt, its default applies and nothing fails. So a name close to one of these variables is
a problem. If the variable that it resembles is set as well, only a typing error is one: other tools have names of their
own for the same thing, and a name that contains ours (``node_ipv6``, ``old_bgp_password``) is a value of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
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
    "bgp_multihop",
    "service_cidrs",
    "announced_ranges",
    "fabric_name",
    "bigip_mode",
    "traffic_groups",
)

# Read by modules and roles; listed here so that their misspellings are found too.
OTHER_VARIABLES = (
    "virtual_servers",
    "bigip_user",
    "bigip_password",
    "bigip_ca_path",
    "bigip_validate_certs",
    "bigip_port",
    "bigip_login_provider",
    "bigip_timeout",
    "fabric_control_host",
    "fabric_run_dir",
    "kubeconfig",
    "kube_context",
    "calicoctl_path",
    "calicoctl_allow_version_mismatch",
    "calicoctl_client_qps",
    "node_command",
)

# Read for the BIG-IPs, and read on the control host.
CONNECTION_VARIABLES = tuple(name for name in OTHER_VARIABLES if name.startswith("bigip_"))
_OF_ALL = ("fabric_control_host", "fabric_run_dir")
CONTROL_VARIABLES = tuple(name for name in OTHER_VARIABLES if name not in (*CONNECTION_VARIABLES, *_OF_ALL))

# The variables of each kind of host. Fabric-wide variables apply to every host, so they are checked on the BIG-IPs
# only: one misspelling is one problem, not one per node.
ON_NODES = frozenset(NODE_VARIABLES)
ON_BIGIPS = frozenset(BIGIP_VARIABLES + FABRIC_VARIABLES + OTHER_VARIABLES)
KNOWN = ON_NODES | ON_BIGIPS

# Names for the same thing in other tools; too different to be found by similarity.
SYNONYMS = {
    "as": "as_number",
    "asn": "as_number",
    "bgp_as": "as_number",
    "bgp_asn": "as_number",
    "local_as": "as_number",
    "local_asn": "as_number",
    "remote_as": "as_number",
    "peer_as": "as_number",
    "autonomous_system": "as_number",
    "node_address": "node_ip",
    "ip": "node_ip",
    "internal_ip": "node_ip",
    "bgp_ip": "bgp_address",
    "peer_ip": "bgp_address",
    "self_ip": "bgp_address",
    "rd": "route_domain",
    "rid": "router_id",
    "self_ip_address": "bgp_address",
    "peer_name": "bgp_peer_name",
    "ip_pools": "pod_pools",
    "ippools": "pod_pools",
    "pod_cidr": "pod_pools",
    "pod_cidrs": "pod_pools",
    "pod_network_cidr": "pod_pools",
    "vips": "advertised_vips",
    "vip_cidrs": "vip_ranges",
    "vip_networks": "vip_ranges",
    "vip_pools": "vip_ranges",
    "service_cidr": "service_cidrs",
    "service_network": "service_cidrs",
    "mesh": "node_mesh",
    "node_to_node_mesh": "node_mesh",
    "node_to_node_mesh_enabled": "node_mesh",
    "node2node_mesh": "node_mesh",
    "node_mesh_enabled": "node_mesh",
    "mesh_enabled": "node_mesh",
    "full_mesh": "node_mesh",
    "timers": "bgp_timers",
    "bgp_hold_time": "bgp_timers",
    "bgp_keepalive": "bgp_timers",
    "bgp_hold": "bgp_timers",
    "hold_time": "bgp_timers",
    "holdtime": "bgp_timers",
    "keepalive": "bgp_timers",
    "graceful_restart": "bgp_graceful_restart",
    "restart_time": "bgp_restart_time",
    "peer_group": "bgp_peer_group",
    "peer_group_name": "bgp_peer_group",
    "max_prefix": "bgp_maximum_prefix",
    "maximum_prefix": "bgp_maximum_prefix",
    "bgp_max_prefix": "bgp_maximum_prefix",
    "prefix_limit": "bgp_maximum_prefix",
    "md5_password": "bgp_password",
    "bgp_md5": "bgp_password",
    "session_password": "bgp_password",
    "bgp_auth": "bgp_password",
    "bgp_secret": "bgp_password",
    "tcp_md5": "bgp_password",
    "neighbor_password": "bgp_password",
    "peer_password": "bgp_password",
    "bgp_plain": "bgp_manage_policy",
    "ebgp_multihop": "bgp_multihop",
    "multihop": "bgp_multihop",
    "manage_policy": "bgp_manage_policy",
    "snat_ranges": "announced_ranges",
    "ha_mode": "bigip_mode",
    "failover_mode": "bigip_mode",
    "floating_self_ips": "traffic_groups",
    "rack_name": "rack",
    "route_reflectors": "topology",
    "reflectors": "topology",
    "bgp_topology": "topology",
    "validate_certs": "bigip_validate_certs",
    "bigip_verify": "bigip_validate_certs",
    "bigip_verify_certs": "bigip_validate_certs",
    "bigip_verify_ssl": "bigip_validate_certs",
    "bigip_ssl_verify": "bigip_validate_certs",
    "bigip_cert_validation": "bigip_validate_certs",
    "bigip_ca": "bigip_ca_path",
    "bigip_ca_cert": "bigip_ca_path",
    "bigip_ca_file": "bigip_ca_path",
    "bigip_server_port": "bigip_port",
    "bigip_username": "bigip_user",
    "kubeconfig_path": "kubeconfig",
    "kubeconfig_file": "kubeconfig",
    "kube_ctx": "kube_context",
    "kubernetes_context": "kube_context",
    "k8s_context": "kube_context",
    "calicoctl": "calicoctl_path",
    "calicoctl_bin": "calicoctl_path",
    "control_host": "fabric_control_host",
}

# Settings that one of the two sides does not support, with the reason.
IMPOSSIBLE = dict.fromkeys(
    ("bfd", "bgp_bfd", "enable_bfd", "fall_over_bfd", "bgp_fall_over_bfd"),
    "no BFD: BIRD in open-source Calico does not support it, and a session with BFD on one side only is never "
    "established. Remove it; bgp_timers makes both sides detect a lost neighbor sooner",
)

_LIKENESS = 0.84
# Names with a prefix of this collection's need less likeness to those with the same prefix.
_PREFIXES = ("bgp_", "calicoctl_")
_LIKENESS_WITH_PREFIX = 0.75
# A synonym shorter than this resembles too many words.
_SHORTEST_SYNONYM = 8
# This much likeness is a typing error even beside the right name, and of a synonym.
_TYPING_ERROR = 0.88


def misspelt(host: str, names: Iterable[str], vocabulary: frozenset[str]) -> list[Problem]:
    """A problem for each unknown variable of ``host`` that resembles one of ``vocabulary``.

    :param names: the names of all variables that the host has
    """
    given = set(names)
    problems = []
    for name in sorted(given - KNOWN):
        meant = resembled(name, vocabulary)
        if name in IMPOSSIBLE and vocabulary is ON_BIGIPS:
            problems.append(Problem(host, name, "set", IMPOSSIBLE[name]))
        elif meant and (meant not in given or _is_typing_error(name, meant)):
            problems.append(Problem(host, name, "an unknown variable", f"{meant}, if that was intended"))
    return problems


@lru_cache(maxsize=4096)
def resembled(name: str, vocabulary: frozenset[str]) -> str | None:
    """The variable of ``vocabulary`` that the unknown ``name`` resembles: different case, synonym or typing error."""
    if name in KNOWN or name.startswith(("ansible_", "inventory_", "group", "hostvars")):
        return None
    plain = _plain(name)
    for known in vocabulary:
        if _plain(known) == plain:
            return known
    for synonym, known in SYNONYMS.items():
        if known in vocabulary and (name == synonym or _plain(synonym) == plain):
            return known
    alike = [known for known in vocabulary if any(name.startswith(one) and known.startswith(one) for one in _PREFIXES)]
    for names, cutoff in (
        (vocabulary, _LIKENESS),
        (alike, _LIKENESS_WITH_PREFIX),
        (_long_synonyms(vocabulary), _TYPING_ERROR),
    ):
        close = get_close_matches(name.lower(), names, n=1, cutoff=cutoff)
        if close:
            return SYNONYMS.get(close[0], close[0])
    return None


def _is_typing_error(name: str, meant: str) -> bool:
    """Whether the name has other letters than ours, and is neither a part of it nor longer by a word."""
    ours, theirs = _plain(meant), _plain(name)
    if theirs in ours or ours in theirs or any(_plain(synonym) == theirs for synonym in SYNONYMS):
        return False
    return SequenceMatcher(None, ours, theirs).ratio() >= _TYPING_ERROR


@lru_cache(maxsize=8)
def _long_synonyms(vocabulary: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name, known in SYNONYMS.items() if known in vocabulary and len(name) >= _SHORTEST_SYNONYM)


def _plain(name: str) -> str:
    """``name`` without case and separators: ``routeDomain`` and ``route-domain`` are ``route_domain``."""
    return "".join(character for character in name.lower() if character.isalnum())
