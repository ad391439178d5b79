#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_probe
short_description: Send pings and HTTP requests from pods and nodes
version_added: "1.0.0"
description:
  - Sends pings to O(vips) and HTTP requests to O(urls) from one pod on each node, by exec, and with O(node_command)
    from the nodes themselves.
  - One exec or one command per pod or node runs all its probes in parallel. On large clusters a sample of
    O(sample) pods and nodes is used, spread evenly.
  - The module reports results and does not evaluate them; M(podroute.calico_f5.fabric_verify) does.
options:
  vips:
    description: IPv4 addresses to ping.
    type: list
    elements: str
    default: []
  urls:
    description: C(http) URLs to GET, with an IPv4 address as the host.
    type: list
    elements: str
    default: []
  pod_namespace:
    description: Namespace of the pods to probe from.
    type: str
    default: default
  pod_selector:
    description:
      - Label selector of the pods to probe from. They need a shell, C(ping), and C(curl), C(wget) or C(nc), as in a
        DaemonSet of busybox.
    type: str
  pods:
    description:
      - Pods to probe from, instead of O(pod_selector). Each has C(name), C(namespace), C(node) and C(ip), as RV(pods).
    type: list
    elements: dict
  nodes:
    description: Names of the nodes to probe from, with O(node_command).
    type: list
    elements: str
    default: []
  node_command:
    description:
      - Command, as a list, that runs a shell on a node from the host of the task. C(sh -s) is appended, and C({node})
        is replaced by the node's name.
    type: list
    elements: str
    default: []
  sample:
    description: The largest number of pods, and of nodes, to probe from.
    type: int
    default: 10
  count:
    description: Pings to each address.
    type: int
    default: 2
  timeout:
    description: Seconds to wait for one reply.
    type: int
    default: 3
  concurrency:
    description: Number of pods and nodes that are used in parallel.
    type: int
    default: 20
  kubeconfig:
    description:
      - Path of a kubeconfig file.
      - The environment variable E(KUBECONFIG) is used when the option is not set.
    type: path
  context:
    description:
      - Context of the kubeconfig; its current context when not set.
      - The environment variable E(K8S_CURRENT_CONTEXT) is used when the option is not set.
    type: str
requirements:
  - Python library kubernetes
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.info
attributes:
  platform:
    support: full
    platforms: posix
notes:
  - The user of the kubeconfig needs list on pods and create on C(pods/exec) in O(pod_namespace).
seealso:
  - module: podroute.calico_f5.fabric_verify
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Probe VIPs from pods and nodes
  podroute.calico_f5.fabric_probe:
    vips: [172.16.40.81, 172.16.99.99]
    urls: ["http://172.16.40.80/"]
    pod_selector: app=busybox
    nodes: [k8s-master, k8s-node1]
    node_command: [ssh, "{node}"]
  register: probes
"""

RETURN = r"""
probes:
  description:
    - One result for each probe, with C(kind) (V(ping) or V(http)), C(origin) (V(pod) or V(node)), C(source), C(node),
      C(target), C(ok), and C(error) if it could not run.
    - Pings have C(sent) and C(received), requests C(status) and C(length) of the body.
  type: list
  elements: dict
  returned: always
pods:
  description: The pods that were probed from, with C(name), C(namespace), C(node) and C(ip).
  type: list
  elements: dict
  returned: always
"""

import dataclasses

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import kubernetes, on_nodes
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.sample import sample
from ansible_collections.podroute.calico_f5.plugins.module_utils.probe import script, targets


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            "vips": {"type": "list", "elements": "str", "default": []},
            "urls": {"type": "list", "elements": "str", "default": []},
            "pod_namespace": {"type": "str", "default": "default"},
            "pod_selector": {"type": "str"},
            "pods": {"type": "list", "elements": "dict"},
            "nodes": {"type": "list", "elements": "str", "default": []},
            "node_command": {"type": "list", "elements": "str", "default": []},
            "sample": {"type": "int", "default": 10},
            "count": {"type": "int", "default": 2},
            "timeout": {"type": "int", "default": 3},
            "concurrency": {"type": "int", "default": 20},
            "kubeconfig": {"type": "path", "fallback": (env_fallback, ["KUBECONFIG"])},
            "context": {"type": "str", "fallback": (env_fallback, ["K8S_CURRENT_CONTEXT"])},
        },
        "required_one_of": [["pod_selector", "pods"]],
        "mutually_exclusive": [["pod_selector", "pods"]],
        "supports_check_mode": True,
    }


def run(module):
    """Do the module's work; ends with exit_json or fail_json."""
    minima = {"sample": 1, "count": 1, "timeout": 1, "concurrency": 1}
    wrong = [
        f"{name} = {module.params[name]} must be at least {least}"
        for name, least in minima.items()
        if module.params[name] < least
    ]
    probes = []
    for option, make in (("vips", script.ping), ("urls", script.http)):
        for target in module.params[option]:
            try:
                probes.append(make(target))
            except ValueError as problem:
                wrong.append(f"{option}: {problem}")
    for index, pod in enumerate(module.params["pods"] or ()):
        missing = [field.name for field in dataclasses.fields(targets.Pod) if not pod.get(field.name)]
        if missing:
            wrong.append(f"pods[{index}] has no {', '.join(missing)}")
    if wrong:
        module.fail_json(msg="; ".join(wrong))
    if kubernetes.IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=str(kubernetes.IMPORT_ERROR))
    try:
        result = _probe(module.params, probes)
    except targets.ProbeError as problem:
        module.fail_json(msg=str(problem))
    else:
        module.exit_json(changed=False, **result)


def main():
    run(AnsibleModule(**options()))


def _probe(params, probes):
    """Run all probes from every pod and node at the same time."""
    text = script.script(probes, params["count"], params["timeout"])
    rounds = len(probes) // script.PARALLEL + 1
    # busybox waits the timeout after the last ping only, with a second between pings; some time for the connection.
    limit = rounds * (params["count"] + params["timeout"]) + 20
    with targets.Cluster(params["kubeconfig"], params["context"], limit) as cluster:
        if params["pods"] is not None:
            pods = [targets.Pod(**{field.name: pod[field.name] for field in dataclasses.fields(targets.Pod)})
                    for pod in params["pods"]]  # fmt: skip
        else:
            pods = cluster.pods(params["pod_namespace"], params["pod_selector"])
        pods = sample(pods, params["sample"])
        nodes = sample(params["nodes"], params["sample"]) if params["node_command"] else []
        origins = [{"origin": "pod", "source": pod.name, "node": pod.node} for pod in pods]
        origins += [{"origin": "node", "source": node, "node": node} for node in nodes]

        def ask(target):
            if isinstance(target, targets.Pod):
                return cluster.exec_script(target.namespace, target.name, text, limit)
            return on_nodes.run(params["node_command"], target, text, limit)

        outputs = on_nodes.everywhere([*pods, *nodes] if probes else [], ask, params["concurrency"])
    found = []
    for output, origin in zip(outputs, origins, strict=False):
        found += [{**origin, **result} for result in _results(probes, output)]
    return {"probes": found, "pods": [dataclasses.asdict(pod) for pod in pods]}


def _results(probes, output):
    if isinstance(output, Exception):
        return [script.failure(probe, str(output)) for probe in probes]
    return script.results(probes, output)


if __name__ == "__main__":
    main()
