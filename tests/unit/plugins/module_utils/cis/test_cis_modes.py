# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one list of virtual servers in the modes crd and as3, and what is left over when a mode changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import bigip_state, leftovers, logs
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.manifests import TEMPLATE_MARK
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.plan import earlier_pods, wanted_objects
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.virtuals import virtual_objects
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.cis.settings_of import (
    settings,
    virtual,
)


def made(mode: str, *entries: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    """As the API gives them back: with everything that the role had sent."""
    return virtual_objects(settings(mode=mode, virtual_servers=list(entries or [virtual()]), **changes))


def test_http_becomes_a_virtual_server() -> None:
    (one,) = made("crd", virtual(route_advertisement="enabled"))
    assert (one["apiVersion"], one["kind"]) == ("cis.f5.com/v1", "VirtualServer")
    assert one["metadata"]["labels"]["f5cr"] == "true"
    assert one["spec"] == {
        "virtualServerAddress": "172.16.40.80",
        "virtualServerHTTPPort": 80,
        "snat": "auto",
        "persistenceProfile": "none",
        "serviceAddress": [{"arpEnabled": True, "icmpEcho": "enable", "routeAdvertisement": "enable"}],
        "bigipRouteDomain": 0,
        "pools": [{
            "name": "pool_default_nginx_deploy_svc_vs",
            "service": "nginx-deploy-svc",
            "servicePort": 80,
            "loadBalancingMethod": "least-connections-member",
            "monitor": {
                "type": "http",
                "interval": 15,
                "timeout": 30,
                "send": "GET / HTTP/1.1\r\nHost: nginx\r\nConnection: close\r\n\r\n",
                "recv": "podroute",
            },
        }],
    }  # fmt: skip


def test_tcp_and_udp_become_transport_servers() -> None:
    (one,) = made("crd", virtual(protocol="udp", monitor=None, address="172.16.40.80%2", port=53, partition="dns"))
    assert one["kind"] == "TransportServer"
    assert one["spec"]["virtualServerAddress"] == "172.16.40.80"
    said = {"bigipRouteDomain": 2, "partition": "dns", "type": "udp", "mode": "standard", "virtualServerPort": 53}
    assert said.items() <= one["spec"].items()
    assert "monitor" not in one["spec"]["pool"]


def test_the_address_of_a_custom_resource_is_always_there() -> None:
    """The definition forbids to add it later."""
    (one,) = made("crd")
    assert one["spec"]["serviceAddress"][0]["routeAdvertisement"] == "disable"


def test_as3_has_one_configmap_a_namespace_and_labels_its_services() -> None:
    found = made("as3", virtual(), virtual(name="shop", service="shop", namespace="shop-eu", address="172.16.99.80"),
                 watch_namespaces=["default", "shop-eu"])  # fmt: skip
    assert [(item["kind"], item["metadata"]["namespace"], item["metadata"]["name"]) for item in found] == [
        ("Service", "default", "nginx-deploy-svc"),
        ("Service", "shop-eu", "shop"),
        ("ConfigMap", "default", "k8s-bigip-ctlr-deployment-as3"),
        ("ConfigMap", "shop-eu", "k8s-bigip-ctlr-deployment-as3"),
    ]
    assert found[0] == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "nginx-deploy-svc",
            "namespace": "default",
            "labels": {
                "cis.f5.com/as3-tenant": "k8s_default",
                "cis.f5.com/as3-app": "nginx_deploy_svc_vs",
                "cis.f5.com/as3-pool": "nginx_deploy_svc_vs_pool",
            },
        },
    }
    labels = found[2]["metadata"]["labels"]
    assert (labels["f5type"], labels["as3"]) == ("virtual-server", "true")


def test_the_declaration() -> None:
    template = json.loads(made("as3", virtual(route_advertisement="always"))[1]["data"]["template"])
    assert template["class"] == "AS3"
    tenant = template["declaration"]["k8s_default"]
    assert tenant["Shared"]["address_172_16_40_80"] == {
        "class": "Service_Address", "virtualAddress": "172.16.40.80", "arpEnabled": True, "icmpEcho": "enable",
        "routeAdvertisement": "always",
    }  # fmt: skip
    application = tenant["nginx_deploy_svc_vs"]
    assert application["nginx_deploy_svc_vs"] == {
        "class": "Service_HTTP",
        "virtualAddresses": [{"use": "/k8s_default/Shared/address_172_16_40_80"}],
        "virtualPort": 80,
        "pool": "nginx_deploy_svc_vs_pool",
        "snat": "auto",
        "persistenceMethods": [],
    }
    assert application["nginx_deploy_svc_vs_pool"]["members"] == [
        {"servicePort": 80, "serverAddresses": [], "shareNodes": False}
    ]
    assert application["nginx_deploy_svc_vs_monitor"]["receive"] == "podroute"
    assert application["nginx_deploy_svc_vs_monitor"]["timeout"] == 30


@pytest.mark.parametrize(
    ("before", "now", "left"),
    [
        ("configmap", "crd", []),  # AS3 replaces all of the partition in one step
        ("configmap", "as3", []),
        ("crd", "configmap", ["k8s"]),  # the cccl agent does not touch AS3's objects
        ("as3", "configmap", ["k8s_default"]),
        ("as3", "crd", ["k8s_default"]),  # the same VIP cannot be in two partitions
        ("crd", "as3", []),  # the controller declares its own partition empty
        ("crd", "crd", []),
    ],
)
def test_partitions_that_a_new_mode_cannot_take_over(before: str, now: str, left: list[str]) -> None:
    assert leftovers.left_partitions(made(before), settings(mode=now)) == left


def test_a_partition_that_no_virtual_server_names_any_more_is_left_over() -> None:
    before = made("crd", virtual(partition="shop"), virtual(name="b", port=81))
    assert leftovers.left_partitions(before, settings(mode="crd")) == ["shop"]
    assert leftovers.all_partitions(before, settings(mode="crd")) == ["k8s", "shop"]


def test_a_rewritten_configmap_names_no_partition() -> None:
    (one,) = made("configmap")
    one["data"] = {"data": "{"}
    assert leftovers.left_partitions([one], settings(mode="crd")) == []


@pytest.mark.parametrize("mode", ["configmap", "crd", "as3"])
def test_a_removed_virtual_server_that_is_still_there_is_named(mode: str) -> None:
    partition = "k8s_default" if mode == "as3" else "k8s"
    seen = [{"name": "old", "partition": partition, "destination": "172.16.40.81", "port": 81, "members": []}]
    before = made(mode, virtual(name="old", address="172.16.40.81", port=81))
    chosen = settings(mode=mode, virtual_servers=[])
    places = leftovers.places(before, chosen)
    assert bigip_state.missing(chosen, [], [], seen, places) == [
        f"old at 172.16.40.81:81 is still in partition {partition}"
    ]
    assert bigip_state.missing(chosen, [], [], [], places) == []


def service(**labels: str) -> dict[str, Any]:
    return {"metadata": {"name": "nginx-deploy-svc", "namespace": "default",
                         "labels": {f"cis.f5.com/as3-{key}": value for key, value in labels.items()}}}  # fmt: skip


OURS = {"tenant": "k8s_default", "app": "a", "pool": "a_pool"}


def test_only_unused_labels_are_removed_from_the_service() -> None:
    before = made("as3")
    wanted = wanted_objects(settings(mode="crd"), "mark")
    bare = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "nginx-deploy-svc", "namespace": "default"}}
    partitions = leftovers.all_partitions(before, settings(mode="crd"))
    # The API leaves the kind out of the members of a list.
    assert leftovers.unlabelled([service(**OURS)], wanted, partitions) == [bare]
    assert leftovers.unlabelled([service(**OURS | {"tenant": "theirs"})], wanted, partitions) == []
    assert leftovers.unlabelled([service(tenant="k8s_default")], wanted, partitions) == []
    still = wanted_objects(settings(mode="as3"), "mark")
    assert leftovers.unlabelled([service(**OURS)], still, partitions) == []


def test_pods_of_an_earlier_deployment() -> None:
    definitions = wanted_objects(settings(), "mark")
    (deployment,) = [item for item in definitions if item["kind"] == "Deployment"]
    mark = deployment["spec"]["template"]["metadata"]["annotations"][TEMPLATE_MARK]
    pods = [{"metadata": {"name": name, "annotations": {TEMPLATE_MARK: text}}} for name, text in
            (("old", "x"), ("new", mark))] + [{"metadata": {"name": "bare"}}]  # fmt: skip
    assert earlier_pods(pods, definitions) == ["old", "bare"]


def test_vips_to_announce_come_once_each() -> None:
    entries = [virtual(), virtual(name="b", port=81, route_advertisement="always", address="172.16.99.80"),
               virtual(name="c", port=82, route_advertisement="always", address="172.16.99.80")]  # fmt: skip
    assert bigip_state.announced(settings(virtual_servers=entries)) == [
        {"address": "172.16.99.80", "partition": "k8s", "route_advertisement": "always"}
    ]


FACTS = {"secret": "s", "partition": "k8s", "url": "u", "account": "a", "version": "2.20.1", "image": "i"}
T = "2026/11/23 09:55:57"
REFUSED = f"{T} [ERROR] [Request: 1][AS3] Response from BIG-IP: code: 422 --- tenant:k8s --- message: failed"


@pytest.mark.parametrize(
    ("lines", "causes"),
    [
        (REFUSED, ["declaration"]),
        (f"{REFUSED}\n{T} [INFO] [Request: 2][AS3] post resulted in SUCCESS", []),
        (f"{T} [ERROR] [AS3] Response from BIG-IP: code: 422 --- tenant:k8s_default --- message: declaration failed",
         ["declaration"]),
        (f"{T} [ERROR] [AS3] Template is not valid. see errors", ["declaration"]),
        (f"{T} [ERROR] [AS3] CIS managed partition <k8s> should not be used in ConfigMaps as a Tenant",
         ["declaration"]),
        (f"{T} [ERROR] [BigIP] REST call error: Get \"https://172.16.20.202/mgmt/shared/appsvcs/info\": tls: failed to "
         "verify certificate: x509: certificate signed by unknown authority", ["certificate"]),
        (f"{T} [ERROR] unauthorized to fetch Token from BIGIP. Please check the credentials, status code: 401, "
         "response: {}", ["login"]),
        (f"{T} [CRITICAL] configmaps \"x\" is forbidden: User \"system:serviceaccount:kube-system:bigip-ctlr\" cannot "
         "get resource \"configmaps\"", ["rights"]),
    ],
)  # fmt: skip
def test_what_the_controller_says_when_it_declares(lines: str, causes: list[str]) -> None:
    """Lines of 2.20.1 against a BIG-IP that refuses."""
    assert [finding["cause"] for finding in logs.findings(lines, FACTS)] == causes
