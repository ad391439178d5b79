# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""imish over REST: what may be asked, what a refusal says, and that no file stays behind."""

from __future__ import annotations

import os
import time

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import (
    BigIpError,
    CutOff,
    NoShell,
    NotEnabled,
    Refused,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.imish import Imish, culprit
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.observe import observe

ROUTER = ["router bgp 64512", " neighbor 10.0.0.1 remote-as 64512"]


@pytest.mark.parametrize(
    "command",
    [
        "show running-config; reboot", 'show" && reboot', "show $(reboot)", "show `id`", "show 'x", "show\nwrite",
        "show \\x", "show !x", "show x & y", "show < /etc/passwd", "", " show", "show " + "x" * 300, "show é",
    ],
)  # fmt: skip
def test_shell_characters_are_refused(unit, command):
    with unit.session() as bigip, pytest.raises(Refused, match="not a valid imish command"):
        Imish(bigip).show(command)
    assert "POST /mgmt/tm/util/bash" not in unit.calls()


def test_a_route_domain_is_a_number(unit):
    with unit.session() as bigip, pytest.raises(ValueError):
        Imish(bigip, "0; reboot")


def test_a_route_domain_without_bgp(unit):
    with unit.session() as bigip, pytest.raises(NotEnabled, match="Dynamic routing is not enabled"):
        Imish(bigip).running()


def test_a_refused_command_is_named(unit):
    unit.enable("BGP")
    with unit.session() as bigip, pytest.raises(Refused, match="rejected for 'show nonsense': %"):
        Imish(bigip).show("show nonsense")


def test_filters_pass(unit):
    unit.configure("router bgp 64512")
    with unit.session() as bigip:
        assert "router bgp 64512" in Imish(bigip).show("show running-config | include router")


def test_lines_are_applied_and_the_file_is_removed(unit):
    unit.enable("BGP")
    with unit.session() as bigip:
        assert Imish(bigip).apply(ROUTER) == ""
    assert "neighbor 10.0.0.1 remote-as 64512" in unit.running()
    assert unit.calls()[1:-1] == ["upload", "imish -f"]
    assert unit.files() == []


def test_one_refused_line_in_the_middle_is_a_failure(unit):
    unit.enable("BGP")
    unit.simulator.inject("POST", "imish", {"line": "10.0.0.2", "reply": "% Invalid input detected at '^' marker."})
    lines = [*ROUTER, " neighbor 10.0.0.2 remote-as 64512", " neighbor 10.0.0.3 remote-as 64512"]
    with unit.session() as bigip, pytest.raises(Refused, match="% Invalid input"):
        Imish(bigip).apply(lines)
    assert unit.files() == []


@pytest.mark.parametrize("step", ["util/bash", "file-transfer"])
def test_the_file_is_removed_when_the_connection_breaks(unit, step):
    unit.enable("BGP")
    unit.simulator.fault("drop", path=step, times=None)
    with unit.session() as bigip, pytest.raises(CutOff):
        bigip.patience = 0
        Imish(bigip).apply(ROUTER)
    assert unit.calls()[-2] == "remove"
    assert unit.files() == []


def test_a_role_without_a_shell(unit):
    with unit.session("oper") as bigip, pytest.raises(NoShell, match="user oper may not use bash.*advanced shell"):
        Imish(bigip).running()


def test_bash_that_is_switched_off(unit):
    with unit.session() as bigip:
        bigip.patch("/mgmt/tm/sys/db/systemauth.disablebash", {"value": "true"})
        with pytest.raises(NoShell, match="systemauth.disablebash is true"):
            Imish(bigip).running()


def test_saving_needs_its_confirmation(unit):
    unit.enable("BGP")
    with unit.session() as bigip:
        Imish(bigip).save()
        unit.simulator.inject("POST", "imish", {"line": "write", "reply": "Building configuration..."})
        with pytest.raises(BigIpError, match="was not confirmed"):
            Imish(bigip).save()


def test_a_running_configuration_without_its_end_is_refused(unit):
    unit.configure("router bgp 64512")
    unit.simulator.inject("POST", "imish", {"line": "show running-config", "reply": "!\nrouter bgp 64512", "times": 2})
    with unit.session() as bigip:
        for read in (lambda: Imish(bigip).running(), lambda: observe(bigip, 0, ("config",))):
            with pytest.raises(BigIpError, match="is incomplete: it ends with 'router bgp 64512' instead of 'end'"):
                read()


def saved(bigip):
    return observe(bigip, 0, ("config",)).observation["saved"]


def test_running_and_startup_are_compared_as_configurations(unit):
    unit.configure("router bgp 64512")
    with unit.session() as bigip:
        assert saved(bigip)
        unit.imish("configure terminal", "router bgp 64512", "neighbor 10.0.0.1 remote-as 1")
        assert not saved(bigip)


def test_a_lost_startup_file_is_unsaved(unit):
    unit.configure("router bgp 64512")
    unit.simulator.inject("DELETE", "startup")
    with unit.session() as bigip:
        assert not saved(bigip)


def test_waiting_for_the_daemons_has_an_end(unit):
    unit.enable("BGP")
    unit.simulator.inject("POST", "imish", {"line": "show", "reply": "% Protocol daemon is not running"})
    with unit.session() as bigip, pytest.raises(NotEnabled, match="after 90 s of waiting"):
        Imish(bigip).wait(sleep=unit.slept.append)
    assert 90 <= sum(unit.slept) < 100


def test_policies_are_refreshed_in_few_calls(unit):
    unit.configure("router bgp 1\n" + "\n".join(f"neighbor 10.0.{n // 250}.{n % 250} remote-as 1" for n in range(250)))
    with unit.session() as bigip:
        Imish(bigip).refresh([f"10.0.{n // 250}.{n % 250}" for n in range(250)])
        Imish(bigip).refresh(["10.0.0.1"], everyone=True)
    assert len(unit.calls()[1:-1]) == 4


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("line 2: % Unknown command\n", "neighbor two"),
        ("x(config)# neighbor two\n      ^\n% Invalid input detected at '^' marker.\n", "neighbor two"),
        ("% Invalid input detected at '^' marker.\n", None),
        ("line 9: % Unknown command\n", None),
        ("all is well\n", None),
    ],
)
def test_the_refused_line_is_named(output, line):
    assert culprit(output, ["router one", " neighbor two ", "exit"]) == line


def test_free_text_gets_no_blank_at_its_end(unit):
    unit.enable("BGP")
    with unit.session() as bigip:
        Imish(bigip).apply([*ROUTER, " neighbor 10.0.0.1 description two words", " neighbor 10.0.0.1 password s3cret"])
        Imish(bigip).save()
    text = unit.simulator.device.routing.startup_file(0).read_text()
    assert " neighbor 10.0.0.1 description two words\n" in text
    assert " neighbor 10.0.0.1 password s3cret\n" in text


# ---- filters, and files that a killed run left -----------------------------------------------------


@pytest.mark.parametrize("behind", ["redirect /tmp/x", "append x", "tee x", "", "include a | redirect x", "uniq"])
def test_only_filters_may_follow_a_pipe(unit, behind):
    with unit.session() as bigip, pytest.raises(Refused, match="only include, exclude, begin, grep may follow"):
        Imish(bigip).show(f"show running-config | {behind}")
    assert "POST /mgmt/tm/util/bash" not in [f"{call['method']} {call['path']}" for call in unit.simulator.calls()]


@pytest.mark.parametrize("behind", ["include router", "i router", "exclude x", "begin router", "grep router"])
def test_filters_may_be_abbreviated(unit, behind):
    unit.configure("router bgp 64512")
    with unit.session() as bigip:
        assert "router bgp 64512" in Imish(bigip).show(f"show running-config | {behind}")


def lost(unit, name, minutes):
    """A file that a killed run left in the upload folder."""
    file = unit.simulator.device.settings.path(f"/var/config/rest/downloads/{name}")
    file.write_text("neighbor 10.0.0.1 password canary\n")
    then = time.time() - 60 * minutes
    os.utime(file, (then, then))


def test_the_next_write_removes_what_a_killed_run_of_this_controller_left(unit, monkeypatch):
    unit.enable("BGP")

    class Killed(BaseException):
        pass

    def killed(*_args, **_more):
        raise Killed

    with monkeypatch.context() as patched, unit.session() as bigip, pytest.raises(Killed):
        patched.setattr(Imish, "_run", killed)
        patched.setattr(Imish, "_remove", lambda *_args: None)
        Imish(bigip).apply(ROUTER)
    assert len(unit.files()) == 1
    with unit.session() as bigip:
        Imish(bigip).apply(ROUTER)
    assert unit.files() == []


def test_the_next_session_removes_old_files_of_any_controller_and_no_others(unit):
    for name, minutes in (("podroute-0123-45.imish", 11), ("podroute-6789-ab.imish", 1), ("theirs.imish", 99)):
        lost(unit, name, minutes)
    with unit.session() as bigip:
        Imish(bigip).script(["hostname"])
        assert len(unit.files()) == 3, "a check run removes nothing"
        assert Imish(bigip).script(["hostname", "whoami"], tidy=True) == ["bigip1.lab.example\n", "root\n"]
    assert sorted(unit.files()) == ["podroute-6789-ab.imish", "theirs.imish"]


def test_outputs_of_a_script_are_separated_and_a_lost_one_is_an_error(unit, monkeypatch):
    with unit.session() as bigip:
        assert Imish(bigip).script(["echo -n one", "true", "echo two"]) == ["one", "", "two\n"]
        monkeypatch.setattr(bigip, "post", lambda *_args, **_more: {"commandResult": "one\n"})
        with pytest.raises(BigIpError, match="bash ran 1 of 2 commands"):
            Imish(bigip).script(["echo one", "echo two"])
