"""Names, addresses, versions and places of the lab: the one file to read to know what it looks like."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

LAB = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("PODROUTE_LAB_CACHE") or Path.home() / ".cache" / "podroute-lab")
STATE = Path("/var/lib/podroute-lab")  # what one run of the lab made; gone after `down`
RUN = Path("/run/podroute-lab")  # process ids
NETNS = Path("/run/netns")
PREFIX = "podroute-"
CGROUP = "podroute-lab"

SUBNETS = {"int": "172.16.40", "mgmt": "172.16.20"}  # /24 each; .1 is the fabric's router
POD_CIDR = "10.244.0.0/16"
SERVICE_CIDR = "10.96.0.0/16"
POOL = "default-ipv4-ippool"

KUBERNETES = "v1.34.4"
CALICO = "v3.28.5"
CONTROLLER = "2.20.1"


@dataclass(frozen=True)
class Link:
    """One network interface of a host: its name there, the segment it is on, its last octet."""

    name: str
    segment: str
    octet: int

    @property
    def address(self) -> str:
        return f"{SUBNETS[self.segment]}.{self.octet}"


@dataclass(frozen=True)
class Host:
    name: str
    links: tuple[Link, ...]
    gateway: str | None = f"{SUBNETS['int']}.1"
    has_root: bool = True  # False: only a network namespace
    binds: tuple[str, ...] = field(default=())  # directories that must not lie on the overlay

    @property
    def netns(self) -> str:
        return PREFIX + self.name

    @property
    def address(self) -> str:
        return self.links[0].address

    @property
    def state(self) -> Path:
        return STATE / "hosts" / self.name

    @property
    def files(self) -> Path:
        """The directory that the host sees as /lab."""
        return self.state / "lab"

    @property
    def pidfile(self) -> Path:
        return RUN / self.name / "pid"


NODE_BINDS = ("/var/lib/containerd", "/var/lib/kubelet")
MASTER = Host("k8s-master", (Link("eth0", "int", 199),), binds=(*NODE_BINDS, "/var/lib/etcd"))
NODE1 = Host("k8s-node1", (Link("eth0", "int", 198),), binds=NODE_BINDS)
# No default route: what a BIG-IP knows of pods, it knows by BGP. Management has a table of its own.
BIGIP = Host("bigip1", (Link("int_vlan", "int", 202), Link("mgmt", "mgmt", 202)), gateway=None)
BIGIP2 = Host("bigip2", (Link("int_vlan", "int", 203), Link("mgmt", "mgmt", 203)), gateway=None)  # with a pair only
# Floating self IPs of a pair, by traffic group; the second group is what the scenario of two active units makes.
FLOATING = {"traffic-group-1": "172.16.40.201", "traffic-group-2": "172.16.40.204"}
# Services outside the cluster, behind the virtual servers that were made by hand before the job.
LEGACY = Host("legacy", (Link("eth0", "int", 90),))
CTL = Host("ctl", (Link("eth0", "int", 10), Link("eth1", "mgmt", 10)), has_root=False)
FABRIC = PREFIX + "fabric"

NODES = (MASTER, NODE1)
API = f"https://{MASTER.address}:6443"
PAIR = STATE / "pair"  # there while the lab has a pair of BIG-IPs
HAND_MADE_VIPS = ("172.16.40.81", "172.16.99.99")


def bigips() -> tuple[Host, ...]:
    """One, or two in a device group."""
    return (BIGIP, BIGIP2) if PAIR.exists() else (BIGIP,)


def hosts() -> tuple[Host, ...]:
    """All hosts of the lab as it is now."""
    return (CTL, MASTER, NODE1, *bigips(), LEGACY)


EVERY_HOST = (CTL, MASTER, NODE1, BIGIP, BIGIP2, LEGACY)  # that any lab has


# Debian's packages of the hosts' root file system.
PACKAGES = (
    "tini", "runit", "iproute2", "iptables", "ipset", "conntrack", "kmod", "ethtool", "socat", "curl",
    "iputils-ping", "procps", "ca-certificates", "python3", "busybox-static", "bird", "frr", "haproxy",
    "etcd-server", "etcd-client", "containerd", "runc", "containernetworking-plugins", "nginx-light",
)  # fmt: skip
