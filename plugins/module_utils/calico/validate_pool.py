# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of IPPools and of the ranges that the BIG-IP announces."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import Key, Resource, effective
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.problems import Context, Report, as_list
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import OPERATOR, owner_of

Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

_SERVICE_FIELDS = ("serviceLoadBalancerIPs", "serviceExternalIPs", "serviceClusterIPs")
_BLOCK_SIZES = {4: range(20, 33), 6: range(116, 129)}
_REFUSED = (ipaddress.ip_network("169.254.0.0/16"), ipaddress.ip_network("fe80::/10"))


def network_of(text: t.Any) -> Network | None:
    """The network in a text, or None if it is not one."""
    try:
        return ipaddress.ip_network(str(text), strict=False)
    except ValueError:
        return None


def overlap(one: Network | None, two: Network | None) -> bool:
    """Whether two networks of the same family share an address."""
    return one is not None and two is not None and one.version == two.version and one.overlaps(two)


def pools(report: Report, context: Context) -> None:
    """Problems of the IPPools that would be written or deleted."""
    others = context.of("IPPool")
    for change, after in context.written("IPPool"):
        key, spec = change.key, after["spec"]
        if change.before is not None:
            _foreign(report, key, change.before)
            _immutable(report, key, change.before, after)
        if not spec.get("cidr"):
            report.add(key, "spec.cidr", spec.get("cidr"), "set the pool's network")
        _modes(report, key, spec)
        _sizes(report, key, spec)
        for other_key, other in others.items():
            if other_key != key and overlap(network_of(spec.get("cidr")), network_of(other["spec"].get("cidr"))):
                report.add(key, "spec.cidr", spec["cidr"], f"overlaps {other_key} {other['spec']['cidr']}")
    for change in context.plan.deletes:
        if change.key.kind == "IPPool" and change.before is not None:
            _foreign(report, change.key, change.before)


def _foreign(report: Report, key: Key, before: Resource) -> None:
    if owner_of(before) == OPERATOR:
        report.add(
            key,
            "",
            "",
            "belongs to the Tigera operator, which reverts every change; "
            "change spec.calicoNetwork.ipPools of the Installation resource instead",
        )


def _immutable(report: Report, key: Key, before: Resource, after: Resource) -> None:
    was, will = effective(before)["spec"], effective(after)["spec"]
    for field in ("cidr", "blockSize"):
        if was.get(field) != will.get(field):
            report.add(key, f"spec.{field}", will.get(field), migration_plan(key.name, field, was, will))


def migration_plan(name: str, field: str, was: t.Mapping[str, t.Any], will: t.Mapping[str, t.Any]) -> str:
    """How to change a pool's network or block size without losing a pod, in one paragraph."""
    same = overlap(network_of(was.get("cidr")), network_of(will.get("cidr")))
    where = "a network that does not overlap any pool" if same else f"{will.get('cidr')}"
    again = f"; to return to {was.get('cidr')} with the new size, repeat this from the new pool" if same else ""
    return (
        f"cannot be changed in place (it is {was.get(field)}). Migrate: 1. add a new pool with {where} and blockSize "
        f"{will.get('blockSize')}; 2. set disabled: true on {name} (its pods keep working); 3. restart the workloads "
        f"in steps, so that their pods take addresses of the new pool; 4. check that 'calicoctl ipam show "
        f"--show-blocks' has no address of {was.get('cidr')} in use; 5. delete {name}{again}"
    )


def _modes(report: Report, key: Key, spec: Resource) -> None:
    on = [field for field in ("ipipMode", "vxlanMode") if spec.get(field) not in (None, "Never")]
    if len(on) == 2:
        report.add(key, "spec.vxlanMode", spec["vxlanMode"], f"only one encapsulation: ipipMode is {spec['ipipMode']}")
    net = network_of(spec.get("cidr"))
    if net is not None and net.version == 6 and "ipipMode" in on:
        report.add(key, "spec.ipipMode", spec["ipipMode"], "IPIP carries IPv4 only")
    for field in ("natOutgoing", "disabled", "disableBGPExport"):
        if spec.get(field) is not None and not isinstance(spec[field], bool):
            report.add(key, f"spec.{field}", spec[field], "true or false")


def _sizes(report: Report, key: Key, spec: Resource) -> None:
    net = network_of(spec.get("cidr"))
    if net is None:
        return
    if any(overlap(net, refused) for refused in _REFUSED):
        report.add(key, "spec.cidr", spec["cidr"], "a pool cannot have link-local addresses")
    size = spec.get("blockSize")
    if size is None:
        return
    allowed = _BLOCK_SIZES[net.version]
    if not isinstance(size, int) or isinstance(size, bool) or size not in allowed:
        report.add(key, "spec.blockSize", size, f"from {allowed[0]} to {allowed[-1]} for IPv{net.version}")
    elif size < net.prefixlen and not spec.get("disabled"):
        report.add(key, "spec.blockSize", size, f"a block is larger than the pool {net}; at least {net.prefixlen}")


def vip_ranges(report: Report, context: Context) -> None:
    """VIP ranges must not overlap a service range or a pool: Calico does not program such routes."""
    vips = [(text, network_of(text)) for text in context.vip_ranges]
    for text, vip in vips:
        if vip is None:
            report.add("vip_ranges", "", "", f"{text!r} is not a network")
            continue
        for key, field, cidr in _service_ranges(context):
            if overlap(vip, network_of(cidr)):
                report.add(
                    key,
                    f"spec.{field}",
                    cidr,
                    f"overlaps the VIP range {text}: nodes would receive the BIG-IP's routes and never program them; "
                    "take the VIPs out of the service range",
                )
        for key, pool in context.of("IPPool").items():
            if not pool["spec"].get("disabled") and overlap(vip, network_of(pool["spec"].get("cidr"))):
                report.add(key, "spec.cidr", pool["spec"]["cidr"], f"overlaps the VIP range {text}")


def _service_ranges(context: Context) -> t.Iterator[tuple[Key, str, t.Any]]:
    """Key of the BGPConfiguration, field and network of each service range."""
    for key, configuration in context.of("BGPConfiguration").items():
        for field in _SERVICE_FIELDS:
            for item in as_list(configuration["spec"].get(field)):
                yield key, field, item.get("cidr") if isinstance(item, dict) else None
