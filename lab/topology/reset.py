"""Back to how the lab was before the job, in seconds: for scenarios that must begin there."""

from __future__ import annotations

import ipaddress
import json

from topology import bigip, calico, cluster, host, settings
from topology.settings import Host
from topology.shell import step

# Kinds of which a fresh cluster has none; what the job made of them goes.
OURS = ("bgppeer", "bgpfilter")
MARK = "app.kubernetes.io/managed-by=podroute.calico_f5"
PLAIN_NODE = {"spec": {"bgp": {"routeReflectorClusterID": None}}}
GROUP = "cis.f5.com"
CUSTOM = ("virtualservers", "transportservers", "tlsprofiles", "externaldnses", "ingresslinks", "policies")
AS3 = ("tenant", "app", "pool")
KINDS = "deployments,secrets,serviceaccounts,configmaps,roles,rolebindings"


def _names(kind: str) -> set[str]:
    return {item["metadata"]["name"] for item in json.loads(calico.calicoctl("get", kind, "-o", "json"))["items"]}


def _bring_pods_home() -> None:
    """Pods whose addresses are of no pool of the lab's are created again: a scenario may have left them elsewhere."""
    network = ipaddress.ip_network(settings.POD_CIDR)
    strayed = []
    for pod in json.loads(cluster.kubectl("get", "pods", "-n", "default", "-o", "json"))["items"]:
        address = pod["status"].get("podIP")
        if address and ipaddress.ip_address(address) not in network:
            strayed.append(pod["metadata"]["name"])
    if strayed:
        with step("pods with addresses of other pools"):
            cluster.kubectl("delete", "pods", "-n", "default", *strayed)
            cluster.settle()


def reset() -> None:
    with step("Kubernetes: the controller and its objects"):
        for scope in ("kube-system", "default"):
            cluster.kubectl("delete", KINDS, "-n", scope, "-l", MARK, "--ignore-not-found", "--wait=true")
        cluster.kubectl("delete", "clusterroles,clusterrolebindings", "-l", MARK, "--ignore-not-found")
        # Its custom resources go with their definitions.
        cluster.kubectl("delete", "crds", "--ignore-not-found", *(f"{kind}.{GROUP}" for kind in CUSTOM))
        cluster.kubectl("label", "services", "-n", "default", "--all", *(f"cis.f5.com/as3-{part}-" for part in AS3))
        cluster.kubectl("apply", "-f", str(settings.LAB / "manifests/workload.yaml"))
        cluster.kubectl("scale", "deployment/nginx-deploy", "--replicas=2")
    with step("Calico: peers, filters, BGP configuration, the initial pool"):
        for kind in OURS:
            if names := _names(kind):
                calico.calicoctl("delete", kind, *names)
        calico.calicoctl("delete", "bgpconfiguration", "default", "--skip-not-exists", check=False)
        calico.pool(calico.FIRST_POOL)
        for name in _names("ippool") - {settings.POOL}:
            calico.calicoctl("delete", "ippool", name)
        for node in settings.NODES:
            calico.calicoctl("patch", "node", node.name, "-p", json.dumps(PLAIN_NODE))
        cluster.kubectl("label", "nodes", "--all", "route-reflector-", "rack-")
        # Labels that came through calicoctl; Calico keeps them in an annotation beside those of Kubernetes.
        cluster.kubectl("annotate", "nodes", "--all", "projectcalico.org/labels-")
    _bring_pods_home()
    with step("BIG-IP: factory configuration"):
        for unit in settings.bigips():
            bigip.files(unit)  # the simulator's settings, as this version of the lab writes them
            _factory(unit)
        for unit in settings.bigips():
            bigip.wait(unit)


def _factory(unit: Host) -> None:
    floating = "; ".join(f"ip address del {address}/24 dev int_vlan" for address in settings.FLOATING.values())
    # force-stop waits until they are gone: what still runs would answer, or save, after all has been removed.
    host.on(unit, "sh", "-c", "sv -w 20 force-stop bigip bgpd bfdd haproxy; rm -rf /config/*; "
                "ip route flush dev tmm; ip route flush table local dev tmm; "
                f"{floating}; rm -f /run/tmm/haproxy.cfg; sv up bigip", check=False)  # fmt: skip
