# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig file, or its content as a dictionary. Without it C(~/.kube/config) is used if it exists,
        and otherwise the service account of the pod that the task runs in.
      - The environment variable E(KUBECONFIG) is used when the option is not set.
    type: raw
  context:
    description:
      - Context of the kubeconfig; its current context when not set.
      - The environment variable E(K8S_CURRENT_CONTEXT) is used when the option is not set.
    type: str
  timeout:
    description: Timeout of each request in seconds.
    type: int
    default: 30
requirements:
  - kubernetes (Python) >= 24.2.0
"""
