# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether there is a controller, how many, and how values become typed data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import (
    NAMES,
    Settings,
    Unit,
    expected,
    sync_units,
    wanted,
)
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.cis.settings_of import (
    VARIABLES,
    VIRTUAL,
    settings,
)

SPECS = Path(__file__).parents[5] / "roles" / "bigip_ctlr" / "meta" / "argument_specs.yml"


@pytest.mark.parametrize(
    ("variables", "answer"),
    [
        ({}, False),
        ({"virtual_servers": [], "vip_ranges": ["172.16.40.80/31"], "bigip_user": "admin"}, False),
        ({"bigip_ctlr_made": {"changed": True}}, False),  # what a task registered is not a setting
        ({"bigip_ctlr_ca": "", "bigip_ctlr_watch_namespaces": []}, False),
        ({"virtual_servers": [VIRTUAL]}, True),
        ({"bigip_ctlr_virtual_servers": [VIRTUAL]}, True),
        ({"bigip_ctlr_mode": "crd"}, True),
        ({"bigip_ctlr_insecure": False}, True),
    ],
)
def test_a_controller_is_wanted_for_virtual_servers_or_settings(variables: dict[str, Any], answer: bool) -> None:
    assert wanted(variables) is answer


def test_a_controller_that_is_to_be_removed_is_not_expected() -> None:
    assert wanted({"virtual_servers": [VIRTUAL], "bigip_ctlr_state": "absent"})
    assert not expected({"virtual_servers": [VIRTUAL], "bigip_ctlr_state": "absent"})
    assert expected({"virtual_servers": [VIRTUAL]})


@pytest.mark.parametrize(
    ("sync", "units"),
    [
        ({}, ["bigip1"]),
        ({"bigip1": "In Sync", "bigip2": "In Sync", "bigip3": "Changes Pending"}, ["bigip1"]),
        ({"bigip1": "Standalone", "bigip2": "Standalone", "bigip3": "Standalone"}, ["bigip1", "bigip2", "bigip3"]),
        ({"bigip1": "Standalone", "bigip2": "In Sync", "bigip3": "In Sync"}, ["bigip1", "bigip2"]),
    ],
)
def test_one_controller_for_each_sync_group(sync: dict[str, str], units: list[str]) -> None:
    urls = {name: f"https://{name}" for name in ("bigip1", "bigip2", "bigip3")}
    found = sync_units(urls, sync, "ctlr")
    assert [unit.bigip for unit in found] == units
    assert found[0] == Unit("bigip1", "https://bigip1", "ctlr")
    assert [unit.deployment for unit in found[1:]] == [f"ctlr-{name}" for name in units[1:]]


@pytest.mark.parametrize(("synchronized", "units"), [(True, ["bigip1"]), (False, ["bigip1", "bigip2"])])
def test_the_mode_of_the_inventory_decides_how_many_controllers_there_are(synchronized: bool, units: list[str]) -> None:
    urls = {name: f"https://{name}" for name in ("bigip1", "bigip2")}
    found = sync_units(urls, {"bigip1": "Standalone", "bigip2": "In Sync"}, "ctlr", synchronized)
    assert [unit.bigip for unit in found] == units


def test_values_that_are_text_have_the_types_of_their_variables() -> None:
    read = Settings.read(VARIABLES | {"run_as_user": "1001", "insecure": "false", "watch_namespaces": "blue,green"})
    assert (read.run_as_user, read.insecure, read.watch_namespaces) == (1001, False, ("blue", "green"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"insecure": "maybe"}, "'maybe' is not true or false"),
        ({"verify_interval": "soon"}, "'soon' is not an integer"),
        ({"virtual_servers": [VIRTUAL | {"adress": "x"}]}, "nginx-deploy-svc.vs: unknown option adress"),
        ({"virtual_servers": [{"name": "a", "service": "b"}]}, "a: missing option service_port, address, port"),
        ({"virtual_servers": [VIRTUAL | {"monitor": {"kind": "http"}}]}, "monitor: unknown option kind"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings(**changes)


def test_the_image_follows_the_version() -> None:
    assert Settings.read({"version": "2.19.0"}).image == "f5networks/k8s-bigip-ctlr:2.19.0"


def test_route_domains_of_partitions() -> None:
    made = settings(virtual_servers=[VIRTUAL | {"address": "172.16.40.80%52"}], route_domain=3)
    assert made.domains() == {"k8s": 52}
    assert made.virtual_servers[0].ip == "172.16.40.80"
    assert settings(route_domain=3).domains() == {"k8s": 3}
    assert settings(mode="as3", route_domain=3).domains() == {"k8s": 3, "k8s_default": 3}


def test_the_argument_spec_has_every_setting_with_its_default() -> None:
    specs = yaml.safe_load(SPECS.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    assert {name.removeprefix("bigip_ctlr_") for name in specs} == set(NAMES)
    made = Settings.read({})
    for name, spec in specs.items():
        default = spec.get("default")
        if default not in (None, "") and hasattr(made, name.removeprefix("bigip_ctlr_")):
            value = getattr(made, name.removeprefix("bigip_ctlr_"))
            assert (list(value) if isinstance(value, tuple) else value) == default, name
