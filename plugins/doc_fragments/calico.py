# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  calicoctl_path:
    description:
      - Name or path of the program C(calicoctl) on the host that the task runs on.
      - The environment variable E(CALICOCTL_PATH) is used when the option is not set.
    type: str
    default: calicoctl
  datastore_type:
    description:
      - Where Calico keeps its resources.
      - The environment variable E(DATASTORE_TYPE) or E(CALICO_DATASTORE_TYPE) is used when the option is not set.
    type: str
    choices: [kubernetes, etcdv3]
    default: kubernetes
  kubeconfig:
    description:
      - Path of one kubeconfig file. Without it C(~/.kube/config) is used if it exists, and otherwise the
        service account of the pod that the task runs in.
      - The environment variable E(KUBECONFIG) or E(CALICO_KUBECONFIG) is used when the option is not set.
    type: path
  context:
    description:
      - Context of the kubeconfig; its current context when not set.
      - The environment variable E(K8S_CURRENT_CONTEXT) is used when the option is not set.
    type: str
  etcd_endpoints:
    description:
      - URLs of etcd, for O(datastore_type=etcdv3).
      - The environment variable E(ETCD_ENDPOINTS) is used when the option is not set.
    type: list
    elements: str
    default: []
  etcd_username:
    description:
      - User of etcd.
      - The environment variable E(ETCD_USERNAME) is used when the option is not set.
    type: str
  etcd_password:
    description:
      - Password of etcd. It goes to calicoctl in a file that only the user of the task can read.
      - The environment variable E(ETCD_PASSWORD) is used when the option is not set.
    type: str
  etcd_ca_path:
    description:
      - File with the CA of etcd.
      - The environment variable E(ETCD_CA_CERT_FILE) is used when the option is not set.
    type: path
  etcd_cert_path:
    description:
      - File with the client certificate for etcd.
      - The environment variable E(ETCD_CERT_FILE) is used when the option is not set.
    type: path
  etcd_key_path:
    description:
      - File with the key of the client certificate.
      - The environment variable E(ETCD_KEY_FILE) is used when the option is not set.
    type: path
  client_qps:
    description:
      - Requests per second that calicoctl may send to the Kubernetes API. The default of calicoctl is 5, with
        which 200 objects take a minute and a half.
    type: int
    default: 200
  timeout:
    description:
      - Timeout of one run of calicoctl in seconds. Without it, an unreachable etcd would block it forever.
    type: int
    default: 120
  retries:
    description:
      - How often a request is retried after a conflict or a network error. A rejected value is not retried.
    type: int
    default: 3
  allow_version_mismatch:
    description:
      - Continue, with a warning, even if calicoctl and the cluster have different releases.
    type: bool
    default: false
"""

    ACTION_GROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/podroute.calico_f5.calico) in C(module_defaults) to set the connection options of
      all modules of the group at once.
    support: full
    membership:
      - podroute.calico_f5.calico
  platform:
    support: full
    platforms: posix
"""

    # A module of the action group that does not run calicoctl.
    KUBERNETES_ONLY = r"""
options: {}
notes:
  - Of the connection options only O(kubeconfig), O(context) and O(timeout) are used. The module accepts the others so
    that C(module_defaults) of the action group can be used.
"""
