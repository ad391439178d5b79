# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans that converge whichever way a device behaves where its behavior is not known."""

from __future__ import annotations

import re

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import NotAsPlanned
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig, build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.check import check
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.normalise import reached
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.plan import plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.secrets import mask
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.states import combine

FLAG = re.compile(r"(no )?neighbor (\S+) capability graceful-restart")
# What a device prints of the capability when it is on and when it is off.
DEVICES = {
    "on, printed when negated": (True, False, True),
    "off, printed when positive": (False, True, False),
    "on, nothing printed": (True, False, False),
    "off, nothing printed": (False, False, False),
    "both forms printed": (True, True, True),
}


class Device:
    """One group, or neighbors, with this capability; everything else is kept as it is typed."""

    def __init__(self, default, positive, negative):
        self.default, self.positive, self.negative = default, positive, negative
        self.lines, self.flags = {}, {}

    def type(self, commands):
        for command in (line.strip() for line in commands):
            words = command.split()
            if found := FLAG.fullmatch(command):
                assert found[2] in self.flags, command
                self.flags[found[2]] = not found[1]
            elif words[0] == "no" and len(words) == 3:
                self.lines = {k: v for k, v in self.lines.items() if k[0] != words[2]}
                self.flags.pop(words[2], None)
            elif words[0] == "no":
                self.lines.pop((words[2], words[3]), None)
            elif words[0] == "neighbor":
                self.lines[words[1], words[2]] = command
                self.flags.setdefault(words[1], self.default)

    def running(self):
        flags = [
            f"{'' if on else 'no '}neighbor {name} capability graceful-restart"
            for name, on in self.flags.items()
            if (self.positive if on else self.negative)
        ]
        body = "".join(f" {line}\n" for line in [*self.lines.values(), *flags])
        return f"router bgp 1\n{body}!\n" if body else ""


def wanted(flag, **more):
    peer = {"address": "10.0.0.1", "remote_as": "1", "capability_graceful_restart": flag, **more}
    return build(config={"as_number": "1", "neighbors": [peer]})


def run(device, want, state="replaced"):
    have = parse(device.running())
    target = combine(have, want, state)
    commands = plan(have, target).commands
    device.type(commands)
    assert reached(parse(device.running()), target), commands
    return commands


@pytest.mark.parametrize("name", DEVICES)
def test_a_wanted_graceful_restart_converges_whether_it_is_echoed_or_not(name):
    device = Device(*DEVICES[name])
    assert " neighbor 10.0.0.1 capability graceful-restart" in run(device, wanted(True))
    assert device.flags["10.0.0.1"] is True
    assert run(device, wanted(True)) == []


@pytest.mark.parametrize("name", DEVICES)
def test_graceful_restart_that_is_not_wanted_is_typed_and_remembered(name):
    device = Device(*DEVICES[name])
    off = wanted(False, description="node, no graceful restart")
    for first in (wanted(True), off):
        run(device, first)
        assert " no neighbor 10.0.0.1 capability graceful-restart" in run(device, off) or first is off
        assert device.flags["10.0.0.1"] is False
        assert run(device, off) == []
    run(device, wanted(True))
    assert device.flags["10.0.0.1"] is True


def test_without_a_description_it_is_not_typed_again_where_the_device_prints_it():
    device = Device(*DEVICES["on, printed when negated"])
    run(device, wanted(False))
    assert run(device, wanted(False)) == []


@pytest.mark.parametrize("name", DEVICES)
def test_it_is_typed_again_for_a_neighbor_that_is_created_again(name):
    device = Device(*DEVICES[name])
    have = "router bgp 1\n neighbor g peer-group\n neighbor g remote-as 1\n neighbor 10.0.0.1 peer-group g\n"
    device.type(have.splitlines()[1:])
    device.type(["no neighbor 10.0.0.1 capability graceful-restart"])
    want = build(
        config={
            "as_number": "1",
            "peer_groups": [{"name": "g", "remote_as": "1"}],
            "neighbors": [{"address": "10.0.0.1", "remote_as": "2", "capability_graceful_restart": False}],
        }
    )
    assert " no neighbor 10.0.0.1 capability graceful-restart" in run(device, want)
    assert device.flags["10.0.0.1"] is False


# ---- activation --------------------------------------------------------------------------------------


def typed(text, config, state="replaced"):
    have = parse(text)
    return [line.strip() for line in plan(have, combine(have, build(config=config), state)).commands]


NODE = {"address": "10.0.0.1", "remote_as": "1"}
PEER = "router bgp 1\n neighbor 10.0.0.1 remote-as 1\n"


def test_a_family_is_activated_before_its_policy_and_deactivated_after_it():
    family = {"address": "10.0.0.1", "activate": True, "next_hop_self": True}
    lines = typed(f"{PEER}!\n", {"neighbors": [NODE], "address_family_ipv6": {"neighbors": [family]}})
    assert lines.index("neighbor 10.0.0.1 activate") < lines.index("neighbor 10.0.0.1 next-hop-self")
    text = f"{PEER} address-family ipv6\n neighbor 10.0.0.1 activate\n neighbor 10.0.0.1 next-hop-self\n!\n"
    lines = typed(text, {"neighbors": [NODE], "address_family_ipv6": {"neighbors": []}})
    assert lines.index("no neighbor 10.0.0.1 next-hop-self") < lines.index("no neighbor 10.0.0.1 activate")


def test_policy_of_an_inactive_neighbor_is_a_problem_when_new_and_typed_while_active_when_it_comes_back():
    policy = {"prefix_list": {"in": "p"}}
    family = f"{PEER} address-family ipv6\n neighbor 10.0.0.1 prefix-list p in\n!\nipv6 prefix-list p permit any\n"
    config = {"as_number": "1", "neighbors": [NODE]}
    wanted = build({**config, "address_family_ipv6": {"neighbors": [{"address": "10.0.0.1", **policy}]}})
    with pytest.raises(InvalidConfig, match=r"neighbors\[10.0.0.1\]: has a policy but is not active"):
        check(parse(PEER), combine(parse(PEER), wanted, "merged"), references=False)
    check(parse(family), combine(parse(family), wanted, "merged"))
    lines = [line.strip() for line in plan(parse("!\n"), parse(family)).commands]
    assert [line for line in lines if "10.0.0.1" in line][-3:] == [
        "neighbor 10.0.0.1 activate",
        "neighbor 10.0.0.1 prefix-list p in",
        "no neighbor 10.0.0.1 activate",
    ]


@pytest.mark.parametrize("family", ["", " address-family ipv6\n neighbor g activate\n exit-address-family\n"])
def test_a_group_is_never_deactivated_while_it_has_members(family):
    text = f"{PEER} neighbor g peer-group\n neighbor 10.0.0.1 peer-group g\n{family}!\n"
    group = {"name": "g"} if family else {"name": "g", "activate": False}
    lines = typed(
        text,
        {
            "peer_groups": [group],
            "neighbors": [{**NODE, "peer_group": "g"}],
            "address_family_ipv6": {"neighbors": []},
        },
    )
    assert lines.index("no neighbor 10.0.0.1") < lines.index("no neighbor g peer-group")
    if not family:
        assert lines.index("no neighbor g activate") < lines.index("neighbor 10.0.0.1 peer-group g")


# ---- hidden passwords --------------------------------------------------------------------------------


@pytest.mark.parametrize("printed", ["7 0xAB", "3 aGFzaA==", "encrypted x", "0x7f7f", "some new form"])
def test_a_hidden_password_is_left_alone_and_typed_when_its_neighbor_is_created_again(printed):
    text = f"{PEER} neighbor 10.0.0.1 password {printed}\n!\n"
    assert typed(text, {"neighbors": [{**NODE, "password": "secret"}]}) == []
    group = "router bgp 1\n neighbor g peer-group\n neighbor g remote-as 1\n neighbor 10.0.0.1 peer-group g\n"
    lines = typed(f"{group} neighbor 10.0.0.1 password {printed}\n!\n", {"neighbors": [{**NODE, "password": "secret"}]})
    assert "neighbor 10.0.0.1 password secret" in lines
    assert typed(text, {"neighbors": [NODE]}) == ["router bgp 1", "no neighbor 10.0.0.1 password", "exit"]


def test_with_service_password_encryption_every_password_is_hidden():
    text = f"service password-encryption\n!\n{PEER} neighbor 10.0.0.1 password abcdef\n!\n"
    assert typed(text, {"neighbors": [{**NODE, "password": "secret"}]}) == []


@pytest.mark.parametrize("printed", ["7 x", "3 x", "anything"])
def test_another_form_of_the_typed_password_is_not_a_failure(printed):
    target = combine(parse(f"{PEER}!\n"), build(config={"neighbors": [{**NODE, "password": "secret"}]}), "replaced")
    assert reached(parse(f"{PEER} neighbor 10.0.0.1 password {printed}\n!\n"), target)
    assert not reached(parse(f"{PEER}!\n"), target)


# ---- warnings, and lines that the device changes -----------------------------------------------------


class Shell:
    """imish that prints something, and takes lines in its own way."""

    def __init__(self, text, becomes, prints=""):
        self.text, self.becomes, self.prints, self.typed = text, becomes, prints, []

    def running(self):
        return self.text

    def apply(self, lines):
        first = not self.typed
        self.typed.append(list(lines))
        self.text, before = (self.becomes, self.text) if first else (self.before, self.text)
        self.before = before
        return self.prints

    def refresh(self, neighbors, everyone=False):
        pass


def changed(shell, config):
    change = bgp.prepare(parse(shell.running()), bgp.Wish(build(config=config), "replaced"))
    bgp.apply(shell, change)
    return change


def test_a_warning_is_reported_and_is_not_a_refusal():
    becomes = f"{PEER} neighbor 10.0.0.1 timers 5 9\n!\n"
    shell = Shell(f"{PEER}!\n", becomes, "% Warning: hold time is less than 3 * keepalive\n")
    change = changed(shell, {"neighbors": [{**NODE, "timers": {"keepalive": 5, "holdtime": 9}}]})
    assert change.warnings == ["imish: % Warning: hold time is less than 3 * keepalive"]


def test_a_line_that_the_device_changes_is_named_with_what_it_became():
    shell = Shell(f"{PEER}!\n", f"{PEER} neighbor 10.0.0.1 timers 3 9\n!\n")
    with pytest.raises(NotAsPlanned) as failed:
        changed(shell, {"neighbors": [{**NODE, "timers": {"keepalive": 5, "holdtime": 15}}]})
    assert "'neighbor 10.0.0.1 timers 5 15' is not in effect: the device has 'neighbor 10.0.0.1 timers 3 9'" in str(
        failed.value
    )
    assert shell.running() == f"{PEER}!\n"


# ---- secrets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "neighbor 10.0.0.1 password CANARY", "neighbor 10.0.0.1 password 7 CANARY", "neighbor 10.0.0.1 passw 3 CANARY",
        "neighbor 10.0.0.1 password two CANARY words", "enable password 8 CANARY", "enable secret CANARY",
        "username admin privilege 15 password 0 CANARY", " key-string CANARY", "area 0 authentication-key CANARY",
        "ip ospf authentication-key 7 CANARY", "ip ospf message-digest-key 1 md5 CANARY",
        "area 1 virtual-link 1.1.1.1 message-digest-key 1 md5 7 CANARY", "ip rip authentication string CANARY",
        "isis password CANARY level-1", "area-password clear CANARY", "domain-password CANARY",
        "isis lsp-password CANARY", "pass\x00word CANARY", "% error: \x1b[31mpassword CANARY",
    ],
)  # fmt: skip
def test_secrets_are_hidden_in_every_form(line):
    shown = mask(f"first\n{line}\nlast")
    assert "CANARY" not in shown and shown.startswith("first\n") and shown.endswith("\nlast")
    assert not [char for char in shown if ord(char) < 32 and char != "\n"]


@pytest.mark.parametrize(
    "line",
    [
        "service password-encryption",
        "neighbor 10.0.0.1 description the password rack",
        "access-list 5 remark password x",
    ],
)
def test_what_is_not_a_secret_stays(line):
    assert mask(line) == line
