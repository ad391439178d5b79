# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Kubernetes objects for the list of virtual servers in each mode. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import as3, custom, legacy
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import AS3, CRD, Settings


def virtual_objects(settings: Settings) -> list[dict[str, Any]]:
    """One Kubernetes object per virtual server; in mode as3 one per namespace, and labels of Services."""
    if settings.mode == AS3:
        return [*as3.service_labels(settings), *as3.configmaps(settings)]
    render = custom.custom_resource if settings.mode == CRD else legacy.configmap
    return [render(virtual, settings) for virtual in settings.virtual_servers]
