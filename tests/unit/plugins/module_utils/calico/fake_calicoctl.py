# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A calicoctl for tests: the command line, the words and the exit codes of the real one, over a JSON file.

What it says was recorded from v3.28.5 (tests/fixtures/calico); with ``"style": "3.31"`` in the state its
errors begin with a lower-case letter, as since that release. The state file is named by PODROUTE_FAKE_STATE:

    {"resources": {"BGPPeer": {"name": {…}}}, "calls": [[…]], "stdin": […], "fail": [{"on": "apply", …}]}

An entry of ``fail`` answers a command by itself, ``times`` times; ``after`` lets that many objects of an
apply be written first, ``rival`` patches an object before the command, like another client.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import lookup


def main(arguments):
    path = os.environ["PODROUTE_FAKE_STATE"]
    lock = open(path + ".lock", "w", encoding="utf-8")  # until the process ends: nodes are patched at the same time
    fcntl.flock(lock, fcntl.LOCK_EX)
    with open(path, encoding="utf-8") as stream:
        state = json.load(stream)
    state.setdefault("resources", {})
    options = [word for word in arguments if word.startswith("--")]
    words = [word for word in arguments if not word.startswith("--")]
    config = next((word[9:] for word in options if word.startswith("--config=")), None)
    text = sys.stdin.read() if "-f" in words else ""
    state.setdefault("calls", []).append(arguments)
    state.setdefault("stdin", []).append(text)
    state["config"] = json.load(open(config, encoding="utf-8")) if config else None
    state["config_mode"] = oct(os.stat(config).st_mode & 0o777) if config else None
    state["environment"] = sorted(os.environ)
    code, out, err = answer(state, words, text)
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(state, stream)
    if state.get("style") == "3.31":
        out, err = (
            "\n".join(line[:1].lower() + line[1:] if err or code else line for line in each.split("\n"))
            for each in (out, err)
        )
    sys.stdout.write(out)
    sys.stderr.write(err)
    return code


def answer(state, words, text):
    for entry in state.get("fail", []):
        if entry["on"] in (words[0], " ".join(words[:2])) and entry.get("times", 1) > 0:
            entry["times"] = entry.get("times", 1) - 1
            if "sleep" in entry:
                time.sleep(entry["sleep"])
            if "rival" in entry:
                rival = entry["rival"]
                item = state["resources"][rival["kind"]][rival["name"]]
                item["spec"].update(rival["spec"])
                bump(state, item)
                break
            if "after" in entry:
                apply(state, json.loads(text)[: entry["after"]])
            return entry.get("rc", 1), entry.get("stdout", ""), entry.get("stderr", "")
    return COMMANDS[words[0]](state, words, text)


def get(state, words, text):
    if words[1] == "-f":
        if state.get("no_lists_from_files"):
            return 1, "", "Failed to get resources: resource name may not be empty\n"
        lists = [json.loads(get(state, ["get", item["kind"]], "")[1]) for item in json.loads(text)]
        return 0, json.dumps(lists), ""
    try:
        kind = lookup(words[1]).name
    except ValueError:
        return 1, "", f"Failed to get resources: resource type '{words[1]}' is not supported\n"
    items = [state["resources"].get(kind, {})[name] for name in sorted(state["resources"].get(kind, {}))]
    return 0, json.dumps({"kind": kind + "List", "apiVersion": "projectcalico.org/v3", "items": items}), ""


def bump(state, item):
    state["revision"] = state.get("revision", 100) + 1
    item["metadata"]["resourceVersion"] = str(state["revision"])


def apply(state, resources):
    errors = []
    for item in resources:
        kind, name = item["kind"], item["metadata"]["name"]
        have = state["resources"].setdefault(kind, {}).get(name)
        given = item["metadata"].pop("resourceVersion", None)
        if have and given and given != have["metadata"]["resourceVersion"]:
            errors.append(f"update conflict: {kind}({name})")
            continue
        item["spec"].update(state.get("server_adds", {}).get(kind, {}))
        for field in state.get("server_drops", {}).get(kind, []):
            item["spec"].pop(field, None)
        item["metadata"]["uid"] = "50ad11fa-079c-4a43-9e63-e3ac6e9b4395"
        item["metadata"]["creationTimestamp"] = "2026-11-22T23:38:39Z"
        bump(state, item)
        state["resources"][kind][name] = item
    return errors


def do_apply(state, _words, text):
    resources = json.loads(text)
    errors = apply(state, resources)
    if errors and len(errors) == len(resources):
        return 1, "", f"Failed to apply '{resources[0]['kind']}' resource: [{', '.join(errors)}]\n"
    if errors:
        done = len(resources) - len(errors)
        return (
            1,
            f"Partial success: applied the first {done} out of {len(resources)} resources:\n",
            f"Hit error(s): [{', '.join(errors)}]\n",
        )
    return 0, f"Successfully applied {len(resources)} resource(s)\n", ""


def do_patch(state, words, _text):
    kind, name, patch = lookup(words[1]).name, words[2], json.loads(words[words.index("-p") + 1])
    item = state["resources"].get(kind, {}).get(name)
    if item is None:
        return 1, "", f'Hit error: resource does not exist: {kind}({name}) with error: nodes "{name}" not found\n'
    merge(item, patch)
    bump(state, item)
    return 0, f"Successfully patched 1 '{kind}' resource\n", ""


def merge(into, patch):
    for key, value in patch.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


def do_delete(state, _words, text):
    resources = json.loads(text)
    for item in resources:
        state["resources"].get(item["kind"], {}).pop(item["metadata"]["name"], None)
    return 0, f"Successfully deleted {len(resources)} resource(s)\n", ""


def do_version(state, _words, _text):
    return (
        0,
        "Client Version:    v3.28.5\nGit commit:        abc\nCluster Version:   v3.28.5\nCluster Type:      k8s,bgp\n",
        "",
    )


def do_ipam(state, _words, _text):
    pools = [pool["spec"]["cidr"] for pool in state["resources"].get("IPPool", {}).values()]
    used = state.get("ipam", dict.fromkeys(pools, 0))
    rows = "".join(f"| IP Pool  | {cidr} | 65536 | {used[cidr]} (1%) | 1 (1%) |\n" for cidr in used)
    return 0, "| GROUPING | CIDR | IPS TOTAL | IPS IN USE | IPS FREE |\n" + rows, ""


COMMANDS = {
    "get": get,
    "apply": do_apply,
    "patch": do_patch,
    "delete": do_delete,
    "version": do_version,
    "ipam": do_ipam,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
