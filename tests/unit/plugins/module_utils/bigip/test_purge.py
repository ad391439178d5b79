# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A partition with all that the controller left in it, removed from the simulated BIG-IP; and nothing else."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import BigIpError, Unfit
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.purge import purge

from .conftest import Unit, simulator

DECLARE = "/mgmt/shared/appsvcs/declare"
LTM = "/mgmt/tm/ltm"
KINDS = ("virtual", "virtual-address", "pool", "node", "monitor/http")


def contents(bigip, partition):
    return [item["fullPath"] for kind in KINDS for item in bigip.items(f"{LTM}/{kind}")
            if item.get("partition") == partition]  # fmt: skip


@pytest.fixture
def session(unit):
    with unit.session() as bigip:
        yield bigip


@pytest.fixture
def filled(session):
    """What the cccl agent makes of a virtual server, beside a neighbour that looks the same."""
    for name, address, pod in (("k8s", "172.16.40.80", "10.244.0.5"), ("k8s2", "172.16.40.90", "10.244.0.6")):
        session.post("/mgmt/tm/auth/partition", {"name": name})
        session.post(f"{LTM}/monitor/http", {"name": "m", "partition": name})
        session.post(f"{LTM}/pool", {"name": "p", "partition": name, "monitor": f"/{name}/m",
                                     "members": [{"name": f"/{name}/{pod}:80"}]})  # fmt: skip
        session.post(f"{LTM}/virtual", {"name": "v", "partition": name, "destination": f"/{name}/{address}:80",
                                        "ipProtocol": "tcp", "pool": f"/{name}/p"})  # fmt: skip
    return session


def test_all_of_it_goes_and_nothing_else(filled):
    others = {name: contents(filled, name) for name in ("k8s2", "Common")}
    foreseen = [item.path for item in purge(filled, "k8s", dry=True)]
    assert contents(filled, "k8s"), "a dry run removed something"
    done = [item.path for item in purge(filled, "k8s", dry=False)]
    assert done[-1] == "/mgmt/tm/auth/partition/k8s"
    assert set(done) <= set(foreseen)
    assert f"{LTM}/virtual/~k8s~v" in done
    assert contents(filled, "k8s") == []
    assert "k8s" not in [item["name"] for item in filled.items("/mgmt/tm/auth/partition")]
    assert {name: contents(filled, name) for name in others} == others
    assert purge(filled, "k8s", dry=False) == []


def declaration(tenant):
    shared = {
        "class": "Application",
        "template": "shared",
        "v": {"class": "Service_TCP", "virtualAddresses": ["172.16.40.80"], "virtualPort": 80, "pool": "p"},
        "p": {"class": "Pool", "members": [{"servicePort": 80, "serverAddresses": ["10.244.0.5"]}]},
    }
    return {"class": "AS3", "declaration": {"class": "ADC", "schemaVersion": "3.18.0",
            tenant: {"class": "Tenant", "Shared": shared}}}  # fmt: skip


def test_as3_takes_back_what_it_declared(session):
    session.post(DECLARE, declaration("k8s"))
    assert [item.path for item in purge(session, "k8s", dry=True)][0] == f"{DECLARE}/k8s"
    done = [item.path for item in purge(session, "k8s", dry=False)]
    assert done == [f"{DECLARE}/k8s"], "AS3 takes the partition away as well"
    assert "k8s" not in session.get(DECLARE)
    assert contents(session, "k8s") == []


def test_a_slow_as3_is_waited_for(unit, session):
    session.post(DECLARE, declaration("k8s"))
    unit.simulator.inject("POST", "as3", {"async": True, "seconds": 0.5})
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        __import__("time").sleep(0.3)

    purge(session, "k8s", dry=False, sleep=sleep)
    assert waited
    assert "k8s" not in session.get(DECLARE)


def test_a_device_without_as3_is_not_asked_for_it():
    """A folder alone, such as that of the drafts of policies, is no sign of AS3."""
    with simulator(as3=False) as bigip:
        unit = Unit(bigip)
        with unit.session() as session:
            session.post("/mgmt/tm/auth/partition", {"name": "k8s"})
            session.post("/mgmt/tm/sys/folder", {"name": "/k8s/Drafts"})
            assert [item.path for item in purge(session, "k8s", dry=False)][-1] == "/mgmt/tm/auth/partition/k8s"
            assert unit.slept == []


def test_a_refusal_is_the_devices_own(unit, filled):
    with unit.session("oper") as reader, pytest.raises(BigIpError, match=r"DELETE .*40[13]"):
        purge(reader, "k8s", dry=False)
    assert contents(filled, "k8s")


def test_common_is_never_removed(session):
    with pytest.raises(Unfit, match="Common cannot be removed"):
        purge(session, "Common", dry=False)
