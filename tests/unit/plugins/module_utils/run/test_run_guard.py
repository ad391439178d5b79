# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder, guard
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.process import process_id

PROCESS = process_id(os.getpid())


def refused(work) -> str:
    with pytest.raises(guard.NoVerdict) as problem:
        guard.require_verdict(work)
    return str(problem.value)


def test_a_run_may_write_after_its_own_preflight_and_snapshot(tmp_path):
    work = folder.begin(tmp_path, PROCESS)
    assert "no preflight verdict" in refused(None)
    assert "no preflight verdict" in refused(work)
    work.save(guard.PREFLIGHT, {"passed": True})
    assert "no snapshot of both sides" in refused(work)
    work.save(guard.RECORD, {"path": "/somewhere"})
    guard.require_verdict(work)


def test_a_failed_preflight_is_not_a_verdict(tmp_path):
    work = folder.begin(tmp_path, PROCESS)
    work.save(guard.PREFLIGHT, {"passed": False})
    work.save(guard.RECORD, {"path": "/somewhere"})
    assert "preflight failed" in refused(work)


def test_the_verdict_of_another_process_is_not_found(tmp_path):
    work = folder.begin(tmp_path, PROCESS)
    work.save(guard.PREFLIGHT, {"passed": True})
    work.save(guard.RECORD, {"path": "/somewhere"})
    assert "--start-at-task" in refused(folder.current(tmp_path, process_id(1)))


def test_hosts_that_limit_leaves_out():
    assert guard.excluded(["localhost", "bigip1", "bigip1", "bigip2"], ["bigip1", "k8s-node1"]) == [
        "localhost",
        "bigip2",
    ]
