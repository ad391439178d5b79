# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is seen of the cluster, the pod, its log and the BIG-IP, told in words."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import logs
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.bigip_state import is_announced, missing
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.cluster import cluster_problems
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.manifests import TEMPLATE_MARK
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.rollout import rollout
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.cis.settings_of import (
    VIRTUAL,
    settings,
)

META = {"name": "nginx-deploy-svc", "namespace": "default"}
SERVICE: dict[str, Any] = {"metadata": META, "spec": {"ports": [{"port": 80, "targetPort": 8080}],
                                                      "selector": {"app": "nginx"}}}  # fmt: skip
READY, NOT_READY = {"conditions": {"ready": True}}, {"conditions": {"ready": False}}


def endpoint_slice(*endpoints: dict[str, Any], port: int = 8080, family: str = "IPv4") -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": "nginx-deploy-svc"}
    return {
        "metadata": {"name": f"nginx-{family}", "namespace": "default", "labels": labels},
        "addressType": family,
        "endpoints": list(endpoints),
        "ports": [{"name": "", "port": port}],
    }


ENDPOINTS = endpoint_slice(
    {"addresses": ["10.244.0.5"], "nodeName": "k8s-master", **READY},
    {"addresses": ["10.244.1.7"], "nodeName": "k8s-node1"},  # no condition counts as ready
    {"addresses": ["10.244.1.8"], "nodeName": "k8s-node1", **NOT_READY},
)
IPV6 = endpoint_slice({"addresses": ["fd00::5"], "nodeName": "k8s-master", **READY}, family="IPv6")
SEEN: dict[str, Any] = {
    "name": "default_nginx-deploy-svc.vs", "partition": "k8s", "destination": "172.16.40.80", "port": 80,
    "enabled": True, "pool": "/k8s/p",
    "members": [
        {"address": "10.244.0.5", "port": 8080, "state": "up", "session": "monitor-enabled"},
        {"address": "10.244.1.7", "port": 8080, "state": "up", "session": "monitor-enabled"},
    ],
}  # fmt: skip


def in_cluster(service: dict[str, Any] | None, endpoints: dict[str, Any] | None, **changes: Any) -> list[str]:
    services, ends = ([service] if service else []), ([endpoints] if endpoints else [])
    return [str(problem) for problem in cluster_problems(settings(**changes), services, ends, "localhost")]


def test_a_service_with_endpoints_is_fine() -> None:
    assert in_cluster(SERVICE, ENDPOINTS) == []


@pytest.mark.parametrize(
    ("service", "endpoints", "words"),
    [
        (None, None, "default/nginx-deploy-svc does not exist"),
        (SERVICE, None, "no ready pod is behind default/nginx-deploy-svc (selector app=nginx)"),
        (SERVICE, endpoint_slice({"addresses": ["10.244.0.9"], "nodeName": "a", **NOT_READY}), "no ready pod"),
        (SERVICE, IPV6, "no ready pod"),
        ({"metadata": META, "spec": {"ports": [{"port": 8443}]}}, ENDPOINTS, "which has 8443"),
        (SERVICE, endpoint_slice({"addresses": ["10.0.0.1"], **READY}), "10.0.0.1 of default/nginx"),
    ],
)  # fmt: skip
def test_a_service_that_cannot_be_served_is_refused(service: Any, endpoints: Any, words: str) -> None:
    (line,) = in_cluster(service, endpoints)
    assert words in line


def test_node_ports_need_a_service_that_has_them() -> None:
    (line,) = in_cluster(SERVICE, ENDPOINTS, pool_member_type="nodeport")
    assert "of type NodePort" in line


def lacking(change: Any = None) -> list[str]:
    seen = copy.deepcopy(SEEN)
    if change:
        change(seen)
    return missing(settings(), [SERVICE], [ENDPOINTS, IPV6], [seen])


def test_a_bigip_as_wanted_has_no_differences() -> None:
    assert lacking() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.update(port=81), "no virtual server at 172.16.40.80:80 in partition k8s"),
        (lambda s: s.update(partition="other"), "no virtual server at 172.16.40.80:80 in partition k8s"),
        (lambda s: s.update(route_domain=52), "is in route domain 52; expected 0"),
        (lambda s: s.update(enabled=False), "is disabled"),
        (lambda s: s.update(pool=None, members=[]), "has no pool"),
        (lambda s: s["members"].pop(), "its pool lacks 10.244.1.7:8080"),
        (lambda s: s["members"].append({"address": "10.244.9.9", "port": 8080, "state": "up"}),
         "its pool still has 10.244.9.9:8080"),
        (lambda s: s["members"][0].update(state="down"), "10.244.0.5:8080 as down; it expects 'podroute'"),
        (lambda s: s["members"][0].update(state="checking"), "the monitor reports 10.244.0.5:8080 as down"),
    ],
)  # fmt: skip
def test_differences_are_named(change: Any, words: str) -> None:
    assert any(words in line for line in lacking(change)), lacking(change)


def test_an_address_that_another_partition_has_is_the_reason() -> None:
    held = [{"address": "172.16.40.80", "partition": "Common"}]
    (line,) = missing(settings(), [SERVICE], [ENDPOINTS], [], (), held)
    assert line.endswith("in partition k8s: 172.16.40.80 is already a virtual address of partition Common")
    (line,) = missing(settings(), [SERVICE], [ENDPOINTS], [], (), [{**held[0], "partition": "k8s"}])
    assert line.endswith("in partition k8s")


def test_route_advertisement_is_compared() -> None:
    entry = {**VIRTUAL, "route_advertisement": "selective"}
    held = {"address": "172.16.40.80", "partition": "k8s", "route_domain": 0, "route_advertisement": "selective"}
    assert is_announced(settings(virtual_servers=[entry]), [held])
    assert not is_announced(settings(virtual_servers=[entry]), [{**held, "route_advertisement": "disabled"}])
    assert not is_announced(settings(virtual_servers=[entry]), [])
    assert is_announced(settings(), [])


def pod(mark: str = "m", **status: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "ctlr-1",
            "creationTimestamp": "2026-11-23T02:00:00Z",
            "annotations": {TEMPLATE_MARK: mark},
        },
        "spec": {"containers": [{"image": "f5networks/k8s-bigip-ctlr:2.20.1"}]},
        "status": status,
    }


def waiting_for(reason: str, message: str = "", last: Any = None) -> dict[str, Any]:
    container = {"state": {"waiting": {"reason": reason, "message": message}}, "lastState": last or {}}
    return pod(containerStatuses=[container | {"restartCount": 3}])


RUNNING = {"state": {"running": {"startedAt": "2026-11-23T02:00:05Z"}}, "restartCount": 0}


def test_ready() -> None:
    found = rollout([pod(conditions=[{"type": "Ready", "status": "True"}], containerStatuses=[RUNNING])], "m")
    assert (found["state"], found["pod"], found["message"]) == ("ready", "ctlr-1", "")


@pytest.mark.parametrize(
    ("pods", "state", "words"),
    [
        ([], "waiting", "no pod has been created yet"),
        ([pod("older")], "waiting", "previous template"),
        ([waiting_for("CrashLoopBackOff", last={"terminated": {"exitCode": 1}})], "hopeless", "last with code 1"),
        ([waiting_for("ErrImageNeverPull")], "hopeless", "lacks the image f5networks/k8s-bigip-ctlr:2.20.1"),
        ([waiting_for("ImagePullBackOff", "not found")], "waiting", "cannot be pulled: not found"),
        (
            [pod(conditions=[{"type": "PodScheduled", "status": "False", "message": "0/2 nodes"}])],
            "waiting",
            "0/2 nodes",
        ),
        ([pod(containerStatuses=[RUNNING])], "waiting", "readiness probe"),
        ([waiting_for("ContainerCreating")], "waiting", "ContainerCreating"),
    ],
)
def test_a_rollout_that_is_not_ready(pods: list[Any], state: str, words: str) -> None:
    found = rollout(pods, "m")
    assert found["state"] == state
    assert words in found["message"]


def test_a_pod_that_goes_is_not_looked_at() -> None:
    going = pod(conditions=[{"type": "Ready", "status": "True"}])
    going["metadata"]["deletionTimestamp"] = "2026-11-23T02:01:00Z"
    assert rollout([going], "m")["state"] == "waiting"


FACTS = {"secret": "kube-system/bigip-login", "partition": "k8s", "url": "https://172.16.20.202",
         "account": "kube-system/bigip-ctlr", "version": "2.20.1", "image": "i"}  # fmt: skip
T = "2026/11/23 02:08:28"
REFUSED = (
    f"{T} [ERROR] [x bigipconfigdriver ERROR] BIG-IP connection error: the BIG-IP rejects the user or the password: "
    "POST /mgmt/shared/authn/login: 401: Authentication failed."
)
GONE = f"{T} [ERROR] [x bigipconfigdriver ERROR] BIG-IP connection error: POST /x: no answer: Connection refused"
WELL = f"{T} [INFO] [x bigipconfigdriver INFO] BIG-IP connection established."


@pytest.mark.parametrize(
    ("lines", "causes"),
    [
        (f"{T} [WARNING] BIG-IP credentials are not set. Checking back to Creds Directory.", []),
        (REFUSED, ["login"]),
        (GONE, ["unreachable"]),
        (f"{GONE}\n{WELL}", []),
        (f"{WELL}\n{GONE}", ["unreachable"]),
        (f"{T} [ERROR] Encountered error: BIG-IP connection error: 401 Client Error: Unauthorized for url: "
         "https://172.16.20.202:443/mgmt/shared/authn/login. Retrying for 1 seconds.", ["login"]),
        (f"{T} [CRITICAL] Get https://x/mgmt/shared/appsvcs/info: x509: certificate signed by unknown authority",
         ["certificate"]),
        (f"{T} [ERROR] [x] GET /x: 404: partition k8s does not exist on the BIG-IP", ["partition"]),
        ("E1123 reflector.go:138: Failed to watch *v1.Secret: secrets is forbidden: User \"system:serviceaccount:"
         "kube-system:bigip-ctlr\" cannot list resource", ["rights"]),
        ("unknown flag: --disable-teems", ["argument"]),
        ('invalid argument "abc" for "--default-route-domain" flag: strconv.ParseInt: parsing "abc": invalid syntax',
         ["argument"]),
        ("github.com/.../appmanager.(*Manager).getEndpointsForCluster(0xc000)", ["nodeless"]),
    ],
)  # fmt: skip
def test_the_log_in_words(lines: str, causes: list[str]) -> None:
    assert [finding["cause"] for finding in logs.findings(lines, FACTS)] == causes


def test_the_words_name_the_secret_and_show_the_line() -> None:
    (finding,) = logs.findings(REFUSED, FACTS)
    assert finding["message"] == "the BIG-IP rejects the user or the password of the Secret kube-system/bigip-login"
    assert "401" in finding["line"]


CONFIGMAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "default"}}
