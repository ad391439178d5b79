"""The pods' cgroups: one parent per node, in every hierarchy that the machine has (v1 and v2)."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from topology import settings
from topology.settings import Host

ROOT = Path("/sys/fs/cgroup")


def _hierarchies() -> list[Path]:
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [Path(m[1]) for m in mounts if m[2] in ("cgroup", "cgroup2") and m[1].startswith(str(ROOT))]


def _unified(folder: Path) -> bool:
    return (folder / "cgroup.controllers").exists()


def up(host: Host) -> str:
    """Create the node's parent cgroup and return kubelet's name for it."""
    for hierarchy in _hierarchies():
        for part in (settings.CGROUP, f"{settings.CGROUP}/{host.name}"):
            folder = hierarchy / part
            folder.mkdir(exist_ok=True)
            if _unified(folder):
                for controller in (folder.parent / "cgroup.controllers").read_text().split():
                    with contextlib.suppress(OSError):  # busy or not delegated: kubelet reports it if it matters
                        (folder.parent / "cgroup.subtree_control").write_text(f"+{controller}")
            for name in ("cpuset.cpus", "cpuset.mems"):
                # cgroup v1 gives a new cpuset nothing at all; in it no process can live.
                if (folder / name).exists() and not _unified(folder) and not (folder / name).read_text().strip():
                    (folder / name).write_text((folder.parent / name).read_text())
    return f"/{settings.CGROUP}/{host.name}"


def down() -> list[Path]:
    """Remove the tree; returns what could not be removed."""
    left = []
    for hierarchy in _hierarchies():
        top = hierarchy / settings.CGROUP
        for folder, _folders, _files in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                left.append(Path(folder))
    return left
