# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""util/bash, its programs, tmsh, and the other util commands."""

from __future__ import annotations

import pytest
from bigip.shell.bash import Bash
from bigip.shell.unix import Files
from rest_session import FIXTURES, Rest

UTIL = "/mgmt/tm/util"


@pytest.fixture
def shell(tmp_path):
    files = Files(tmp_path)
    return Bash(files.commands(), files.write).run


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("echo 'a;b' \"c|d\"", "a;b c|d\n"),
        ("echo one; echo two", "one\ntwo\n"),
        ("true && echo yes || echo no", "yes\n"),
        ("false && echo yes || echo no", "no\n"),
        ("echo abc | grep b | wc -l", "1\n"),
        ("echo x > /var/tmp/f; echo y >> /var/tmp/f; cat /var/tmp/f", "x\ny\n"),
        ("rm -f /var/tmp/none; ls /var/tmp/none", "ls: cannot access /var/tmp/none: No such file or directory\n"),
        ("rm /var/tmp/none", "rm: cannot remove `/var/tmp/none': No such file or directory\n"),
        ("ls -Z", "ls: invalid option -- 'Z'\nTry 'ls --help' for more information.\n"),
        ("frobnicate --all", "/bin/bash: frobnicate: command not found\n"),
        ("frobnicate 2>/dev/null; echo $?", "127\n"),
        ("/bin/echo hi 2>&1", "hi\n"),
        ('echo "it\'s"', "it's\n"),
        ("echo 'open", "/bin/bash: -c: line 0: unexpected EOF while looking for matching `''\n"),
        ("[ -f /var/tmp/nothing ] || echo absent", "absent\n"),
    ],
)
def test_lines(shell, line, printed):
    assert shell(line) == printed


@pytest.mark.parametrize(
    "line",
    [
        "cat /etc/passwd",
        "cat /config/../etc/passwd",
        "ls /root",
        "cat ../etc/passwd",
        "cp /config/x /etc/x",
        "echo x > /etc/evil",
    ],
)
def test_nothing_outside_of_the_places_is_reached(shell, tmp_path, line):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("root:x:0:0")
    (tmp_path / "config" / "x").write_text("x")
    assert "root:x" not in shell(line)
    assert sorted(item.name for item in (tmp_path / "etc").iterdir()) == ["passwd"]


def test_what_prints_nothing_has_no_result(rest):
    shown = rest.ok("POST", f"{UTIL}/bash", {"command": "run", "utilCmdArgs": "-c 'true'"})
    assert shown == {"kind": "tm:util:bash:runstate", "command": "run", "utilCmdArgs": "-c 'true'"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("-c 'imish -r 0", "quotes are not balanced"),
        ("imish -r 0", '"imish" unexpected argument'),
        ("", '"" unexpected argument'),
    ],
)
def test_bash_is_strict_about_its_arguments(rest, arguments, message):
    assert rest.refused("POST", f"{UTIL}/bash", {"command": "run", "utilCmdArgs": arguments}) == (400, message)


def test_commands_other_than_run_and_unknown_utilities(rest):
    assert rest.refused("POST", f"{UTIL}/bash", {"command": "stop", "utilCmdArgs": "-c id"})[0] == 400
    assert rest.refused("POST", f"{UTIL}/imish", {"command": "run", "utilCmdArgs": ""}) == (
        404,
        "Public URI path not registered: /tm/util/imish",
    )


def test_imish_through_bash(rest, sample):
    show = 'imish -r 0 -e "show running-config"'
    assert rest.bash(show) == "% Dynamic routing is not enabled for route domain 0.\n"
    rest.ok("PATCH", "/mgmt/tm/net/route-domain/~Common~0", {"routingProtocol": ["BGP"]})
    recorded = sample("rest-imish_output_1")
    answer = rest.ok("POST", f"{UTIL}/bash", {"command": "run", "utilCmdArgs": recorded["utilCmdArgs"]})
    assert answer == recorded
    typed = 'imish -r 0 -e "configure terminal" -e "router bgp 64512" -e "neighbor 10.0.0.1 remote-as 1"'
    assert rest.bash(typed) is None
    assert "neighbor 10.0.0.1 remote-as 1\n" in rest.bash(show)
    assert rest.bash('imish -r 0 -e "show running-config" | grep -c neighbor') == "1\n"
    assert rest.bash('imish -r 7 -e "show version"') == "% Dynamic routing is not enabled for route domain 7.\n"
    rest.ok("PATCH", "/mgmt/tm/net/route-domain/~Common~0", {"routingProtocol": []})
    rest.ok("PATCH", "/mgmt/tm/net/route-domain/~Common~0", {"routingProtocol": ["BGP"]})
    assert "neighbor" not in rest.bash(show), "what was not written must be gone"


def test_pings_have_a_network_or_say_so(rest):
    shown = rest.ok("POST", f"{UTIL}/ping", {"command": "run", "utilCmdArgs": "-c 1 127.0.0.1"})
    assert shown["commandResult"] == "ping: the device is detached: it has no network\n"


def test_unix_utilities(rest, bigip):
    file = bigip.device.settings.path("/var/config/rest/downloads/f")
    file.write_text("x")
    rest.ok("POST", f"{UTIL}/unix-mv", {"command": "run", "utilCmdArgs": "/var/config/rest/downloads/f /var/tmp/g"})
    listed = rest.ok("POST", f"{UTIL}/unix-ls", {"command": "run", "utilCmdArgs": "/var/tmp"})
    assert listed["commandResult"] == "g\n"
    assert "commandResult" not in rest.ok("POST", f"{UTIL}/unix-rm", {"command": "run", "utilCmdArgs": "/var/tmp/g"})
    gone = rest.ok("POST", f"{UTIL}/unix-rm", {"command": "run", "utilCmdArgs": "/var/tmp/g"})
    assert gone["commandResult"].startswith("/bin/rm: cannot remove")


# tmsh


def test_tmsh_writes_what_it_lists(rest):
    assert rest.bash("tmsh create ltm pool p members add { 10.0.0.1:80 { ratio 3 } 10.0.0.2:80 } monitor http") is None
    text = rest.bash("tmsh list ltm pool p")
    assert "monitor http" in text and "10.0.0.1:80 {" in text and "ratio 3" in text
    rest.bash("tmsh modify ltm pool p members delete { 10.0.0.1:80 }")
    assert "10.0.0.1" not in rest.bash("tmsh list ltm pool p")
    assert rest.bash("tmsh delete ltm pool p") is None
    assert rest.bash("tmsh list ltm pool p") == "01020036:3: The requested Pool (/Common/p) was not found.\n"


def test_tmsh_shows_a_route_domain_as_recorded(rest):
    rest.ok("PATCH", "/mgmt/tm/net/route-domain/~Common~0", {"routingProtocol": ["BGP"]})
    recorded = (FIXTURES / "tmsh-route-domain-and-tmrouted.txt").read_text()
    for line in ("net route-domain 0 {", "    id 0", "    routing-protocol {", "        BGP", "        http-tunnel"):
        assert line in recorded.splitlines()
        assert line in rest.bash("tmsh list net route-domain 0").splitlines()
    assert rest.bash("tmsh show sys service tmrouted").startswith("tmrouted     run (pid ")


def test_tmsh_adds_protocols_and_lockdown(rest):
    rest.bash("tmsh modify net route-domain 0 routing-protocol add { BGP }")
    rest.bash("tmsh modify net route-domain 0 routing-protocol add { BFD }")
    assert rest.ok("GET", "/mgmt/tm/net/route-domain/~Common~0")["routingProtocol"] == ["BFD", "BGP"]
    assert "allow-service none" in rest.bash("tmsh list net self int_self allow-service")
    rest.bash("tmsh modify net self int_self allow-service add { tcp:bgp }")
    assert "tcp:bgp" in rest.bash("tmsh list net self int_self allow-service")


def test_tmsh_show(rest):
    assert "Routing Bundle" in rest.bash("tmsh show sys license | grep Routing")
    header = (FIXTURES / "tmsh-show-net-route-mhermsdorfer.txt").read_text().partition("Net::Routes\n")[2]
    assert header.splitlines()[0] in rest.bash("tmsh show net route")
    assert "Availability : unknown" in rest.bash("tmsh show ltm pool legacy_pool")


def test_tmsh_refuses_in_its_own_words(rest):
    assert rest.bash("tmsh frobnicate") == 'Syntax Error: unexpected argument "frobnicate"\n'
    assert rest.bash("tmsh modify ltm pool legacy_pool bogus 1") == 'Syntax Error: "bogus" unknown property\n'


def test_tmsh_saves_and_loads(rest, bigip):
    rest.bash("tmsh save sys config")
    rest.bash("tmsh create ltm pool unsaved")
    rest.bash("tmsh load sys config")
    assert rest("GET", "/mgmt/tm/ltm/pool/~Common~unsaved")[0] == 404


def test_tmsh_makes_a_user(rest: Rest) -> None:
    access = "partition-access add { all-partitions { role resource-admin } } shell bash"
    assert rest.bash(f"tmsh create auth user eve password Eve-canary-1 {access}") is None
    assert "resource-admin" in rest.bash("tmsh list auth user eve")
    Rest(rest.bigip, "eve", "Eve-canary-1").ok("GET", "/mgmt/tm/ltm/pool")
