# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A neighbor option is one row: everything else about it follows."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml
from ansible_collections.podroute.calico_f5.plugins.doc_fragments.bgp import ModuleDocFragment
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.spec import bgp_spec
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos import options, schema

DOCUMENTED = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]


def test_the_specification_is_the_documentation():
    assert bgp_spec() == schema.spec(DOCUMENTED)


@pytest.mark.parametrize("row", options.OPTIONS, ids=lambda row: row.field)
def test_each_row_is_an_option_with_documentation(row):
    config = DOCUMENTED["config"]["suboptions"]
    places = [config["neighbors"]["suboptions"]]
    if row.family:
        places.append(config["address_family_ipv6"]["suboptions"]["neighbors"]["suboptions"])
    if row.field != "peer_group":
        places.append(config["peer_groups"]["suboptions"])
    for tree in places:
        *parents, key = row.place
        for parent in parents:
            tree = tree[parent]["suboptions"]
        assert tree[key]["description"] == row.doc and tree[key]["type"] == row.kind.schema["type"]


def test_every_option_has_a_description():
    def check(tree, at=""):
        for key, item in tree.items():
            assert item["description"] and item["type"], at + key
            check(item.get("suboptions", {}), f"{at}{key}.")

    check(DOCUMENTED)


WITH_ONE_MORE_ROW = r"""
import importlib.util, sys

name = "ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.options"
spec = importlib.util.find_spec(name)
table = "OPTIONS: tuple[Option, ...] = ("
row = '_row("weight", "weight", kinds.number(0, 65535), "Weight of its routes.", family=True, policy=True),'
source = spec.loader.get_source(name)
assert table in source
module = sys.modules[name] = importlib.util.module_from_spec(spec)
exec(compile(source.replace(table, table + row), name, "exec"), module.__dict__)

from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos import build, export, parse, plan, schema, states

have = parse.parse("router bgp 1\n neighbor 10.0.0.1 remote-as 1\n neighbor 10.0.0.1 weight 7\n!\n")
assert not have.unmanaged
assert export.export(have)["config"]["neighbors"][0]["weight"] == 7
assert schema.spec(schema.tree())["config"]["options"]["neighbors"]["options"]["weight"] == {"type": "int"}
assert " neighbor 10.0.0.1 weight 7" in plan.render(have)
want = build.build(config={"neighbors": [{"address": "10.0.0.1", "weight": 8}]})
assert plan.plan(have, states.combine(have, want, "merged")).commands[1] == " neighbor 10.0.0.1 weight 8"
print("done")
"""


def test_a_new_option_takes_one_row():
    command = [sys.executable, "-c", WITH_ONE_MORE_ROW]
    path = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=path)
    assert done.stdout == "done\n", done.stderr
