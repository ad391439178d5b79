# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helpers to access the running lab, for the tests that need it (make lab-up)."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
# In a shell line: `on HOST …`, `ctl …`, `rest PATH [JSON]`, `inject METHOD PATH [JSON]` (the simulator's
# fault-injection API) and `configure LINE…` (lines in imish's configuration mode).
HELPERS = f"""
set -eu
on() {{ {PROJECT}/lab/bin/on "$@"; }}
ctl() {{ {PROJECT}/lab/bin/ctl "$@"; }}
rest() {{ {PROJECT}/molecule/shared/rest "$@"; }}
inject() {{
  method=$1 path=$2; shift 2
  [ $# = 0 ] || set -- --header "Content-Type: application/json" --data "$1"
  ctl curl --silent --show-error --fail --cacert /var/lib/podroute-lab/pki/bigip-ca.crt --request "$method" "$@" \\
    "https://172.16.20.202/lab/$path"
}}
configure() {{
  arguments=
  for line in "$@" end; do arguments="$arguments -e '$line'"; done
  eval "on bigip1 imish -e 'configure terminal' $arguments"
}}
"""


def shell(command: str) -> str:
    """Run a line. imish reports rejected commands in its output, not by its exit code."""
    place = os.environ.get("PODROUTE_LAB_BIN", "/var/lib/podroute-lab/bin")
    environment = {**os.environ, "PATH": f"{place}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", HELPERS + command], cwd=PROJECT, capture_output=True, text=True, timeout=200,
                          check=False, env=environment)  # fmt: skip
    imish = "imish" in command or command.startswith("configure")
    if done.returncode or (imish and re.search(r"^%", done.stdout, re.MULTILINE)):
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def playbook_command(
    playbook: str | Path,
    *arguments: str,
    inventories: Sequence[str | Path] = ("inventories/lab",),
    inside: Sequence[str | Path] = (PROJECT / "lab/bin/ctl",),
) -> list[str | Path]:
    """The command that runs a playbook against the lab. ``inside``: a command prefix that runs it in a network of the
    lab."""
    program = Path(sys.executable).with_name("ansible-playbook")
    sources = [word for each in inventories for word in ("-i", each)]
    return [*inside, program, *sources, *arguments, playbook]


def play(
    playbook: str | Path,
    *arguments: str,
    inventories: Sequence[str | Path] = ("inventories/lab",),
    inside: Sequence[str | Path] = (PROJECT / "lab/bin/ctl",),
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a playbook against the lab; returns its output and exit code."""
    words = playbook_command(playbook, *arguments, inventories=inventories, inside=inside)
    return subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, timeout=900, check=False,
                          env={**os.environ, **(environment or {})})  # fmt: skip


def until(what: str, holds: Callable[[], bool], seconds: float = 300, interval: float = 1) -> None:
    """Wait until a condition is met. ``interval`` is between two looks, in seconds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(interval)


def family(first: int) -> list[int]:
    """A process and all its descendants. Ansible's workers have their own sessions, so no process group contains them
    all."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found = [first]
    for one in found:
        found += children.get(one, ())
    return found


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a program with all its processes, at once: SIGKILL."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGSTOP)  # it starts no further ones
    for one in family(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    process.wait()
