# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects of a cluster this collection manages, and the mark in descriptions of BIG-IP neighbors.

An object carries the mark if this collection created it. Only such objects are removed or replaced; in any other
object, a run changes only what the inventory names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LABEL = "app.kubernetes.io/managed-by"
OWNER = "podroute.calico_f5"
OPERATOR = "tigera-operator"  # the same label's value on objects of the Tigera operator
MARK: Mapping[str, str] = {LABEL: OWNER}
SELECTOR = f"{LABEL}={OWNER}"
# Graceful restart of a peer whose description ends with this was switched off, even if the device does not print that.
NO_GRACEFUL_RESTART = "no graceful restart"


def owner_of(resource: Mapping[str, Any]) -> str:
    """The program named by the resource's label, or an empty string."""
    return str(((resource.get("metadata") or {}).get("labels") or {}).get(LABEL) or "")


def is_managed(resource: Mapping[str, Any]) -> bool:
    """Whether this collection created the resource."""
    return owner_of(resource) == OWNER
