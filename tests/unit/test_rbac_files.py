# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles in docs/rbac against what the code names. tests/integration/calico/test_rbac.py tries them on a server."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import observe, snapshot
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import KINDS
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import rights
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import AS3, CONFIGMAP, CRD

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "rbac"
FILES = sorted(path.stem for path in FOLDER.glob("*.yml"))


def objects(name):
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))["items"]


def granted(*names):
    """(API group, resource, verb) of the rules in the files that are not limited to objects with certain names."""
    return {
        (group, resource, verb)
        for name in names
        for item in objects(name)
        for rule in item.get("rules", ())
        if "resourceNames" not in rule
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize("name", FILES)
def test_no_file_grants_everything(name):
    assert not {part for rule in granted(name) for part in rule} & {"*", "escalate", "bind", "impersonate"}


@pytest.mark.parametrize("name", FILES)
def test_every_role_is_bound_to_the_one_service_account(name):
    roles = {(item["kind"], item["metadata"]["name"]) for item in objects(name) if "rules" in item}
    bindings = [item for item in objects(name) if "roleRef" in item]
    assert {(item["roleRef"]["kind"], item["roleRef"]["name"]) for item in bindings} == roles
    account = {"kind": "ServiceAccount", "name": "podroute-calico-f5", "namespace": "kube-system"}
    assert all(item["subjects"] == [account] for item in bindings)


def test_every_kind_that_is_read_or_written_is_granted():
    calico = "crd.projectcalico.org"
    read = {(calico, KINDS[kind].plural, verb) for kind in observe.KINDS for verb in ("get", "list")}
    assert read <= granted("read")
    kinds = [kind for kind in snapshot.WRITTEN if kind != "Node"]
    assert {(calico, KINDS[kind].plural, verb) for kind in kinds for verb in ("create", "update")} <= granted("write")


@pytest.mark.parametrize("mode", [CONFIGMAP, AS3, CRD])
def test_the_rights_of_the_controller_can_be_granted_by_its_installer(mode):
    """Kubernetes refuses a role with rights that its creator does not have."""
    rules = [*rights.cluster_rules(), *rights.namespace_rules(SimpleNamespace(mode=mode)), *rights.trust_rules("x")]
    wanted = {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert wanted - granted("controller") == set()
