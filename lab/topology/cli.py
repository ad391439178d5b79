"""The lab's commands, each safe to repeat and to interrupt.

up [--pair], status, reset, down, build, clean; and for faults: power off|on HOST, cable out|in HOST [LINK],
tmsh UNIT WORDS.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator

from topology import bigip, build, calico, cgroup, cluster, host, images, network, preflight, reset, settings
from topology.settings import NODES, PAIR, RUN, STATE, Host
from topology.shell import LabError, run, say, step, write

READY = RUN / "ready"


def main() -> int:
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    parser.add_argument("command", choices=[*COMMANDS, *FAULTS, "up"])
    parser.add_argument("--pair", action="store_true", help="up: two BIG-IPs in a device group")
    parser.add_argument("words", nargs="*", help="arguments of power, cable and tmsh")
    given = parser.parse_args()
    if given.words and given.command not in FAULTS or given.pair and given.command != "up":
        parser.error(f"{given.command} takes no such arguments")
    # A terminal that closes or a CI job that ends must stop the work like Ctrl-C does.
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    try:
        if given.command == "up":
            return up(given.pair)
        return FAULTS[given.command](given.words) if given.command in FAULTS else COMMANDS[given.command]()
    except LabError as error:
        say(f"lab: {error}")
    except KeyboardInterrupt:
        say("lab: interrupted; the same command continues from here")
    return 1


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two commands at the same time would interfere with each other."""
    RUN.mkdir(parents=True, exist_ok=True)
    with (RUN / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError("another `lab` command is running; wait until it has ended") from error
        yield


def do_build() -> int:
    preflight.check()
    preflight.install_tools()
    build.everything()
    return 0


def up(pair: bool) -> int:
    """Start the lab. An incomplete lab is removed first."""
    begin = time.monotonic()
    preflight.check()
    with alone():
        if whole() and PAIR.exists() == pair:
            say("lab: already up (`make lab-status` shows it)")
            return 0
        preflight.refuse_foreign()
        preflight.install_tools()
        build.everything()
        sweep()
        STATE.mkdir(parents=True)
        STATE.chmod(0o711)
        if pair:
            PAIR.touch()
        cluster.keep_sysctls()
        build.place_programs()
        with step("network: namespaces, bridges, wires"):
            network.up()
            for unit in settings.bigips():
                bigip.network(unit)
        with step("keys and configuration of every host"):
            cluster.keys()
            bigip.keys()
            for node in NODES:
                cluster.files(node)
                calico.files(node)
            for unit in settings.bigips():
                bigip.files(unit)
        with step(f"hosts: {', '.join(machine.name for machine in rooted())}"):
            for machine in rooted():
                host.start(machine)
        for unit in settings.bigips():
            bigip.services(unit)
        bigip.legacy()
        cluster.control_plane()
        for node in NODES:
            cluster.node_services(node)
        with step("Calico's resources"):
            calico.resources()
        calico.start()
        cluster.load_images(images.pause(), images.busybox(), images.nginx(build.rootfs()), controller_image())
        cluster.nodes_ready()
        cluster.kubectl("apply", "-f", str(settings.LAB / "manifests/workload.yaml"))
        for unit in settings.bigips():
            bigip.wait(unit)
        cluster.settle()
        write(READY, f"{settings.LAB}\n")
    say(f"lab: up after {time.monotonic() - begin:.0f} s")
    return 0


def whole() -> bool:
    """Whether this lab was started completely from this source tree (its hosts use its files) and is running."""
    return (READY.exists() and READY.read_text().strip() == str(settings.LAB)
            and all(host.pid(machine) for machine in rooted()))  # fmt: skip


def rooted() -> list[Host]:
    """The hosts with their own processes."""
    return [machine for machine in settings.hosts() if machine.has_root]


def controller_image() -> images.Image:
    """The real controller and its schemas, with the lab's driver behind its cccl interface."""
    from controller import image

    family = build.CONTROLLER.target
    return images.Image(**image.description(build.rootfs(), family / "bin/k8s-bigip-ctlr", family / "assets/schemas"))


def status() -> int:
    """Print the state of each host and service; returns 0 if all are running, 1 if not, 3 if the lab is down."""
    if not STATE.exists():
        say("lab: down (make lab-up starts it)")
        return 3
    for machine in rooted():
        number = host.pid(machine)
        addresses = ", ".join(link.address for link in machine.links)
        say(f"{machine.name:12} {addresses:28} {'up, pid ' + str(number) if number else 'DOWN'}")
        if number:
            for line in host.on(machine, "sh", "-c", "sv status /etc/service/*", check=False).splitlines():
                state, _, rest = line.partition(": /etc/service/")
                say(f"  {state:6} {rest.split(';')[0]}")
    say(f"lab: {'up' if whole() else 'incomplete (make lab-up restarts it)'}")
    return 0 if whole() else 1


def do_reset() -> int:
    """Restore the lab to the state before the first run, without a restart."""
    preflight.check()
    if not whole():
        raise LabError("no whole lab of this checkout is up: make lab-up")
    with alone():
        reset.reset()
    return 0


def sweep() -> None:
    """Stop and remove everything of a lab, complete or not."""
    if not (STATE.exists() or network.namespaces()):
        return
    READY.unlink(missing_ok=True)
    with step("stopping the hosts"):
        host.stop(settings.EVERY_HOST)
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
            raise LabError(f"mounts of the lab remain: {', '.join(mounts)}")
        if STATE.exists():
            run("rm", "-rf", "--one-file-system", STATE)
        # A pair has a host that the next lab may not have.
        for machine in settings.EVERY_HOST:
            run("rm", "-rf", RUN / machine.name)


def down() -> int:
    preflight.check()
    with alone():
        sweep()
    run("rm", "-rf", RUN)
    say("lab: down, nothing remains (the cache of built parts is kept; `lab/bin/lab clean` removes it)")
    return 0


def clean() -> int:
    if STATE.exists():
        raise LabError("the lab is up: make lab-down first")
    build.clean()
    return 0


def power(words: list[str]) -> int:
    """`power off HOST`: its processes end immediately and its links go down; `power on HOST`: it boots from its
    disk."""
    machine = _host(words, ("off", "on"))
    running = host.pid(machine) is not None
    with alone():
        if words[0] == "off" and running:
            for link in machine.links:
                network.cable(machine, link.name, plugged=False)
            host.stop([machine])
            network.detach(machine)
            machine.pidfile.unlink()
        elif words[0] == "on" and not running:
            network.attach(machine)
            if machine in settings.bigips():
                bigip.network(machine)
            host.start(machine)
    say(f"lab: {machine.name} is {words[0]}")
    return 0


def cable(words: list[str]) -> int:
    """`cable out HOST [LINK]` and `cable in HOST [LINK]`: without LINK, the one with its data address."""
    machine = _host(words, ("out", "in"))
    link = words[2] if len(words) > 2 else machine.links[0].name
    if link not in [each.name for each in machine.links]:
        raise LabError(f"{machine.name} has no link {link}: {', '.join(each.name for each in machine.links)}")
    network.cable(machine, link, plugged=words[0] == "in")
    say(f"lab: {link} of {machine.name} is {'unplugged' if words[0] == 'out' else 'plugged in'}")
    return 0


def _host(words: list[str], verbs: tuple[str, str]) -> Host:
    names = {machine.name: machine for machine in rooted()}
    if len(words) < 2 or words[0] not in verbs or words[1] not in names:
        raise LabError(f"expected {'|'.join(verbs)} and one of {', '.join(names)}")
    return names[words[1]]


def tmsh(words: list[str]) -> int:
    """`tmsh UNIT WORDS…`: a command of tmsh on a BIG-IP."""
    units = {unit.name: unit for unit in settings.bigips()}
    if len(words) < 2 or words[0] not in units:
        raise LabError(f"expected one of {', '.join(units)} and a command")
    print(bigip.tmsh(units[words[0]], " ".join(words[1:])), end="")
    return 0


FAULTS = {"power": power, "cable": cable, "tmsh": tmsh}
COMMANDS = {"status": status, "down": down, "reset": do_reset, "build": do_build, "clean": clean}
