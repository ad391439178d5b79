# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interactive sessions: modes, prompts, and the program `imish` over its socket."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bigip.imish import Imish
from bigip.imish.shell import Shell
from imish_box import sample

CLI = Path(__file__).parents[3] / "lab" / "bigip" / "imish" / "cli.py"
NAME = "bigip1.example.com[0]"


def test_modes_and_prompts(box):
    shell = Shell(box.imi, privileged=False)
    seen = [shell.prompt]
    for line in (
        "enable",
        "conf t",
        "router bgp 64512",
        "address-family ipv6",
        "exit-address-family",
        "address-family ipv4",
        "exit",
        "route-map R permit 10",
        "interface eth1",
        "line vty 0 39",
        "exit",
        "end",
        "configure terminal",
        "exit",
        "disable",
    ):
        assert shell.run(line) == ""
        seen.append(shell.prompt)
    assert seen == [
        f"{NAME}{rest}"
        for rest in (
            ">",
            "#",
            "(config)#",
            "(config-router)#",
            "(config-router-af)#",
            "(config-router)#",
            "(config-router-af)#",
            "(config-router)#",
            "(config-route-map)#",
            "(config-if)#",
            "(config-line)#",
            "(config)#",
            "#",
            "(config)#",
            "#",
            ">",
        )
    ]
    assert not shell.closed
    shell.run("exit")
    assert shell.closed


def test_before_enable_one_looks_only(box):
    shell = Shell(box.imi, privileged=False)
    assert shell.run("configure terminal").endswith("% Invalid input detected at '^' marker.\n")
    assert shell.run("show running-config").endswith("% Invalid input detected at '^' marker.\n")
    assert shell.run("show ip bgp summary") == "% No BGP process is configured\n"


def test_exec_commands_in_configuration_mode(box):
    assert (
        box.do(
            "conf t",
            "show ip prefix-list",
            "do show route-map",
            "router bgp 64512",
            "do show running-config | i router",
            "end",
            "conf t",
        )
        == "router bgp 64512\n"
    )


def test_the_caret_counts_the_prompt_only_where_there_is_one(box):
    assert Shell(box.imi, interactive=True).run("show nothing").startswith(" " * (len(f"{NAME}#") + 5) + "^\n")
    assert Shell(box.imi).run("show nothing").startswith(" " * 5 + "^\n")


def test_help(box):
    shell = Shell(box.imi, interactive=True)
    assert shell.run("show ip bgp nei?") == "  neighbors\n"
    assert "  <cr>\n" in shell.run("show ip bgp ?")
    assert shell.run("frobnicate ?") == "% Unrecognized command\n"


def test_a_mode_whose_place_is_gone(box):
    first, second = Shell(box.imi), Shell(box.imi)
    for line in ("conf t", "router bgp 64512"):
        first.run(line)
    for line in ("conf t", "no router bgp 64512"):
        assert second.run(line) == ""
    assert first.run("neighbor 10.0.0.1 remote-as 64512").endswith("% Invalid input detected at '^' marker.\n")
    assert first.prompt == f"{NAME}(config)#"


@pytest.fixture
def program(box, tmp_path):
    """The program in front of the route domain, as it runs on the device."""
    imish = Imish({0: box.imi})
    path = tmp_path / "imish.sock"
    imish.serve(path)

    def run(*argv: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, CLI, *argv],
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "IMISH_SOCKET": str(path)},
            check=False,
        )

    run.socket = path
    yield run
    imish.close()


def test_the_program_runs_commands(program, box):
    assert program("-r", "0", "-e", "show running-config").stdout == box.running
    assert program("-r", "9", "-e", "write").stdout == "% Dynamic routing is not enabled for route domain 9.\n"


def test_the_program_reads_its_files_itself(program, box, tmp_path):
    (tmp_path / "lines").write_text("router bgp 64512\n neighbor 10.0.0.1 remote-as 64512\n neighbor x y\n")
    said = program("-r", "0", "-f", str(tmp_path / "lines")).stdout
    assert said.endswith("% Invalid input detected at '^' marker.\n")
    assert " neighbor 10.0.0.1 remote-as 64512" in box.lines
    assert "Can't open configuration file" in program("-f", str(tmp_path / "none")).stdout


def test_a_session_reads_like_the_sample(program, box):
    typed = (
        "enable\nconfig t\nrouter bgp 65101\n neighbor 10.1.10.3 remote-as 65101\n"
        " neighbor 10.1.10.3 description W_CPE_A\n redistribute kernel\nend\nwr\nexit\n"
    )
    shown = program(typed=typed).stdout
    theirs = sample("imish-session-config-and-write-agility.txt").replace("W_A_BIGIP-13.local", "bigip1.example.com")
    wanted = [line for line in theirs.splitlines() if "10.1.10.4" not in line and "10.1.10.6" not in line]
    # the author of the sample left out how he came from (config-router) back to (config)
    wanted = [line.replace("(config)#end", "(config-router)#end") for line in wanted]
    assert shown.splitlines() == [*wanted[:-1], f"{NAME}#exit"]
    assert " redistribute kernel" in box.lines


def test_a_session_on_a_route_domain_without_routing(program):
    done = program("-r", "5", typed="enable\n")
    assert (done.stdout, done.returncode) == ("% Dynamic routing is not enabled for route domain 5.\n", 0)


def test_the_program_without_a_simulator(tmp_path):
    done = subprocess.run(
        [sys.executable, CLI, "-e", "show version"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "IMISH_SOCKET": str(tmp_path / "none")},
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("imish: ")


def test_the_socket_is_its_owners(program):
    assert program.socket.stat().st_mode & 0o777 == 0o600
