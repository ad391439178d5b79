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
    return {pod["spec"]["nodeName"]: pod["status"]["podIP"] for pod in pods}


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
    for name, host, pod, target in streams(kinds):
        on(host, "sh", "-ec", RUN, "sh", pod, name, target)
    time.sleep(1)


def figures(log: str) -> tuple[int, int, float, float] | None:
    """(sent, lost, longest silence, silence at the end), counted from the first answer; None without any."""
    told = re.search(r"(\d+) packets transmitted", log)
    answers = sorted({int(n) for n in re.findall(r"icmp_seq=(\d+) ttl=", log)})
    if not told or not answers:
        return None
    last = int(told[1])
    # A probe takes its time: the very last ones had none left.
    ends = max(0, last - answers[-1] - 2)
    gaps = [b - a - 1 for a, b in zip(answers, answers[1:], strict=False)]
    sent = answers[-1] + ends - answers[0] + 1
    return sent, sum(gaps) + ends, max([*gaps, ends]) * INTERVAL, ends * INTERVAL


def stop(longest: float) -> int:
    bad = count = 0
    for host in HOSTS:
        if not (RUNNING / host / "pid").exists():
            continue
        for part in on(host, "sh", "-c", STOP).split("# ")[1:]:
            name, _line, log = part.partition("\n")
            found = figures(log)
            count += 1
            if found is None:
                print(f"{name:31} no answer at all: {log.strip()[-200:]}")
                bad += 1
                continue
            sent, lost, silence, end = found
            wrong = silence > longest or end > 0
            bad += wrong
            print(f"{name:31} {lost:5} of {sent:5} probes lost, longest silence {silence:.2f} s"
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
