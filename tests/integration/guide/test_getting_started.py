# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/getting-started.md, followed to the letter in the lab, with the built archive in an empty home directory.

Every command line of the guide is entered in a terminal in the guide's order, and its inventory is written where the
guide says. Only the reader's own values are replaced: see OWN. The source tree is not used: virtual environment,
collection and rights in the cluster result from the guide.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.podroute.calico_f5.tests.live import PROJECT, shell

from .terminal import Terminal

LAB = Path("/var/lib/podroute-lab")
GUIDE = (PROJECT / "docs/getting-started.md").read_text()
USER_PASSWORD, VAULT_PASSWORD = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
RBAC = ("read", "probe", "write")

# The reader's own values: in the guide → in the lab. Each must be in the guide.
OWN = {
    "https://192.0.2.10/": "https://172.16.20.202/",
    "ansible_host: 192.0.2.10,": "ansible_host: 172.16.20.202,",
    "bgp_address: 192.0.2.11,": "bgp_address: 172.16.40.202,",
    "node1: {node_ip: 192.0.2.21,": "k8s-master: {node_ip: 172.16.40.199,",
    "node2: {node_ip: 192.0.2.22,": "k8s-node1: {node_ip: 172.16.40.198,",
    "vip_ranges: [192.0.2.128/25]": "vip_ranges: [172.16.99.0/24]",
}
# The lab has no registry, so it has the images of the pods already.
IMAGE = "s,image: busybox:.*,image: localhost/busybox:lab\\n          imagePullPolicy: Never,"


def sections() -> dict[str, list[tuple[str, str]]]:
    """Heading → (language, text) of its code blocks, with the lab's addresses."""
    text = GUIDE
    for theirs, ours in OWN.items():
        assert theirs in text, f"the guide no longer contains {theirs!r}"
        text = text.replace(theirs, ours)
    parts = re.split(r"^## (.*)\n", text, flags=re.MULTILINE)
    blocks = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return {heading: blocks.findall(body) for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def commands(blocks: t.Iterable[tuple[str, str]], prompt: str = "$ ") -> list[str]:
    return [
        line.removeprefix(prompt)
        for language, text in blocks
        if language == "console"
        for line in text.splitlines()
        if line.startswith(prompt)
    ]


def bigip_bash(line: str) -> str:
    """A command of the administrator on the BIG-IP."""
    body = json.dumps({"command": "run", "utilCmdArgs": f"-c {json.dumps(line)}"}).replace("'", "'\\''")
    return json.loads(shell(f"rest POST util/bash '{body}'")).get("commandResult", "")


def kubectl(*arguments: str) -> str:
    return shell(f"ctl kubectl {' '.join(arguments)}")


class Reader:
    """A reader of the guide: a home directory, and a terminal on the Ansible controller for each part."""

    def __init__(self, home: Path, archive: Path) -> None:
        self.home, self.work = home, home / "podroute"
        self.archive = archive
        programs = home / "bin"
        programs.mkdir()
        for name in ("kubectl", "calicoctl"):
            (programs / name).symlink_to(LAB / "bin" / name)
        (programs / "python3").symlink_to(os.path.realpath(sys.executable))
        editor = programs / "editor"
        editor.write_text(f'#!/bin/sh\necho \'vault_bigip_password: "{USER_PASSWORD}"\' > "$1"\n')
        editor.chmod(0o700)
        self.environment = {
            "HOME": str(home),
            "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
            "EDITOR": str(editor),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "PAGER": "cat",
            # Releases of today, so that the test has the same result tomorrow.
            "PIP_CONSTRAINT": str(PROJECT / "requirements.txt"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_PROGRESS_BAR": "off",
            "PIP_NO_COMPILE": "1",
            "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR") or str(Path.home() / ".cache/pip"),
        }

    def terminal(self, *start: str) -> Terminal:
        bash = ("/bin/bash", "--norc", "--noprofile", "--noediting")
        answers = {"ault password": VAULT_PASSWORD, "host password for user 'ansible'": USER_PASSWORD}
        return Terminal((*start, *bash), self.environment, answers)

    def in_the_lab(self) -> Terminal:
        """On the lab's network, in the working directory, with the virtual environment activated."""
        terminal = self.terminal(str(PROJECT / "lab/bin/ctl"))
        terminal.run("unset KUBECONFIG; cd ~/podroute && . venv/bin/activate")
        return terminal


@pytest.fixture(scope="module")
def guide() -> dict[str, list[tuple[str, str]]]:
    return sections()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Reader]:
    subprocess.run([PROJECT / "lab/bin/lab", "reset"], check=True, capture_output=True, timeout=200)
    home = tmp_path_factory.mktemp("home")
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    subprocess.run([galaxy, "collection", "build", PROJECT, "--output-path", home], check=True, capture_output=True)
    (archive,) = home.glob("*.tar.gz")
    yield Reader(home, archive)
    for name in (*(f"rbac/{name}" for name in RBAC), "probe-pods"):
        kubectl("delete", "--ignore-not-found", "--wait=false", "-f", f"{PROJECT}/docs/{name}.yml")
    subprocess.run([PROJECT / "lab/bin/lab", "reset"], check=True, capture_output=True, timeout=200)


def test_the_controller(reader, guide):
    """Section 1. The archive replaces the name of the collection on Galaxy."""
    lines = [re.sub(r"(collection install) \S+", rf"\1 {reader.archive}", line) for line in commands(
        guide["1. The Ansible controller"])]  # fmt: skip
    with reader.terminal() as terminal:
        printed = [terminal.run(line) for line in lines]
        assert "podroute.calico_f5.bigip_routing" in printed[-1]
        where = terminal.run("ansible-galaxy collection list podroute.calico_f5")
    assert re.findall(r"^# (.*)$", where, re.MULTILINE) == [f"{reader.home}/.ansible/collections/ansible_collections"]


def test_the_bigip(reader, guide):
    """Section 2: the checks of the table and the new user on the BIG-IP, then a request from the controller."""
    heading = "2. The BIG-IP"
    table = GUIDE.partition(f"## {heading}")[2].partition("\n## ")[0]
    checks = re.findall(r"`(tmsh [^`]+)`", table)
    assert len(checks) >= 6
    for check in checks:
        printed = bigip_bash(check)
        assert printed and "rror" not in printed, f"{check}: {printed}"
    for line in commands(guide[heading], "# "):
        printed = bigip_bash(line.replace("prompt-for-password", f"password {USER_PASSWORD}"))
        assert "rror" not in printed, f"{line}: {printed}"

    shutil.copy(LAB / "pki/bigip-ca.crt", reader.work / "bigip-ca.pem")
    with reader.in_the_lab() as terminal:
        (line,) = commands(guide[heading])
        assert "tm:sys:version" in terminal.run(line)


def test_kubernetes(reader, guide):
    """Section 3, as an administrator of the cluster, whose kubeconfig the reader does not have afterwards."""
    own = reader.home / ".kube/config"
    own.parent.mkdir()
    shutil.copy(LAB / "kubeconfig", own)
    probe_pods = reader.work / "calico_f5/docs/probe-pods.yml"
    subprocess.run(["sed", "-i", IMAGE, probe_pods], check=True)
    printed = {}
    with reader.in_the_lab() as terminal:
        for line in commands(guide["3. Kubernetes"]):
            printed[line] = terminal.run(line)
    own.unlink()
    assert "system:serviceaccount:kube-system:podroute-calico-f5" in printed["kubectl auth whoami"]
    # Not at the beginning of a line: the terminal may have a control sequence before the first word.
    shown = printed["DATASTORE_TYPE=kubernetes calicoctl version"]
    versions = re.findall(r"\bC\w+ Version: +(v3\S+)", shown)
    assert len(versions) == 2 and len(set(versions)) == 1, repr(shown)
    kubeconfig = yaml.safe_load((reader.work / "podroute.kubeconfig").read_text())
    assert [user["name"] for user in kubeconfig["users"]] == ["podroute"]
    assert (reader.work / "podroute.kubeconfig").stat().st_mode & 0o077 == 0
    kubectl("rollout", "status", "-n", "default", "daemonset/podroute-probe", "--timeout=60s")


def test_the_inventory(reader, guide):
    """Section 4."""
    blocks = guide["4. The inventory"]
    with reader.in_the_lab() as terminal:
        for line in commands(blocks):
            terminal.run(line)
    (text,) = [text for language, text in blocks if language == "yaml"]
    place = re.match(r"# (\S+)\n", text)[1]
    (reader.work / place).write_text(text)
    assert USER_PASSWORD not in (reader.work / "inventory/group_vars/all/vault.yml").read_text()


def test_check_first(reader, guide):
    """Section 5: preflight and check mode report the changes and write nothing."""
    preflight, check = commands(guide["5. Check first"])
    with reader.in_the_lab() as terminal:
        assert "changed=0 " in terminal.run(preflight)
        printed = terminal.run(check)
    assert re.search(r"^\+ *neighbor 172\.16\.40\.199 remote-as 64512$", printed, re.MULTILINE), printed
    assert re.search(r"^localhost .*changed=[1-9]", printed, re.MULTILINE), printed
    assert "172.16.40.199" not in shell("on bigip1 imish -e 'show running-config' | tr % :")
    assert json.loads(shell("ctl kubectl get bgppeers.crd.projectcalico.org -o json"))["items"] == []


def test_the_first_run(reader, guide):
    """Section 6. A second run changes nothing, and the verification passes on its own."""
    site, verify = commands(guide["6. The first run"])
    passed = re.compile(r"^ *\"?PASSED: \d+ checks in \d+ groups", re.MULTILINE)
    with reader.in_the_lab() as terminal:
        assert passed.search(terminal.run(site))
        again = terminal.run(site)
        assert passed.search(again) and not re.search(r"changed=[1-9]", again)
        assert passed.search(terminal.run(verify))


def test_from_cron(reader):
    """No activated environment, no PATH, no terminal: drift.yml through the wrapper in docs/drift.md."""
    (reader.work / "vault-password").write_text(VAULT_PASSWORD)
    command = [
        PROJECT / "lab/bin/ctl", "env", "-i", "-C", "/", f"HOME={reader.home}", "LANG=C.UTF-8",
        f"ANSIBLE_PLAYBOOK={reader.work}/venv/bin/ansible-playbook", "/bin/sh",
        reader.work / "calico_f5/tools/drift", "-i", reader.work / "inventory",
        "--vault-password-file", reader.work / "vault-password", "-e", f"calicoctl_path={LAB}/bin/calicoctl",
    ]  # fmt: skip
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not re.search(r"WARNING|DEPRECAT", done.stdout + done.stderr), done.stdout + done.stderr
