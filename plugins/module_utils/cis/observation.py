# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the cluster that concerns the controller: what to read, and what later steps need. Pure.

An observation is a JSON-able dict:

- ``services``, ``slices``: the Services behind the virtual servers, and their EndpointSlices
- ``owned``: the objects that carry the role's labels; ``secrets``: Secrets with the labels, without their data
- ``labelled``: Services with labels for AS3; ``definitions``: the custom resource definitions to apply
- ``pods``: the controllers' pods
- ``secret``: ``exists``, ``complete`` (has user and password), ``mark`` (see `manifests.credentials_mark`), ``same``
  (has the user and password of the variables) and ``current`` (needs no write)
- ``custom_resources``: whether the API server has the kinds of cis.f5.com
- ``others``: identity of each existing object with the name of a wanted one that was not created for this controller
  -> the fabric or the controller of this collection that has it, or an empty string
- ``error``: why none of this could be read, or None
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import manifests
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.as3 import TENANT
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.cluster import SERVICE_NAME
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Settings
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.virtuals import virtual_objects
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes import FIELD_MANAGER
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes_changes import identity, in_effect
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import SELECTOR

Object = Mapping[str, Any]

CUSTOM = "cis.f5.com/v1"
# Kinds of objects that the role creates, in the order in which they are removed.
KINDS = (
    (CUSTOM, "VirtualServer"),
    (CUSTOM, "TransportServer"),
    ("v1", "ConfigMap"),
    ("apps/v1", "Deployment"),
    ("v1", "ServiceAccount"),
    (manifests.RBAC, "RoleBinding"),
    (manifests.RBAC, "Role"),
    (manifests.RBAC, "ClusterRoleBinding"),
    (manifests.RBAC, "ClusterRole"),
)
# Results of `k8s_objects_info` are lists by position, so queries and results get keys here.
Key = tuple[str, ...]


def queries(settings: Settings, definitions: Iterable[Object] = ()) -> dict[Key, dict[str, Any]]:
    """What to read, as queries for `k8s_objects_info`."""
    owned = [SELECTOR, f"{manifests.INSTANCE}={settings.deployment}"]
    asked: dict[Key, dict[str, Any]] = {}
    for namespace in dict.fromkeys(virtual.namespace for virtual in settings.virtual_servers):
        asked["services", namespace] = {"kind": "Service", "namespace": namespace}
        asked["slices", namespace] = {
            "kind": "EndpointSlice", "api_version": "discovery.k8s.io/v1", "namespace": namespace
        }  # fmt: skip
    for version, name in KINDS:
        asked["owned", version, name] = {"kind": name, "api_version": version, "label_selectors": owned}
    asked["secret",] = {"kind": "Secret", "namespace": settings.namespace, "name": settings.secret}
    for item in manifests.installation(settings, manifests.UNKNOWN):
        asked["named", identity(item)] = {
            "kind": item["kind"], "api_version": item["apiVersion"], "name": item["metadata"]["name"],
            "namespace": item["metadata"].get("namespace"),
        }  # fmt: skip
    for virtual in _virtual_objects(settings):
        namespace = virtual["metadata"]["namespace"]
        asked["named", virtual["kind"], namespace] = {
            "kind": virtual["kind"], "api_version": virtual["apiVersion"], "namespace": namespace, "metadata_only": True
        }  # fmt: skip
    asked["secrets",] = {"kind": "Secret", "label_selectors": owned, "metadata_only": True}
    asked["pods",] = {"kind": "Pod", "namespace": settings.namespace, "label_selectors": owned}
    asked["labelled",] = {"kind": "Service", "label_selectors": [TENANT], "metadata_only": True}
    for kind in definitions:
        asked["definitions", kind["metadata"]["name"]] = {
            "kind": kind["kind"], "api_version": kind["apiVersion"], "name": kind["metadata"]["name"]
        }  # fmt: skip
    return asked


def observation(
    answers: Mapping[Key, Mapping[str, Any]], settings: Settings, username: str, password: str | None
) -> dict[str, Any]:
    """The observation.

    :param answers: the results of `k8s_objects_info`, by the keys of `queries`
    :param password: None if the role does not create the Secret
    """

    def found(sort: str) -> list[dict[str, Any]]:
        return [_kept(item) for key, answer in answers.items() if key[0] == sort for item in answer["resources"]]

    services = {virtual.service for virtual in settings.virtual_servers}
    slices = [item for item in found("slices") if (item["metadata"].get("labels") or {}).get(SERVICE_NAME) in services]
    return {
        "services": [item for item in found("services") if item["metadata"]["name"] in services],
        "slices": slices,
        "owned": [item for item in found("owned") if manifests.is_part_of(item, settings)],
        "secrets": [item for item in found("secrets") if manifests.is_part_of(item, settings)],
        "labelled": found("labelled"),
        "definitions": found("definitions"),
        "pods": found("pods"),
        "secret": _secret(answers["secret",]["resources"], settings, username, password),
        "others": _others([*found("named"), *found("secret")], settings),
        "custom_resources": answers["owned", CUSTOM, "VirtualServer"]["api_found"],
        "error": None,
    }


def _virtual_objects(settings: Settings) -> list[Object]:
    """The objects of the virtual servers, without the Services, of which only labels are set."""
    return [item for item in virtual_objects(settings) if item["kind"] != "Service"]


def _others(found: Iterable[Object], settings: Settings) -> dict[str, str]:
    wanted = {identity(item) for item in (*manifests.installation(settings, manifests.UNKNOWN),
                                          manifests.secret(settings, "", ""), *_virtual_objects(settings))}  # fmt: skip
    held = {identity(item): item for item in found}
    return {
        name: manifests.owner_in_words(item)
        for name, item in held.items()
        if name in wanted and not manifests.is_part_of(item, settings)
    }


def _secret(items: list[Object], settings: Settings, username: str, password: str | None) -> dict[str, Any]:
    """Properties of the Secret without its values."""
    stored = items[0] if items else None
    data = (stored or {}).get("data") or {}
    same = current = stored is not None
    if password is not None:
        wanted = manifests.secret(settings, username, password)
        same = data == wanted["data"]
        current = in_effect(wanted, stored, FIELD_MANAGER)
    return {
        "exists": stored is not None,
        "complete": bool(data.get("username") and data.get("password")),
        "mark": manifests.credentials_mark(data, stored["metadata"].get("uid")) if stored else None,
        "same": same,
        "current": current,
    }


def _kept(item: Object) -> dict[str, Any]:
    """An object without the fields of other field managers, and without unused fields that the server writes."""
    kept = {key: value for key, value in item.items() if key not in ("status", "data")}
    if item["kind"] != "Secret" and "data" in item:
        kept["data"] = item["data"]
    if item["kind"] in ("Deployment", "Pod"):
        kept["status"] = item.get("status") or {}
    ours = [entry for entry in item["metadata"].get("managedFields") or [] if entry.get("manager") == FIELD_MANAGER]
    kept["metadata"] = {**item["metadata"], "managedFields": ours}
    return kept
