# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions of a killed run are known to the next one."""

from __future__ import annotations

import os
import subprocess
import sys

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import sessions
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.process import process_id
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.sessions import Sessions

ENDED = "999999999-1"
A, B = "10.0.0.1:443", "10.0.0.2:443"


def test_only_sessions_of_processes_that_have_ended_are_left(tmp_path):
    ledger = Sessions(tmp_path)
    ledger.opened(A, "mine")
    ledger.inherit([(ENDED, A, "killed"), (ENDED, B, "other"), (ENDED, A, "done")])
    ledger.closed(A, "done")
    assert ledger.leftovers(A) == {"killed"}
    assert "mine" in ledger.path.read_text() and oct(ledger.path.stat().st_mode)[-3:] == "600"


def test_the_next_run_inherits_them(tmp_path):
    program = f"""
import sys; sys.path[:0] = {sys.path!r}
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder, process, sessions
import os
there = folder.begin(__import__('pathlib').Path({str(tmp_path)!r}), process.process_id(os.getpid()))
sessions.Sessions(there.path).opened({A!r}, "killed")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    begun = folder.begin(tmp_path, process_id(os.getpid()))
    assert sessions.ledger is not None and sessions.ledger.leftovers(A) == {"killed"}
    sessions.ledger.closed(A, "killed")
    assert Sessions(begun.path).open() == set()


def test_a_file_that_cannot_be_written_or_read_is_no_failure(tmp_path):
    ledger = Sessions(tmp_path / "gone")
    ledger.opened(A, "x")
    assert ledger.leftovers(A) == set()
