"""What cannot work is said in one line, before anything is changed."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path

from topology import network, settings
from topology.build import suite
from topology.shell import LabError, run, say, step, succeeds

# Debian packages that the machine itself needs; all else lives in the hosts' own root file system.
TOOLS = {"mmdebstrap": "mmdebstrap", "ip": "iproute2", "nsenter": "util-linux", "openssl": "openssl",
         "pivot_root": "util-linux", "ldd": "libc-bin"}  # fmt: skip


def check() -> None:
    """Raise the first thing that makes a lab impossible here."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root (or sudo) to make network namespaces")
    if sys.version_info < (3, 11):
        raise LabError(f"Python 3.11 or newer is needed, this is {platform.python_version()}")
    if not (Path("/etc/debian_version").exists() and suite()):
        raise LabError("the lab's hosts are made from Debian or Ubuntu packages: this is another distribution")
    if platform.machine() not in ("x86_64", "aarch64"):
        raise LabError(f"the lab was made for x86_64 and aarch64, this is {platform.machine()}")
    filesystems = Path("/proc/filesystems").read_text()
    if "overlay" not in filesystems and not succeeds("modprobe", "overlay"):
        raise LabError("the kernel has no overlayfs, which the lab's hosts and their containers need")
    for name in ("net", "mnt", "uts", "ipc", "pid"):
        if not Path(f"/proc/self/ns/{name}").exists():
            raise LabError(f"the kernel has no {name} namespaces")
    free = shutil.disk_usage(settings.STATE.parent).free
    if free < 4 << 30:
        raise LabError(f"{settings.STATE.parent} has {free >> 20} MiB free, the lab needs 4 GiB")
    _interfaces()


def _interfaces() -> None:
    """Veth, bridge, VXLAN and the packet filter are tried in a namespace that ends with the trial."""
    trial = ["ip link add v0 type veth peer name v1", "ip link add b0 type bridge",
             "ip link add x0 type vxlan id 4096 dstport 4789 dev v0"]  # fmt: skip
    for command in trial:
        script = "; ".join(trial[: trial.index(command) + 1])
        if not succeeds("unshare", "--net", "sh", "-ec", script):
            raise LabError(f"the kernel or this container refuses `{command}`, which the lab needs")


def install_tools() -> None:
    """Install the few packages of the machine itself; they start no service."""
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if not missing:
        return
    with step(f"installing {', '.join(missing)} (apt)"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "-q", "update", env=env)
        run("apt-get", "-q", "install", "-y", "--no-install-recommends", *missing, env=env)


def refuse_foreign() -> None:
    """A namespace with one of our names that we did not make must not be taken for ours."""
    if (names := network.namespaces()) and not settings.STATE.exists():
        raise LabError(
            f"network namespaces named {', '.join(names)} are in use, and this lab did not make them: "
            f"remove them with `ip netns del`, or stop what uses them"
        )
    say("  machine: " + f"{suite()}, kernel {platform.release()}, {os.cpu_count()} cores")
