# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of site.yml from the perspective of its steps: lock, record, snapshots, and the rollback of a failed run."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ansible.errors import AnsibleConnectionFailure
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import snapshot as bigip_snapshot
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import snapshot as calico_snapshot
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import DEFAULT, Names
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder, guard, journal, lock, rollback

if TYPE_CHECKING:
    from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step

Missing = TypeVar("Missing", str, list[str])

CALICO = rollback.CALICO
LEASE = "lease"  # file name of the Lease in the working folder
READ_ONLY_TAGS = {"fabric_verify", "fabric_preflight"}


class SiteRun:
    """The run that a step belongs to."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.warnings: list[str] = []

    # ---- what is known about it --------------------------------------------------------------------

    @cached_property
    def bigips(self) -> list[str]:
        """The BIG-IPs of the inventory."""
        group = self.step.variable("fabric_bigips", "bigips")
        return [str(name) for name in self.step.variables["groups"].get(group, ())]

    @property
    def name(self) -> str:
        """The name of the fabric; empty for the default."""
        name = str(self.step.variable("fabric_name", DEFAULT))
        return "" if name == DEFAULT else name

    @property
    def control_host(self) -> str:
        """The host that reaches the Kubernetes API."""
        return str(self.step.variable("fabric_control_host", "localhost"))

    @property
    def writes(self) -> bool:
        """Whether this run may change anything: not in check mode, and not with the tags that only read."""
        tags = set(self.step.variables.get("ansible_run_tags") or ["all"])
        return not self.step.check_mode and bool(tags - READ_ONLY_TAGS)

    def includes(self, role: str) -> bool:
        """Whether a role is part of this run."""
        tags = set(self.step.variables.get("ansible_run_tags") or ["all"])
        skipped = set(self.step.variables.get("ansible_skip_tags") or ())
        return bool(tags & {"all", role, "tagged"}) and role not in skipped

    @cached_property
    def place(self) -> Path:
        """The folder of the records of this fabric's runs."""
        addresses = sorted(str(self.step.variable("bgp_address", "", host)) for host in self.bigips)
        digest = hashlib.sha256(" ".join(addresses).encode()).hexdigest()[:8]
        parts = [self.name, self.bigips[0] if self.bigips else "none", digest]
        return self.step.runs / "-".join(part for part in parts if part)

    @cached_property
    def me(self) -> lock.Holder:
        return lock.Holder.me(self.step.process)

    @property
    def record(self) -> journal.Run:
        """The record of this run. :raises NoRun: it has none"""
        return journal.Run(Path(self.folder.load(guard.RECORD)["path"]))

    @property
    def folder(self) -> folder.Folder:
        """The working folder. :raises NoVerdict: this process has none"""
        if self.step.folder is None:
            guard.require_verdict(None)
        return self.step.folder  # type: ignore[return-value]

    def fresh_folder(self) -> None:
        """Create an empty working folder. :raises OSError: it cannot be written"""
        folder.begin(self.step.runs, self.step.process)
        self.step.__dict__.pop("folder", None)

    # ---- the lock ----------------------------------------------------------------------------------

    def lock(self) -> None:
        """Take or renew the lock file. :raises Held: another run has it :raises OSError: it cannot be written"""
        takeover = lock.acquire(self.place, self.me)
        lock.hold(self.place)
        if takeover:
            self.warnings.append(takeover)

    def read_lease(self) -> None:
        """Refuse if another run holds the Lease in the cluster, and save the Lease as read."""
        there = self._lease({"state": "read"})
        if there.get("failed"):
            return
        lock.lease(there["spec"], self.me, time.time())
        self.folder.save(LEASE, {"version": there["resource_version"]})

    def take_lease(self) -> None:
        """Take the Lease, or keep it. :raises Held: another run has it, or had it while this run read both sides"""
        if self.folder.has(LEASE) and self.folder.load(LEASE).get("renewed"):
            return
        known = self.folder.load(LEASE) if self.folder.has(LEASE) else None
        there = self._lease({"state": "read"})
        if there.get("failed"):
            self._without_lease(there)
            return
        spec, takeover = lock.lease(there["spec"], self.me, time.time())
        if known and known["version"] != there["resource_version"]:
            raise lock.Held("Nothing was changed: another run changed this fabric while this one read it. Run it again")
        if takeover:
            self.warnings.append(takeover)
        self._write_lease(spec, there["resource_version"])

    def renew(self) -> None:
        """Renew the lock file, and the Lease if a third of its time has passed. :raises Held: it was taken over"""
        self.lock()
        if not self.folder.has(LEASE) or time.time() - self.folder.load(LEASE).get("renewed", 0) < lock.DURATION / 3:
            return
        there = self._lease({"state": "read"})
        if not there.get("failed"):
            self._write_lease(lock.lease(there["spec"], self.me, time.time())[0], there["resource_version"])

    def release(self) -> None:
        """Release Lease and lock file. A failure is only a warning: the lock of a process that has ended is free."""
        if self.step.folder and self.step.folder.has(LEASE) and self.step.folder.load(LEASE).get("renewed"):
            there = self._lease({"state": "read"})
            if not there.get("failed") and self._is_mine(there["spec"]):
                spec = {**there["spec"], "holderIdentity": ""}
                self._lease({"state": "written", "spec": spec, "resource_version": there["resource_version"]})
        try:
            lock.release(self.place, self.me)
        except OSError as error:
            self.warnings.append(f"{self.place}/lock: {error.strerror}; the lock is released when this process ends")

    @contextmanager
    def held(self, in_run: bool) -> Iterator[None]:
        """A playbook of its own, from its lock to the end of its working folder; or, in a run, a part of that run.

        :raises NoVerdict: the run may not write :raises Held: another run has the lock :raises OSError: as ``begin``
        """
        if in_run:
            guard.require_verdict(self.step.folder)
            self.renew()
            yield
            return
        self.begin()
        try:
            yield
        finally:
            self.leave()

    def begin(self) -> None:
        """Create an empty working folder, and take the lock file unless in check mode. ``leave`` reverses both.

        :raises Held: another run has the lock :raises OSError: the folder or the lock cannot be written
        """
        self.fresh_folder()
        if not self.step.check_mode:
            self.lock()

    def wait(self, missing: Callable[[], Missing], timeout: float, delay: float) -> Missing:
        """Read until nothing is missing or the timeout expires, renewing the lock; returns what is still missing.

        :param timeout: in seconds
        :param delay: seconds between two reads
        """
        deadline = time.monotonic() + timeout
        while (left := missing()) and time.monotonic() + delay <= deadline:
            time.sleep(delay)
            self.renew()
        return left

    def leave(self) -> None:
        """Release the lock and remove the working folder."""
        self.release()
        if self.step.folder:
            self.step.folder.remove()

    def delete_lease(self) -> None:
        """Delete the Lease of a fabric that no longer exists."""
        self.step.call("fabric_lease", self._lease_options() | {"state": "absent"})

    def _write_lease(self, spec: Mapping[str, Any], version: str) -> None:
        answer = self._lease({"state": "written", "spec": spec, "resource_version": version})
        if answer.get("error") == "exists":
            raise lock.Held("Nothing was changed: another run took this fabric at the same time. Run it again")
        if answer.get("failed"):
            self._without_lease(answer)
            return
        self.folder.save(LEASE, {"version": answer["resource_version"], "renewed": time.time()})

    def _without_lease(self, answer: Mapping[str, Any]) -> None:
        self.warnings.append(
            f"no Lease in the cluster ({answer.get('msg')}); runs on other machines are not locked out. To lock "
            "them out, allow the user get, create and update on leases of coordination.k8s.io"
        )

    def _is_mine(self, spec: Mapping[str, Any] | None) -> bool:
        holder = lock.Holder.parse((spec or {}).get("holderIdentity") or "")
        return bool(holder and holder.same_run(self.me))

    def _lease(self, options: dict[str, Any]) -> dict[str, Any]:
        return _answered(lambda: self.step.call("fabric_lease", self._lease_options() | options, check_mode=False))

    def _lease_options(self) -> dict[str, Any]:
        return {
            "kubeconfig": self.step.variable("kubeconfig"),
            "context": self.step.variable("kube_context"),
            "namespace": self.step.variable("fabric_lease_namespace", "kube-system"),
            "name": "-".join(part for part in ("podroute-calico-f5", self.name) if part),
        }

    # ---- the record --------------------------------------------------------------------------------

    def open_record(self) -> journal.Run:
        """Open or resume the record, and save the snapshots of both sides in it.

        :raises OSError: it cannot be written :raises NoRecord: a side could not be read
        """
        run, resumed = journal.open_run(self.place, int(self.step.variable("fabric_rollback_keep", 10)))
        if resumed:
            self.warnings.append(resumed)
        else:
            for side in [*self.bigips, CALICO]:
                run.save(side, "before", self._observed(side) or self._snapshot(side))
        self.folder.save(guard.RECORD, {"path": str(run.folder)})
        return run

    def save_applied(self) -> None:
        """Save the snapshots after the writes; a side that no step changed is not read again."""
        run = self.record
        for side in [*self.bigips, CALICO]:
            before = run.load(side, "before") if self._unchanged(side) else None
            run.save(side, "applied", before or self._snapshot(side))

    def note(self, state: str, subject: str = "", text: str = "") -> None:
        """Add a line to the journal; a failure is only a warning."""
        try:
            self.record.note(state, subject, text)
        except OSError as error:
            self.warnings.append(f"{self.record.folder}: {error.strerror}; the record lacks '{state} {subject}'")

    def _unchanged(self, side: str) -> bool:
        """Whether every step that can change the side ran and changed nothing."""
        steps = [("calico_bgp", self.control_host)] if side == CALICO else [("f5_routing", side)]
        # The controller's role sets the route advertisement of virtual addresses on the BIG-IPs.
        steps += [] if side == CALICO else [("bigip_ctlr", self.control_host)]
        files = [_step_file(*step) for step in steps]
        return all(self.folder.has(file) and not self.folder.load(file)["changed"] for file in files)

    def _observed(self, side: str) -> dict[str, Any] | None:
        """The snapshot from the observation of preflight."""
        if side == CALICO:
            return calico_snapshot.observed(self._load("observed-calico") or {})
        info = self._load(f"observed-bigip-{side}")
        unit = self._unit(side)
        address = {"address": unit.bgp_address, "name": unit.self_ip_name}
        vips = [{"address": vip.address, "partition": vip.partition} for vip in self.step.fabric.vips]
        return bigip_snapshot.observed(info, unit.route_domain, address, vips) if info else None

    def _snapshot(self, side: str) -> dict[str, Any]:
        """The snapshot now. :raises NoRecord: the side cannot be read"""
        if side == CALICO:
            answer = self._calico({"state": "gathered"}, True)
        else:
            unit = self._unit(side)
            named = {"name": unit.self_ip_name} if unit.self_ip_name else {"address": unit.bgp_address}
            vips = [{"address": vip.address, "partition": vip.partition} for vip in self.step.fabric.vips]
            wanted = {"route_domain": unit.route_domain, "self_ip": named, "virtual_addresses": vips}
            answer = self._bigip(side, {"state": "gathered", **wanted}, True)
        if answer.get("failed"):
            raise journal.NoRecord(f"{side} cannot be read: {answer.get('msg')}")
        return answer["snapshot"]

    def _unit(self, side: str) -> Any:
        return next(unit for unit in self.step.fabric.bigips if unit.name == side)

    def _load(self, name: str) -> Any:
        return self.folder.load(name) if self.folder.has(name) else None

    # ---- rollback ----------------------------------------------------------------------------------

    def roll_back(self, run: journal.Run, causes: list[str]) -> rollback.Rollback:
        """Roll back both sides to the state before a run: Calico first, so that nodes stop using a BIG-IP's routes."""
        with suppress(OSError):  # a disk may be full
            lock.hold(self.place)
        sides: dict[str, rollback.Restore] = {side: self._restore(run, side) for side in [CALICO, *self.bigips]}
        for side in run.sides():
            sides.setdefault(side, rollback.unreadable("it is no longer in the inventory"))
        dry = self.step.check_mode
        if not dry:
            self._try_note(run, "rolling back", "; ".join(causes))
        found = rollback.roll_back(sides, self.step.display.warning, dry)
        if not dry:
            self._try_note(run, "not rolled back" if found.failed else "rolled back", "; ".join(found.lines()))
        return found

    def _try_note(self, run: journal.Run, state: str, text: str) -> None:
        try:
            run.note(state, text=text)
        except OSError as error:
            self.warnings.append(f"{run.folder}: {error.strerror}; the record lacks '{state}'")

    def _restore(self, run: journal.Run, side: str) -> rollback.Restore:
        try:
            before = run.load(side, "before")
        except journal.NoRecord as error:
            return rollback.unreadable(error)
        if before is None:
            return rollback.unreadable(f"{run.folder} has no snapshot of it")
        try:
            applied = run.load(side, "applied")
        except journal.NoRecord as error:
            self.warnings.append(f"{error}; every difference counts as changed by the run")
            applied = None
        options = {"state": "restored", "snapshot": before, "applied": applied}
        names = Names(self.name or DEFAULT)
        if side == CALICO:
            return rollback.without_passwords(
                lambda dry: self._calico(options | {"fabric": names.fabric}, dry), run.lost_passwords(side)
            )
        options |= {"bgp_password": self.step.variable("bgp_password", host=side), "mark": names.mark}
        return rollback.without_passwords(lambda dry: self._bigip(side, options, dry), run.lost_passwords(side))

    # ---- both sides --------------------------------------------------------------------------------

    def _calico(self, options: dict[str, Any], dry: bool) -> dict[str, Any]:
        from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import calico_connection

        return _answered(lambda: self.step.call("calico_snapshot", calico_connection(self.step) | options, dry))

    def _bigip(self, host: str, options: dict[str, Any], dry: bool) -> dict[str, Any]:
        from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection

        connection = bigip_connection(self.step, host)
        return _answered(lambda: self.step.call("bigip_snapshot", connection | options, dry, here=True))


def _answered(call: Any) -> dict[str, Any]:
    """The result of a module; a lost connection is a failure too."""
    try:
        return call()
    except AnsibleConnectionFailure as error:
        return {"failed": True, "msg": f"the connection failed: {error}"}


def _step_file(role: str, host: str) -> str:
    return f"step-{role}-{host}"


def before_write(step: Step) -> None:
    """Checks before a step that writes in a run of site.yml; a role on its own needs none.

    :raises NoVerdict: the run may not write :raises Held: its lock was lost :raises OSError: its record is not writable
    """
    if not step.variable("fabric_run_required", False) or step.check_mode:
        return
    guard.require_verdict(step.folder)
    run = SiteRun(step)
    run.renew()
    run.record.note("writing", f"{step.WRITES} on {step.variables['inventory_hostname']}")


def after_write(step: Step, changed: bool) -> None:
    """Record whether the step changed something."""
    record_change(step, step.WRITES, str(step.variables["inventory_hostname"]), changed)


def record_passwords(step: Step, side: str, owners: Iterable[str]) -> None:
    """Record whose password is about to be replaced: a rollback cannot restore it, and says so.

    :raises OSError: the record is not writable
    """
    if step.variable("fabric_run_required", False) and not step.check_mode:
        SiteRun(step).record.lose_passwords(side, owners)


def record_change(step: Step, role: str, host: str, changed: bool = True) -> None:
    """Record whether a side was changed, by a role or in its place."""
    if step.folder is not None and not step.check_mode:
        name = _step_file(role, host)
        before = step.folder.has(name) and step.folder.load(name)["changed"]
        step.folder.save(name, {"changed": changed or before})
