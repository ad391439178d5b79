# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routing shell of a simulated BIG-IP: ZebOS in front, FRR behind."""

from __future__ import annotations

from .engine import DetachedEngine, Engine, FrrEngine
from .imi import Imi, Imish

__all__ = ["DetachedEngine", "Engine", "FrrEngine", "Imi", "Imish"]
