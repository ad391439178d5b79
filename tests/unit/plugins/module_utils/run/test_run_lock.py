# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run at a time: the lock file and the Lease."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import lock
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.process import process_id

ME = lock.Holder.me(process_id(os.getpid()))
NOW = 1_800_000_000.0


@pytest.fixture
def other():
    """A run of another process on this machine, which is alive."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield dataclasses.replace(ME, process=process_id(process.pid)), process
    process.kill()
    process.wait()


ELSEWHERE = lock.Holder("ada", "jump2", "0b2c-1", "4711-99", "2026-11-28T01:00:00Z")


def test_a_second_run_is_refused_with_who_holds_the_fabric_and_since_when(tmp_path, other):
    holder, process = other
    assert lock.acquire(tmp_path, holder) == ""
    with pytest.raises(lock.Held) as refused:
        lock.acquire(tmp_path, ME)
    for word in (ME.user, ME.host, str(process.pid), holder.since, "Nothing was changed"):
        assert word in str(refused.value)


def test_a_lock_of_an_ended_process_is_free(tmp_path, other):
    holder, process = other
    lock.acquire(tmp_path, holder)
    process.kill()
    process.wait()
    assert lock.acquire(tmp_path, ME) == ""
    assert lock.acquire(tmp_path, ME) == "", "a run may renew its own"


def test_a_lock_of_an_ended_process_is_not_free_while_a_task_of_it_runs(tmp_path, other):
    holder, process = other
    lock.acquire(tmp_path, holder)
    program = f"""
import sys; sys.path[:0] = {sys.path!r}
from pathlib import Path
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import lock
lock.hold(Path({str(tmp_path)!r}))
print("held", flush=True)
input()
"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program], text=True, **pipes) as task:
        assert task.stdout.readline() == "held\n"
        process.kill()
        process.wait()
        with pytest.raises(lock.Held, match=r"process \d+\) since .*killed, but a task of it still runs"):
            lock.acquire(tmp_path, ME)
        task.kill()
    assert lock.acquire(tmp_path, ME) == ""


def test_a_released_lock_is_free_and_only_its_holder_releases_it(tmp_path, other):
    holder, _process = other
    lock.acquire(tmp_path, holder)
    lock.release(tmp_path, ME)
    with pytest.raises(lock.Held):
        lock.acquire(tmp_path, ME)
    lock.release(tmp_path, holder)
    assert lock.acquire(tmp_path, ME) == ""


def test_a_lock_of_another_machine_expires_with_a_warning(tmp_path):
    lock.acquire(tmp_path, ELSEWHERE)
    with pytest.raises(lock.Held, match="ada on jump2"):
        lock.acquire(tmp_path, ME)
    long_ago = time.time() - lock.DURATION - 5
    os.utime(tmp_path / "lock", (long_ago, long_ago))
    assert "took over the lock of ada on jump2" in lock.acquire(tmp_path, ME)


def test_a_torn_lock_file_holds_nothing(tmp_path):
    (tmp_path / "lock").write_text('{"user": "a')
    assert lock.acquire(tmp_path, ME) == ""


def test_a_free_lease_is_taken():
    for there in (None, {}, {"holderIdentity": ""}):
        spec, said = lock.lease(there, ME, NOW)
        assert lock.Holder.parse(spec["holderIdentity"]) == ME and said == ""
        assert spec["renewTime"] == "2027-01-15T08:00:00.000000Z" and spec["leaseTransitions"] == 1


def test_a_lease_is_renewed_by_its_holder():
    first, _said = lock.lease(None, ME, NOW)
    again, said = lock.lease(first, ME, NOW + 60)
    assert said == "" and again["acquireTime"] == first["acquireTime"] and again["renewTime"] > first["renewTime"]
    assert again["leaseTransitions"] == 1


def test_a_lease_of_another_machine_is_refused_until_it_expires():
    held, _said = lock.lease(None, ELSEWHERE, NOW)
    with pytest.raises(lock.Held, match=r"ada on jump2 \(process 4711\) since .* expires 511 s from now"):
        lock.lease(held, ME, NOW + 90)
    spec, said = lock.lease(held, ME, NOW + lock.DURATION)
    assert "took over the Lease of ada on jump2" in said and "not renewed for 600 s" in said
    assert spec["leaseTransitions"] == 2


def test_a_lease_of_an_ended_process_of_this_machine_is_taken_over_at_once(other):
    holder, process = other
    held, _said = lock.lease(None, holder, NOW)
    with pytest.raises(lock.Held):
        lock.lease(held, ME, NOW)
    process.kill()
    process.wait()
    assert "that process has ended" in lock.lease(held, ME, NOW)[1]


def test_a_lease_of_an_unknown_program_is_respected():
    with pytest.raises(lock.Held, match="somebody's tool"):
        lock.lease({"holderIdentity": "somebody's tool", "renewTime": "2027-01-15T08:00:00Z"}, ME, NOW)
