# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real datastore for calicoctl: etcd and kube-apiserver on loopback, with Calico's own CRDs.

It needs ``PODROUTE_LAB_BIN``, the folders of the programs that the lab builds (kube-apiserver, calicoctl), and
``PODROUTE_LAB_ROOTFS``, the root filesystem of a lab host (etcd).
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import glob
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import time
import typing as t
import urllib.request

import yaml

TOKEN = "datastore-of-tests"
# A second user without rights: the service account of docs/rbac.
LIMITED_TOKEN, LIMITED_USER = "limited-of-tests", "system:serviceaccount:kube-system:podroute-calico-f5"
LOOPBACK = "127.0.0.1"
AUDITED = ({"group": "crd.projectcalico.org"}, {"group": "", "resources": ["nodes"]})


def _program(name: str) -> str | None:
    places = os.environ.get("PODROUTE_LAB_BIN", "").split(os.pathsep)
    root = os.environ.get("PODROUTE_LAB_ROOTFS")
    places += [os.path.join(root, "usr/bin")] if root else []
    for place in filter(None, places):
        if os.access(os.path.join(place, name), os.X_OK):
            return os.path.join(place, name)
    return shutil.which(name)


def _crds() -> str | None:
    given = os.environ.get("PODROUTE_LAB_CRDS")
    cache = os.environ.get("GOMODCACHE") or os.path.expanduser("~/go/pkg/mod")
    found = sorted(glob.glob(f"{cache}/github.com/projectcalico/calico@*/libcalico-go/config/crd"))
    return given or (found[-1] if found else None)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _port in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]


@dataclasses.dataclass
class Api:
    """A running API server: its address, and the requests that it received."""

    url: str
    kubeconfig: pathlib.Path
    audit: pathlib.Path
    calicoctl: str
    etcd_url: str
    folder: pathlib.Path
    processes: t.Sequence[int] = ()  # of etcd and the API server

    def request(self, method: str, path: str, body: t.Any = None, content: str = "application/json") -> t.Any:
        """One direct request of a test to the API."""
        call = urllib.request.Request(
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": content},
        )
        context = ssl.create_default_context(cafile=str(self.folder / "apiserver.crt"))
        with urllib.request.urlopen(call, context=context, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text.startswith(b"{") else text.decode()

    @contextlib.contextmanager
    def counted(self, agents: str = "Go-http-client") -> t.Iterator[collections.Counter[tuple[str, str]]]:
        """Counts (verb, resource) of requests by ``agents`` while the block runs."""
        start = self.audit.stat().st_size
        counts: collections.Counter[tuple[str, str]] = collections.Counter()
        yield counts
        time.sleep(0.3)  # the audit log is written after the response
        with self.audit.open("rb") as stream:
            stream.seek(start)
            for line in stream.read().decode().splitlines():
                event = json.loads(line)
                if event["userAgent"].startswith(agents):
                    counts[(event["verb"], event["objectRef"]["resource"])] += 1

    def limited(self) -> Api:
        """The same server with ``LIMITED_USER`` for modules and calicoctl; ``request`` stays the administrator."""
        kubeconfig = self.folder / "kubeconfig-limited"
        kubeconfig.write_text(json.dumps(_kubeconfig(self.url, str(self.folder / "apiserver.crt"), LIMITED_TOKEN)))
        kubeconfig.chmod(0o600)
        return dataclasses.replace(self, kubeconfig=kubeconfig)

    def ctl(self, *arguments: str, stdin: str = "") -> str:
        """Runs calicoctl like a user."""
        environment = {
            "PATH": os.environ["PATH"],
            "KUBECONFIG": str(self.kubeconfig),
            "DATASTORE_TYPE": "kubernetes",
            "CALICO_K8SCLIENTQPS": "1000",
        }
        return subprocess.run(
            [self.calicoctl, *arguments, "--allow-version-mismatch"],
            input=stdin,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        ).stdout


@contextlib.contextmanager
def start(folder: pathlib.Path, audited: t.Sequence[t.Mapping[str, t.Any]] = AUDITED) -> t.Iterator[Api]:
    """A running datastore, removed at the end.

    :param folder: an empty folder for its files
    :param audited: the resources whose requests are logged; none: all requests
    """
    needed = {name: _program(name) for name in ("etcd", "kube-apiserver", "calicoctl")}
    crds = _crds()
    missing = [name for name, path in needed.items() if not path] + ([] if crds else ["Calico's CRDs"])
    needs = f"needs {', '.join(missing)}: set PODROUTE_LAB_BIN and PODROUTE_LAB_ROOTFS (make lab builds them)"
    assert not missing, needs
    etcd_port, peer_port, port = _free_ports(3)
    etcd_url, url = f"http://{LOOPBACK}:{etcd_port}", f"https://{LOOPBACK}:{port}"
    (folder / "tokens.csv").write_text(
        f'{TOKEN},tests,tests,"system:masters"\n{LIMITED_TOKEN},{LIMITED_USER},limited,"system:serviceaccounts"\n'
    )
    (folder / "audit.yaml").write_text(
        json.dumps(
            {
                "apiVersion": "audit.k8s.io/v1",
                "kind": "Policy",
                "omitStages": ["RequestReceived"],
                "rules": [
                    {"level": "Metadata", **({"resources": list(audited)} if audited else {})},
                    {"level": "None"},
                ],
            }
        )
    )
    key = folder / "sa.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    commands = [
        [
            needed["etcd"],
            f"--data-dir={folder}/etcd",
            f"--listen-client-urls={etcd_url}",
            f"--advertise-client-urls={etcd_url}",
            f"--listen-peer-urls=http://{LOOPBACK}:{peer_port}",
            "--log-level=error",
        ],
        [
            needed["kube-apiserver"],
            f"--etcd-servers={etcd_url}",
            f"--bind-address={LOOPBACK}",
            f"--advertise-address={LOOPBACK}",
            f"--secure-port={port}",
            f"--cert-dir={folder}",
            f"--token-auth-file={folder}/tokens.csv",
            "--authorization-mode=RBAC",
            "--anonymous-auth=false",
            "--service-account-issuer=https://tests",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-cluster-ip-range=10.96.0.0/12",
            "--disable-admission-plugins=ServiceAccount",
            f"--audit-policy-file={folder}/audit.yaml",
            f"--audit-log-path={folder}/audit.log",
            "--audit-log-mode=blocking",
        ],
    ]
    with contextlib.ExitStack() as stack:
        processes = []
        for command in commands:
            log = stack.enter_context((folder / (os.path.basename(command[0]) + ".log")).open("w"))
            process = subprocess.Popen(command, stdout=log, stderr=log)
            processes.append(process.pid)
            stack.callback(process.wait)
            stack.callback(process.kill)  # its data is deleted, and an orderly shutdown takes up to 15 s
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(json.dumps(_kubeconfig(url, str(folder / "apiserver.crt"), TOKEN)))
        kubeconfig.chmod(0o600)
        server = Api(url, kubeconfig, folder / "audit.log", needed["calicoctl"], etcd_url, folder, processes)
        _wait_ready(server)
        for path in sorted(glob.glob(f"{crds}/*.yaml")):
            server.request(
                "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", yaml.safe_load(open(path).read())
            )
        _wait_for_crds(server)
        yield server


def _kubeconfig(url: str, ca: str, token: str) -> dict[str, t.Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tests",
        "clusters": [{"name": "tests", "cluster": {"server": url, "certificate-authority": ca}}],
        "users": [{"name": "tests", "user": {"token": token}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
    }


def _wait_ready(server: Api) -> None:
    deadline = time.monotonic() + 90
    while True:
        with contextlib.suppress(OSError):
            if server.request("GET", "/readyz") == "ok":
                return
        assert time.monotonic() < deadline, (server.folder / "kube-apiserver.log").read_text()[-3000:]
        time.sleep(0.3)


def _wait_for_crds(server: Api) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError):
            names = {item["name"] for item in server.request("GET", "/apis/crd.projectcalico.org/v1")["resources"]}
            if {"bgppeers", "ippools", "caliconodestatuses", "blockaffinities"} <= names:
                return
        assert time.monotonic() < deadline, "the CRDs did not become ready"
        time.sleep(0.3)
