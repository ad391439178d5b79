# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects of a cluster this collection manages, and the mark in the description of a BIG-IP's neighbor.

An object carries the mark if this collection created it. Only such objects are removed, and only they are made
exactly as wanted; of any other object a run changes nothing that the inventory does not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LABEL = "app.kubernetes.io/managed-by"
OWNER = "podroute.calico_f5"
OPERATOR = "tigera-operator"  # the same label's value on objects of the Tigera operator
MARK: Mapping[str, str] = {LABEL: OWNER}
SELECTOR = f"{LABEL}={OWNER}"
# A peer whose description ends with this had graceful restart switched off, whether the device prints that or not.
NO_GRACEFUL_RESTART = "no graceful restart"


def owner_of(resource: Mapping[str, Any]) -> str:
    """The program that the resource's label names, or an empty string."""
    return str(((resource.get("metadata") or {}).get("labels") or {}).get(LABEL) or "")


def is_managed(resource: Mapping[str, Any]) -> bool:
    """Whether this collection created the resource."""
    return owner_of(resource) == OWNER
