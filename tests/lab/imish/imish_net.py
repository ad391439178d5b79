# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small network of nameless namespaces: FRR as the BIG-IP's routing, BIRDs as Calico nodes.

Nothing is left behind: the namespaces and mounts live as long as the processes, and these end with the Net.
The programs come from PODROUTE_LAB_ROOTFS (an unpacked Debian), or from the machine itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

BIGIP = "172.16.40.202"
NODES = {"172.16.40.199": "10.244.10.64/26", "172.16.40.198": "10.244.235.192/26"}
PREFIX = 16  # the length of the nodes' subnet
FRR = "/usr/lib/frr"


def missing() -> str:
    """Why the network cannot be had here; an empty string when it can."""
    if os.geteuid() != 0:
        return "needs root for namespaces"
    root = os.environ.get("PODROUTE_LAB_ROOTFS", "/")
    absent = [name for name in (f"{FRR}/bgpd", f"{FRR}/zebra", "/usr/sbin/bird") if not Path(f"{root}/{name}").exists()]
    if absent:
        return f"no {', '.join(absent)} in {root} (set PODROUTE_LAB_ROOTFS)"
    return "" if shutil.which("unshare") and shutil.which("ip") else "needs unshare and ip"


class Net:
    """The BIG-IP's namespace with zebra and bgpd, one namespace a node with BIRD, a bridge between them."""

    def __init__(self, folder: Path, nodes: Mapping[str, str] = NODES) -> None:
        """``nodes``: the addresses of the nodes, each with the network that its BIRD announces."""
        self.folder = folder
        self.nodes = nodes
        self.vty = folder / "vty"
        self._root = os.environ.get("PODROUTE_LAB_ROOTFS", "")
        self._holders: dict[str, subprocess.Popen[bytes]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("vty", "upper", "work", "system"):
            (folder / name).mkdir()
        folder.chmod(0o755)
        self._holders["bigip"] = self._hold("--mount")
        try:
            self._filesystem()
            self._links()
            self.start("zebra")
            self.start("bgpd")
            for node in nodes:
                self.bird(node, 64512)
        except BaseException:
            self.close()
            raise

    # --- namespaces ---

    def _hold(self, *more: str) -> subprocess.Popen[bytes]:
        holder = subprocess.Popen(
            ["unshare", "--net", *more, "sh", "-c", "echo; exec sleep infinity"], stdout=subprocess.PIPE
        )
        holder.stdout.readline()
        return holder

    def _enter(self, where: str) -> list[str]:
        """Into a namespace; always with the BIG-IP's mounts, so that every program finds the same files."""
        return [
            "nsenter",
            f"--net=/proc/{self._holders[where].pid}/ns/net",
            f"--mount=/proc/{self._holders['bigip'].pid}/ns/mnt",
        ]

    def run(self, where: str, *words: str, check: bool = True) -> str:
        """Run a program of the machine in a namespace."""
        done = subprocess.run([*self._enter(where), *words], capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def _inside(self, *words: str) -> list[str]:
        return ["chroot", str(self.folder / "system"), *words] if self._root else list(words)

    def _filesystem(self) -> None:
        """FRR's own user must own its sockets; the unpacked system stays untouched behind an overlay."""
        if self._root:
            self.run(
                "bigip",
                "mount",
                "-t",
                "overlay",
                "overlay",
                "-o",
                f"lowerdir={self._root},upperdir={self.folder}/upper,workdir={self.folder}/work",
                f"{self.folder}/system",
            )
            self.run("bigip", "mount", "-t", "proc", "proc", f"{self.folder}/system/proc")
            self.run("bigip", "mkdir", "-p", f"{self.folder}/system{self.folder}")
            self.run("bigip", "mount", "--bind", str(self.folder), f"{self.folder}/system{self.folder}")
        ids = self.run("bigip", *self._inside("sh", "-c", "id -u frr; id -g frr")).split()
        os.chown(self.vty, int(ids[0]), int(ids[1]))
        for parent in self.folder.parents:
            if not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)  # or FRR's user cannot reach the sockets

    def _links(self) -> None:
        self.run("bigip", "ip", "link", "add", "int_vlan", "type", "bridge")
        self.run("bigip", "ip", "addr", "add", f"{BIGIP}/{PREFIX}", "dev", "int_vlan")
        self.run("bigip", "ip", "link", "add", "tmm", "type", "bridge")
        for number, node in enumerate(self.nodes):
            holder = self._holders[node] = self._hold()
            self.run(
                "bigip",
                "ip",
                "link",
                "add",
                f"p{number}",
                "master",
                "int_vlan",
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                str(holder.pid),
            )
            self.run("bigip", "ip", "link", "set", f"p{number}", "up")
            self.run(node, "ip", "addr", "add", f"{node}/{PREFIX}", "dev", "eth0")
            self.run(node, "ip", "link", "set", "eth0", "up")
        for device in ("lo", "int_vlan", "tmm"):
            self.run("bigip", "ip", "link", "set", device, "up")

    # --- programs ---

    def start(self, daemon: str, configuration: Path | str = "/dev/null") -> None:
        """Start zebra or bgpd, with a configuration file of its own, and wait for its socket."""
        words = [
            f"{FRR}/{daemon}",
            "-i",
            f"{self.vty}/{daemon}.pid",
            "-z",
            f"{self.vty}/zserv.api",
            "--vty_socket",
            str(self.vty),
            "-f",
            str(configuration),
            "-A",
            "127.0.0.1",
        ]
        (self.vty / f"{daemon}.vty").unlink(missing_ok=True)
        self._running[daemon] = self._spawn("bigip", daemon, words)
        self._wait(daemon, self.vty / f"{daemon}.vty")

    def _spawn(self, where: str, name: str, words: list[str]) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        return subprocess.Popen(
            [*self._enter(where), *self._inside(*words)], stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )

    def _wait(self, name: str, path: Path) -> None:
        deadline = time.monotonic() + 15
        while not path.exists():
            if time.monotonic() > deadline or self._running[name].poll() is not None:
                raise RuntimeError(f"{name} does not start: {(self.folder / f'{name}.log').read_text()}")
            time.sleep(0.05)

    def bird(self, node: str, asn: int) -> None:
        """Start a node's BIRD with the session that Calico would have, as AS `asn`."""
        (self.folder / f"{node}.conf").write_text(self.configuration(node, asn))
        self._running[node] = self._spawn(
            node, node, ["/usr/sbin/bird", "-f", "-c", f"{self.folder}/{node}.conf", "-s", f"{self.folder}/{node}.ctl"]
        )
        self._wait(node, self.folder / f"{node}.ctl")

    def configuration(self, node: str, asn: int) -> str:
        """A node's bird.cfg: one session with the BIG-IP."""
        return f"""
            router id {node};
            protocol device {{ scan time 1; }}
            protocol direct {{ interface "eth0"; }}
            protocol static {{ route {self.nodes[node]} blackhole; route 10.9.9.0/24 blackhole; }}
            protocol kernel {{ import none; export all; scan time 1; }}
            protocol bgp Global_{BIGIP.replace(".", "_")} {{
              local as {asn}; neighbor {BIGIP} as 64512; import all; export where source = RTS_STATIC; next hop self;
              multihop;
              graceful restart; add paths on;
              connect delay time 1; connect retry time 2; error wait time 1,2;
            }}\n"""

    def birdc(self, node: str, command: str) -> str:
        """What a node's BIRD says."""
        return self.run(node, *self._inside("/usr/sbin/birdc", "-s", f"{self.folder}/{node}.ctl", command))

    def vtysh(self, command: str) -> str:
        """What FRR's own shell says."""
        return self.run("bigip", *self._inside("/usr/bin/vtysh", "--vty_socket", str(self.vty), "-c", command))

    def kill(self, name: str, kindly: bool = False) -> None:
        """End a daemon or a node's BIRD."""
        process = self._running.pop(name)
        process.terminate() if kindly else process.kill()
        process.wait(15)
        (self.folder / f"{name}.ctl").unlink(missing_ok=True)

    def close(self) -> None:
        """End everything."""
        for process in (*self._running.values(), *self._holders.values()):
            process.kill()
            process.wait(15)
