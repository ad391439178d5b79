"""Calico on the nodes: calico-node's services under runit, as in its own image, on stock BIRD."""

from __future__ import annotations

import json
import shutil
import time

from topology import build, cluster, host, settings
from topology.settings import NODES, POOL, Host
from topology.shell import LabError, step, wait_for, write

ASSETS = build.CALICO_FAMILY.target / "assets"

# The state after a default installation: encapsulated, without NAT for pods.
FIRST_POOL = {
    "apiVersion": "projectcalico.org/v3", "kind": "IPPool", "metadata": {"name": POOL},
    "spec": {"cidr": settings.POD_CIDR, "blockSize": 26, "ipipMode": "Never", "vxlanMode": "Always",
             "natOutgoing": False, "nodeSelector": "all()"},
}  # fmt: skip


def resources() -> None:
    """Calico's CRDs and the roles of its manifest, read from its module's folder; the users are ours."""
    for crd in sorted((ASSETS / "libcalico-go/config/crd").glob("crd*.yaml")):
        cluster.kubectl("apply", "--server-side", "-f", str(crd))
    for name in ("calico-node", "calico-cni-plugin"):
        cluster.kubectl("apply", "-f", "-", input=_document("ClusterRole", name))
        cluster.kubectl("create", "clusterrolebinding", name, f"--clusterrole={name}", f"--user={name}")
    cluster.kubectl("wait", "--for=condition=Established", "crd/ippools.crd.projectcalico.org", "--timeout=60s")


def _document(kind: str, name: str) -> str:
    for text in (ASSETS / "manifests/calico.yaml").read_text().split("\n---"):
        if f"\nkind: {kind}\n" in text and f"\n  name: {name}\n" in text:
            return text
    raise LookupError(f"Calico's manifest has no {kind} {name}")


def files(node: Host) -> None:
    """confd's folder without the lines that only Calico's own BIRD knows (IPIP tunnels)."""
    place = node.files / "confd"
    shutil.copytree(ASSETS / "confd/etc/calico/confd", place, dirs_exist_ok=True)
    template = place / "templates/bird_ipam.cfg.template"
    template.write_text("".join(t for t in template.read_text().splitlines(True) if "krt_tunnel" not in t))
    (place / "config").mkdir(exist_ok=True)
    write(node.files / "10-calico.conflist", json.dumps({
        "name": "k8s-pod-network", "cniVersion": "0.3.1", "plugins": [
            {"type": "calico", "log_level": "warning", "datastore_type": "kubernetes", "nodename": node.name, "mtu": 0,
             "log_file_path": "/var/log/lab/cni.log", "ipam": {"type": "calico-ipam"}, "policy": {"type": "k8s"},
             "kubernetes": {"kubeconfig": "/lab/calico-cni.conf"}},
            {"type": "portmap", "snat": True, "capabilities": {"portMappings": True}}],
    }))  # fmt: skip
    environment = {
        "NODENAME": node.name, "CALICO_K8S_NODE_REF": node.name, "IP": f"{node.address}/24", "IP6": "none",
        "CALICO_NETWORKING_BACKEND": "bird", "CLUSTER_TYPE": "k8s,bgp", "DATASTORE_TYPE": "kubernetes",
        "KUBECONFIG": "/lab/calico-node.conf", "NO_DEFAULT_POOLS": "true", "CALICO_DISABLE_FILE_LOGGING": "true",
        "WAIT_FOR_DATASTORE": "true", "NAMESPACE": "kube-system", "FELIX_DATASTORETYPE": "kubernetes",
        "FELIX_FELIXHOSTNAME": node.name, "FELIX_IPTABLESBACKEND": "NFT", "FELIX_BPFENABLED": "false",
        "FELIX_XDPENABLED": "false", "FELIX_GENERICXDPENABLED": "false", "FELIX_WIREGUARDENABLED": "false",
        "FELIX_IPIPENABLED": "false", "FELIX_IPV6SUPPORT": "false", "FELIX_HEALTHENABLED": "true",
        "FELIX_LOGFILEPATH": "none", "FELIX_LOGSEVERITYSYS": "none", "FELIX_LOGSEVERITYSCREEN": "warning",
        "FELIX_USAGEREPORTINGENABLED": "false", "FELIX_DEFAULTENDPOINTTOHOSTACTION": "ACCEPT",
        "BGP_LOGSEVERITYSCREEN": "warning",
    }  # fmt: skip
    write(node.files / "calico.env", "".join(f"export {k}='{v}'\n" for k, v in environment.items()))


def start() -> None:
    for node in NODES:
        for name, flag in {"felix": "-felix", "confd": "-confd", "node-status-reporter": "-status-reporter",
                           "monitor-addresses": "-monitor-addresses",
                           "allocate-tunnel-addrs": "-allocate-tunnel-addrs"}.items():  # fmt: skip
            host.service(node, name, f". /lab/calico.env\nexec calico-node {flag}", down=True)
        for name, socket in {"bird": "bird", "bird6": "bird6"}.items():
            host.service(
                node,
                name,
                f"exec {name} -R -s /var/run/calico/{socket}.ctl -d -c /etc/calico/confd/config/{name}.cfg",
                down=True,
            )
        host.on(node, "sh", "-ec", SETUP)
    with step("starting calico-node on each node"):
        for node in NODES:
            # It writes to the Node object, which kubelet makes some time after its start.
            wait_for(f"the Node {node.name}", lambda node=node: cluster.kubectl(
                "get", "node", node.name, "-o", "name", "--ignore-not-found", check=False).strip(), 60)  # fmt: skip
            host.on(node, "sh", "-ec", STARTUP)
        pool({**FIRST_POOL})
        for node in NODES:
            host.on(node, "sh", "-ec", "for s in felix confd bird bird6 node-status-reporter monitor-addresses "
                    "allocate-tunnel-addrs; do wait=0; while [ ! -e /etc/service/$s/supervise/ok ]; do sleep 0.2; "
                    "wait=$((wait+1)); [ $wait -lt 60 ]; done; rm -f /etc/service/$s/down; sv up $s; done")  # fmt: skip
        for node in NODES:
            wait_for(f"felix on {node.name}", lambda node=node: host.on(
                node, "curl", "-sf", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:9099/readiness",
                check=False) == "200", 90, f"see {node.state}/upper/var/log/lab/felix.log")  # fmt: skip


# It exits if kubelet wrote the Node between its read and write; in a pod it would simply be restarted.
STARTUP = """
. /lab/calico.env
for attempt in 1 2 3 4 5; do
    ! calico-node -startup >/var/log/lab/startup.log 2>&1 || exit 0
    sleep 1
done
tail -n 3 /var/log/lab/startup.log >&2
exit 1
"""

SETUP = """
mkdir -p /opt/cni/bin /etc/cni/net.d /etc/calico /var/run/calico /var/lib/calico /var/log/calico
for p in calico calico-ipam; do ln -sf /opt/podroute-lab/bin/calico /opt/cni/bin/$p; done
for p in portmap loopback bandwidth; do ln -sf /usr/lib/cni/$p /opt/cni/bin/$p; done
ln -sfn /lab/confd /etc/calico/confd
cp /lab/10-calico.conflist /etc/cni/net.d/
"""


def pool(definition: dict) -> None:
    calicoctl("apply", "-f", "-", input=json.dumps(definition))


def calicoctl(*argv: str, input: str | None = None, check: bool = True) -> str:
    """calicoctl on the master. kubelet writes Nodes too: after a conflict, the write is retried."""
    attempts = 4
    while True:
        attempts -= 1
        try:
            return host.on(settings.MASTER, "calicoctl", "--allow-version-mismatch", *argv, input=input, check=check)
        except LabError as error:
            if not attempts or "conflict" not in str(error):
                raise
            time.sleep(0.5)
