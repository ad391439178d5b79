"""The wires: one namespace a host, a bridge a segment in the fabric's, and a router between the segments."""

from __future__ import annotations

from topology import settings
from topology.settings import FABRIC, NETNS, STATE, SUBNETS, Host
from topology.shell import LabError, run

OUR_MOUNT = STATE / "netns-mount"  # there when this lab's first namespace made the mount


def namespaces() -> list[str]:
    """Ours that exist now."""
    return sorted(p.name for p in NETNS.glob(settings.PREFIX + "*")) if NETNS.is_dir() else []


def up() -> None:
    if not _mounted():
        STATE.mkdir(parents=True, exist_ok=True)
        OUR_MOUNT.touch()
    run("ip", "netns", "add", FABRIC)
    inside(FABRIC, "ip", "link", "set", "lo", "up")
    for number, (segment, subnet) in enumerate(SUBNETS.items(), 1):
        # With an address of its own: otherwise it is the lowest of the ports, and changes with them, while the hosts
        # keep the router's former one for minutes.
        inside(FABRIC, "ip", "link", "add", segment, "address", f"02:00:00:00:00:{number:02x}", "type", "bridge")
        inside(FABRIC, "ip", "address", "add", f"{subnet}.1/24", "dev", segment)
        inside(FABRIC, "ip", "link", "set", segment, "up")
    sysctl(FABRIC, "net/ipv4/ip_forward", 1)
    for host in settings.hosts():
        attach(host)


def attach(host: Host) -> None:
    """Plug a host into its segments; the default route is needed for pods' proxy ARP to answer."""
    run("ip", "netns", "add", host.netns)
    inside(host.netns, "ip", "link", "set", "lo", "up")
    for number, link in enumerate(host.links):
        port = port_of(host, number)
        inside(FABRIC, "ip", "link", "add", port, "type", "veth", "peer", "name", link.name, "netns", host.netns)
        inside(FABRIC, "ip", "link", "set", port, "master", link.segment, "up")
        inside(host.netns, "ip", "address", "add", f"{link.address}/24", "dev", link.name)
        inside(host.netns, "ip", "link", "set", link.name, "up")
    if host.gateway:
        inside(host.netns, "ip", "route", "add", "default", "via", host.gateway)
    sysctl(host.netns, "net/ipv4/ip_forward", 1 if host in settings.NODES else 0)


def detach(host: Host) -> None:
    """Remove the host's namespace and its ports; nothing may run in it."""
    for number in range(len(host.links)):  # the kernel clears a namespace away later, and its ports with it
        inside(FABRIC, "ip", "link", "del", port_of(host, number))
    run("ip", "netns", "del", host.netns)


def port_of(host: Host, number: int) -> str:
    """The fabric's end of a host's link."""
    return f"{host.name[:11]}-{number}"


def cable(host: Host, link: str | None, plugged: bool) -> None:
    """Pull or plug the cable of a link, by default the first: the host's interface loses or gets its carrier."""
    names = [each.name for each in host.links]
    number = names.index(link) if link in names else 0
    inside(FABRIC, "ip", "link", "set", port_of(host, number), "up" if plugged else "down")


def inside(netns: str, *argv: str) -> str:
    """Run a program of this machine in a network namespace (not by `ip netns exec`: that one hides cgroups)."""
    return run("nsenter", f"--net={NETNS / netns}", "--", *argv)


def sysctl(netns: str, name: str, value: int) -> None:
    # /proc/sys/net follows the reader's namespace: it must be written from inside.
    inside(netns, "sh", "-c", f"echo {value} > /proc/sys/{name}")


def down() -> None:
    for name in namespaces():
        run("ip", "netns", "del", name, check=False)
    if left := namespaces():
        raise LabError(f"network namespaces could not be removed: {', '.join(left)}")
    # The first `ip netns add` on a machine mounts the folder on itself.
    if OUR_MOUNT.exists() and _mounted() and not any(NETNS.iterdir()):
        run("umount", str(NETNS))
        NETNS.rmdir()


def _mounted() -> bool:
    """Whether the folder of namespaces is a mount of its own."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        return any(line.split()[1] == str(NETNS) for line in mounts)
