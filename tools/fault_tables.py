# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/faults.md from the fault catalogue of the tests: .venv/bin/python tools/fault_tables.py"""

from __future__ import annotations

import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / ".build/collections"))
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify import catalogue  # noqa: E402

if __name__ == "__main__":
    (TOP / "docs/faults.md").write_text(catalogue.page(), encoding="utf-8")
