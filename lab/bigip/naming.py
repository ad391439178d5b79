# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of objects: folders, the tilde form of URLs, and addresses with a route domain."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import quote, unquote

COMMON = "Common"


@dataclass(frozen=True)
class Name:
    """``/k8s/Shared/vs`` in parts. A kind without partitions has only ``name``."""

    partition: str
    sub_path: str
    name: str

    @property
    def full_path(self) -> str:
        if not self.partition:
            return self.name
        return "/".join(("", self.partition, *filter(None, [self.sub_path]), self.name))

    @property
    def folder(self) -> str:
        return "/" + "/".join(filter(None, (self.partition, self.sub_path)))


def from_path(text: str, partition: str = COMMON) -> Name:
    """``/k8s/vs`` or ``vs`` (then in ``partition``) → Name."""
    if not text.startswith("/"):
        return Name(partition, "", text)
    parts = text.strip("/").split("/")
    if len(parts) == 1:
        return Name("", "", "/" + parts[0])
    return Name(parts[0], "/".join(parts[1:-1]), parts[-1])


def from_segment(segment: str, partitioned: bool) -> Name:
    """One piece of a URL's path, already percent-decoded: ``~k8s~Shared~vs``."""
    if not partitioned:
        return Name("", "", segment)
    if not segment.startswith("~"):
        return Name(COMMON, "", segment)
    return from_path(segment.replace("~", "/"))


def to_segment(full_path: str) -> str:
    return quote(full_path.replace("/", "~"), safe="~:,@!$&'()*+;=")


def segments(path: str) -> list[str]:
    """A raw URL path cut into decoded pieces; empty pieces (a slash at the end) are dropped."""
    return [unquote(piece) for piece in path.split("/") if piece]


@dataclass(frozen=True)
class Address:
    """An address as mcpd holds it: ``10.0.0.1%2``. ``any`` and ``any6`` are the wildcards."""

    ip: str
    route_domain: int | None = None

    @classmethod
    def parse(cls, text: str) -> Address:
        """Raises ValueError."""
        ip, _mark, domain = text.partition("%")
        ip = {"any": "0.0.0.0", "any6": "::"}.get(ip, ip)
        return cls(ipaddress.ip_address(ip).compressed, int(domain) if domain else None)

    @property
    def version(self) -> int:
        return ipaddress.ip_address(self.ip).version

    def text(self, default: int = 0) -> str:
        """The route domain is left out where it is the partition's default, as the device does."""
        domain = self.route_domain
        return self.ip if domain is None or domain == default else f"{self.ip}%{domain}"


def split_port(text: str) -> tuple[str, str]:
    """``10.0.0.1%0:80`` → (``10.0.0.1%0``, ``80``); IPv6 has a dot before the port. Raises ValueError."""
    mark = "." if text.count(":") > 1 else ":"
    host, found, port = text.rpartition(mark)
    if not found:
        raise ValueError(f"{text} has no port")
    return host, port


def join_port(address: str, port: int | str) -> str:
    return f"{address}{'.' if ':' in address else ':'}{port}"


SERVICES = {
    "any": 0,
    "ftp": 21,
    "ssh": 22,
    "telnet": 23,
    "smtp": 25,
    "domain": 53,
    "http": 80,
    "bgp": 179,
    "snmp": 161,
    "ldap": 389,
    "https": 443,
}


def port_number(text: str | int) -> int:
    """Raises ValueError."""
    number = SERVICES.get(str(text), text)
    number = int(number)
    if not 0 <= number <= 65535:
        raise ValueError(f"port {text}")
    return number
