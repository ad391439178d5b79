# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make bench: duration and load of a run at 2, 10, 100 and 1,000 nodes, compared with the usual ways to do the same.

    benchmarks/bench.py [--sizes 2 10 100 1000] [--repeat 3] [--json FILE] [--docs]

For each size there is a real kube-apiserver with that many Node objects, the real calicoctl, and the BIG-IP simulator
with that many sessions, all on loopback. Every figure is for a complete ansible-playbook with all its processes.
Commands that are compared alternate in the same run, so a ratio holds although the machine's speed drifts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP), str(TOP / "lab"), str(TOP / ".build/collections")]

from topology import build  # noqa: E402

os.environ.setdefault("PODROUTE_LAB_BIN", build.programs())
os.environ.setdefault("PODROUTE_LAB_ROOTFS", str(build.rootfs()))

from benchmarks import performance, usual  # noqa: E402
from benchmarks.cluster import Cluster, cluster  # noqa: E402
from benchmarks.device import Device, device  # noqa: E402
from benchmarks.network import Network, network  # noqa: E402

PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
LOOPED = 10  # the largest size at which the loops are run; above it they are extrapolated
SAMPLE = 50  # nodes that a sampled verification asks
# No pods and no controller run here.
GROUPS = ["pools", "peers", "bigip_config", "sessions", "bigip_routes", "node_routes"]


@dataclass
class Figure:
    """One run of a command. Seconds; ``memory``: the largest process, MB; ``calls``: to the BIG-IP; ``requests``: to
    the Kubernetes API; ``server``: CPU of its server with etcd."""

    wall: float
    cpu: float
    memory: float
    calls: int = 0
    requests: int = 0
    server: float = 0


class Bench:
    """A network with both sides, and the ways to run a playbook against it."""

    def __init__(self, folder: Path, network: Network, unit: Device, cluster: Cluster) -> None:
        self.folder, self.network, self.unit, self.cluster = folder, network, unit, cluster
        self.called: list[str] = []  # the BIG-IP's calls of the last run
        self.began = 0.0  # when it began, Unix time
        self.environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(TOP / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(TOP / ".build/collections"),
            "ANSIBLE_NOCOLOR": "1",
            "XDG_STATE_HOME": str(folder / "state"),
            "SSL_CERT_FILE": unit.ca,
        }
        self.inventory(network)

    def inventory(self, network: Network) -> None:
        """Write the inventory of a network."""
        unit, api = self.unit, self.cluster.api
        connection = {
            "bigip_port": unit.port,
            "bigip_user": unit.user,
            "bigip_password": unit.password,
            "bigip_ca_path": unit.ca,
            "kubeconfig": str(api.kubeconfig),
            "calicoctl_path": api.calicoctl,
            "provider": {
                "server": unit.host,
                "server_port": unit.port,
                "user": unit.user,
                "password": unit.password,
                "validate_certs": True,
                "no_f5_teem": True,
            },
            "ansible_python_interpreter": sys.executable,
            "fabric_verify_groups": GROUPS,
            "fabric_verify_node_sample": SAMPLE,
        }
        (self.folder / "hosts.json").write_text(json.dumps(network.inventory(connection)))

    def site(self, *arguments: str) -> Figure:
        """The site playbook."""
        return self.play(TOP / "playbooks/site.yml", *arguments)

    def verify(self, *arguments: str) -> Figure:
        """The verify playbook."""
        return self.play(TOP / "playbooks/verify.yml", *arguments)

    def parts(self) -> list[tuple[str, float]]:
        """Seconds of each part of an unchanged site: start of ansible-playbook, each task, end."""
        file, before = self.folder / "tasks.json", dict(self.environment)
        self.environment |= {
            "ANSIBLE_CALLBACK_PLUGINS": str(TOP / "benchmarks/callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "task_times",
            "TASK_TIMES": str(file),
        }
        figure, self.environment = self.site(), before
        marks = [("start of ansible-playbook", self.began), *json.loads(file.read_text())]
        marks.append(("", self.began + figure.wall))
        marks[-2] = ("end of ansible-playbook", marks[-2][1])
        return [(name, round(then - at, 3)) for (name, at), (_next, then) in zip(marks, marks[1:], strict=False)]

    def plays(self, name: str, plays: list[dict[str, Any]]) -> Callable[[], Figure]:
        """A command that runs plays."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(plays))
        return lambda: self.play(path)

    def play(self, playbook: Path, *arguments: str) -> Figure:
        """One run of ansible-playbook; the program ends when it fails."""
        self.unit.calls(), self.cluster.requests()
        server = self.cluster.cpu()
        log = self.folder / "run.log"
        self.began, begin = time.time(), time.monotonic()
        pid = os.posix_spawn(
            PLAYBOOK,
            [str(PLAYBOOK), "-i", str(self.folder / "hosts.json"), *arguments, str(playbook)],
            self.environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )
        _pid, status, usage = os.wait4(pid, 0)
        wall = time.monotonic() - begin
        if status:
            sys.exit(f"{playbook.name} {' '.join(arguments)} failed:\n{log.read_text()[-6000:]}")
        self.called = self.unit.calls()
        return Figure(
            round(wall, 2),
            round(usage.ru_utime + usage.ru_stime, 2),
            round(usage.ru_maxrss / 1024),
            len(self.called),
            self.cluster.requests(),
            round(self.cluster.cpu() - server, 2),
        )


@contextmanager
def bench(size: int) -> Iterator[Bench]:
    """Both sides of a network of ``size`` nodes, and one more node that does not exist yet."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, made = Path(name), network(size)
        (folder / "api").mkdir()
        with device(made) as unit, cluster(folder / "api", made, network(size + 1)) as there:
            yield Bench(folder, made, unit, there)


def measured(size: int, repeat: int) -> dict[str, Any]:
    """All figures of one size: name of a command -> its runs."""
    runs: dict[str, list[Figure]] = {}
    load: list[float] = []  # of the machine, over the last minute

    def note(name: str, figure: Figure) -> Figure:
        runs.setdefault(name, []).append(figure)
        print(f"  {size:5} nodes  {name:22} {figure.wall:7.1f} s  {figure.cpu:7.1f} s CPU  {figure.memory:5.0f} MB  "
              f"{figure.calls:4} calls  {figure.requests:5} requests", flush=True)  # fmt: skip
        return figure

    begin = time.time()
    with bench(size) as there:
        commands: dict[str, Callable[[], Figure]] = {
            "empty play": there.plays("empty", usual.empty()),
            "unchanged": there.site,
            "unchanged, no verify": lambda: there.site("--skip-tags", "fabric_verify"),
            "expert's tasks": there.plays("expert", usual.expert(there.network)),
        }
        if size <= LOOPED:
            commands["loops"] = there.plays("loops", usual.loops(there.network))
        note("first run", there.site())
        for name in ("expert's tasks", "loops"):
            if name in commands:
                commands[name]()  # the unchanged state afterwards
        there.site()
        for _number in range(repeat):
            for name, command in commands.items():
                note(name, command())
                load.append(round(os.getloadavg()[0], 1))
        parts = there.parts()
        note("check", there.site("--check", "--diff"))
        note("verify, sampled", there.verify())
        note("verify, every node", there.verify("-e", "fabric_verify_node_sample=0"))
        larger = network(size + 1)
        there.cluster.add(larger)
        there.unit.grow(larger)
        there.inventory(larger)
        note("one node added", there.site())
    figures = {name: [asdict(one) for one in figures] for name, figures in runs.items()}
    at = {"begin": round(begin), "minutes": round((time.time() - begin) / 60, 1), "processors": os.cpu_count()}
    return {"size": size, "runs": figures, "parts": parts, "load": load, **at}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=[2, 10, 100, 1000])
    parser.add_argument("--repeat", type=int, default=3, help="runs of each command that is compared")
    parser.add_argument("--json", type=Path, default=TOP / ".build/bench.json", help="where the figures are written")
    parser.add_argument(
        "--docs", action="store_true", help="write docs/performance.md, its chart and its figures (JSON)"
    )
    parser.add_argument("--from", type=Path, dest="recorded", help="figures of an earlier run instead of a new one")
    options = parser.parse_args()
    if options.recorded:
        results = json.loads(options.recorded.read_text())
    else:
        results = [measured(size, options.repeat) for size in options.sizes]
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(results, indent=1))
    print("\n" + performance.table(results) + "\n\n" + performance.goal_table(results))
    if options.docs:
        performance.write(results, TOP / "docs")


if __name__ == "__main__":
    main()
