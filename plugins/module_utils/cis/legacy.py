# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A virtual server of the inventory as a legacy ConfigMap for the cccl agent. Pure.

Format: schemas/bigip-virtual-server_v0.1.7.json of k8s-bigip-ctlr.
"""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.manifests import labels
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Monitor, Settings, VirtualServer

TYPE_LABEL = {"f5type": "virtual-server"}  # the label that the controller watches


def configmap(virtual: VirtualServer, settings: Settings) -> dict[str, Any]:
    """The ConfigMap of one virtual server."""
    backend: dict[str, Any] = {"serviceName": virtual.service, "servicePort": virtual.service_port}
    if virtual.monitor:
        backend["healthMonitors"] = [_monitor(virtual.monitor)]
    frontend = {
        "balance": virtual.balance,
        "mode": virtual.protocol,
        "partition": settings.partition_of(virtual),
        "virtualAddress": {"bindAddr": virtual.address, "port": virtual.port},
    }
    data = {"virtualServer": {"backend": backend, "frontend": frontend}}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": virtual.name,
            "namespace": virtual.namespace,
            "labels": TYPE_LABEL | labels(settings),
        },
        "data": {
            "schema": f"f5schemadb://bigip-virtual-server_{settings.schema}.json",
            "data": json.dumps(data, indent=2, sort_keys=True) + "\n",
        },
    }


def bigip_name(virtual: VirtualServer) -> str:
    """The name that the controller gives the virtual server on the BIG-IP."""
    return f"{virtual.namespace}_{virtual.name}"


def _monitor(monitor: Monitor) -> dict[str, Any]:
    rendered: dict[str, Any] = {
        "protocol": monitor.type,
        "interval": monitor.interval,
        "timeout": monitor.timeout,
    }
    return rendered | {key: escaped(text) for key in ("send", "recv") if (text := getattr(monitor, key))}


def escaped(text: str) -> str:
    r"""Line ends as a backslash and a letter, as the BIG-IP stores monitor strings (its default: GET /\r\n)."""
    return text.replace("\r", r"\r").replace("\n", r"\n")
