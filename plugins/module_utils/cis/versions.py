# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The features of each release of k8s-bigip-ctlr. Pure.

Source: its release notes (docs/RELEASE-NOTES.rst), the flags of its sources (cmd/k8s-bigip-ctlr/main.go, v2.20.1) and
the reference of 1.7.
"""

from __future__ import annotations

import re

Version = tuple[int, int, int]

OLDEST: Version = (1, 7, 0)  # --manage-configmaps
NEWEST_KNOWN: Version = (2, 20, 1)

AGENT_ARGUMENT: Version = (1, 10, 0)  # in earlier releases cccl is the only agent and there is no argument for it
AS3_CONFIGMAPS: Version = (2, 1, 0)  # several AS3 ConfigMaps, each its own tenant
CUSTOM_RESOURCES: Version = (2, 7, 0)  # VirtualServer, TransportServer and Policy in their current form
VERIFIES_TLS_AS3: Version = (1, 9, 1)
VERIFIES_TLS_CUSTOM_RESOURCES: Version = (2, 16, 0)

# Arguments of 1.7.
_ALWAYS = """
    bigip-partition bigip-password bigip-url bigip-username credentials-directory default-client-ssl
    default-ingress-ip default-server-ssl flannel-name http-listen-address kubeconfig log-level manage-configmaps
    manage-routes namespace namespace-label node-label-selector node-poll-interval openshift-sdn-name
    pool-member-type python-basedir resolve-ingress-names route-http-vserver route-https-vserver route-label
    route-vserver-addr running-in-cluster schema-db-base-dir use-node-internal use-secrets verify-interval
    vs-snat-pool-name
"""
# Later arguments, with the release that introduced them.
_LATER = {
    (1, 9, 1): "insecure trusted-certs-cfgmap",
    (1, 10, 0): "agent manage-ingress",
    (1, 11, 0): "as3-validation",
    (1, 12, 0): "log-as3-response override-as3-declaration",
    (1, 13, 0): "filter-tenants ingress-class manage-ingress-class-only",
    (1, 14, 0): "as3-post-delay cipher-group ciphers tls-version",
    (2, 0, 0): "custom-resource-mode",
    (2, 2, 1): "gtm-bigip-password gtm-bigip-url gtm-bigip-username gtm-credentials-directory",
    (2, 5, 0): "disable-teems ipam periodic-sync-interval share-nodes",
    (2, 7, 0): "controller-mode default-route-domain enable-ipv6 hubmode route-spec-configmap",
    (2, 10, 0): "log-file",
    (2, 11, 0): "cccl-gtm-agent custom-resource-label extended-spec-configmap",
    (2, 12, 0): "http-client-metrics multi-cluster-mode",
    (2, 13, 0): "cilium-name",
    (2, 17, 0): "cccl-log-level orchestration-cni shared-static-routes static-route-node-cidr static-routing-mode",
    (2, 17, 1): "ipam-cluster-label pod-graceful-shutdown",
    (2, 18, 0): "ipam-namespace load-balancer-class manage-load-balancer-class-only",
    (2, 19, 0): "local-cluster-name",
    (2, 20, 0): "refresh-token-interval",
    (2, 20, 1): "shared-default-route-domain",
}
SINCE: dict[str, Version] = dict.fromkeys(_ALWAYS.split(), OLDEST) | {
    name: version for version, names in _LATER.items() for name in names.split()
}


def parse(text: str) -> Version:
    """`2.20.1`, `v2.20.1`, `2.1` → the numbers. Raises ValueError."""
    found = re.fullmatch(r"v?(\d+)\.(\d+)(?:\.(\d+))?", str(text).strip())
    if not found:
        raise ValueError(f"{text!r} is not a release of the controller")
    major, minor, patch = (int(part or 0) for part in found.groups())
    return major, minor, patch


def shown(version: Version) -> str:
    return ".".join(map(str, version))
