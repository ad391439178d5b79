#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_probe
short_description: Ping and HTTP from pods and nodes, all in one run
version_added: "0.1.0"
description:
  - Sends pings to O(vips) and HTTP requests to O(urls) from one pod on each node, by exec, and with O(node_command)
    from the nodes themselves.
  - One exec or one command a place, whatever the number of probes, many places at a time. On large clusters a sample
    of O(sample) places, spread evenly.
  - Judges nothing. P(podroute.calico_f5.fabric_findings#filter) does.
options:
  vips:
    description: IPv4 addresses to ping.
    type: list
    elements: str
    default: []
  urls:
    description: URLs to GET, of C(http) and with an IPv4 address as the host.
    type: list
    elements: str
    default: []
  pod_namespace:
    description: Namespace of the pods to probe from.
    type: str
    default: default
  pod_selector:
    description:
      - Label selector of the pods to probe from. They need a shell, C(ping), and C(curl), C(wget) or C(nc); a DaemonSet
        of busybox will do.
    type: str
    required: true
  nodes:
    description: Names of the nodes to probe from, with O(node_command).
    type: list
    elements: str
    default: []
  node_command:
    description:
      - Words of a command on the host of the task that runs a shell on a node, to be followed by C(sh -s). The text
        C({node}) is replaced by the node's name.
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
    description: Seconds to wait for one answer.
    type: int
    default: 3
  concurrency:
    description: How many places are asked at the same time.
    type: int
    default: 10
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
  - plugin: podroute.calico_f5.fabric_findings
    plugin_type: filter
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Do the VIPs answer, from pods and from nodes
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
      C(target), C(ok), and C(error) when it could not run.
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
from ansible_collections.podroute.calico_f5.plugins.module_utils.probe import places, script


def main():
    module = AnsibleModule(
        argument_spec={
            "vips": {"type": "list", "elements": "str", "default": []},
            "urls": {"type": "list", "elements": "str", "default": []},
            "pod_namespace": {"type": "str", "default": "default"},
            "pod_selector": {"type": "str", "required": True},
            "nodes": {"type": "list", "elements": "str", "default": []},
            "node_command": {"type": "list", "elements": "str", "default": []},
            "sample": {"type": "int", "default": 10},
            "count": {"type": "int", "default": 2},
            "timeout": {"type": "int", "default": 3},
            "concurrency": {"type": "int", "default": 10},
            "kubeconfig": {"type": "path", "fallback": (env_fallback, ["KUBECONFIG"])},
            "context": {"type": "str", "fallback": (env_fallback, ["K8S_CURRENT_CONTEXT"])},
        },
        supports_check_mode=True,
    )
    least = {"sample": 1, "count": 1, "timeout": 1, "concurrency": 1}
    wrong = [f"{name} = {module.params[name]} must be at least {low}" for name, low in least.items()
             if module.params[name] < low]  # fmt: skip
    probes = []
    for option, make in (("vips", script.ping), ("urls", script.http)):
        for target in module.params[option]:
            try:
                probes.append(make(target))
            except ValueError as problem:
                wrong.append(f"{option}: {problem}")
    if wrong:
        module.fail_json(msg="; ".join(wrong))
    if places.IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=str(places.IMPORT_ERROR))
    try:
        module.exit_json(changed=False, **_probe(module.params, probes))
    except places.ProbeError as problem:
        module.fail_json(msg=str(problem))


def _probe(params, probes):
    """Ask every place, and give what each said with its name on it."""
    text = script.script(probes, params["count"], params["timeout"])
    # busybox waits the timeout after the last ping only; a second between pings; and some time for the way there.
    limit = len(probes) * (params["count"] + params["timeout"]) + 20
    cluster = places.Cluster(params["kubeconfig"], params["context"], limit)
    try:
        pods = places.sample(cluster.pods(params["pod_namespace"], params["pod_selector"]), params["sample"])
        said = places.everywhere(pods, lambda pod: cluster.run(pod, text, limit), params["concurrency"])
    finally:
        cluster.close()
    found = []
    for pod, output in zip(pods, said, strict=True):
        found += _named(probes, output, {"origin": "pod", "source": pod.name, "node": pod.node})
    if params["node_command"]:
        nodes = places.sample(params["nodes"], params["sample"])
        said = places.everywhere(
            nodes, lambda node: places.on_node(params["node_command"], node, text, limit), params["concurrency"]
        )
        for node, output in zip(nodes, said, strict=True):
            found += _named(probes, output, {"origin": "node", "source": node, "node": node})
    return {"probes": found, "pods": [dataclasses.asdict(pod) for pod in pods]}


def _named(probes, output, names):
    if isinstance(output, places.ProbeError):
        return [{**names, **script.failure(probe, str(output))} for probe in probes]
    return [{**names, **result} for result in script.results(probes, output)]


if __name__ == "__main__":
    main()
