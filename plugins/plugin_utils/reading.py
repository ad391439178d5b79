# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to the collection: read both sides of a fabric for the actions fabric_preflight and fabric_verify.

A failed read is a result with ``failed`` and ``msg``, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection, calico_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step

Result = dict[str, Any]

THREADS = 16  # BIG-IPs and parts of the cluster that are read in parallel
# The kinds of Calico to read; nodes are read from the Kubernetes API.
KINDS = ("BGPConfiguration", "BGPFilter", "BGPPeer", "IPPool")
POD, NODE, DEPLOYMENT = ("v1", "Pod"), ("v1", "Node"), ("apps/v1", "Deployment")
SLICES = ("discovery.k8s.io/v1", "EndpointSlice")


class Reader:
    """Reads for one step. BIG-IPs are read in threads of this process, and so is the cluster if the control host is the
    Ansible controller; otherwise its modules run on the control host.

    Use it as a context manager; ``read`` calls return futures.
    """

    def __init__(self, step: Step) -> None:
        self.step = step
        self.local = step._connection.transport == "local"
        self._pool = ThreadPoolExecutor(max_workers=THREADS)
        self._refused: dict[str, Result] = {}

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._pool.shutdown()

    @cached_property
    def connection(self) -> Result:
        """The connection options of the modules for Calico. :raises InventoryError: a variable is wrong"""
        return calico_connection(self.step)

    def cluster(self) -> Result:
        """The connection options of the modules for the cluster."""
        return {key: self.connection[key] for key in ("kubeconfig", "context")}

    def bigip(self, unit: BigIp, **options: Any) -> Future[Result]:
        """The result of bigip_bgp_info for one BIG-IP.

        After a rejected login there is no further attempt, because repeated attempts lock the user out.
        """
        if unit.name in self._refused:
            return _done(dict(self._refused[unit.name]))
        try:
            arguments = {**bigip_connection(self.step, unit.name), "route_domain": unit.route_domain, **options}
        except InventoryError as error:
            return _done(unusable(error))
        return self._pool.submit(self._read_bigip, unit.name, arguments)

    def _read_bigip(self, name: str, arguments: Mapping[str, Any]) -> Result:
        result = _safely(lambda: local_module.execute("bigip_bgp_info", arguments))
        if result.get("login_refused"):
            self._refused[name] = result
        return result

    def observed(self, subsets: Sequence[str], calico: bool = False) -> Observed:
        """All BIG-IPs, read in parallel.

        :param calico: whether the datastore is read as well
        """
        futures = {unit.name: self.bigip(unit, gather_subset=list(subsets)) for unit in self.step.fabric.bigips}
        cluster = {"calico": self.calico().result()} if calico else {}
        return Observed(self.step.fabric, {"bigips": results(futures), **cluster})

    def module(self, name: str, arguments: Mapping[str, Any]) -> Future[Result]:
        """The result of a module for the cluster."""
        if self.local:
            return self._pool.submit(_safely, lambda: local_module.execute(name, arguments))
        return _done(_safely(lambda: self.step.call(name, arguments)))

    def calico(self, **options: Any) -> Future[Result]:
        """The result of calico_info with nodes, IPAM and installation."""
        wanted = dict.fromkeys(("nodes", "ipam", "installation"), True)
        return self.module("calico_info", {**self.connection, "kinds": list(KINDS), **wanted, **options})

    def objects(self, *queries: Mapping[str, Any]) -> Future[Result]:
        """Kubernetes objects: ``results``, one ``{resources}`` per query. See k8s_objects_info for queries."""
        return self.module("k8s_objects_info", {**self.cluster(), "queries": list(queries)})


def unusable(error: InventoryError) -> Result:
    """The result of a read that the variables of its connection prevent."""
    problems = [problem.text for problem in error.problems]
    return {"failed": True, "msg": "; ".join(problems), "problems": problems}


def query(kind: tuple[str, str], namespace: str | None = None, **more: Any) -> Result:
    """A query for ``Reader.objects``."""
    version, name = kind
    return {"api_version": version, "kind": name, "namespace": namespace, **more}


def part(answer: Result, number: int) -> Result:
    """The result of one query; if all failed, their failure."""
    return answer if answer.get("failed") else answer["results"][number]


def results(futures: Mapping[str, Future[Result]]) -> dict[str, Result]:
    """Each result by its name."""
    return {name: future.result() for name, future in futures.items()}


def _safely(read: Callable[[], Result]) -> Result:
    try:
        result = read()
    except Exception as error:  # a failure on one side must not hide problems on the other
        return {"failed": True, "msg": f"{type(error).__name__}: {error}"}
    result.pop("invocation", None)
    return result


def _done(result: Result) -> Future[Result]:
    future: Future[Result] = Future()
    future.set_result(result)
    return future
