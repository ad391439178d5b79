# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running and startup configuration, a bgpd that comes and goes, faults, and threads."""

from __future__ import annotations

import stat
import threading
import time

from bigip.imish import DetachedEngine, Imi, Imish
from imish_box import Box, Recorder

LINES = ("neighbor 10.0.0.1 remote-as 64512",)


def test_nothing_answers_before_the_route_domain_has_bgp(tmp_path):
    imi = Imi(7, DetachedEngine(), tmp_path / "ZebOS.conf", "bigip1")
    reply = imi.command(["-r", "7", "-e", "show running-config"])
    assert "Dynamic routing is not enabled" in reply
    assert reply.startswith("%")
    assert Imish({7: imi}).command(["imish", "-r", "7", "-e", "enable"]) == reply
    assert "Dynamic routing is not enabled" in Imish({7: imi}).command(["-e", "enable"])


def test_what_was_not_written_does_not_survive(tmp_path):
    box = Box(tmp_path, Recorder())
    box.bgp(*LINES)
    assert box.do("show startup-config") == "% Startup-config is not present\n"
    assert box.do("write") == "Building configuration...\n[OK]\n"
    box.bgp("neighbor 10.0.0.2 remote-as 64512")
    saved = box.do("show startup-config")
    assert saved != box.running
    box.imi.disable()

    again = Box(tmp_path, Recorder())
    assert again.running == saved
    assert " neighbor 10.0.0.2 remote-as 64512" not in again.lines
    again.imi.disable()


def test_every_way_to_write(box):
    for command in (
        "write",
        "wr",
        "write memory",
        "wr mem",
        "write file",
        "copy running-config startup-config",
        "copy run start",
    ):
        box.imi.startup.unlink(missing_ok=True)
        assert box.do(command) == "Building configuration...\n[OK]\n"
        assert box.imi.startup.read_text() == box.running
    box.imi.startup.unlink()
    assert box.do("conf t", "router bgp 64512", "write") == "Building configuration...\n[OK]\n"
    assert box.do("write terminal") == box.running


def test_the_saved_file_is_private(box):
    box.bgp(*LINES, "neighbor 10.0.0.1 password canary")
    box.do("write")
    assert stat.S_IMODE(box.imi.startup.stat().st_mode) == 0o600
    assert [path.name for path in box.folder.iterdir()] == ["candidate", "ZebOS.conf"] or not list(
        box.folder.glob("*.new")
    )


def test_leaving_the_route_domain_forgets_and_coming_back_loads(box):
    box.bgp(*LINES)
    box.do("write")
    box.bgp("neighbor 10.0.0.2 remote-as 64512")
    box.imi.disable()
    assert "Dynamic routing is not enabled" in box.running
    box.imi.enable()
    assert [line for line in box.lines if "neighbor" in line] == [" neighbor 10.0.0.1 remote-as 64512"]


def test_a_startup_file_with_a_bad_line_loads_the_rest(tmp_path, caplog):
    (tmp_path / "ZebOS.conf").write_text("!\nrouter bgp 64512\n frobnicate\n neighbor 10.0.0.1 remote-as 64512\n")
    box = Box(tmp_path, Recorder())
    assert " neighbor 10.0.0.1 remote-as 64512" in box.lines
    assert "frobnicate" in caplog.text
    box.imi.disable()


def test_while_bgpd_is_away(box):
    box.bgp(*LINES)
    before = box.running
    box.engine.number = None
    assert box.bgp("neighbor 10.0.0.2 remote-as 64512").splitlines() == [
        "% Protocol daemon is not running",
        f"{'^':>1}",
        "% Invalid input detected at '^' marker.",
    ]
    assert box.do("show ip bgp summary") == "% Protocol daemon is not running\n"
    assert box.running == before
    assert box.configure("ip prefix-list P permit any\nlog syslog\n") == ""
    assert "ip prefix-list P seq 5 permit any" in box.lines


def test_a_new_bgpd_gets_the_configuration_before_anything_else(box):
    box.bgp(*LINES)
    box.engine.number = None
    box.configure("ip prefix-list P permit any\n")
    del box.engine.told[:]
    box.engine.number = 2
    box.engine.resets = 0
    box.bgp("neighbor 10.0.0.1 shutdown")
    lines = [op.line for op in box.engine.told]
    assert box.engine.resets == 1
    assert lines[0] == "ip prefix-list P seq 5 permit any"
    assert lines.index("neighbor 10.0.0.1 remote-as 64512") < lines.index("neighbor 10.0.0.1 shutdown")


def test_a_new_bgpd_gets_the_configuration_without_a_request(box):
    box.bgp(*LINES)
    del box.engine.told[:]
    box.engine.number = 2
    deadline = time.monotonic() + 10
    while not box.engine.told and time.monotonic() < deadline:
        time.sleep(0.05)
    with box.imi._lock:
        assert "neighbor 10.0.0.1 remote-as 64512" in [op.line for op in box.engine.told]


def test_the_saved_configuration_reaches_bgpd(tmp_path):
    (tmp_path / "ZebOS.conf").write_text("router bgp 64512\n neighbor 10.0.0.1 remote-as 64512\n")
    engine = Recorder()
    engine.number = None
    box = Box(tmp_path, engine)
    assert engine.told == []
    engine.number = 1
    assert box.imi.ready()
    assert "neighbor 10.0.0.1 remote-as 64512" in [op.line for op in engine.told]
    box.imi.disable()


def test_faults(box):
    box.imi.faults.append((r"remote-as 65001", "% Invalid AS"))
    assert box.bgp("neighbor 10.0.0.1 remote-as 65001", "neighbor 10.0.0.2 remote-as 65002") == "% Invalid AS\n"
    assert [line for line in box.lines if "neighbor" in line] == [" neighbor 10.0.0.2 remote-as 65002"]
    box.imi.faults.clear()
    assert box.bgp("neighbor 10.0.0.1 remote-as 65001") == ""


def test_clear(box):
    box.bgp("neighbor G peer-group", "neighbor G remote-as 64512", "neighbor 10.0.0.1 peer-group G")
    for command, told in (
        ("clear ip bgp *", "clear bgp *"),
        ("clear ip bgp 10.0.0.1", "clear bgp 10.0.0.1"),
        ("clear ip bgp * soft in", "clear bgp * soft in"),
        ("clear ip bgp * out", "clear bgp * out"),
        ("clear ip bgp 64512 soft", "clear bgp 64512 soft"),
        ("clear ip bgp peer-group G soft out", "clear bgp peer-group G soft out"),
        ("clear bgp *", "clear bgp *"),
    ):
        del box.engine.told[:]
        assert box.do(command) == ""
        assert [(op.path, op.line) for op in box.engine.told] == [(None, told)]
    for target in ("10.0.0.9", "64513"):
        assert box.do(f"clear ip bgp {target}") == f'% Unknown neighbor or peer-group - "{target}"\n'


def test_arguments(box):
    assert box.imi.command(["-x"]).startswith("imish: option -x not recognized\nusage: imish")
    assert box.imi.command(["-r", "0", "surplus"]).startswith("usage: imish")
    assert box.imi.command(["-e"]).startswith("imish: option -e requires argument")
    assert box.imi.command(["-f", str(box.folder / "none")]) == (
        f"% Can't open configuration file {box.folder / 'none'}: No such file or directory\n"
    )
    assert box.imi.command([]) == ""


def test_a_file_may_bring_its_own_enable_and_end(box):
    assert (
        box.configure(
            "enable\nconfigure terminal\n!\nrouter bgp 64512 \n neighbor 10.0.0.1 remote-as 64512 \n"
            "exit\nlog syslog\r\nend\nshow running-config | i ^log\n"
        )
        == "log syslog\n"
    )
    assert " neighbor 10.0.0.1 remote-as 64512" in box.lines


def test_many_at_once(box):
    """Commands of several clients do not get in each other's way."""
    replies: list[str] = []

    def work(number: int) -> None:
        for n in range(20):
            replies.append(box.do("conf t", "router bgp 64512", f"neighbor 10.0.{number}.{n} remote-as 64512"))
            replies.append(box.do("show ip bgp summary | i nothing"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(replies) == {""}
    assert sum("remote-as" in line for line in box.lines) == 80
