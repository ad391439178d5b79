"""lab up | status | down | reset | build: the steps of the lab, each safe to repeat and to interrupt."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator

from topology import bigip, build, calico, cgroup, cluster, host, images, network, preflight, reset, settings
from topology.settings import HOSTS, NODES, RUN, STATE
from topology.shell import LabError, run, say, step, write

READY = RUN / "ready"


def main() -> int:
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    command = parser.parse_args().command
    # A terminal that closes or a CI job that ends must stop the work like Ctrl-C does.
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    try:
        return COMMANDS[command]()
    except LabError as error:
        say(f"lab: {error}")
    except KeyboardInterrupt:
        say("lab: interrupted; the same command goes on from here")
    return 1


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two of us at once would undo each other's work."""
    RUN.mkdir(parents=True, exist_ok=True)
    with (RUN / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError("another `lab` command is at work; wait for it to end") from error
        yield


def do_build() -> int:
    preflight.check()
    preflight.install_tools()
    build.everything()
    return 0


def up() -> int:
    """Start what is not there. A start that was interrupted is cleared away first: half a lab misleads."""
    begin = time.monotonic()
    preflight.check()
    with alone():
        if whole():
            say("lab: already up (`make lab-status` shows it)")
            return 0
        preflight.refuse_foreign()
        preflight.install_tools()
        build.everything()
        sweep()
        STATE.mkdir(parents=True)
        STATE.chmod(0o711)
        cluster.keep_sysctls()
        build.place_programs()
        with step("network: namespaces, bridges, wires"):
            network.up()
            bigip.network()
        with step("keys and configuration of every host"):
            cluster.keys()
            bigip.keys()
            for node in NODES:
                cluster.files(node)
                calico.files(node)
            bigip.files()
        with step(f"hosts: {', '.join(h.name for h in HOSTS if h.has_root)}"):
            for machine in HOSTS:
                if machine.has_root:
                    host.start(machine)
        bigip.services()
        cluster.control_plane()
        for node in NODES:
            cluster.node_services(node)
        with step("Calico's resources"):
            calico.resources()
        calico.start()
        cluster.load_images(images.pause(), images.busybox(), images.nginx(build.rootfs()), controller_image())
        cluster.nodes_ready()
        cluster.kubectl("apply", "-f", str(settings.LAB / "manifests/workload.yaml"))
        bigip.wait()
        cluster.settle()
        write(READY, f"{settings.LAB}\n")
    say(f"lab: up after {time.monotonic() - begin:.0f} s")
    return 0


def whole() -> bool:
    """Was this lab started to its end, from this checkout (its hosts see the checkout's files), and does it run?"""
    return (READY.exists() and READY.read_text().strip() == str(settings.LAB)
            and all(host.pid(h) for h in HOSTS if h.has_root))  # fmt: skip


def controller_image() -> images.Image:
    """The real controller and its schemas, with the lab's driver behind its cccl interface."""
    from controller import image

    family = build.CONTROLLER.target
    return images.Image(**image.description(build.rootfs(), family / "bin/k8s-bigip-ctlr", family / "assets/schemas"))


def status() -> int:
    """What runs, host by host and service by service; 0 when all of it does, 1 when not, 3 when no lab is up."""
    if not STATE.exists():
        say("lab: down (make lab-up starts it)")
        return 3
    for machine in HOSTS:
        if not machine.has_root:
            continue
        number = host.pid(machine)
        addresses = ", ".join(link.address for link in machine.links)
        say(f"{machine.name:12} {addresses:28} {'up, pid ' + str(number) if number else 'DOWN'}")
        if number:
            for line in host.on(machine, "sh", "-c", "sv status /etc/service/*", check=False).splitlines():
                state, _, rest = line.partition(": /etc/service/")
                say(f"  {state:6} {rest.split(';')[0]}")
    say(f"lab: {'up' if whole() else 'not whole (make lab-up starts it anew)'}")
    return 0 if whole() else 1


def do_reset() -> int:
    """Put the lab back to how it was before the job, without starting it anew."""
    preflight.check()
    if not whole():
        raise LabError("no whole lab of this checkout is up: make lab-up")
    with alone():
        reset.reset()
    return 0


def sweep() -> None:
    """Stop and remove all that a lab ever makes, whether whole or in pieces."""
    if not (STATE.exists() or network.namespaces()):
        return
    READY.unlink(missing_ok=True)
    with step("stopping the hosts"):
        host.stop(HOSTS)
        for number in host.strays():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        deadline = time.monotonic() + 15
        while (left := host.strays()) and time.monotonic() < deadline:
            time.sleep(0.1)
        if left:
            raise LabError(f"processes {left} of the lab do not end")
    with step("removing namespaces, cgroups, files"):
        network.down()
        deadline = time.monotonic() + 15
        while (stuck := cgroup.down()) and time.monotonic() < deadline:
            time.sleep(0.2)
        if stuck:
            raise LabError(f"cgroups could not be removed: {', '.join(str(s) for s in stuck[:3])}")
        cluster.restore_sysctls()
        if mounts := [line.split()[1] for line in open("/proc/self/mounts") if str(STATE) in line]:
            raise LabError(f"mounts of the lab are left: {', '.join(mounts)}")
        if STATE.exists():
            run("rm", "-rf", "--one-file-system", STATE)


def down() -> int:
    preflight.check()
    with alone():
        sweep()
    run("rm", "-rf", RUN)
    say("lab: down, nothing left (the cache of built parts stays; `lab/bin/lab clean` removes it)")
    return 0


def clean() -> int:
    if STATE.exists():
        raise LabError("the lab is up: make lab-down first")
    build.clean()
    return 0


COMMANDS = {"up": up, "status": status, "down": down, "reset": do_reset, "build": do_build, "clean": clean}
