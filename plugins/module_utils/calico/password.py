# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Secret with the password of the BGP sessions, and the right of calico-node to read it.

calico-node reads the Secret from its own namespace: ``kube-system`` for an installation by manifest, ``calico-system``
under the Tigera operator.
"""

from __future__ import annotations

import base64
import dataclasses
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import MARK, is_managed

Resource = dict[str, t.Any]

RBAC = "rbac.authorization.k8s.io"


class Api(t.Protocol):
    """The part of ``kube.Kubernetes`` that is used."""

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = ...) -> Resource | None:
        pass

    def apply(self, definition: Resource) -> Resource:
        pass

    def delete(self, api_version: str, kind: str, name: str, namespace: str | None = ...) -> bool:
        pass


@dataclasses.dataclass(frozen=True)
class Wanted:
    """``value`` None: the objects are to be removed. ``subject`` is that of a RoleBinding."""

    name: str
    key: str
    namespace: str
    subject: t.Mapping[str, t.Any]
    value: str | None = dataclasses.field(default=None, repr=False)

    def definitions(self) -> list[Resource]:
        """Secret, Role and RoleBinding, in the order of creation."""
        return [
            {
                **self._object("Secret", "v1"),
                "type": "Opaque",
                "data": {self.key: base64.b64encode((self.value or "").encode()).decode()},
            },
            {
                **self._object("Role", f"{RBAC}/v1"),
                "rules": [
                    {
                        "apiGroups": [""],
                        "resources": ["secrets"],
                        "resourceNames": [self.name],
                        "verbs": ["get", "list", "watch"],
                    }
                ],
            },
            {
                **self._object("RoleBinding", f"{RBAC}/v1"),
                "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": self.name},
                "subjects": [dict(self.subject)],
            },
        ]

    def _object(self, kind: str, version: str) -> Resource:
        metadata = {"name": self.name, "namespace": self.namespace, "labels": dict(MARK)}
        return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _place(item: Resource) -> tuple[str, str, str, str]:
    metadata = item["metadata"]
    return item["apiVersion"], item["kind"], metadata["name"], metadata["namespace"]


def plan(wanted: Wanted, api: Api) -> list[dict[str, str]]:
    """For each object ``kind``, ``name``, ``namespace`` and ``action``: create, update, delete, none, or foreign for
    an object of that name that this collection did not create. It contains no secret."""
    return [_action(item, api.get(*_place(item)), wanted.value is None) for item in wanted.definitions()]


def _action(item: Resource, have: Resource | None, remove: bool) -> dict[str, str]:
    if have is None:
        action = "none" if remove else "create"
    elif remove:
        action = "delete" if is_managed(have) else "none"
    elif not is_managed(have):
        action = "foreign"
    else:
        action = "none" if all(_holds(have.get(key), item[key]) for key in _COMPARED if key in item) else "update"
    return {
        "kind": item["kind"],
        "name": item["metadata"]["name"],
        "namespace": item["metadata"]["namespace"],
        "action": action,
    }


_COMPARED = ("data", "rules", "roleRef", "subjects")


def _holds(have: t.Any, want: t.Any) -> bool:
    """Whether ``have`` has every value of ``want``; the server fills in others, such as a subject's apiGroup."""
    if isinstance(want, dict):
        return isinstance(have, dict) and all(key in have and _holds(have[key], want[key]) for key in want)
    if isinstance(want, list):
        return isinstance(have, list) and len(have) == len(want) and all(map(_holds, have, want))
    return bool(have == want)


def problems(planned: t.Iterable[t.Mapping[str, str]]) -> list[str]:
    """One sentence for each object that must not be overwritten."""
    return [
        f"{item['kind']} {item['namespace']}/{item['name']} exists and was not created by this collection: delete it "
        f"(kubectl -n {item['namespace']} delete {item['kind'].lower()} {item['name']}), or remove bgp_password"
        for item in planned
        if item["action"] == "foreign"
    ]


def write(wanted: Wanted, planned: t.Iterable[t.Mapping[str, str]], api: Api) -> None:
    """Carry out the plan: on removal, the right to read is removed first."""
    actions = {item["kind"]: item["action"] for item in planned}
    items = wanted.definitions()
    for item in reversed(items) if wanted.value is None else items:
        if actions[item["kind"]] == "delete":
            api.delete(*_place(item))
        elif actions[item["kind"]] in ("create", "update"):
            if item["kind"] == "RoleBinding" and actions["RoleBinding"] == "update":
                api.delete(*_place(item))  # a roleRef cannot be changed
            api.apply(item)
