# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The minimal rights of the controller's service account in each mode. Pure.

Derived from the audit log of a real API server with k8s-bigip-ctlr 2.20.1. With `--namespace` it reads most things in
the namespaces that it watches only, Secrets among them: so those rights are granted there, not in the whole cluster.
F5's own sample (docs/config_examples/rbac) grants all modes at once and everywhere, the older guides cluster-admin.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import CRD, Settings

FOLLOW = ["get", "list", "watch"]


def cluster_rules() -> list[dict[str, Any]]:
    """Rights on objects without a namespace."""
    return [_rule("", ["namespaces", "nodes"], FOLLOW)]


def namespace_rules(settings: Settings) -> list[dict[str, Any]]:
    """Rights in each namespace that the controller watches. It annotates its ConfigMaps with their address."""
    rules = [
        _rule("", ["configmaps"], [*FOLLOW, "update"]),
        _rule("", ["endpoints", "secrets", "services"], FOLLOW),
    ]
    if settings.mode == CRD:
        rules += [
            _rule("", ["pods"], FOLLOW),
            _rule("", ["events"], ["create", "patch"]),
            _rule(
                "cis.f5.com",
                ["externaldnses", "ingresslinks", "policies", "tlsprofiles", "transportservers", "virtualservers"],
                [*FOLLOW, "update", "patch"],
            ),
            _rule(
                "cis.f5.com",
                ["ingresslinks/status", "transportservers/status", "virtualservers/status"],
                ["update", "patch"],
            ),
        ]
    return rules


def trust_rules(name: str) -> list[dict[str, Any]]:
    """Rights in the controller's own namespace: on the ConfigMap with the certificates that it trusts."""
    return [_rule("", ["configmaps"], ["get"]) | {"resourceNames": [name]}]


def _rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}
