# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's settings from the inventory, and the related state of the cluster and the BIG-IPs.

The action ``k8s_bigip_ctlr`` uses it, and ``fabric_preflight`` for the controller's part of its list of problems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import leftovers
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import settings as cis
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.cluster import cluster_problems
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.manifests import trust_name
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.observation import observation, queries
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.plan import PRUNED
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.read_inventory import problems_of
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import SELECTOR
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.plain import plain
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError, Problem, shown
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import DEFAULT
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step, StepFailed

OBSERVED = "observed-cis"  # file name in the working folder
# Variables of the inventory that all roles share.
SHARED = ("virtual_servers", "kubeconfig", "kube_context", "bigip_user", "bigip_password", "bigip_port",
          "bigip_ca_path", "bigip_validate_certs")  # fmt: skip
PARTS = ("partitions", "virtual_addresses")  # subsets of a BIG-IP that determine whether there is something to write
SETTLED = 12.0  # seconds after its start within which a controller reports errors


class Controller:
    """The wanted state of the controller, and the calls to reach it.

    :param step: the action that runs
    :param host: the inventory host that reaches the Kubernetes API, whose variables count; None: those of the task
    """

    def __init__(self, step: Step, host: str | None = None) -> None:
        self.step = step
        self.host = host or str(step.variables["inventory_hostname"])
        self.values: dict[str, Any] = {}
        self.broken: list[Problem] = []
        for name in (*SHARED, *(f"bigip_ctlr_{name}" for name in cis.NAMES)):
            try:
                self.values[name] = step.variable(name, None, host) if host else self._of_task(name)
            except Exception as error:  # any exception of the user's template or lookup
                why = str(error).strip().partition("\n")[0]
                self.broken.append(Problem(self.host, name, "a template that fails", f"one that evaluates ({why})"))

    def _of_task(self, name: str) -> Any:
        """A variable as the task sees it, with those of the role and of ``include_role``."""
        if name not in self.step.variables:
            return None
        return plain(self.step._templar.template(self.step.variables[name]))

    def own(self, name: str, default: Any = None) -> Any:
        """A variable of the role, by its name without prefix; an unset or empty one is ``default``."""
        value = self.values.get(f"bigip_ctlr_{name}")
        return default if value in (None, "") else value

    # ---- settings ----------------------------------------------------------------------------------

    @property
    def wanted(self) -> bool:
        """Whether there is anything to do; see `cis.settings.wanted`."""
        return bool(self.broken) or cis.wanted(self.values)

    @property
    def described(self) -> bool:
        """Whether the inventory configures a controller."""
        return cis.wanted({name: value for name, value in self.values.items() if name != "bigip_ctlr_state"})

    @property
    def absent(self) -> bool:
        """Whether the controller is to be removed."""
        return self.own("state") == "absent"

    @property
    def timeout(self) -> float:
        """Timeout of a rollout in seconds."""
        return float(self.own("timeout", 180))

    @property
    def username(self) -> str:
        """The user name of the controller."""
        return str(self.own("username") or self.values.get("bigip_user") or "admin")

    @property
    def password(self) -> str | None:
        """Its password; None if the Secret is not created by the role."""
        value = self.own("password") or self.values.get("bigip_password")
        return str(value) if value else None

    @cached_property
    def settings(self) -> cis.Settings:
        """The settings, with one controller for each BIG-IP or sync group.

        :raises StepFailed: a value has the wrong type
        """
        given = {name: self.own(name) for name in cis.NAMES}
        given["virtual_servers"] = self.own("virtual_servers", self.values.get("virtual_servers") or [])
        if given["insecure"] is None:
            given["insecure"] = cis.default_insecure(given["mode"], self.values.get("bigip_validate_certs"))
        if given["ca"] is None and not cis.is_true(given["insecure"]) and self.values.get("bigip_ca_path"):
            given["ca"] = self._text(str(self.values["bigip_ca_path"]), "bigip_ca_path")
        given["fabric"] = str(self.step.variable("fabric_name", DEFAULT))
        units = self._units(str(given["deployment"] or cis.default_names(given["fabric"])["deployment"]))
        given["route_domain"] = self.step.variable("route_domain", 0, units[0].bigip) if units else 0
        given["bigip_url"] = given["bigip_url"] or (units[0].url if units else "")
        try:
            return replace(cis.Settings.read(given), units=units)
        except (TypeError, ValueError, AttributeError) as error:
            raise StepFailed(f"Nothing was changed: {self.host}: a variable of bigip_ctlr is wrong: {error}") from None

    def _text(self, path: str, variable: str) -> str:
        try:
            return Path(path).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise StepFailed(f"Nothing was changed: {self.host}: {variable} is {shown(path)}: {why}") from None

    def _units(self, deployment: str) -> tuple[cis.Unit, ...]:
        names = [str(name) for name in self.step.variables["groups"].get("bigips", ())]
        only = self.own("bigip")
        if only or self.own("bigip_url") or self.own("bigip_address"):
            names = [str(only)] if only else names[:1]
        urls = {name: str(self.own("bigip_url") or self._url(name)) for name in names}
        fabric = self._fabric()
        states = {name: self._sync(name) for name in names}
        return cis.sync_units(urls, states, deployment, fabric.synchronized if fabric else None)

    def _url(self, bigip: str) -> str:
        address = self.own("bigip_address") or self.step.variable("ansible_host", bigip, bigip)
        port = int(self.own("bigip_port") or self.values.get("bigip_port") or 443)
        return f"https://{address}" + ("" if port == 443 else f":{port}")

    def _sync(self, bigip: str) -> str | None:
        """The config sync status of a BIG-IP, if this run has read it."""
        return (self._read_before(bigip).get("failover") or {}).get("sync")

    def _read_before(self, bigip: str) -> dict[str, Any]:
        name, folder = f"observed-bigip-{bigip}", self.step.folder
        return folder.load(name) if folder and folder.has(name) else {}

    @cached_property
    def definitions(self) -> list[dict[str, Any]]:
        """The custom resource definitions that the mode crd applies."""
        path = self.own("crds")
        if not path or self.settings.mode != cis.CRD:
            return []
        try:
            return [item for item in yaml.safe_load_all(self._text(str(path), "bigip_ctlr_crds")) if item]
        except yaml.YAMLError:
            raise StepFailed(f"Nothing was changed: {self.host}: bigip_ctlr_crds is {shown(path)}: not YAML") from None

    # ---- reading -----------------------------------------------------------------------------------

    def observe(self) -> dict[str, Any]:
        """One observation of the cluster and the BIG-IPs, saved in the working folder if there is one.

        :raises StepFailed: it cannot be read
        """
        asked = queries(self.settings, self.definitions)
        answer = self.kubernetes("k8s_objects_info", queries=list(asked.values()))
        answers = dict(zip(asked, answer["results"], strict=True))
        seen = observation(answers, self.settings, self.username, self.password)
        seen["asked"] = list(asked.values())
        seen["bigips"] = {unit.bigip: self._partitions(unit.bigip) for unit in self.settings.controllers if unit.bigip}
        if self.step.folder:
            self.step.folder.save(OBSERVED, seen)
        return seen

    def observed(self) -> dict[str, Any] | None:
        """The observation saved by ``observe`` in this run, or None. It is not used after settings have changed."""
        folder = self.step.folder
        seen = folder.load(OBSERVED) if folder and folder.has(OBSERVED) else None
        same = seen and seen["asked"] == list(queries(self.settings, self.definitions).values())
        return seen if same else None

    def forget(self) -> None:
        """Discard the saved observation after a write."""
        if self.step.folder:
            self.step.folder.save(OBSERVED, None)

    def _partitions(self, bigip: str) -> dict[str, Any]:
        held = self._read_before(bigip)
        if not held.get("failed") and not all(name in held for name in PARTS):
            held = self.bigip("bigip_bgp_info", bigip, gather_subset=list(PARTS))
        return {name: held.get(name) for name in PARTS}

    # ---- checks ------------------------------------------------------------------------------------

    def problems(self, seen: Mapping[str, Any] | None) -> list[str]:
        """Everything that prevents the controller from working, as sentences.

        :param seen: the observation; None checks the variables only
        """
        found: list[object] = [*self.broken, *problems_of(self.values, self._fabric())]
        if self.absent:
            if self.settings.partition in ("", "Common"):
                expected = "the controller's own partition, which is removed with its content"
                found.append(Problem(self.host, "bigip_ctlr_partition", shown(self.settings.partition), expected))
        elif seen is not None:
            found += cluster_problems(self.settings, seen["services"], seen["slices"], self.host)
            found += self._secret_problems(seen) + self._kind_problems(seen) + self._others_problems(seen)
            found += self._partition_problems(seen)
        return [str(problem) for problem in found]

    def _fabric(self) -> Fabric | None:
        """The fabric, against whose addresses the virtual servers are checked; its own problems are not reported."""
        try:
            return self.step.fabric
        except InventoryError:
            return None

    def _secret_problems(self, seen: Mapping[str, Any]) -> list[Problem]:
        if self.password is not None or seen["secret"]["complete"]:
            return []
        where = f"{self.settings.namespace}/{self.settings.secret}"
        state = "has no username and password" if seen["secret"]["exists"] else "does not exist"
        return [Problem(self.host, "bigip_ctlr_password", "not set",
                        f"a password, or an existing Secret: {where} {state}")]  # fmt: skip

    def _kind_problems(self, seen: Mapping[str, Any]) -> list[Problem]:
        if self.settings.mode != cis.CRD or self.definitions or seen["custom_resources"]:
            return []
        expected = (
            f"the path of customresourcedefinitions.yml of k8s-bigip-ctlr {self.settings.version}, or a cluster that "
            "has the kinds of cis.f5.com"
        )
        return [Problem(self.host, "bigip_ctlr_crds", "not set", expected)]

    def _others_problems(self, seen: Mapping[str, Any]) -> list[Problem]:
        """Objects of others that would be overwritten. A Secret with the wanted credentials only gets our labels."""
        used = self.password is None or seen["secret"]["same"]
        found = []
        for item, owner in seen["others"].items():
            kind, _space, name = item.partition(" ")
            if kind == "Secret" and used and not owner:
                continue
            variable, value = self._naming(kind, name)
            taken = f"{item} belongs to {owner}; choose another name" if owner else (
                f"{item} is not of this collection; choose another name, delete that object, or label it {SELECTOR} to "
                "have it overwritten"
            )  # fmt: skip
            found.append(Problem(self.host, variable, shown(value), f"a free name: {taken}"))
        return found

    def _partition_problems(self, seen: Mapping[str, Any]) -> list[Problem]:
        """Partitions with content of others, which the controller would remove."""
        existing = [item for item in seen["owned"] if item["kind"] in PRUNED]
        return [
            Problem(self.host, "bigip_ctlr_partition", shown(partition),
                    f"a partition of the controller's own: the one of {bigip} has virtual addresses that it did not "
                    f"create ({', '.join(addresses[:5])}), and it would remove them; choose another partition, or "
                    "empty this one")
            for bigip, partition, addresses in leftovers.foreign_content(self.settings, existing, seen["bigips"])
        ]  # fmt: skip

    def _naming(self, kind: str, name: str) -> tuple[str, str]:
        """The variable that determines the name of an object, and its value."""
        settings = self.settings
        if kind in ("Deployment", "Secret"):
            variable = kind.lower()
        elif name.rpartition("/")[2].startswith(f"{settings.service_account}-") or kind == "ServiceAccount":
            variable = "service_account"
        elif name == f"{settings.namespace}/{trust_name(settings)}" or kind in ("Role", "RoleBinding"):
            variable = "deployment"
        else:
            return "virtual_servers", name
        return f"bigip_ctlr_{variable}", getattr(settings, variable)

    # ---- calls -------------------------------------------------------------------------------------

    def kubernetes(self, module: str, check_mode: bool | None = None, **arguments: Any) -> dict[str, Any]:
        """The result of a module of the cluster. :raises StepFailed: it failed"""
        given = {"kubeconfig": self.values.get("kubeconfig"), "context": self.values.get("kube_context"), **arguments}
        return _succeeded(self.step.call(module, given, check_mode))

    def objects(self, definitions: Sequence[Mapping[str, Any]], **arguments: Any) -> dict[str, Any]:
        """The result of k8s_objects; without a call if there is nothing to do. :raises StepFailed: it failed"""
        if not definitions:
            return {"changed": False, "objects": [], "diff": []}
        return self.kubernetes("k8s_objects", definitions=list(definitions), **arguments)

    def bigip(self, module: str, bigip: str, check_mode: bool | None = None, **arguments: Any) -> dict[str, Any]:
        """The result of a module of one BIG-IP, always from this process. :raises StepFailed: it failed"""
        connection = bigip_connection(self.step, bigip)
        overrides = {"server": self.own("bigip_address"), "server_port": self.own("bigip_port")}
        connection |= {key: value for key, value in overrides.items() if value}
        check = self.step._task.check_mode if check_mode is None else check_mode
        return _succeeded(local_module.execute(module, {**connection, **arguments}, check, True))


def _succeeded(result: dict[str, Any]) -> dict[str, Any]:
    if result.get("failed"):
        raise StepFailed(str(result.get("msg")), **{key: result[key] for key in ("problems",) if key in result})
    return result


def preflight(step: Step, host: str | None = None) -> tuple[dict[str, Any] | None, list[str]]:
    """For ``fabric_preflight``: the observation of the controller, kept in the working folder, and its problems.

    A cluster or BIG-IP that cannot be read is one of the problems. Without a controller there are none.

    :param host: the inventory host that reaches the Kubernetes API; None: the host of the task
    """
    problems: list[str] = []
    try:
        controller = Controller(step, host)
        if not controller.wanted:
            return None, []
        problems = controller.problems(None)
        seen = controller.observe()
        return seen, controller.problems(seen)
    except StepFailed as failure:
        return None, [*problems, str(failure)]
