# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scenario's controller, as the role's variables say it, to be bent by the tests."""

from __future__ import annotations

from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Settings

VIRTUAL: dict[str, Any] = {
    "name": "nginx-deploy-svc.vs",
    "namespace": "default",
    "service": "nginx-deploy-svc",
    "service_port": 80,
    "address": "172.16.40.80",
    "port": 80,
    "balance": "least-connections-member",
    "monitor": {
        "interval": 15,
        "timeout": 30,
        "send": "GET / HTTP/1.1\r\nHost: nginx\r\nConnection: close\r\n\r\n",
        "recv": "podroute",
    },
}
VARIABLES: dict[str, Any] = {
    "version": "2.20.1",
    "mode": "configmap",
    "image": "f5networks/k8s-bigip-ctlr:2.20.1",
    "bigip_url": "https://172.16.20.202",
    "partition": "k8s",
    "insecure": True,
    "virtual_servers": [VIRTUAL],
}
NETWORKS: dict[str, Any] = {
    "vip_ranges": ["172.16.40.80/31", "172.16.99.0/24"],
    "pods": ["10.244.0.0/16"],
    "services": ["10.96.0.0/12"],
}


def settings(**changes: Any) -> Settings:
    return Settings.read(VARIABLES | changes)


def virtual(**changes: Any) -> dict[str, Any]:
    return VIRTUAL | changes
