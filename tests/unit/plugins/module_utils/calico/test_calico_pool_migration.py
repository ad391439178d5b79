# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.pool_migration import plan, run

OLD, NEW = "10.244.0.0/16", "10.245.0.0/16"


class FakeCluster:
    """Workloads whose pods get a new address when their template changes, as kubelet and Calico's IPAM do it."""

    def __init__(self, bare=(), strategy="RollingUpdate", stuck=()):
        self.strategy, self.stuck, self.restarts, self.deleted = strategy, set(stuck), [], []
        self.bare = {name: "10.244.9.9" for name in bare}
        self.objects = {
            ("Deployment", "web"): {"metadata": {"generation": 1}, "addresses": ["10.244.0.1", "10.244.1.1"]},
            ("DaemonSet", "agent"): {"metadata": {"generation": 1}, "addresses": ["10.244.0.2", "10.244.1.2"]},
        }

    def pods(self):
        found = [
            {"metadata": {"namespace": "default", "name": "host"}, "spec": {"hostNetwork": True},
             "status": {"podIP": "10.244.0.77"}},
            {"metadata": {"namespace": "default", "name": "done"}, "spec": {},
             "status": {"podIP": "10.244.0.78", "phase": "Succeeded"}},
            {"metadata": {"namespace": "default", "name": "pending"}, "spec": {}, "status": {}},
        ]  # fmt: skip
        for (kind, name), item in self.objects.items():
            owner = {"kind": kind, "name": name}
            if kind == "Deployment":
                owner = {"kind": "ReplicaSet", "name": f"{name}-1"}
            for number, address in enumerate(item["addresses"]):
                found.append({
                    "metadata": {"namespace": "default", "name": f"{name}-{number}",
                                 "ownerReferences": [{**owner, "controller": True}]},
                    "spec": {}, "status": {"podIP": address, "phase": "Running"}})  # fmt: skip
        for name, address in self.bare.items():
            found.append({"metadata": {"namespace": "default", "name": name}, "spec": {}, "status": {"podIP": address}})
        return found

    def replica_sets(self):
        owner = {"kind": "Deployment", "name": "web", "controller": True}
        return [{"metadata": {"namespace": "default", "name": "web-1", "ownerReferences": [owner]}}]

    def workload(self, kind, _namespace, name):
        item, count = self.objects[kind, name], 2
        template = {"metadata": {"annotations": item.get("annotations", {})}}
        return {
            "metadata": item["metadata"],
            "spec": {"replicas": count, "template": template, "updateStrategy": {"type": self.strategy}},
            "status": {"observedGeneration": item["metadata"]["generation"], "replicas": count,
                       "updatedReplicas": count, "availableReplicas": count, "desiredNumberScheduled": count,
                       "updatedNumberScheduled": count, "numberAvailable": count},
        }  # fmt: skip

    def patch_workload(self, kind, _namespace, name, patch):
        self.restarts.append(name)
        item = self.objects[kind, name]
        item["annotations"] = patch["spec"]["template"]["metadata"]["annotations"]
        if name not in self.stuck:
            self.move(name)

    def move(self, name):
        for (_kind, each), item in self.objects.items():
            if each == name:
                item["addresses"] = [address.replace("10.244", "10.245") for address in item["addresses"]]

    def delete_pod(self, _namespace, name):
        self.deleted.append(name)
        del self.bare[name]

    def custom(self, _plural):
        used = [pod for pod in self.pods() if str(pod["status"].get("podIP", "")).startswith("10.244")]
        count = len([pod for pod in used if not pod["spec"].get("hostNetwork") and "phase" in pod["status"]
                     and pod["status"]["phase"] == "Running"]) + len(self.bare)  # fmt: skip
        slots, free = [0] * count + [None] * (8 - count), list(range(8 - count))
        return [{"spec": {"cidr": "10.244.0.0/29", "affinity": "host:n", "allocations": slots, "unallocated": free}}]


@pytest.fixture
def pools(fake):
    fake.put({"kind": "IPPool", "metadata": {"name": "old", "labels": {"team": "net"}},
              "spec": {"cidr": OLD, "blockSize": 26, "vxlanMode": "Never", "natOutgoing": True}})  # fmt: skip
    return fake


def move(fake, api, **options):
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    with fake.in_process() as client:
        job = run.Migration(client, api, "old", "new", NEW, 28, timeout=5, sleep=sleep, clock=lambda: now[0], **options)
        try:
            job.changed = job.run()
        except run.Stuck as problem:
            job.stuck = str(problem)
        return job


def test_from_the_first_step_to_the_last(pools):
    api = FakeCluster()
    job = move(pools, api)
    assert job.changed and job.steps == [
        "create pool new", "disable pool old", "restart DaemonSet default/agent", "restart Deployment default/web",
        "delete pool old"]  # fmt: skip
    assert pools.names("IPPool") == ["new"]
    spec = pools.get("IPPool", "new")["spec"]
    assert (spec["cidr"], spec["blockSize"], spec["natOutgoing"], spec.get("disabled")) == (NEW, 28, True, None)
    again = move(pools, api)
    assert not again.changed and again.steps == []


def test_check_mode_predicts_the_steps_and_does_none(pools):
    api = FakeCluster()
    before = pools.state["resources"]
    planned = move(pools, api, check_mode=True)
    assert pools.state["resources"] == before and api.restarts == []
    assert planned.steps == move(pools, FakeCluster()).steps


def test_an_interrupted_run_goes_on_without_a_second_restart(pools):
    api = FakeCluster(stuck=["agent"])
    first = move(pools, api)
    assert "default/agent-0, default/agent-1 still have addresses of 10.244.0.0/16" in first.stuck
    assert "no data is lost" in first.stuck and pools.get("IPPool", "old")["spec"]["disabled"] is True
    api.move("agent")
    second = move(pools, api)
    assert second.steps == ["restart Deployment default/web", "delete pool old"]
    assert api.restarts == ["agent", "web"]


def test_a_marked_workload_that_still_moves_is_only_waited_for(pools):
    api = FakeCluster(stuck=["agent"])
    move(pools, api)
    again = move(pools, api)
    assert again.steps == [] and "still have addresses" in again.stuck
    assert api.restarts == ["agent"]


def test_what_is_in_the_way_is_said_before_any_write(pools):
    with pytest.raises(apply.Refused) as caught:
        move(pools, FakeCluster(bare=["lonely"], strategy="OnDelete"))
    told = " ".join(caught.value.problems)
    assert "default/lonely belong to no Deployment" in told
    assert "DaemonSet default/agent has the update strategy" in told
    assert pools.names("IPPool") == ["old"] and "disabled" not in pools.get("IPPool", "old")["spec"]


def test_bare_pods_go_when_that_is_asked_for(pools):
    api = FakeCluster(bare=["lonely"])
    assert "delete pod default/lonely" in move(pools, api, delete_bare_pods=True).steps
    assert api.deleted == ["lonely"] and pools.names("IPPool") == ["new"]


def test_the_operators_pool_and_an_overlap_are_refused(pools):
    pools.put({"kind": "IPPool", "metadata": {"name": "third"}, "spec": {"cidr": NEW}})
    label = {"app.kubernetes.io/managed-by": "tigera-operator"}
    pools.put({"kind": "IPPool", "metadata": {"name": "old", "labels": label}, "spec": {"cidr": OLD}})
    with pytest.raises(apply.Refused) as caught:
        move(pools, FakeCluster())
    told = " ".join(caught.value.problems)
    assert "overlaps IPPool third" in told and "Installation" in told


def test_a_pool_that_never_was(pools):
    with pools.in_process() as client, pytest.raises(apply.Refused, match="pool nope to migrate from does not exist"):
        run.Migration(client, FakeCluster(), "nope", "new", NEW).run()


def test_the_last_addresses_are_waited_for(pools):
    api = FakeCluster()
    api.custom = lambda _plural: [
        {"spec": {"cidr": "10.244.0.0/30", "affinity": "host:n", "allocations": [0, None, None, None],
                  "unallocated": [1, 2, 3]}}]  # fmt: skip
    assert "1 addresses of block 10.244.0.0/30 are in use" in move(pools, api).stuck
    assert pools.names("IPPool") == ["new", "old"]


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [
        ("Deployment", {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}, False),
        ("Deployment", {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 2}, False),
        ("Deployment", {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}, True),
        ("StatefulSet", {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 1}, False),
        ("DaemonSet", {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3,
                       "numberAvailable": 3}, True),
        ("DaemonSet", {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 1}, False),
    ],
)  # fmt: skip
def test_rollouts(kind, status, done):
    workload = {"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": status}
    assert plan.has_rolled_out(kind, workload) is done
