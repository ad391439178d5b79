# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One form for a resource, whether it comes from a user, from calicoctl or from a server.

There are two forms: ``clean``, for diffs and writes, has canonical values and no fields added by the server;
``effective``, for comparisons, also has every default filled in.
"""

from __future__ import annotations

import copy
import dataclasses
import ipaddress
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import schema, values
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import API_VERSION, Kind, lookup
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number

Resource = dict[str, t.Any]

_NOISY_ANNOTATIONS = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "projectcalico.org/kube-labels",
    "projectcalico.org/metadata",
)
# Of a Node, only these are for users; the rest is written by kubelet and calico-node.
NODE_KEYS = ("asNumber", "ipv4Address", "ipv6Address", "routeReflectorClusterID")


@dataclasses.dataclass(frozen=True, order=True)
class Key:
    """What identifies a resource in the cluster."""

    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"


def key_of(resource: Resource) -> Key:
    """The key of a resource that ``clean`` or ``from_user`` made."""
    meta = resource["metadata"]
    return Key(resource["kind"], meta["name"], meta.get("namespace", ""))


def from_user(raw: t.Any) -> Resource:
    """A resource of a user in canonical form.

    Raises ``ValueError`` with one sentence if it is not a resource at all; wrong values are kept, so that
    ``validate`` reports them.
    """
    if not isinstance(raw, dict):
        raise ValueError(f"a resource is a mapping with kind, metadata and spec, not {type(raw).__name__}")
    kind = lookup(raw.get("kind"))
    api = raw.get("apiVersion", API_VERSION)
    if api != API_VERSION:
        raise ValueError(f"apiVersion {api!r} is not {API_VERSION}, the only one that calicoctl supports")
    unknown = sorted(str(key) for key in set(raw) - {"apiVersion", "kind", "metadata", "spec", "status"})
    if unknown:
        raise ValueError(f"{kind.name} has unknown keys {', '.join(unknown)}; a resource has metadata and spec")
    meta = raw.get("metadata")
    if not isinstance(meta, dict) or not isinstance(meta.get("name"), str) or not meta["name"]:
        raise ValueError(f"{kind.name} without metadata.name")
    namespace = meta.get("namespace")
    if kind.namespaced and namespace is None:
        namespace = "default"
    if not kind.namespaced and namespace:
        raise ValueError(f"{kind.name} {meta['name']} has a namespace, but this kind is not namespaced")
    spec = raw.get("spec")
    if spec is not None and not isinstance(spec, dict):
        raise ValueError(f"{kind.name} {meta['name']}: spec is a mapping, not {type(spec).__name__}")
    return _build(kind, meta, namespace or "", spec or {})


def from_cluster(raw: Resource) -> Resource:
    """A resource printed by calicoctl, without the fields added by the server."""
    kind = lookup(raw.get("kind"))
    meta = raw.get("metadata") or {}
    result = _build(kind, meta, (meta.get("namespace") or "") if kind.namespaced else "", raw.get("spec") or {})
    if kind.name == "Node":
        bgp = result["spec"].get("bgp")
        bgp = bgp if isinstance(bgp, dict) else {}
        kept = {key: bgp[key] for key in NODE_KEYS if key in bgp}
        result["spec"] = {"bgp": kept} if kept else {}
        result["metadata"].pop("annotations", None)
    return result


def _build(kind: Kind, meta: t.Mapping[str, t.Any], namespace: str, spec: Resource) -> Resource:
    clean: Resource = {"name": str(meta.get("name") or "")}
    if namespace:
        clean["namespace"] = namespace
    for field in ("labels", "annotations"):
        given = meta.get(field)
        if isinstance(given, dict):
            texts = {
                str(key): value if value is None else str(value)
                for key, value in given.items()
                if key not in _NOISY_ANNOTATIONS
            }
            if texts:
                clean[field] = texts
    return {
        "apiVersion": API_VERSION,
        "kind": kind.name,
        "metadata": clean,
        "spec": canonical_spec(kind.name, spec),
    }


def canonical_spec(kind: str, spec: Resource) -> Resource:
    """The spec with AS numbers as integers, durations in Go's text and networks in canonical text."""
    result = copy.deepcopy(spec)
    for path in schema.AS_FIELDS.get(kind, ()):
        _rewrite(result, path, as_number.read)
    for path in schema.DURATION_FIELDS.get(kind, ()):
        _rewrite(result, path, lambda value: values.go_duration(values.duration(value)))
    for path in schema.NETWORK_FIELDS.get(kind, ()):
        _rewrite(result, path, values.ip_canonical)
    return result


def _rewrite(spec: Resource, path: str, convert: t.Callable[[t.Any], t.Any]) -> None:
    for container, key, value, _place in schema.walk(spec, path):
        if value is None:
            continue
        try:
            container[key] = convert(value)
        except ValueError:
            continue  # kept as written: validate reports it


def effective(resource: Resource) -> Resource:
    """The resource with every default filled in and everything unset left out: the form to compare."""
    kind, spec = resource["kind"], resource["spec"]
    defaults = dict(schema.DEFAULTS.get(kind, {}))
    if resource["metadata"]["name"] == "default":
        defaults.update(schema.DEFAULTS_OF_DEFAULT.get(kind, {}))
    if kind == "IPPool":
        defaults["blockSize"] = 122 if _is_ipv6(spec.get("cidr")) else 26
    if kind == "BGPConfiguration" and spec.get("listenPort") == 0:
        spec = {**spec, "listenPort": None}  # calicoctl accepts 0; Calico treats it as unset
    filled = {**copy.deepcopy(defaults), **_without_empty(spec)}
    if isinstance(filled.get("allowedUses"), list):
        filled["allowedUses"] = sorted(map(str, filled["allowedUses"]))  # a set, written as a list
    meta = resource["metadata"]
    return {
        "labels": _without_empty(meta.get("labels", {})),
        "annotations": _without_empty(meta.get("annotations", {})),
        "spec": filled,
    }


def _is_ipv6(cidr: t.Any) -> bool:
    try:
        return ipaddress.ip_network(str(cidr), strict=False).version == 6
    except ValueError:
        return False


def _without_empty(value: t.Any) -> t.Any:
    """Without nulls, empty mappings, empty lists and empty strings: the server drops all of them."""
    if not isinstance(value, dict):
        return copy.deepcopy(value)
    kept = {key: _without_empty(item) for key, item in value.items()}
    return {key: item for key, item in kept.items() if item is not None and item != {} and item != [] and item != ""}
