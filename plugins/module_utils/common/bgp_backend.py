# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Calico's installation disables BGP, what disables it, and how to enable it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def disabled(installation: Mapping[str, Any]) -> tuple[str, str] | None:
    """What disables BGP, and the remedy; None if it is enabled or unknown.

    :param installation: ``operator_bgp``, ``backend`` and ``namespace`` as calico_info returns them
    """
    if str(installation.get("operator_bgp") or "").lower() == "disabled":
        return (
            "BGP is disabled by the Tigera operator",
            "set spec.calicoNetwork.bgp of Installation default to Enabled (kubectl patch installation default "
            '--type merge -p \'{"spec": {"calicoNetwork": {"bgp": "Enabled"}}}\')',
        )
    if installation.get("backend") in ("vxlan", "none"):
        return (
            f"calico-node runs without BGP (CALICO_NETWORKING_BACKEND is {installation['backend']})",
            f"set calico_backend to bird in ConfigMap calico-config of namespace {installation.get('namespace')}, and "
            "restart calico-node",
        )
    return None
