"""A host of the lab: its own root, processes and names, supervised by runit, started and stopped as a whole."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from topology import build, settings
from topology.settings import Host
from topology.shell import LabError, run, wait_for, write

NAMESPACES = ("--mount", "--uts", "--ipc", "--pid")


def start(host: Host) -> None:
    """Start the host's first process. All that it ever starts dies with it: they share its PID namespace."""
    log = host.state / "init.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    argv = ["nsenter", f"--net={settings.NETNS / host.netns}", "--", "unshare", *NAMESPACES, "--fork",
            "--kill-child", "--", str(settings.LAB / "host" / "init"), host.name, str(build.rootfs()),
            str(host.state), str(settings.LAB), str(settings.STATE / "bin"), str(build.libraries()),
            *host.binds]  # fmt: skip
    with log.open("ab") as out:
        # start_new_session: a Ctrl-C at `make lab` must not reach a host that already runs.
        parent = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")

    def first() -> int | None:
        if parent.poll() is not None:
            raise LabError(f"{host.name} ended at its start: {log.read_text()[-400:].strip()}")
        with contextlib.suppress(OSError, IndexError, ValueError):
            return int(children.read_text().split()[0])
        return None

    pid = wait_for(f"{host.name}'s first process", first, 10)
    write(host.pidfile, f"{pid}\n")
    write(host.pidfile.with_name("parent"), f"{parent.pid}\n")
    wait_for(f"{host.name}'s supervisor", lambda: _comm(pid) == "tini", 20, f"see {log}")


def _comm(pid: object) -> str:
    """The name of a process, empty when it has ended, even if its parent has not noticed yet."""
    with contextlib.suppress(OSError):
        name, _bracket, fields = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
        return "" if fields.split()[0] == "Z" else name
    return ""


def pid(host: Host) -> int | None:
    """The host's first process as this machine counts it, when it runs."""
    with contextlib.suppress(OSError, ValueError):
        number = int(host.pidfile.read_text())
        # A number can be used again: it is the lab's only in the host's network.
        if os.stat(f"/proc/{number}/ns/net").st_ino == os.stat(settings.NETNS / host.netns).st_ino:
            return number
    return None


def on(host: Host, *argv: str, check: bool = True, input: str | None = None, timeout: float = 120) -> str:
    return run(settings.LAB / "bin" / "on", host.name, *argv, check=check, input=input, timeout=timeout)


def service(host: Host, name: str, script: str, down: bool = False, finish: str = "") -> None:
    """Give a host a runit service; runsvdir starts it within 5 s.

    :param down: made, but not started
    :param finish: what is done whenever it ended
    """
    folder = host.files / "service" / name
    part = host.files / f"service.{name}.part"
    part.mkdir(parents=True, exist_ok=True)
    body = f"#!/bin/sh\nmkdir -p /var/log/lab\nexec >>/var/log/lab/{name}.log 2>&1\n{script.rstrip()}\n"
    write(part / "run", body, 0o755)
    if finish:
        write(part / "finish", f"#!/bin/sh\n{finish}\n", 0o755)
    if down:
        write(part / "down", "")
    part.rename(folder)


def stop(hosts: Iterable[Host]) -> None:
    """End everything in the hosts: killing the first process of a PID namespace kills all of it."""
    ended = []
    for machine in hosts:
        with contextlib.suppress(OSError, ValueError):
            if number := pid(machine):
                os.kill(number, signal.SIGKILL)
                ended.append(number)
        with contextlib.suppress(OSError, ValueError):
            number = int(machine.pidfile.with_name("parent").read_text())
            if _comm(number) in ("unshare", "nsenter"):
                os.kill(number, signal.SIGKILL)
                ended.append(number)
    deadline = time.monotonic() + 20
    while any(_comm(number) for number in ended) and time.monotonic() < deadline:
        time.sleep(0.05)


def strays() -> list[int]:
    """Processes that are still in one of the lab's network namespaces."""
    ours = {os.stat(p).st_ino for p in settings.NETNS.glob(settings.PREFIX + "*")} if settings.NETNS.is_dir() else set()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.stat(process / "ns" / "net").st_ino in ours:
                found.append(int(process.name))
    return [number for number in found if number != os.getpid()]
