# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role bigip_ctlr as typed data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import versions

CONFIGMAP, AS3, CRD = "configmap", "as3", "crd"
MODES = (CONFIGMAP, AS3, CRD)


@dataclass(frozen=True)
class Monitor:
    """How the BIG-IP finds out whether a pool member is alive. Times in seconds."""

    type: str = "http"
    interval: int = 5
    timeout: int = 16
    send: str | None = None
    recv: str | None = None


@dataclass(frozen=True)
class VirtualServer:
    """One service of the cluster, offered on one address and port of the BIG-IP."""

    name: str
    service: str
    service_port: int
    address: str
    port: int
    namespace: str = "default"
    protocol: str = "http"
    balance: str = "round-robin"
    partition: str | None = None
    monitor: Monitor | None = None
    host: str | None = None
    route_advertisement: str | None = None


@dataclass(frozen=True)
class Settings:
    """Everything the role was told. The names are those of its variables without `bigip_ctlr_`."""

    version: str
    mode: str
    image: str
    bigip_url: str
    partition: str
    namespace: str = "kube-system"
    deployment: str = "k8s-bigip-ctlr-deployment"
    service_account: str = "bigip-ctlr"
    secret: str = "bigip-login"
    image_pull_policy: str = "IfNotPresent"
    image_pull_secrets: tuple[str, ...] = ()
    watch_namespaces: tuple[str, ...] = ("default",)
    pool_member_type: str = "cluster"
    insecure: bool = False
    ca: str = ""
    schema: str = "v0.1.7"
    schema_dir: str = ""
    timezone: str = "UTC"
    log_level: str = "INFO"
    verify_interval: int = 30
    extra_args: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, Any] = field(default_factory=dict)
    read_only_root: bool = True
    run_as_user: int = 1000
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Mapping[str, Any], ...] = ()
    virtual_servers: tuple[VirtualServer, ...] = ()

    @classmethod
    def read(cls, variables: Mapping[str, Any]) -> Settings:
        """From the role's variables, of which those that are None count as not given."""
        known = {item.name for item in fields(cls)}
        given = {key: value for key, value in variables.items() if key in known and value is not None}
        given |= {key: int(given[key]) for key in ("verify_interval", "run_as_user") if key in given}
        for key in ("image_pull_secrets", "watch_namespaces", "tolerations"):
            if key in given:
                value = given[key]
                # A list that is text holds names between commas: so the role's argument spec reads it.
                given[key] = tuple(filter(None, value.split(","))) if isinstance(value, str) else tuple(value)
        given["virtual_servers"] = tuple(read_virtual(entry) for entry in given.get("virtual_servers") or ())
        return cls(**given)

    @property
    def release(self) -> versions.Version:
        return versions.parse(self.version)

    @property
    def tls_is_verified(self) -> bool:
        return not self.insecure and self.mode != CONFIGMAP

    def partition_of(self, virtual: VirtualServer) -> str:
        """The partition of the BIG-IP that holds the virtual server."""
        return virtual.partition or default_partition(self.partition, self.mode, virtual.namespace)


def default_partition(partition: str, mode: str, namespace: str) -> str:
    """The partition of virtual servers that name none, from the controller's own.

    In the mode as3 the controller keeps its own partition for itself, and refuses it in ConfigMaps.
    """
    return f"{partition}_{namespace.replace('-', '_')}" if mode == AS3 else partition


def read_virtual(entry: Mapping[str, Any]) -> VirtualServer:
    """One entry of `virtual_servers`. The role's argument spec has looked at names and types before."""
    given = {key: value for key, value in entry.items() if value is not None}
    given |= {key: int(given[key]) for key in ("port", "service_port")}
    if "monitor" in given:
        monitor = {key: value for key, value in given["monitor"].items() if value is not None}
        monitor |= {key: int(monitor[key]) for key in ("interval", "timeout") if key in monitor}
        given["monitor"] = Monitor(**monitor)
    return VirtualServer(**given)
