# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the role bigip_ctlr, against an API server of these tests' own and a BIG-IP that keeps partitions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.action.k8s_bigip_ctlr import ActionModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import settings as cis
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.manifests import TEMPLATE_MARK
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.folder import Folder
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.controller import preflight
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Refused, StepFailed
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.cis.settings_of import VIRTUAL
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.common.fake_cluster import FakeCluster

DEPLOYMENT = "/apis/apps/v1/namespaces/kube-system/deployments/k8s-bigip-ctlr-deployment"
SECRET = "/api/v1/namespaces/kube-system/secrets/bigip-login"
ACCOUNT = "/api/v1/namespaces/kube-system/serviceaccounts/bigip-ctlr"
ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/bigip-ctlr-clusterrole"
CONFIGMAP = "/api/v1/namespaces/default/configmaps/nginx-deploy-svc.vs"
POD = "/api/v1/namespaces/kube-system/pods/ctlr-1"
SERVED = {
    "name": "default_nginx-deploy-svc.vs", "partition": "k8s", "destination": "172.16.40.80", "port": 80,
    "enabled": True, "pool": "/k8s/p", "members": [{"address": "10.244.0.5", "port": 8080, "state": "up"}],
}  # fmt: skip
CONNECTED = "2026/11/28 [INFO] BIG-IP connection established.\n"
REJECTED = "2026/11/28 [ERROR] BIG-IP connection error: 401: Authentication failed.\n"


class FakeBigIps:
    """BIG-IPs by address; each write is kept in ``writes``."""

    def __init__(self) -> None:
        self.partitions: dict[str, dict[str, int]] = {}
        self.servers: list[dict[str, Any]] = []
        self.addresses: list[dict[str, Any]] = []
        self.sessions: list[str] = []
        self.writes: list[tuple[str, str]] = []

    def execute(self, name: str, given: dict[str, Any], check: bool) -> dict[str, Any]:
        held = self.partitions.setdefault(given["server"], {})
        self.sessions.append(given["server"])
        if name == "bigip_bgp_info":
            partitions = [{"name": key, "route_domain": value} for key, value in held.items()]
            known = {"partitions": partitions, "virtual_servers": self.servers, "virtual_addresses": self.addresses}
            return {"changed": False, **{key: known[key] for key in given["gather_subset"]}}
        if name == "bigip_partition":
            absent, domain = given.get("state") == "absent", given.get("route_domain")
            changed = given["name"] in held if absent else held.get(given["name"]) != (domain or 0)
            if changed and not check:
                self.writes.append(("remove" if absent else "make", given["name"]))
                held.pop(given["name"], None)
                if not absent:
                    held[given["name"]] = domain or 0
            operation = {"method": "POST", "path": f"/mgmt/tm/auth/partition/{given['name']}", "body": None}
            return {"changed": changed, "operations": [operation] if changed else [],
                    **({"diff": {"before": {}, "after": {"name": given["name"]}}} if changed else {})}  # fmt: skip
        assert name == "bigip_virtual_address"
        wrong = [one for one in given["virtual_addresses"] for item in self.addresses
                 if item["route_advertisement"] != one["route_advertisement"]]  # fmt: skip
        if not check:
            self.writes += [("announce", one["address"]) for one in wrong]
        return {"changed": bool(wrong), "operations": [{"path": one["address"]} for one in wrong]}


class Step(ActionModule):
    """The action without Ansible's executor."""

    def __init__(self, variables: dict[str, Any], folder: Folder | None, check_mode: bool) -> None:
        hostvars = {name: {"ansible_host": f"10.0.0.{number}", "bigip_password": "hunter2"}
                    for number, name in enumerate(("bigip1", "bigip2"), start=1)}  # fmt: skip
        self.variables = {"inventory_hostname": "localhost", "hostvars": {"localhost": variables, **hostvars},
                          "groups": {"bigips": ["bigip1"]}, **variables}  # fmt: skip
        self._task = SimpleNamespace(check_mode=check_mode, diff=True)
        self._connection = SimpleNamespace(transport="local")
        self._templar = SimpleNamespace(template=lambda value: value)
        self.folder = folder
        self.fabric = None
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:  # type: ignore[override]
        self.slept += seconds


class Site:
    """One inventory, its cluster and its BIG-IPs."""

    def __init__(self, cluster: FakeCluster, bigips: FakeBigIps, folder: Folder | None) -> None:
        self.cluster, self.bigips, self.folder = cluster, bigips, folder
        self.variables: dict[str, Any] = {
            "kubeconfig": cluster.kubeconfig, "bigip_user": "admin", "bigip_password": "hunter2",
            "virtual_servers": [VIRTUAL], "vip_ranges": ["172.16.40.80/31"], "bigip_ctlr_timeout": 1,
        }  # fmt: skip
        self.steps: list[Step] = []

    def step(
        self, name: str = "apply", check_mode: bool = False, existed: Any = (), same_run: bool = False, **changes: Any
    ) -> dict[str, Any]:
        if self.folder and not same_run:
            self.folder.save("observed-cis", None)
        step = Step(self.variables | changes, self.folder, check_mode)
        self.steps.append(step)
        return step.step({"step": name, "existed": list(existed)})

    def put(self, path: str, item: dict[str, Any]) -> None:
        self.cluster.objects[path] = item

    def run_pod(self, log: str = CONNECTED, ready: bool = True) -> None:
        """A pod of the Deployment as it is now."""
        template = self.cluster.objects[DEPLOYMENT]["spec"]["template"]
        self.put(POD, {
            "metadata": {"name": "ctlr-1", "namespace": "kube-system", "labels": template["metadata"]["labels"],
                         "annotations": template["metadata"]["annotations"], "creationTimestamp": "1"},
            "spec": template["spec"],
            "status": {"conditions": [{"type": "Ready", "status": str(ready)}],
                       "containerStatuses": [{"restartCount": 0, "state": {"running": {}}}]},
        })  # fmt: skip
        self.cluster.logs[f"{POD}/log"] = log


@pytest.fixture(params=["with folder", "alone"])
def site(request, tmp_path, monkeypatch):
    cluster, bigips = FakeCluster(), FakeBigIps()
    real = local_module.execute

    def execute(name, arguments, check_mode=False, diff=False):
        if name.startswith("bigip_"):
            return bigips.execute(name, arguments, check_mode)
        return real(name, arguments, check_mode, diff)

    monkeypatch.setattr(local_module, "execute", execute)
    made = Site(cluster, bigips, Folder(tmp_path) if request.param == "with folder" else None)
    meta = {"name": "nginx-deploy-svc", "namespace": "default"}
    made.put("/api/v1/namespaces/default/services/nginx-deploy-svc", {
        "metadata": meta, "spec": {"ports": [{"port": 80}], "selector": {"app": "nginx"}}})  # fmt: skip
    made.put("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/nginx", {
        "metadata": {**meta, "name": "nginx", "labels": {"kubernetes.io/service-name": "nginx-deploy-svc"}},
        "addressType": "IPv4", "ports": [{"port": 8080}],
        "endpoints": [{"addresses": ["10.244.0.5"], "nodeName": "k8s-node1"}]})  # fmt: skip
    yield made
    cluster.close()


def test_without_virtual_servers_and_settings_nothing_is_done(site):
    site.variables = {"kubeconfig": site.cluster.kubeconfig, "bigip_password": "hunter2", "virtual_servers": []}
    for name in ("preflight", "apply", "verify"):
        assert site.step(name)["wanted"] is False
    assert site.cluster.requests == []
    assert site.bigips.sessions == []


def test_a_first_run_makes_everything_and_a_second_makes_no_write(site):
    first = site.step()
    assert first["changed"] and first["verify"]
    assert site.bigips.writes == [("make", "k8s")]
    assert {DEPLOYMENT, SECRET, CONFIGMAP} <= set(site.cluster.objects)
    assert "hunter2" not in str(first)
    site.run_pod()
    site.cluster.requests.clear()
    second = site.step()
    assert (second["changed"], second["verify"], second["diff"]) == (False, False, [])
    assert site.cluster.writes() == []


def test_an_unchanged_run_after_preflight_makes_no_request(site):
    site.step()
    site.run_pod()
    site.step("preflight")
    if not site.folder:
        return
    site.cluster.requests.clear()
    site.bigips.sessions.clear()
    assert not site.step(same_run=True)["changed"]
    assert site.cluster.requests == []
    assert site.bigips.sessions == []


def test_no_secret_is_in_the_working_folder(site, tmp_path):
    site.step()
    site.step("preflight")
    for path in tmp_path.iterdir():
        assert "hunter2" not in path.read_text()
        assert "aHVudGVyMg" not in path.read_text()  # in base64


def test_check_mode_predicts_and_writes_nothing(site):
    predicted = site.step(check_mode=True)
    assert predicted["changed"] and not predicted["verify"]
    assert DEPLOYMENT not in site.cluster.objects
    assert site.bigips.writes == []
    made = site.step()
    assert {one["object"] for one in predicted["objects"]} == {one["object"] for one in made["objects"]}


def test_a_pod_that_is_not_ready_is_verified_although_nothing_changed(site):
    site.step()
    site.run_pod(ready=False)
    result = site.step()
    assert (result["changed"], result["verify"]) == (False, True)


def test_a_changed_object_is_put_right(site):
    site.step()
    site.cluster.objects[CONFIGMAP]["data"]["schema"] = "f5schemadb://bigip-virtual-server_v0.1.3.json"
    result = site.step()
    assert [one["object"].partition(" ")[0] for one in result["objects"]] == ["ConfigMap"]


@pytest.mark.parametrize(
    ("path", "kind", "variable", "value"),
    [
        (DEPLOYMENT, "Deployment", "bigip_ctlr_deployment", "k8s-bigip-ctlr-deployment"),
        (SECRET, "Secret", "bigip_ctlr_secret", "bigip-login"),
        (ACCOUNT, "ServiceAccount", "bigip_ctlr_service_account", "bigip-ctlr"),
        (ROLE, "ClusterRole", "bigip_ctlr_service_account", "bigip-ctlr"),
        (CONFIGMAP, "ConfigMap", "virtual_servers", "default/nginx-deploy-svc.vs"),
    ],
)
def test_an_object_of_others_is_refused_before_the_first_write(site, path, kind, variable, value):
    namespace, name = path.split("/")[-3], path.rpartition("/")[2]
    where = {} if kind == "ClusterRole" else {"namespace": namespace}
    theirs = {"kind": kind, "metadata": {"name": name, "uid": "u", **where}, "data": {}, "spec": {}}
    site.put(path, theirs)
    _seen, problems = preflight(Step(site.variables, site.folder, False))
    (line,) = problems
    shown = f"{kind} {namespace + '/' if where else ''}{name}"
    assert line.startswith(f'localhost: {variable} is "{value}"; expected a free name: {shown} is not of this ')
    with pytest.raises(Refused):
        site.step()
    assert site.cluster.writes() == []
    theirs["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "podroute.calico_f5"}
    assert preflight(Step(site.variables, site.folder, False))[1] == []


def test_two_fabrics_in_one_cluster_have_controllers_and_partitions_of_their_own(site):
    site.step()
    first = dict(site.cluster.objects)
    second = [{**VIRTUAL, "name": "east.vs", "address": "172.16.40.81"}]
    assert site.step(fabric_name="east", virtual_servers=second)["changed"]
    assert site.bigips.writes == [("make", "k8s"), ("make", "k8s_east")]
    assert {path: site.cluster.objects[path] for path in first} == first
    assert not site.step()["changed"]
    site.step(fabric_name="east", virtual_servers=second, bigip_ctlr_state="absent")
    assert site.bigips.writes[2:] == [("remove", "k8s_east")]
    assert site.cluster.objects == first


def test_the_objects_of_another_fabric_are_neither_changed_nor_removed(site):
    site.step()
    before, writes = dict(site.cluster.objects), list(site.bigips.writes)
    same = {f"bigip_ctlr_{name}": value for name, value in cis.default_names("podroute").items()}
    with pytest.raises(Refused) as refused:
        site.step(fabric_name="east", **same)
    for line in (
        '- localhost: bigip_ctlr_deployment is "k8s-bigip-ctlr-deployment"; expected a free name: Deployment '
        "kube-system/k8s-bigip-ctlr-deployment belongs to fabric podroute; choose another name",
        '- localhost: virtual_servers is "default/nginx-deploy-svc.vs"; expected a free name: ConfigMap '
        "default/nginx-deploy-svc.vs belongs to fabric podroute; choose another name",
    ):
        assert line in str(refused.value)
    # With another name of the Deployment alone, the rest is the other controller's.
    with pytest.raises(Refused, match="ServiceAccount kube-system/bigip-ctlr belongs to fabric podroute"):
        site.step(**{**same, "bigip_ctlr_deployment": "second"})
    assert not site.step(fabric_name="east", **same, bigip_ctlr_state="absent")["objects"]
    assert (site.cluster.objects, site.bigips.writes) == (before, writes)


def test_a_secret_of_others_with_the_same_credentials_is_used(site):
    credentials = {"username": "YWRtaW4=", "password": "aHVudGVyMg=="}
    site.put(SECRET, {"kind": "Secret", "metadata": {"name": "bigip-login", "namespace": "kube-system", "uid": "u"},
                      "data": credentials})  # fmt: skip
    assert preflight(Step(site.variables, site.folder, False))[1] == []


def test_a_virtual_server_that_is_not_wanted_is_removed(site):
    site.step()
    result = site.step(virtual_servers=[], bigip_ctlr_mode="configmap")
    assert CONFIGMAP not in site.cluster.objects
    assert result["existed"] == [["k8s", "172.16.40.80", 80]]
    assert [one["object"] for one in result["objects"] if one["changed"]] == ["ConfigMap default/nginx-deploy-svc.vs"]


def test_a_new_password_restarts_the_pod(site):
    site.step()
    before = site.cluster.objects[DEPLOYMENT]["spec"]["template"]["metadata"]["annotations"][TEMPLATE_MARK]
    result = site.step(bigip_password="another")
    after = site.cluster.objects[DEPLOYMENT]["spec"]["template"]["metadata"]["annotations"][TEMPLATE_MARK]
    assert before != after
    assert [one["object"] for one in result["objects"]] == [
        "Secret kube-system/bigip-login", "Deployment kube-system/k8s-bigip-ctlr-deployment"
    ]  # fmt: skip


def test_a_secret_without_its_labels_is_put_right_and_the_pod_goes_on(site):
    site.step()
    site.run_pod()
    site.cluster.objects[SECRET]["metadata"]["labels"] = {}
    result = site.step()
    assert [one["object"] for one in result["objects"]] == ["Secret kube-system/bigip-login"]


def test_a_partition_that_is_gone_is_made_again(site):
    site.step()
    site.run_pod()
    site.bigips.partitions.clear()
    assert site.step()["changed"]
    assert site.bigips.writes == [("make", "k8s"), ("make", "k8s")]


def test_the_partition_has_the_route_domain_of_its_virtual_servers(site):
    site.step(virtual_servers=[{**VIRTUAL, "address": "172.16.40.80%52"}])
    assert site.bigips.partitions["10.0.0.1"] == {"k8s": 52}


def test_a_partition_with_content_of_others_is_refused_before_the_first_write(site):
    """The controller removes what it did not create, whichever route domain it is in."""
    site.bigips.partitions["10.0.0.1"] = {"k8s": 52}
    theirs = {"address": "172.16.40.9", "partition": "k8s", "route_domain": 52, "route_advertisement": "disabled"}
    site.bigips.addresses = [{**theirs, "partition": "Common"}, theirs]
    with pytest.raises(Refused) as refused:
        site.step()
    (problem,) = refused.value.result["problems"]
    assert 'bigip_ctlr_partition is "k8s"' in problem and "that it did not create (172.16.40.9)" in problem
    assert site.bigips.writes == [] and site.cluster.writes() == []
    site.step(bigip_ctlr_partition="k8s_own")
    site.bigips.addresses.append({**theirs, "partition": "k8s_own"})
    assert site.step(bigip_ctlr_partition="k8s_own")["verify"], "what is in the controller's partition is its own"
    with pytest.raises(Refused):
        site.step()


def test_from_crd_to_configmap_the_controller_stops_and_the_partition_is_emptied_first(site):
    site.cluster.kinds["cis.f5.com/v1"] = {"VirtualServer": "virtualservers", "TransportServer": "transportservers"}
    site.step(bigip_ctlr_mode="crd", bigip_validate_certs=False)
    site.cluster.requests.clear()
    site.step()
    assert site.bigips.writes == [("make", "k8s"), ("remove", "k8s"), ("make", "k8s")]
    writes = site.cluster.writes()
    assert writes[0] == ("DELETE", DEPLOYMENT)
    assert not [path for path in site.cluster.objects if "virtualservers" in path]


def test_absent_removes_everything_of_the_role(site):
    site.step()
    predicted = site.step(bigip_ctlr_state="absent", check_mode=True)
    assert predicted["changed"] and DEPLOYMENT in site.cluster.objects
    site.cluster.requests.clear()
    result = site.step(bigip_ctlr_state="absent")
    assert result["changed"] and not result["verify"]
    assert site.cluster.writes()[0] == ("DELETE", DEPLOYMENT)
    assert [path for path in site.cluster.objects if "nginx" not in path] == []
    assert site.bigips.partitions["10.0.0.1"] == {}
    assert not site.step(bigip_ctlr_state="absent")["changed"]


def test_absent_leaves_a_partition_that_nothing_shows_to_be_the_controllers(site):
    site.bigips.partitions["10.0.0.1"] = {"k8s": 0}
    site.variables = {name: value for name, value in site.variables.items() if name != "virtual_servers"}
    del site.variables["bigip_ctlr_timeout"]
    assert not site.step(bigip_ctlr_state="absent")["changed"]
    assert site.bigips.partitions["10.0.0.1"] == {"k8s": 0}


def test_every_problem_is_in_one_list_before_the_first_write(site):
    changes = {"bigip_ctlr_partition": "Common", "virtual_servers": [{**VIRTUAL, "service": "missing"}]}
    for name in ("preflight", "apply"):
        with pytest.raises(Refused) as caught:
            site.step(name, **changes)
        problems = caught.value.result["problems"]
        assert any("bigip_ctlr_partition" in line for line in problems)
    seen, problems = preflight(Step(site.variables | changes, site.folder, False))
    assert seen is not None
    assert len(problems) == 2 and "default/missing does not exist" in problems[1]
    assert site.cluster.writes() == []


def test_a_cluster_that_is_down_is_a_problem_like_any_other(site):
    site.cluster.close()
    seen, problems = preflight(Step(site.variables | {"bigip_ctlr_partition": "Common"}, site.folder, False))
    assert seen is None
    assert len(problems) == 2
    assert "bigip_ctlr_partition" in problems[0] and "variable kubeconfig" in problems[1]


def test_without_a_password_the_secret_must_be_there(site):
    del site.variables["bigip_password"]
    _seen, problems = preflight(Step(site.variables, site.folder, False))
    assert problems == [
        "localhost: bigip_ctlr_password is not set; expected a password, or an existing Secret: "
        "kube-system/bigip-login does not exist"
    ]
    site.put(SECRET, {"kind": "Secret", "metadata": {"name": "bigip-login", "namespace": "kube-system", "uid": "u"},
                      "data": {"username": "YQ==", "password": "Yg=="}})  # fmt: skip
    assert site.step()["changed"]
    assert ("PATCH", SECRET) not in site.cluster.writes()


def arguments(site):
    return site.cluster.objects[DEPLOYMENT]["spec"]["template"]["spec"]["containers"][0]["args"]


def test_certificates_are_verified_as_the_inventory_says_for_all(site, tmp_path):
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (tmp_path / "ca.crt").write_text(pem)
    site.step()
    assert "--insecure=true" in arguments(site)  # the driver of legacy ConfigMaps cannot verify
    site.step(bigip_ctlr_mode="as3", bigip_validate_certs="no", bigip_ctlr_timeout=5)
    assert "--insecure=true" in arguments(site)
    ca = {"bigip_ctlr_ca": pem}
    site.step(bigip_ctlr_mode="as3", **ca)
    assert "--insecure=false" in arguments(site)
    trusted = "/api/v1/namespaces/kube-system/configmaps/k8s-bigip-ctlr-deployment-trusted-certs"
    assert site.cluster.objects[trusted]["data"] == {"ca.crt": pem}


def test_the_ca_of_the_bigips_is_given_to_the_controller(site, tmp_path):
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (tmp_path / "ca.crt").write_text(pem)
    step = Step(site.variables | {"bigip_ctlr_mode": "as3", "bigip_ca_path": str(tmp_path / "ca.crt")}, None, False)
    from ansible_collections.podroute.calico_f5.plugins.plugin_utils.controller import Controller

    assert Controller(step).settings.ca == pem
    assert not Controller(step).settings.insecure


def test_verify_waits_until_the_bigip_has_the_virtual_server(site):
    site.step()
    site.run_pod()
    site.bigips.servers = [SERVED]
    assert site.step("verify")["changed"] is False
    assert site.steps[-1].slept == 0


def test_verify_reports_what_is_missing_when_time_is_up(site):
    site.step()
    site.run_pod()
    with pytest.raises(StepFailed) as caught:
        site.step("verify", bigip_ctlr_timeout=0)
    assert caught.value.result["causes"] == [
        "default/nginx-deploy-svc.vs: no virtual server at 172.16.40.80:80 in partition k8s"
    ]


def test_verify_ends_at_once_when_the_log_shows_a_cause_that_does_not_pass(site):
    site.step()
    site.run_pod(REJECTED)
    with pytest.raises(StepFailed, match="refuses the user or the password|rejects the user or the password"):
        site.step("verify", bigip_ctlr_timeout=60)
    assert site.steps[-1].slept == 0


def test_verify_reports_virtual_servers_that_should_be_gone(site):
    site.step()
    site.run_pod()
    old = {**SERVED, "name": "old", "port": 81}
    site.bigips.servers = [SERVED, old]
    with pytest.raises(StepFailed, match="old at 172.16.40.80:81 is still in partition k8s"):
        site.step("verify", existed=[["k8s", "172.16.40.80", 81]], bigip_ctlr_timeout=0)


def test_route_advertisement_is_set_once_the_address_is_there(site):
    entries = [{**VIRTUAL, "route_advertisement": "selective"}]
    site.bigips.servers = [SERVED]
    site.bigips.addresses = [{"address": "172.16.40.80", "partition": "k8s", "route_domain": 0,
                              "route_advertisement": "disabled"}]  # fmt: skip
    site.step(virtual_servers=entries)
    site.run_pod()
    assert site.step("verify", virtual_servers=entries)["changed"]
    assert site.bigips.writes[-1] == ("announce", "172.16.40.80")
    assert site.step(virtual_servers=entries)["verify"]  # changed back by others
    site.bigips.addresses[0]["route_advertisement"] = "selective"
    assert not site.step(virtual_servers=entries)["verify"]
