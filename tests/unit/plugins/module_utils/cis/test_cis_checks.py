# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every combination that cannot work is refused, with the variable and what would be right."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import versions
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.check_settings import settings_problems
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.check_virtuals import virtual_problems
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.cis.settings_of import (
    NETWORKS,
    settings,
    virtual,
)

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def refused(**changes: Any) -> list[str]:
    return [str(problem) for problem in settings_problems(settings(**changes), "localhost")]


def refused_virtuals(*entries: dict[str, Any], **changes: Any) -> list[str]:
    chosen = settings(virtual_servers=list(entries), **changes)
    return [str(problem) for problem in virtual_problems(chosen, NETWORKS, "localhost")]


def test_the_scenario_is_fine() -> None:
    assert refused() == []
    assert refused_virtuals(virtual()) == []


@pytest.mark.parametrize(
    ("changes", "variable", "words"),
    [
        ({"version": "latest"}, "version", "such as 2.20.1"),
        ({"version": "1.5.0"}, "version", "1.7.0 or later"),
        ({"version": "1.14.0", "mode": "crd"}, "mode", "2.7.0 or later"),
        ({"version": "2.0.0", "mode": "as3"}, "mode", "2.1.0 or later"),
        ({"mode": "ingress"}, "mode", "one of configmap, as3, crd"),
        ({"partition": "Common"}, "partition", "deletes objects that it does not know"),
        ({"partition": "1st"}, "partition", "begins with a letter"),
        ({"bigip_url": "http://172.16.20.202"}, "bigip_url", "https://ADDRESS"),
        ({"bigip_url": "https://172.16.20.202/mgmt"}, "bigip_url", "without path or user"),
        ({"bigip_url": "https://admin:pw@172.16.20.202"}, "bigip_url", "without path or user"),
        ({"insecure": False}, "insecure", "the cccl driver, which legacy ConfigMaps need, cannot verify"),
        ({"ca": PEM}, "ca", "cannot verify"),
        ({"mode": "crd", "version": "2.15.1", "insecure": False}, "insecure", "from 2.16.0 on"),
        ({"mode": "crd", "insecure": False, "ca": "/etc/ca.pem"}, "ca", "PEM certificates"),
        ({"mode": "crd", "insecure": True, "ca": PEM}, "ca", "bigip_ctlr_insecure=false"),
        ({"pool_member_type": "auto"}, "pool_member_type", "in mode crd only"),
        ({"pool_member_type": "pods"}, "pool_member_type", "one of cluster"),
        ({"schema": "v0.1.8"}, "schema", "v0.1.0 to v0.1.7"),
        ({"watch_namespaces": []}, "watch_namespaces", "act on all"),
        ({"extra_args": {"static-routing-mode": True}}, "extra_args[static-routing-mode]", "alternative to BGP"),
        ({"extra_args": {"flannel-name": "/Common/t"}}, "extra_args[flannel-name]", "no tunnel"),
        ({"extra_args": {"agent": "as3"}}, "extra_args[agent]", "set bigip_ctlr_mode"),
        ({"extra_args": {"bigip-url": "x"}}, "extra_args[bigip-url]", "set bigip_ctlr_bigip_url"),
        ({"extra_args": {"no-such": 1}}, "extra_args[no-such]", "this one does not exist"),
        ({"version": "1.14.0", "extra_args": {"disable-teems": True}}, "extra_args[disable-teems]", "with 2.5.0"),
    ],
)
def test_refused(changes: dict[str, Any], variable: str, words: str) -> None:
    found = [line for line in refused(**changes) if line.startswith(f"localhost: bigip_ctlr_{variable} is ")]
    assert any(words in line for line in found), found


def test_a_password_as_argument_is_refused_and_not_shown() -> None:
    (line,) = refused(extra_args={"bigip-password": "hunter2"})
    assert "process lists" in line
    assert "hunter2" not in line


def test_a_newer_release_may_have_arguments_that_are_not_known_here() -> None:
    assert refused(version="2.21.0", extra_args={"brand-new": True}) == []


def test_all_problems_at_once() -> None:
    assert len(refused(version="x", partition="Common", bigip_url="", watch_namespaces=[])) == 4


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": "Nginx_vs"}, "name", "lower-case"),
        ({"namespace": "shop"}, "namespace", "bigip_ctlr_watch_namespaces (default)"),
        ({"address": "172.16.40.300"}, "address", "an IP address"),
        ({"address": "172.16.40.80%x"}, "address", "a number after"),
        ({"address": "172.16.50.1"}, "address", "inside vip_ranges: 172.16.40.80/31, 172.16.99.0/24"),
        ({"address": "10.244.3.1"}, "address", "outside the pods' addresses 10.244.0.0/16"),
        ({"address": "10.100.0.1"}, "address", "outside the Services' addresses 10.96.0.0/12"),
        ({"port": 0}, "port", "1 to 65535"),
        ({"service_port": 70000}, "service_port", "1 to 65535"),
        ({"balance": "best"}, "balance", "round-robin"),
        ({"partition": "other"}, "partition", "only the controller's partition"),
        ({"host": "www.example.com"}, "host", "cannot select by host name"),
        ({"protocol": "udp"}, "monitor.type", "supports the protocol udp"),
        ({"monitor": {"interval": 30, "timeout": 30}}, "monitor.timeout", "more than the interval"),
        ({"monitor": {"interval": 0, "timeout": 30}}, "monitor.interval", "1 to 86400"),
        ({"monitor": {"recv": "ok"}}, "monitor.send", "what to send"),
    ],
)
def test_a_virtual_server_is_refused(changes: dict[str, Any], field: str, words: str) -> None:
    lines = refused_virtuals(virtual(**changes))
    found = [line for line in lines if line.startswith(f"localhost: virtual_servers[0].{field} is ")]
    assert any(words in line for line in found), lines


@pytest.mark.parametrize(
    ("schema", "changes", "field"),
    [
        ("v0.1.0", {"monitor": None}, "balance"),
        ("v0.1.1", {}, "monitor"),
        ("v0.1.3", {"address": "172.16.40.80%2"}, "address"),
        ("v0.1.4", {"protocol": "udp", "monitor": None}, "protocol"),
        ("v0.1.5", {}, "monitor.recv"),
    ],
)
def test_an_older_schema_lacks_it(schema: str, changes: dict[str, Any], field: str) -> None:
    lines = refused_virtuals(virtual(**changes), schema=schema)
    assert any(f"virtual_servers[0].{field} is" in line and f"with schema {schema}" in line for line in lines), lines


def test_virtual_servers_of_a_partition_are_in_one_route_domain() -> None:
    other = virtual(name="b", address="172.16.40.81%52")
    (line,) = refused_virtuals(virtual(), other)
    assert line.startswith("localhost: virtual_servers[1].address is ")
    assert "an address in route domain 0, as in entry 0" in line
    assert refused_virtuals(virtual(), other, route_domain=52) == []


def test_names_and_addresses_are_used_once() -> None:
    lines = refused_virtuals(virtual(), virtual(), virtual(name="other"))
    assert lines == [
        "localhost: virtual_servers is the same name default:nginx-deploy-svc.vs in entries 0 and 1; "
        "expected each name once",
        "localhost: virtual_servers is the same address and port 172.16.40.80:80 in entries 0 and 1 and 2; "
        "expected each address and port once",
    ]


def test_tcp_and_udp_may_share_an_address_and_port() -> None:
    plain = {"monitor": None}
    one, two = virtual(name="a", protocol="tcp", **plain), virtual(name="b", protocol="udp", **plain)
    assert refused_virtuals(one, two) == []


@pytest.mark.parametrize(("text", "version"), [("v1.14", (1, 14, 0)), ("2.20.1", (2, 20, 1))])
def test_releases(text: str, version: versions.Version) -> None:
    assert versions.parse(text) == version


@pytest.mark.parametrize(
    ("mode", "changes", "field", "words"),
    [
        ("as3", {"partition": "k8s"}, "partition", "a partition other than the controller's own"),
        ("as3", {"host": "www.example.com"}, "host", "only http in mode crd"),
        ("as3", {"name": "a" * 60}, "name", "at most 63 characters"),
        ("crd", {"protocol": "tcp", "host": "www.example.com", "monitor": None}, "host", "only http in mode crd"),
        ("crd", {"monitor": {"interval": 4000, "timeout": 12001}}, "monitor.interval", "at most 3600"),
        ("crd", {"monitor": {"interval": 4000, "timeout": 12001}}, "monitor.timeout", "at most 900"),
        ("crd", {"partition": "2nd"}, "partition", "begins with a letter"),
    ],
)
def test_what_a_declaration_cannot_say(mode: str, changes: dict[str, Any], field: str, words: str) -> None:
    lines = refused_virtuals(virtual(**changes), mode=mode)
    found = [line for line in lines if line.startswith(f"localhost: virtual_servers[0].{field} is ")]
    assert any(words in line for line in found), lines


def test_a_declaration_may_have_another_partition_and_a_host() -> None:
    assert refused_virtuals(virtual(partition="shop", host="www.example.com"), mode="crd") == []
    assert refused_virtuals(virtual(partition="shop"), mode="as3") == []


@pytest.mark.parametrize(
    ("mode", "changes", "words"),
    [
        ("as3", {"name": "b", "port": 81}, "a Service other than that of entry 0"),
        ("as3", {"name": "nginx-deploy-svc-vs", "service": "b", "port": 81}, "differs from that of entry 0"),
        ("as3", {"name": "b", "service": "b", "namespace": "shop", "partition": "k8s_default", "port": 81},
         "a ConfigMap replaces every declaration"),
        ("crd", {"name": "b", "port": 81, "route_advertisement": "always"}, "as in entry 0 with the same address"),
    ],
)  # fmt: skip
def test_what_two_virtual_servers_of_a_declaration_cannot_share(mode: str, changes: dict[str, Any], words: str) -> None:
    lines = refused_virtuals(virtual(), virtual(**changes), mode=mode, watch_namespaces=["default", "shop"])
    assert [line for line in lines if words in line and "virtual_servers[1]." in line], lines


def test_two_ports_of_a_service_share_an_address_in_the_mode_crd() -> None:
    assert refused_virtuals(virtual(), virtual(name="b", port=81), mode="crd") == []
