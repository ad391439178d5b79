"""traffic.py start STREAM…, traffic.py stop [--longest SECONDS]: pings through the lab while something is changed.

    traffic.py start pods bigip vip     pod to pod both ways, BIG-IP to pods, pod to VIP; returns when they run
    traffic.py start master             BIG-IP to a pod and a pod to a VIP, on the node that stays when another leaves
    traffic.py start client bigip2      a host outside the cluster to a VIP of its segment; the other BIG-IP to a pod
    traffic.py stop --longest 5         a line a stream: probes sent, lost, the longest silence

A stream counts from its first answer (before it there was no path yet) until it is stopped. Exit code 1 when a stream
had no answer at all, was silent for longer than that, or is silent at the end. Pings of pods leave from the pods' own
network namespaces.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LAB = Path(__file__).resolve().parents[2] / "lab" / "bin"
INTERVAL = 0.02  # seconds between two probes
VIP = "172.16.99.99"
HOSTS = ("k8s-master", "k8s-node1", "bigip1", "bigip2", "legacy")
RUNNING = Path("/run/podroute-lab")
PLACE = "/tmp/traffic"

# In the namespace of the pod that has the address $1, or in the host's own where there is none.
RUN = f"""
mkdir -p {PLACE}; log={PLACE}/$2
inside=
if [ -n "$1" ]; then
    for name in $(ls /run/netns); do
        ip -netns "$name" -4 addr show dev eth0 2>/dev/null | grep -q "inet $1/" || continue
        inside="ip netns exec $name"
    done
    [ -n "$inside" ] || {{ echo "no network namespace here has $1" >&2; exit 1; }}
fi
setsid sh -c "echo \\$\\$ >'$log.pid'; while ! $inside ping -n -c 1 -W 1 $3 >/dev/null 2>&1; do sleep 0.1; done
    exec $inside ping -n -D -i {INTERVAL} $3" >"$log.log" 2>&1 </dev/null &
"""
STOP = f"""
cd {PLACE} 2>/dev/null || exit 0
# After a reboot the number may be another process's.
for file in *.pid; do [ -e "$file" ] && grep -q ping "/proc/$(cat "$file")/cmdline" 2>/dev/null || rm -f "$file"; done
for file in *.pid; do [ -e "$file" ] && kill -INT "$(cat "$file")"; done; sleep 0.5
for file in *.pid; do [ -e "$file" ] && kill "$(cat "$file")" 2>/dev/null; done
for file in *.log; do [ -e "$file" ] && echo "# ${{file%.log}}" && cat "$file"; done
rm -rf {PLACE}
"""


def on(host: str, *command: str) -> str:
    done = subprocess.run([LAB / "on", host, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{host}: {command[0]}: {done.stderr.strip()}")
    return done.stdout


def boxes() -> dict[str, str]:
    """Node -> address of its busybox pod."""
    listed = on("k8s-master", "kubectl", "get", "pods", "-l", "app=busybox", "-o", "json")
    pods = [pod for pod in json.loads(listed)["items"] if "deletionTimestamp" not in pod["metadata"]]
    return {pod["spec"]["nodeName"]: pod["status"].get("podIP", "") for pod in pods}


def streams(kinds: list[str]) -> list[tuple[str, str, str, str]]:
    """(name, host, address of the pod that pings or nothing, target)."""
    pods = boxes()
    master, node = pods["k8s-master"], pods["k8s-node1"]
    known = {
        "pods": [
            ("pod-on-master-to-pod-on-node1", "k8s-master", master, node),
            ("pod-on-node1-to-pod-on-master", "k8s-node1", node, master),
        ],
        "bigip": [("bigip-to-pod-on-master", "bigip1", "", master), ("bigip-to-pod-on-node1", "bigip1", "", node)],
        "vip": [("pod-on-node1-to-vip", "k8s-node1", node, VIP)],
        "client": [("client-to-vip", "legacy", "", "172.16.40.81")],
        "bigip2": [("bigip2-to-pod-on-node1", "bigip2", "", node)],
        "master": [
            ("bigip-to-pod-on-master", "bigip1", "", master),
            ("pod-on-master-to-vip", "k8s-master", master, VIP),
        ],
    }
    return [stream for kind in kinds for stream in known[kind]]


def start(kinds: list[str]) -> None:
    for name, host, pod, target in dict.fromkeys(streams(kinds)):
        on(host, "sh", "-ec", RUN, "sh", pod, name, target)
    time.sleep(1)


@dataclass(frozen=True)
class Figures:
    """What a stream counted from its first answer on.

    :ivar silence: the longest time without an answer, in seconds
    :ivar since: when it began, in seconds since 1970
    :ivar end: how long it was silent at the end, in seconds
    """

    sent: int
    lost: int
    silence: float
    since: float
    end: float


def figures(log: str) -> Figures | None:
    """The figures in the output of ping; None without any answer."""
    told = re.search(r"(\d+) packets transmitted", log)
    answers = {int(number): float(when) for when, number in re.findall(r"\[([\d.]+)\] .*icmp_seq=(\d+) ttl=", log)}
    if not told or not answers:
        return None
    order = sorted(answers)
    last = int(told[1])
    # A probe takes its time: the very last ones had none left.
    end = max(0, last - order[-1] - 2)
    gaps = [(b - a - 1, a) for a, b in zip(order, order[1:], strict=False)]
    longest, before = max([*gaps, (end, order[-1])], key=lambda gap: gap[0])
    lost = sum(gap for gap, _before in gaps) + end
    return Figures(order[-1] + end - order[0] + 1, lost, longest * INTERVAL, answers[before], end * INTERVAL)


def collect() -> Iterator[tuple[str, Figures | None, str]]:
    """Stop all streams: name, figures and output of each."""
    for host in HOSTS:
        if (RUNNING / host / "pid").exists():
            for part in on(host, "sh", "-c", STOP).split("# ")[1:]:
                name, _line, log = part.partition("\n")
                yield name, figures(log), log


def stop(longest: float) -> int:
    bad = count = 0
    for name, found, log in collect():
        count += 1
        if found is None:
            print(f"{name:31} no answer at all: {log.strip()[-200:]}")
            bad += 1
            continue
        wrong = found.silence > longest or found.end > 0
        bad += wrong
        print(f"{name:31} {found.lost:5} of {found.sent:5} probes lost, longest silence {found.silence:.2f} s"
              f"{'  TOO MUCH' if wrong else ''}")  # fmt: skip
    if not count:
        print("no stream was running: this shows nothing")
    return 1 if bad or not count else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("start").add_argument(
        "streams", nargs="+", choices=("pods", "bigip", "bigip2", "vip", "client", "master")
    )
    commands.add_parser("stop").add_argument("--longest", type=float, default=5.0)
    options = parser.parse_args()
    sys.exit(start(options.streams) if options.command == "start" else stop(options.longest))
