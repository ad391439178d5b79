"""requests.py start URL, requests.py stop [--longest SECONDS]: requests to a VIP while something is changed.

    requests.py start http://172.16.40.80/     from a node, one after the other; returns when one was answered
    requests.py stop --longest 5               one line: requests sent, lost, the longest time without an answer

Exit code 1 when none was answered, none for longer than that, or not the last ones.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

LAB = Path(__file__).resolve().parents[2] / "lab" / "bin"
HOST = "k8s-master"
LOG = "/tmp/requests"
PATIENCE = 15  # seconds for the first answer

RUN = f"""
setsid sh -c 'echo $$ >{LOG}.pid
while :; do
    now=$(date +%s.%N)
    if curl --silent --fail --max-time 1 --output /dev/null "$0"; then echo "$now answered"; else echo "$now lost"; fi
    sleep 0.05
done' "$1" >{LOG}.log 2>/dev/null </dev/null &
"""
STOP = f"kill -- -$(cat {LOG}.pid); cat {LOG}.log; rm -f {LOG}.pid {LOG}.log"


def on(*command: str) -> str:
    done = subprocess.run([LAB / "on", HOST, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{HOST}: {command[0]}: {done.stderr.strip()}")
    return done.stdout


def start(url: str) -> int:
    on("sh", "-ec", RUN, "sh", url)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if "answered" in on("cat", f"{LOG}.log"):
            return 0
        time.sleep(0.2)
    on("sh", "-ec", STOP)
    print(f"{url}: no answer within {PATIENCE} s")
    return 1


def stop(longest: float) -> int:
    """Counted from the first answer."""
    lines = [line.split() for line in on("sh", "-ec", STOP).splitlines()]
    times = [(float(when), what == "answered") for when, what in (line for line in lines if len(line) == 2)]
    while times and not times[0][1]:
        del times[0]
    if not times:
        print("no answer at all")
        return 1
    answered = [when for when, well in times if well]
    silence = max((later - sooner for sooner, later in zip(answered, answered[1:], strict=False)), default=0.0)
    ends_well = times[-1][1] or (len(times) > 1 and times[-2][1])  # the last one may have been cut off
    wrong = silence > longest or not ends_well
    lost = len(times) - len(answered)
    print(f"{lost} of {len(times)} requests lost, longest time without an answer {silence:.2f} s"
          f"{'  TOO MUCH' if wrong else ''}")  # fmt: skip
    return int(wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("start").add_argument("url")
    commands.add_parser("stop").add_argument("--longest", type=float, default=5.0)
    options = parser.parse_args()
    sys.exit(start(options.url) if options.command == "start" else stop(options.longest))
