"""Kubernetes: its keys by kubeadm, its control plane on k8s-master, kubelet, containerd and kube-proxy on each node."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from topology import cgroup, host, images, settings
from topology.network import inside
from topology.settings import API, CTL, MASTER, NODES, STATE, Host
from topology.shell import LabError, run, say, step, wait_for, write

PKI = STATE / "pki"
CONF = STATE / "kubeconfigs"
ADMIN = STATE / "kubeconfig"

# Kubelet and kube-proxy set these of the whole machine; `down` puts them back.
MACHINE_SYSCTLS = ("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys",
                   "kernel/keys/root_maxbytes", "vm/panic_on_oom", "net/netfilter/nf_conntrack_max")  # fmt: skip


def keys() -> None:
    """kubeadm makes the whole PKI and the kubeconfigs; nothing of it leaves STATE."""
    config = write(STATE / "kubeadm.yaml", json.dumps({
        "apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "InitConfiguration",
        "localAPIEndpoint": {"advertiseAddress": MASTER.address, "bindPort": 6443},
        "nodeRegistration": {"name": MASTER.name},
    }) + "\n---\n" + json.dumps({
        "apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration", "clusterName": "lab",
        "kubernetesVersion": settings.KUBERNETES, "certificatesDir": str(PKI),
        "controlPlaneEndpoint": f"{MASTER.address}:6443",
        "networking": {"podSubnet": settings.POD_CIDR, "serviceSubnet": settings.SERVICE_CIDR},
    }))  # fmt: skip
    kubeadm("init", "phase", "certs", "all", "--config", str(config))
    for name in ("admin", "super-admin", "controller-manager", "scheduler"):
        kubeadm("init", "phase", "kubeconfig", name, "--config", str(config), "--kubeconfig-dir", str(CONF))
    users = {"kube-proxy": ("system:kube-proxy",), "calico-node": ("calico-node",),
             "calico-cni": ("calico-cni-plugin",)}  # fmt: skip
    users |= {f"kubelet-{n.name}": (f"system:node:{n.name}", "system:nodes") for n in NODES}
    for name, (user, *groups) in users.items():
        text = kubeadm("kubeconfig", "user", "--config", str(config), "--client-name", user,
                       *(f"--org={g}" for g in groups))  # fmt: skip
        write(CONF / f"{name}.conf", text, 0o600)
    shutil.copyfile(CONF / "super-admin.conf", ADMIN)
    ADMIN.chmod(0o600)


def kubeadm(*argv: str) -> str:
    # In the controller host's network: kubeadm looks at the machine's interfaces.
    return inside(CTL.netns, str(STATE / "bin" / "kubeadm"), *argv)


def kubectl(*argv: str, input: str | None = None, check: bool = True) -> str:
    return run("nsenter", f"--net={settings.NETNS / CTL.netns}", "--", STATE / "bin" / "kubectl",
               f"--kubeconfig={ADMIN}", *argv, input=input, check=check)  # fmt: skip


def files(node: Host) -> None:
    """What a node finds under /lab before its first process starts."""
    place = node.files
    place.mkdir(parents=True, exist_ok=True)
    for name in ("kube-proxy", "calico-node", "calico-cni", f"kubelet-{node.name}"):
        shutil.copy2(CONF / f"{name}.conf", place / f"{name.replace(f'-{node.name}', '')}.conf")
    shutil.copyfile(PKI / "ca.crt", place / "ca.crt")
    if node is MASTER:
        shutil.copytree(PKI, place / "pki", dirs_exist_ok=True)
        for name in ("controller-manager", "scheduler"):
            shutil.copy2(CONF / f"{name}.conf", place / f"{name}.conf")
    shutil.copyfile(ADMIN, place / "kubeconfig")
    (place / "kubeconfig").chmod(0o600)
    write(place / "hosts", "".join(f"{n.address} {n.name}\n" for n in NODES))


def control_plane() -> None:
    pki = "/lab/pki"
    host.service(
        MASTER,
        "etcd",
        f"""
exec etcd --name {MASTER.name} --data-dir /var/lib/etcd/data --unsafe-no-fsync \\
  --listen-client-urls https://127.0.0.1:2379 --advertise-client-urls https://127.0.0.1:2379 \\
  --listen-peer-urls http://127.0.0.1:2380 --listen-metrics-urls http://127.0.0.1:2381 \\
  --client-cert-auth --trusted-ca-file {pki}/etcd/ca.crt \\
  --cert-file {pki}/etcd/server.crt --key-file {pki}/etcd/server.key""",
    )
    host.service(
        MASTER,
        "kube-apiserver",
        f"""
exec kube-apiserver --advertise-address={MASTER.address} --secure-port=6443 --authorization-mode=Node,RBAC \\
  --enable-admission-plugins=NodeRestriction --allow-privileged=true \\
  --etcd-servers=https://127.0.0.1:2379 --etcd-cafile={pki}/etcd/ca.crt \\
  --etcd-certfile={pki}/apiserver-etcd-client.crt --etcd-keyfile={pki}/apiserver-etcd-client.key \\
  --client-ca-file={pki}/ca.crt --tls-cert-file={pki}/apiserver.crt --tls-private-key-file={pki}/apiserver.key \\
  --kubelet-client-certificate={pki}/apiserver-kubelet-client.crt \\
  --kubelet-client-key={pki}/apiserver-kubelet-client.key --kubelet-preferred-address-types=InternalIP \\
  --service-account-issuer=https://kubernetes.default.svc --service-account-key-file={pki}/sa.pub \\
  --service-account-signing-key-file={pki}/sa.key --service-cluster-ip-range={settings.SERVICE_CIDR} \\
  --requestheader-client-ca-file={pki}/front-proxy-ca.crt --requestheader-allowed-names=front-proxy-client \\
  --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \\
  --requestheader-extra-headers-prefix=X-Remote-Extra- \\
  --proxy-client-cert-file={pki}/front-proxy-client.crt --proxy-client-key-file={pki}/front-proxy-client.key""",
    )
    host.service(
        MASTER,
        "kube-controller-manager",
        f"""
exec kube-controller-manager --kubeconfig=/lab/controller-manager.conf --leader-elect=false \\
  --authentication-kubeconfig=/lab/controller-manager.conf --authorization-kubeconfig=/lab/controller-manager.conf \\
  --use-service-account-credentials=true --root-ca-file={pki}/ca.crt \\
  --service-account-private-key-file={pki}/sa.key --cluster-signing-cert-file={pki}/ca.crt \\
  --cluster-signing-key-file={pki}/ca.key --node-monitor-grace-period=20s""",
    )
    host.service(
        MASTER,
        "kube-scheduler",
        """
exec kube-scheduler --kubeconfig=/lab/scheduler.conf --leader-elect=false \\
  --authentication-kubeconfig=/lab/scheduler.conf --authorization-kubeconfig=/lab/scheduler.conf""",
    )
    with step(f"waiting for the Kubernetes API at {API}"):
        wait_for("the Kubernetes API", lambda: kubectl("get", "--raw=/readyz", check=False).strip() == "ok", 120,
                 f"see {MASTER.state}/upper/var/log/lab/kube-apiserver.log")  # fmt: skip
    kubectl("create", "clusterrolebinding", "kubeadm:cluster-admins", "--clusterrole=cluster-admin",
            "--group=kubeadm:cluster-admins")  # fmt: skip
    shutil.copyfile(CONF / "admin.conf", ADMIN)
    for node in NODES:
        shutil.copyfile(ADMIN, node.files / "kubeconfig")


CONTAINERD = """version = 2
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:lab"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
"""


def node_services(node: Host) -> None:
    group = cgroup.up(node)
    write(node.files / "containerd.toml", CONTAINERD)
    write(node.files / "kubelet.yaml", json.dumps({
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
        "authentication": {"x509": {"clientCAFile": "/lab/ca.crt"}, "anonymous": {"enabled": False},
                           "webhook": {"enabled": True}},
        "authorization": {"mode": "Webhook"}, "cgroupRoot": group, "cgroupDriver": "cgroupfs",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock", "failSwapOn": False,
        "localStorageCapacityIsolation": False, "enforceNodeAllocatable": [], "resolvConf": "/etc/resolv.conf",
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100, "registerNode": True, "nodeStatusUpdateFrequency": "5s",
        "makeIPTablesUtilChains": False, "shutdownGracePeriod": "0s", "failCgroupV1": False,
    }))  # fmt: skip
    write(node.files / "kube-proxy.yaml", json.dumps({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": "iptables",
        "clientConnection": {"kubeconfig": "/lab/kube-proxy.conf"}, "clusterCIDR": settings.POD_CIDR,
        "hostnameOverride": node.name, "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s",
                                                     "tcpCloseWaitTimeout": "0s"},
    }))  # fmt: skip
    host.service(node, "containerd", "exec containerd --config /lab/containerd.toml")
    host.service(
        node,
        "kubelet",
        f"""
[ -S /run/containerd/containerd.sock ] || {{ sleep 1; exit 1; }}
exec kubelet --config=/lab/kubelet.yaml --kubeconfig=/lab/kubelet.conf --hostname-override={node.name} \\
  --node-ip={node.address} --cert-dir=/var/lib/kubelet/pki --v=1""",
    )
    host.service(node, "kube-proxy", "exec kube-proxy --config=/lab/kube-proxy.yaml")


def nodes_ready() -> None:
    with step("waiting for the nodes to be Ready"):

        def ready() -> bool:
            items = json.loads(kubectl("get", "nodes", "-o", "json", check=False) or '{"items": []}')["items"]
            states = [c["status"] for i in items for c in i["status"]["conditions"] if c["type"] == "Ready"]
            return states == ["True"] * len(NODES)

        wait_for("Ready nodes", ready, 120, f"see {MASTER.state}/upper/var/log/lab/kubelet.log")


def load_images(*wanted: images.Image) -> None:
    for image in wanted:
        with step(f"image {image.name}"):
            archive = images.save(image, STATE / "images")
            for node in NODES:
                shutil.copyfile(archive, node.files / "image.tar")
                _import(node)
                (node.files / "image.tar").unlink()


def _import(node: Host) -> None:
    def answers() -> bool:
        return host.on(node, "ctr", "version", check=False).count("Version") > 1

    wait_for(f"containerd on {node.name}", answers, 30)
    host.on(node, "ctr", "-n", "k8s.io", "images", "import", "/lab/image.tar", timeout=300)


def keep_sysctls() -> None:
    values = {n: Path("/proc/sys", n).read_text().strip() for n in MACHINE_SYSCTLS if Path("/proc/sys", n).exists()}
    write(STATE / "sysctls.json", json.dumps(values))


def restore_sysctls() -> None:
    kept = STATE / "sysctls.json"
    if not kept.exists():
        return
    for name, value in json.loads(kept.read_text()).items():
        path = Path("/proc/sys", name)
        if path.exists() and path.read_text().strip() != value:
            path.write_text(value)


def settle() -> None:
    """Wait until the workload answers as Ready; a lab that is handed over half-started misleads."""
    with step("waiting for the workload's pods"):
        begin = time.monotonic()

        def ready() -> bool:
            found = json.loads(kubectl("get", "pods", "-A", "-o", "json"))["items"]
            told = [c["status"] for p in found for c in p["status"].get("conditions", ()) if c["type"] == "Ready"]
            return len(found) >= 4 and len(told) == len(found) and set(told) == {"True"}

        try:
            wait_for("Ready pods", ready, 120)
        except LabError as error:
            say(kubectl("get", "pods", "-A", "-o", "wide"))
            raise LabError(f"{error}: `lab/bin/on k8s-master kubectl describe pods -A` says why") from error
        say(f"      pods were Ready after {time.monotonic() - begin:.0f} s")
