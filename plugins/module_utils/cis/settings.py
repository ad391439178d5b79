# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of the controller as typed data, and whether there should be a controller at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import versions
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import DEFAULT

CONFIGMAP, AS3, CRD = "configmap", "as3", "crd"
MODES = (CONFIGMAP, AS3, CRD)
RESOURCES: Mapping[str, Any] = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}}


@dataclass(frozen=True)
class Monitor:
    """A health monitor of pool members. Times in seconds."""

    type: str = "http"
    interval: int = 5
    timeout: int = 16
    send: str | None = None
    recv: str | None = None


@dataclass(frozen=True)
class VirtualServer:
    """A virtual server: one Service of the cluster, published on one address and port of the BIG-IP."""

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

    @property
    def ip(self) -> str:
        """The address without route domain."""
        return self.address.partition("%")[0]

    @property
    def domain(self) -> int | None:
        """The route domain that the address names, or None."""
        text = self.address.partition("%")[2]
        return int(text) if text.isdigit() else None


@dataclass(frozen=True)
class Unit:
    """One BIG-IP, or one sync group of BIG-IPs, and the controller that configures it.

    :ivar bigip: inventory name of the unit that the controller connects to
    :ivar url: its URL as the controller uses it
    :ivar deployment: name of the controller's Deployment
    """

    bigip: str
    url: str
    deployment: str


@dataclass(frozen=True)
class Settings:
    """The settings, named as the role's variables without `bigip_ctlr_`, with defaults filled in.

    :ivar fabric: the inventory's `fabric_name`
    """

    version: str = "2.20.1"
    mode: str = CONFIGMAP
    image: str = ""
    bigip_url: str = ""
    partition: str = "k8s"
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
    resources: Mapping[str, Any] = field(default_factory=lambda: RESOURCES)
    read_only_root: bool = True
    run_as_user: int = 1000
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Mapping[str, Any], ...] = ()
    virtual_servers: tuple[VirtualServer, ...] = ()
    route_domain: int = 0  # of the BIG-IP's BGP; where virtual servers without %N are
    units: tuple[Unit, ...] = ()
    fabric: str = DEFAULT

    @classmethod
    def read(cls, variables: Mapping[str, Any]) -> Settings:
        """From values by name; None counts as not set.

        :raises ValueError, TypeError: a value has the wrong type
        """
        known = {item.name for item in fields(cls)} - {"units"}
        given = {key: value for key, value in variables.items() if key in known and value is not None}
        given = default_names(given.get("fabric", DEFAULT)) | given
        given |= {key: _number(given[key]) for key in NUMBERS if key in given}
        given |= {key: is_true(given[key]) for key in SWITCHES if key in given}
        for key in ("image_pull_secrets", "watch_namespaces", "tolerations"):
            if key in given:
                value = given[key]
                # A string contains names separated by commas, as in Ansible's argument specs.
                given[key] = tuple(filter(None, value.split(","))) if isinstance(value, str) else tuple(value)
        given["virtual_servers"] = tuple(read_virtual(entry) for entry in given.get("virtual_servers") or ())
        made = cls(**given)
        return made if made.image else replace(made, image=f"f5networks/k8s-bigip-ctlr:{made.version}")

    @property
    def release(self) -> versions.Version:
        return versions.parse(self.version)

    @property
    def controllers(self) -> tuple[Unit, ...]:
        """The controllers; one that uses `bigip_url` if there are no units."""
        return self.units or (Unit("", self.bigip_url, self.deployment),)

    def partition_of(self, virtual: VirtualServer) -> str:
        """The partition of the virtual server."""
        return virtual.partition or default_partition(self.partition, self.mode, virtual.namespace)

    def domain_of(self, virtual: VirtualServer) -> int:
        """The route domain of the virtual server."""
        return virtual.domain if virtual.domain is not None else self.route_domain

    def domains(self) -> dict[str, int]:
        """The default route domain of each partition: that of its virtual servers, else the BIG-IP's."""
        found = {self.partition: self.route_domain}
        return found | {self.partition_of(virtual): self.domain_of(virtual) for virtual in self.virtual_servers}


def default_names(fabric: str) -> dict[str, str]:
    """The defaults that name objects. Those of a fabric with a name of its own have it at the end: two fabrics in one
    cluster, or at one BIG-IP, share neither a controller nor a partition.
    """
    if fabric == DEFAULT:
        return {name: getattr(Settings, name) for name in _NAMED}
    # Tenants of AS3 have no hyphen in their names.
    return {name: f"{getattr(Settings, name)}-{fabric}" for name in _NAMED} | {
        "partition": f"{Settings.partition}_{fabric.replace('-', '_')}"
    }


def wanted(variables: Mapping[str, Any]) -> bool:
    """Whether the role bigip_ctlr has anything to do: there is a virtual server or one of its own variables.

    :param variables: the variables of the host that reaches the Kubernetes API
    """
    if variables.get("virtual_servers"):
        return True
    return any(variables.get(f"bigip_ctlr_{name}") not in (None, "", [], {}) for name in NAMES)


def expected(variables: Mapping[str, Any]) -> bool:
    """Whether a controller should run: `wanted`, and not to be removed."""
    return wanted(variables) and variables.get("bigip_ctlr_state") != "absent"


def default_insecure(mode: str | None, validate_certs: Any) -> bool:
    """Whether the controller accepts any certificate of the BIG-IP, where `bigip_ctlr_insecure` is not set.

    It then follows `bigip_validate_certs` where possible: the driver for legacy ConfigMaps cannot verify certificates.
    """
    try:
        verified = validate_certs in (None, "") or is_true(validate_certs)
    except ValueError:
        verified = True  # reported with the connection options of the BIG-IPs
    return (mode or CONFIGMAP) == CONFIGMAP or not verified


def sync_units(
    bigips: Mapping[str, str],
    sync: Mapping[str, str | None],
    deployment: str,
    synchronized: bool | None = None,
) -> tuple[Unit, ...]:
    """One controller for each BIG-IP without config sync, and one for all BIG-IPs with it.

    :param bigips: inventory name -> URL, in the order of the inventory
    :param sync: inventory name -> config sync status as shown by the BIG-IP; an unknown status counts as synchronized
    :param synchronized: whether all of them use config sync according to the inventory; if set, it takes precedence
    :param deployment: name of the first controller's Deployment; further ones append the name of their BIG-IP
    """
    chosen, served = [], False
    for name in bigips:
        syncs = (sync.get(name) or "").lower() != "standalone" if synchronized is None else synchronized
        if not (syncs and served):
            chosen.append(name)
        served |= syncs
    return tuple(
        Unit(name, bigips[name], deployment if index == 0 else f"{deployment}-{name.lower().replace('_', '-')}")
        for index, name in enumerate(chosen)
    )


def default_partition(partition: str, mode: str, namespace: str) -> str:
    """The default partition of virtual servers, derived from the controller's partition.

    In mode as3 the controller reserves its own partition and rejects it in ConfigMaps.
    """
    return f"{partition}_{namespace.replace('-', '_')}" if mode == AS3 else partition


def read_virtual(entry: Mapping[str, Any]) -> VirtualServer:
    """One entry of `virtual_servers`. :raises ValueError, TypeError: an option is missing, unknown or not a number"""
    given = {key: value for key, value in entry.items() if value is not None}
    _check_options(given, VirtualServer, str(given.get("name") or "without a name"))
    given |= {key: _number(given[key]) for key in ("port", "service_port")}
    given |= {key: str(given[key]) for key in ("address", "name", "service") if key in given}
    if "monitor" in given:
        monitor = {key: value for key, value in given["monitor"].items() if value is not None}
        _check_options(monitor, Monitor, f"{given['name']}, monitor")
        monitor |= {key: _number(monitor[key]) for key in ("interval", "timeout") if key in monitor}
        given["monitor"] = Monitor(**monitor)
    return VirtualServer(**given)


def _check_options(given: Mapping[str, Any], kind: type, where: str) -> None:
    names = [item.name for item in fields(kind)]
    required = [item.name for item in fields(kind) if item.default is MISSING]
    for wrong, what in (([name for name in given if name not in names], "unknown"),
                        ([name for name in required if name not in given], "missing")):  # fmt: skip
        if wrong:
            raise ValueError(f"virtual server {where}: {what} option {', '.join(wrong)}; it has {', '.join(names)}")


def _number(value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise ValueError
        return int(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is not an integer") from None


def is_true(value: Any) -> bool:
    """A boolean in Ansible's notation. :raises ValueError: not a boolean"""
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in ("true", "false", "yes", "no", "on", "off", "1", "0"):
        raise ValueError(f"{value!r} is not true or false")
    return text in ("true", "yes", "on", "1")


_NAMED = ("partition", "deployment", "service_account", "secret")
COMPUTED = ("units", "route_domain", "fabric")  # not variables of the role
NUMBERS = ("verify_interval", "run_as_user", "route_domain")
SWITCHES = ("insecure", "read_only_root")
# The role's variables without their prefix.
NAMES = (
    *(item.name for item in fields(Settings) if item.name not in COMPUTED),
    "state", "crds", "bigip", "bigip_address", "bigip_port", "username", "password", "timeout",
)  # fmt: skip
