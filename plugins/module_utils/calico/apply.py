# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read once, plan, check, write only what differs, read again: the work of the module calico_resources."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import (
    plan,
    schema,
    session_resets,
    validate,
    values,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import KINDS
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import (
    Key,
    Resource,
    effective,
    from_user,
    key_of,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.parsers import ipam
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.problems import Context, final_state
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import Impossible


class Refused(Impossible):
    """The request is wrong, and nothing was written."""


class Unfinished(Exception):
    """Writing failed halfway. ``outcome`` has the result of each object."""

    def __init__(self, error: CalicoError, outcome: Outcome) -> None:
        self.error = error
        self.outcome = outcome
        super().__init__(str(error))


@dataclasses.dataclass(frozen=True)
class Request:
    """The wanted state of the cluster; see ``plan.make`` for the states."""

    resources: tuple[t.Any, ...]
    state: str = "merged"
    owner: str = ""
    prune: tuple[str, ...] = ()
    vip_ranges: tuple[str, ...] = ()
    allow: frozenset[str] = frozenset()
    max_prune: int = 10
    replace_owned: bool = False
    fabrics: tuple[str, ...] = ()

    def plan(self, desired: t.Sequence[Resource], cluster: plan.Cluster) -> plan.Plan:
        """The writes that bring the cluster to the requested state."""
        return plan.make(desired, cluster, self.state, self.owner, self.prune, self.replace_owned, self.fabrics)


@dataclasses.dataclass
class Outcome:
    """The state before, the state after (or predicted), and the result for each object."""

    before: list[Resource]
    after: list[Resource]
    objects: list[dict[str, t.Any]]
    resets: list[str]
    warnings: list[str] = dataclasses.field(default_factory=list)

    @property
    def changed(self) -> bool:
        return any(item["result"] in ("planned", "created", "updated", "deleted") for item in self.objects)


_DONE = {"create": "created", "update": "updated", "patch": "updated", "delete": "deleted"}


def run(client: Calicoctl, request: Request, check_mode: bool = False) -> Outcome:
    """Brings the cluster to the requested state.

    Raises ``Refused`` before any write, ``CalicoError`` when reading fails, and ``Unfinished`` when a write
    fails: then the cluster has been read again, and the outcome has what was written.
    """
    desired = _parse(request.resources)
    cluster = _read(client, desired, request)
    made = request.plan(desired, cluster)
    _check(client, desired, cluster, made, request)
    outcome = _outcome(made, cluster, {change.key: "planned" for change in made.changes})
    if check_mode or not made.changes:
        return outcome
    error: CalicoError | None = None
    todo = made
    for attempt in range(client.connection.retries + 1):
        error = _write(client, todo)
        fresh = _reread(client, made)
        todo = _remaining(request.plan(desired, fresh), made)
        if not todo.changes or (error and not error.retryable) or attempt == client.connection.retries:
            break
        client._sleep(client.connection.retry_delay * 2**attempt)
    left = {change.key: change for change in todo.changes}
    results = {change.key: "failed" if change.key in left else _DONE[change.action] for change in made.changes}
    outcome = _outcome(made, cluster, results)
    outcome.after = _read_back(made, cluster, fresh)
    if left:
        raise Unfinished(error or _not_taken(tuple(left.values())), outcome)
    return outcome


def _parse(raw: t.Sequence[t.Any]) -> list[Resource]:
    desired, problems = [], []
    for number, item in enumerate(raw, 1):
        try:
            desired.append(from_user(item))
        except ValueError as problem:
            problems.append(f"resource {number}: {problem}")
    if problems:
        raise Refused(problems)
    return desired


def _read(client: Calicoctl, desired: t.Sequence[Resource], request: Request) -> plan.Cluster:
    """One list of every kind that the request writes, prunes or refers to."""
    kinds = {resource["kind"] for resource in desired} | set(request.prune)
    if request.state != "deleted" and any(resource["spec"].get("filters") for resource in desired):
        kinds.add("BGPFilter")
    if "BGPFilter" in kinds and (request.state in ("deleted", "overridden") or "BGPFilter" in request.prune):
        kinds.add("BGPPeer")  # a filter that is in use must not be deleted
    if request.vip_ranges:
        kinds |= {"BGPConfiguration", "IPPool"}
    ordered = sorted(kinds, key=lambda kind: (KINDS[kind].order, kind))
    read = dict(client.read(ordered))
    written = {resource["metadata"]["name"] for resource in desired if resource["kind"] == "BGPPeer"}
    changed = (peer for peer in read.get("BGPPeer", ()) if peer["metadata"]["name"] in written)
    if "BGPFilter" not in kinds and any(peer["spec"].get("filters") for peer in changed):
        read |= client.read(["BGPFilter"])  # filters that a peer keeps are checked too
    return plan.Cluster(resource for resources in read.values() for resource in resources)


def _check(
    client: Calicoctl, desired: list[Resource], cluster: plan.Cluster, made: plan.Plan, request: Request
) -> None:
    version = None
    if request.state != "deleted" and _uses_gated_field(desired):
        information = client.list("ClusterInformation")
        version = values.version((information[0].get("spec") or {}).get("calicoVersion")) if information else None
    context = Context(made, cluster, final_state(made, cluster), version, request.vip_ranges, request.allow)
    problems: list[object] = []
    if request.state != "deleted":
        problems += validate.values_of(desired, version)
    problems += validate.result(context)
    named = {key_of(resource) for resource in desired}
    strays = [change.key for change in made.deletes if change.key not in named]
    if len(strays) > request.max_prune:
        problems.append(
            f"would prune {len(strays)} objects ({', '.join(map(str, strays[:5]))}, …), more than max_prune = "
            f"{request.max_prune}; is the list of resources complete?"
        )
    problems += _pools_in_use(client, made)
    if problems:
        raise Refused([str(problem) for problem in problems])


def _uses_gated_field(desired: t.Sequence[Resource]) -> bool:
    return any(
        KINDS[resource["kind"]].since > (3, 0)
        or any(next(schema.walk(resource["spec"], path), None) for path in schema.SINCE.get(resource["kind"], {}))
        for resource in desired
    )


def _pools_in_use(client: Calicoctl, made: plan.Plan) -> list[str]:
    going = [change for change in made.deletes if change.key.kind == "IPPool" and change.before]
    if not going:
        return []
    try:
        in_use = ipam.pools(client.ipam_show())
    except ValueError as problem:
        return [str(problem)]
    problems = []
    for change in going:
        used = in_use.get(str((change.before or {})["spec"].get("cidr")))
        if used is None:
            problems.append(f"{change.key}: calicoctl ipam show does not list this pool: it may be in use")
        elif used:
            problems.append(
                f"{change.key}: {used} of its addresses are in use; disable it, move the workloads, then delete it"
            )
    return problems


def _write(client: Calicoctl, todo: plan.Plan) -> CalicoError | None:
    """Writes in order; stops at the first step that fails, and gives its error.

    Whole resources go in one run. Nodes are in the middle of the order (after filters, before peers) and
    are patched, so they split that run in two.
    """
    try:
        whole = [change for change in todo.writes if change.action != "patch"]
        patches = [change for change in todo.writes if change.action == "patch"]
        early = [change for change in whole if patches and change.order < patches[0].order]
        late = whole[len(early) :]
        for batch in (early, patches, late):
            if batch and batch is patches:
                client.patch_nodes({change.key.name: change.payload or {} for change in patches})
            elif batch:
                client.apply([change.payload or {} for change in batch])
        if todo.deletes:
            client.delete([_identity(change.key) for change in todo.deletes])
    except CalicoError as problem:
        return problem
    return None


def _identity(key: Key) -> Resource:
    metadata = {"name": key.name, **({"namespace": key.namespace} if key.namespace else {})}
    return {"apiVersion": "projectcalico.org/v3", "kind": key.kind, "metadata": metadata, "spec": {}}


def _reread(client: Calicoctl, made: plan.Plan) -> plan.Cluster:
    kinds = sorted({change.key.kind for change in made.changes}, key=lambda kind: KINDS[kind].order)
    read = client.read(kinds)
    return plan.Cluster(resource for kind in kinds for resource in read[kind])


def _remaining(again: plan.Plan, made: plan.Plan) -> plan.Plan:
    """The differences of the first plan that remain.

    A key that a server of a newer release added to a replaced object is its default and no failure.
    """
    first = {change.key: change for change in made.changes}
    left = []
    for change in again.changes:
        origin = first.get(change.key)
        if origin is None or (change.action == "update" and origin.after and _holds(change.before, origin.after)):
            continue
        left.append(change)
    return plan.Plan(tuple(left), again.unchanged)


def _holds(have: Resource | None, want: Resource) -> bool:
    """Whether the object has every value that should have been written."""
    return have is not None and _subset(effective(want), effective(have))


def _subset(want: t.Any, have: t.Any) -> bool:
    if isinstance(want, dict) and isinstance(have, dict):
        return all(key in have and _subset(value, have[key]) for key, value in want.items())
    return bool(want == have)


def _not_taken(left: t.Sequence[plan.Change]) -> CalicoError:
    names = ", ".join(str(change.key) for change in left)
    return CalicoError(
        "unknown", f"calicoctl reported success, but these objects differ from what was written: {names}"
    )


def _outcome(made: plan.Plan, cluster: plan.Cluster, results: t.Mapping[Key, str]) -> Outcome:
    rows = [(change.key, change.action, results[change.key], change.differences) for change in made.changes]
    rows += [(key, "none", "unchanged", []) for key in made.unchanged]
    objects = [
        {"kind": key.kind, "name": key.name, "namespace": key.namespace, "action": action, "result": result,
         "differences": differences}
        for key, action, result, differences in rows
    ]  # fmt: skip
    keys = [key for key, *_rest in rows]
    before = [cluster.clean[key] for key in sorted(keys) if key in cluster.clean]
    final = final_state(made, cluster)
    after = [final[key] for key in sorted(keys) if key in final]
    return Outcome(before, after, objects, session_resets.resets(made))


def _read_back(made: plan.Plan, cluster: plan.Cluster, fresh: plan.Cluster) -> list[Resource]:
    """The objects of the request in their current state."""
    changed = {change.key for change in made.changes}
    keys = sorted(changed | set(made.unchanged))
    found = [(fresh if key in changed else cluster).clean.get(key) for key in keys]
    return [resource for resource in found if resource is not None]


def diff_text(resources: t.Sequence[Resource]) -> str:
    """Resources as stable text for a diff."""
    return "".join(json.dumps(resource, indent=2, sort_keys=True) + "\n" for resource in resources)
