# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""More hosts in the running lab: routers and nodes with BIRD, and network namespaces to run programs in."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator

from ansible_collections.podroute.calico_f5.tests.live import PROJECT

sys.path.append(str(PROJECT / "lab"))

from topology import host as machine  # noqa: E402
from topology import network  # noqa: E402
from topology.settings import Host, Link  # noqa: E402
from topology.shell import run, write  # noqa: E402

BIRD = "mkdir -p /run\nexec bird -f -c /lab/bird.conf -s /run/bird.ctl"


@contextlib.contextmanager
def router(name: str, octet: int, configuration: str) -> Iterator[Host]:
    """A host of 172.16.40.0/24 that runs BIRD with this configuration; it is removed at the end."""
    made = Host(name, (Link("eth0", "int", octet),), gateway=None)
    remove(made)
    network.attach(made)
    try:
        (made.files / "service").mkdir(parents=True)
        write(made.files / "bird.conf", configuration)
        machine.service(made, "bird", BIRD)
        machine.start(made)
        yield made
    finally:
        remove(made)


@contextlib.contextmanager
def namespace(name: str, *links: Link) -> Iterator[None]:
    """A network namespace of the lab, without a default route, for programs of this machine; it is removed at the
    end."""
    made = Host(name, links, gateway=None, has_root=False)
    remove(made)
    network.attach(made)
    try:
        yield
    finally:
        remove(made)


def remove(made: Host) -> None:
    machine.stop([made])
    run("ip", "netns", "del", made.netns, check=False)
    shutil.rmtree(made.state, ignore_errors=True)
    shutil.rmtree(made.pidfile.parent, ignore_errors=True)
