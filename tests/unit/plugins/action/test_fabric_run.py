# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run of site.yml, step by step in this process, against modules that keep one value per side."""

from __future__ import annotations

import copy
import ctypes
import dataclasses
import errno
import json
import multiprocessing
import os
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from ansible_collections.podroute.calico_f5.plugins.action import fabric_run
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder, guard, journal, lock
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.process import process_id
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.calico_observation import TURN_SECRET
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.site_run import SiteRun
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step, StepFailed

PROCESS = process_id(os.getppid())


class Writer(Step):
    """A role's step: sets the value of its side, or fails after it has."""

    WRITES = "f5_routing"
    SPEC: ClassVar[dict[str, Any]] = {"argument_spec": {"value": {"type": "int"}, "fails": {"type": "str"}}}

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        before, SIDES["bigip1"] = SIDES["bigip1"], options["value"]
        if options["fails"]:
            raise StepFailed(options["fails"])
        return {"changed": before != options["value"]}


SIDES: dict[str, int] = {}


class Site:
    """An inventory, the state of both sides and of the Lease, and what the modules were asked."""

    def __init__(self, place) -> None:
        self.place = place
        SIDES.clear()
        SIDES.update(bigip1=1, calico=1)
        self.lease: dict[str, Any] = {"spec": None, "resource_version": ""}
        self.broken: dict[str, str] = {}
        self.calls: list[str] = []
        self.facts: dict[str, Any] = {}
        self.objects: dict[str, Any] = {}  # what k8s_objects returns
        self.variables: dict[str, Any] = {"fabric_run_required": True, "ansible_run_tags": ["all"]}
        shared = {
            "fabric_run_dir": str(place),
            "bigip_password": "canary",
            "bgp_password": "canary2",
            "pod_pools": [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16"}],
            "vip_ranges": ["172.16.40.80/31"],
        }
        self.hosts = {
            "localhost": dict(shared),
            "k8s-master": {**shared, "node_ip": "172.16.40.199", "as_number": "64512"},
            "bigip1": {
                **shared, "ansible_host": "172.16.20.202", "bgp_address": "172.16.40.202", "as_number": "64512"
            },
        }  # fmt: skip

    def execute(self, name, arguments, check=False, *_more):
        """In place of local_module.execute."""
        if name == "fabric_lease":
            return self._lease(arguments)
        if name == "k8s_objects":
            self.calls.append(f"apply {arguments['definitions']}")
            return {"changed": True, **self.objects}
        side = "calico" if name == "calico_snapshot" else "bigip1"
        self.calls.append(f"{arguments['state']} {side}{' (dry run)' if check else ''}")
        if side in self.broken:
            return {"failed": True, "msg": self.broken[side]}
        if arguments["state"] == "gathered":
            return {"changed": False, "snapshot": {"value": SIDES[side]}}
        changed = SIDES[side] != arguments["snapshot"]["value"]
        if not check:
            SIDES[side] = arguments["snapshot"]["value"]
        return {"changed": changed, "conflicts": []}

    def _lease(self, arguments):
        if "lease" in self.broken:
            return {"failed": True, "error": "unauthorised", "msg": self.broken["lease"]}
        if arguments["state"] == "written":
            if arguments["resource_version"] != self.lease["resource_version"]:
                return {"failed": True, "error": "exists", "msg": "conflict"}
            self.lease = {"spec": dict(arguments["spec"]), "resource_version": str(len(self.calls)) + "x"}
        return copy.deepcopy(self.lease)

    def run(self, step, host="localhost", check=False, **arguments):
        hostvars = {name: {**own, "inventory_hostname": name} for name, own in self.hosts.items()}
        hostvars["localhost"]["ansible_facts"] = self.facts
        task = SimpleNamespace(args=arguments, check_mode=check, diff=False, action="x", async_val=0, delegate_to=None)
        connection = SimpleNamespace(transport="local", _shell=SimpleNamespace(tmpdir="unused"))
        groups = {"k8s_nodes": ["k8s-master"], "bigips": ["bigip1"]}
        variables = {**hostvars[host], "hostvars": hostvars, "groups": groups, **self.variables}
        result = step(task, connection, None, None, None, None).run(None, variables)
        assert "canary" not in json.dumps(result)
        self.facts |= result.get("ansible_facts", {})
        return result

    def frame(self, state, **more):
        if state == "passed":  # as fabric_preflight does
            folder.current(self.place, PROCESS).save(guard.PREFLIGHT, {"passed": True})
            return {}
        return self.run(fabric_run.ActionModule, state=state, **more)

    def write(self, value, **more):
        return self.run(Writer, host="bigip1", value=value, **more)

    def begin(self):
        """What comes before the first write."""
        assert not self.frame("begun").get("failed")
        self.frame("passed")
        return self.frame("recorded")

    @property
    def records(self):
        """The states of each run."""
        return [[line["state"] for line in run.lines()] for run in journal.runs(self.record_place)]

    @property
    def record_place(self):
        return next((path for path in self.place.iterdir() if path.name.startswith("bigip1-")), self.place / "none")


def test_a_run_that_succeeds_is_marked_as_verified_and_gives_the_lock_back(site):
    assert site.begin()["run"].startswith("000001-")
    assert site.lease["spec"]["holderIdentity"]
    assert site.write(2)["changed"]
    site.frame("applied")
    assert site.frame("finished")["result"] == "verified"
    assert site.records == [["started", "writing", "verified"]] and SIDES["bigip1"] == 2
    assert site.lease["spec"]["holderIdentity"] == "" and (site.record_place / "lock").read_text() == ""
    assert folder.current(site.place, PROCESS) is None
    kept = "".join(path.read_text() for path in site.place.rglob("*") if path.is_file())
    assert "canary" not in kept


def test_an_unchanged_side_is_not_read_again(site):
    site.begin()
    site.write(1)
    site.run(type("Cis", (Writer,), {"WRITES": "bigip_ctlr"}), value=1)
    site.calls.clear()
    site.frame("applied")
    assert site.calls == ["gathered calico (dry run)"], "the role calico_bgp did not run here, so its side is not known"


def test_a_run_that_fails_rolls_both_sides_back_and_reports_why(site):
    site.begin()
    failed = site.write(2, fails="no session with k8s-master")
    site.frame("failed", role="f5_routing", cause=failed["msg"])
    site.calls.clear()
    site.frame("applied")
    assert site.calls == [], "what a failed run applied is not known"
    ended = site.frame("finished")
    assert ended["failed"] and SIDES == {"bigip1": 1, "calico": 1}
    assert ended["msg"].splitlines() == [
        "f5_routing on localhost: no session with k8s-master",
        "Both sides were rolled back:",
        "- Calico: already in the state before the run",
        "- bigip1: rolled back",
    ]
    assert site.records == [["started", "writing", "rolling back", "rolled back"]]
    assert site.lease["spec"]["holderIdentity"] == ""


@pytest.mark.parametrize("answer", [{}, {"failed": True, "msg": "forbidden"}])
def test_a_rollback_removes_the_second_key_of_a_password(site, answer):
    site.begin()
    secret = {"name": "podroute-bgp", "namespace": "kube-system"}
    folder.current(site.place, PROCESS).save(TURN_SECRET, secret)
    site.objects = answer
    site.frame("failed", role="f5_routing", cause="no session with k8s-master")
    ended = site.frame("finished")
    assert site.calls[-1] == f"apply {[{'apiVersion': 'v1', 'kind': 'Secret', 'metadata': secret}]}"
    assert ended["failed"] and ended["warnings"] == (["Secret: forbidden"] if answer else [])


def test_a_rollback_names_the_passwords_that_it_cannot_restore(site):
    site.begin()
    record = SiteRun.record.fget(SimpleNamespace(folder=folder.current(site.place, PROCESS)))
    record.lose_passwords("bigip1", ["calico-k8s"])
    record.lose_passwords("bigip1", [])
    record.lose_passwords("calico", ["Secret kube-system/podroute-bgp"])
    site.write(2)
    site.frame("failed", role="f5_routing", cause="no session with k8s-master")
    ended = site.frame("finished")
    lines = ended["msg"].splitlines()
    assert lines[1] == "Both sides were rolled back, with exceptions:"
    assert [line.partition(": the run")[0] for line in lines if "not restored" in line] == [
        "- Calico: not restored: the password of Secret kube-system/podroute-bgp",
        "- bigip1: not restored: the password of calico-k8s",
    ]


def test_rollback_can_be_disabled(site):
    site.variables["fabric_rollback_enabled"] = False
    site.begin()
    site.write(2)
    site.frame("failed", role="fabric_verify", cause="2 checks failed")
    ended = site.frame("finished")
    assert ended["failed"] and "fabric_rollback_enabled is false" in ended["msg"] and SIDES["bigip1"] == 2
    assert site.records == [["started", "writing", "kept"]]


def test_a_side_that_cannot_be_rolled_back_is_reported_and_the_other_is_rolled_back(site):
    site.begin()
    site.write(2)
    site.frame("failed", role="calico_bgp", cause="no answer")
    site.broken["calico"] = "connection refused"
    ended = site.frame("finished")
    assert "Rollback is incomplete" in ended["msg"]
    assert "Calico: cannot be rolled back: connection refused" in ended["msg"]
    assert SIDES["bigip1"] == 1 and site.records[0][-1] == "not rolled back"


@pytest.mark.parametrize("name", ["note", "save"])
def test_a_full_disk_does_not_stop_a_rollback(site, monkeypatch, name):
    """N24: the disk of the record fills up after the first write."""
    site.begin()
    site.write(2)

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal.Run, name, full)
    if name == "save":
        failed = site.frame("applied")
        assert failed["failed"] and "No space left on device" in failed["msg"] and str(site.place) in failed["msg"]
    site.frame("failed", role="bigip_ctlr", cause="no answer")
    ended = site.frame("finished")
    assert SIDES["bigip1"] == 1 and "bigip1: rolled back" in ended["msg"]
    if name == "note":
        assert any("No space left on device" in text and str(site.place) in text for text in ended["warnings"])


MOUNT_READ_ONLY, MOUNT_AGAIN = 1, 32  # MS_RDONLY, MS_REMOUNT


def in_a_small_disk(place, test):
    """Run ``test(mount)`` in a process whose ``place`` is a disk of 256 kB; what it returned."""
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(flags):
        assert not libc.mount(b"podroute", str(place).encode(), b"tmpfs", flags, b"size=256k"), ctypes.get_errno()

    def child(results):
        assert not libc.unshare(0x00020000)  # CLONE_NEWNS
        assert not libc.mount(b"none", b"/", None, 0x44000, None)  # MS_REC, MS_PRIVATE
        mount(0)
        global PROCESS  # the steps of this process are children of the tests' one
        PROCESS = process_id(os.getppid())
        results.put(test(mount))

    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    process = fork.Process(target=child, args=(results,))
    process.start()
    process.join(30)
    process.kill()
    return results.get(timeout=1)


def fill(place, mount):
    """No page is left, and the journal ends in a torn line that fills its last one."""
    journal_file = next(place.glob("bigip1-*/0*/journal.jsonl"))
    with journal_file.open("ab") as file:
        file.write(b"x" * (-journal_file.stat().st_size % 4096))
    with suppress(OSError), (place / "fill").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def make_read_only(place, mount):
    mount(MOUNT_READ_ONLY | MOUNT_AGAIN)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting the small tmpfs that is filled needs root")
@pytest.mark.parametrize(("harm", "words"), [(fill, "No space left on device"), (make_read_only, "Read-only")])
def test_a_disk_that_is_full_or_read_only_in_fact_does_not_stop_a_rollback(site, harm, words):
    def rolled_back(mount):
        site.begin()
        site.write(2)
        SIDES["calico"] = 2
        site.frame("applied")
        harm(site.place, mount)
        failed = site.write(3, fails="the device refused a line")
        site.frame("failed", role="f5_routing", cause=failed["msg"])
        end = site.frame("finished")
        return end, dict(SIDES)

    end, sides = in_a_small_disk(site.place, rolled_back)
    assert sides == {"bigip1": 1, "calico": 1}, end
    assert end["failed"] and "Both sides were rolled back" in end["msg"]
    assert any(words in text and str(site.place) in text for text in end["warnings"]), end


def test_a_record_that_cannot_be_written_refuses_the_run_before_the_first_write(site, monkeypatch):
    site.frame("begun")
    site.frame("passed")

    def read_only(*_arguments):
        raise OSError(errno.EROFS, "Read-only file system", str(site.place / "x"))

    monkeypatch.setattr(journal, "open_run", read_only)
    refused = site.frame("recorded")
    assert refused["failed"] and "fabric_run_dir" in refused["msg"] and "Read-only file system" in refused["msg"]
    assert site.lease["spec"]["holderIdentity"] == ""
    assert "no snapshot" in site.write(2)["msg"] and SIDES["bigip1"] == 1


@pytest.mark.parametrize("done", [[], ["begun"], ["begun", "passed"], ["begun", "recorded"]])
def test_a_write_without_preflight_and_snapshot_of_this_run_is_refused(site, done):
    """N18, --start-at-task, --skip-tags: whatever was left out."""
    for state in done:
        site.frame(state)
    refused = site.write(2)
    assert refused["failed"] and refused["msg"].startswith("Nothing was changed") and SIDES["bigip1"] == 1


def test_a_refused_write_ends_the_run_although_its_last_play_is_left_out(site):
    """With --skip-tags always neither preflight nor the last play runs."""
    site.variables["ansible_skip_tags"] = ["always"]
    cause = site.write(2)["msg"]
    failed = site.frame("failed", role="f5_routing", cause=cause)
    assert failed["failed"] and "no preflight verdict" in failed["msg"]


def test_a_role_alone_needs_no_run(site):
    site.variables["fabric_run_required"] = False
    assert site.write(2)["changed"] and SIDES["bigip1"] == 2


@pytest.mark.parametrize("left", [["k8s-master"], ["bigip1"], ["localhost", "k8s-master"]])
def test_a_partial_inventory_is_refused(site, left):
    site.variables |= {"ansible_limit": ",".join(left), "ansible_play_hosts_all": left}
    refused = site.run(fabric_run.ActionModule, host=left[0], state="begun")
    assert refused["failed"] and f"--limit {','.join(left)} leaves out" in refused["msg"]
    assert folder.current(site.place, PROCESS) is None


def test_a_limit_that_leaves_out_nodes_only_is_not_a_partial_inventory(site):
    """Nodes are data of the inventory, which --limit does not change."""
    site.variables |= {"ansible_limit": "bigips,localhost", "ansible_play_hosts_all": ["bigip1", "localhost"]}
    assert not site.frame("begun").get("failed")


OTHER = lock.Holder("ada", "jump2", "elsewhere", "4711-99", "2026-11-28T01:00:00Z")


def test_a_second_run_on_this_machine_is_refused(site):
    site.begin()
    lock.release(site.record_place, lock.Holder.me(PROCESS))
    alive = dataclasses.replace(lock.Holder.me(process_id(os.getpid())), since="2026-11-28T01:00:00Z")
    lock.acquire(site.record_place, alive)
    refused = site.frame("begun")
    assert refused["failed"] and str(os.getpid()) in refused["msg"] and "since 2026-11-28T01:00:00Z" in refused["msg"]


def held(age=0.0):
    spec, _said = lock.lease(None, OTHER, lock.time.time() - age)
    return {"spec": spec, "resource_version": "7"}


def test_a_worker_that_outlives_ansible_playbook_begins_nothing(site, monkeypatch):
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=999999999))
    assert "ansible-playbook has ended" in site.frame("begun")["msg"]
    assert "ansible-playbook has ended" in site.write(2)["msg"] and SIDES["bigip1"] == 1
    assert list(site.place.rglob("lock")) == []


def test_a_second_run_on_another_machine_is_refused_and_taken_over_after_expiry(site):
    site.lease = held()
    refused = site.frame("begun")
    assert refused["failed"] and "ada on jump2" in refused["msg"]
    assert (site.record_place / "lock").read_text() == "", "the lock file is given back"
    site.lease = held(age=lock.DURATION + 1)
    recorded = site.begin()
    assert any("took over the Lease of ada on jump2" in text for text in recorded["warnings"])


def test_a_run_that_read_while_another_one_wrote_is_refused(site):
    site.frame("begun")
    site.frame("passed")
    site.lease = {"spec": {**held()["spec"], "holderIdentity": ""}, "resource_version": "9"}
    refused = site.frame("recorded")
    assert refused["failed"] and "another run changed this fabric while this one read it" in refused["msg"]
    assert "no snapshot" in site.write(2)["msg"] and SIDES["bigip1"] == 1


def test_a_lease_that_was_taken_over_stops_the_next_write(site):
    site.begin()
    work = folder.current(site.place, PROCESS)
    work.save("lease", {**work.load("lease"), "renewed": 0})
    site.lease = held()
    assert "ada on jump2" in site.write(2)["msg"] and SIDES["bigip1"] == 1


def test_without_the_right_to_leases_the_run_goes_on_with_a_warning(site):
    site.broken["lease"] = "leases is forbidden"
    recorded = site.begin()
    assert any("leases is forbidden" in text for text in recorded["warnings"])
    assert site.write(2)["changed"]
    assert site.frame("finished")["result"] == "verified"


@pytest.mark.parametrize("variables", [{"check": True}, {"tags": ["fabric_verify"]}])
def test_check_mode_and_verification_need_no_lock_and_leave_no_record(site, variables):
    site.variables["ansible_run_tags"] = variables.get("tags", ["all"])
    check = variables.get("check", False)
    site.lease = held()
    for state in ("begun", "passed", "recorded", "applied", "finished"):
        assert not site.frame(state, check=check).get("failed"), state
    assert site.records == [] and site.lease == {**held(), "spec": site.lease["spec"]}
    assert not (site.record_place / "lock").exists()


def test_an_interrupted_run_is_resumed_and_rolls_back_to_the_state_before_it(site):
    site.begin()
    site.write(2)
    site.lease["spec"]["renewTime"] = "2001-01-01T00:00:00.000000Z"
    site.facts.clear()
    resumed = site.begin()
    assert any("it had begun to write: f5_routing on bigip1" in text for text in resumed["warnings"])
    site.write(3)
    site.frame("failed", role="fabric_verify", cause="2 checks failed")
    site.frame("finished")
    assert SIDES["bigip1"] == 1 and len(site.records) == 1


def test_a_finished_run_can_be_rolled_back_later(site, capsys):
    site.begin()
    site.write(2)
    site.frame("applied")
    site.frame("finished")
    dry = site.frame("rolled_back", check=True)
    assert dry["changed"] and SIDES["bigip1"] == 2
    done = site.frame("rolled_back")
    assert done["changed"] and SIDES["bigip1"] == 1
    assert (
        done["msg"].startswith(f"Rollback to the state before run {done['run']}:\n- Calico: already")
        and done["msg"] in capsys.readouterr().out
    )
    assert "bigip1: rolled back" in done["msg"] and "bigip1: would be rolled back" in dry["msg"]
    assert site.records[0][-1] == "rolled back" and site.lease["spec"]["holderIdentity"] == ""
    assert "no run whose changes are in effect" in site.frame("rolled_back")["msg"]


def test_the_snapshot_comes_from_what_preflight_read(site):
    site.frame("begun")
    work = folder.current(site.place, PROCESS)
    node = {"address": "172.16.40.199", "prefix_length": 24, "as_number": 64512, "own_as_number": False,
            "route_reflector_cluster_id": None, "labels": {}}  # fmt: skip
    kinds = ("BGPFilter", "IPPool", "BGPConfiguration", "BGPPeer")
    work.save("observed-calico", {"resources": {kind: [] for kind in kinds}, "nodes": {"k8s-master": node}})
    own = {"name": "self", "partition": "Common", "address": "172.16.40.202", "route_domain": 0, "allow_service": []}
    domain = {"routing_protocol": ["BGP"]}
    work.save("observed-bigip-bigip1", {"route_domain": domain, "self_ips": [own], "virtual_addresses": [],
                                        "config": {"running_config": "router bgp 64512\n"}})  # fmt: skip
    work.save(guard.PREFLIGHT, {"passed": True})
    site.frame("recorded")
    assert site.calls == []
    run = journal.runs(site.record_place)[-1]
    assert run.load("bigip1", "before")["running_config"] == ["router bgp 64512"]
    assert run.load("calico", "before")["resources"][0]["kind"] == "Node"
