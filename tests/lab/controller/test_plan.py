"""From the controller's file and what the BIG-IP holds to the calls that are made: pure."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from cccl import objects
from cccl.objects import Endpoint, UnsupportedError
from cccl.partition import plan, replaced

POOL = "cfgmap_default_nginx-deploy-svc.vs_nginx-deploy-svc"
MONITOR = f"{POOL}_0_http"


@pytest.fixture
def resources(recorded: str) -> dict[str, Any]:
    return json.loads(recorded)["resources"]["k8s"]


@pytest.fixture
def held() -> dict[str, list[dict[str, Any]]]:
    """The same objects as iControl REST lists them: route domain 0 in names, escaped line ends, monitor states."""
    return {
        "monitor/http": [
            {"name": MONITOR, "partition": "k8s", "interval": 15, "timeout": 30, "recv": "cka",
             "send": r"GET / HTTP/1.1\r\n\r\n", "adaptive": "disabled"},
        ],
        "pool": [
            {"name": POOL, "partition": "k8s", "loadBalancingMode": "least-connections-member",
             "monitor": f"/k8s/{MONITOR} ",
             "membersReference": {"items": [
                 {"name": "10.244.0.5%0:80", "partition": "k8s", "address": "10.244.0.5",
                  "session": "monitor-enabled", "state": "up"},
                 {"name": "10.244.1.7%0:80", "partition": "k8s", "address": "10.244.1.7",
                  "session": "monitor-enabled", "state": "down"},
             ]}},
        ],
        "virtual": [
            {"name": "default_nginx-deploy-svc.vs", "partition": "k8s", "destination": "/k8s/172.16.40.80:80",
             "enabled": True, "ipProtocol": "tcp", "mask": "255.255.255.255", "pool": f"/k8s/{POOL}",
             "sourceAddressTranslation": {"type": "automap"},
             "profilesReference": {"items": [
                 {"name": "tcp", "partition": "Common", "fullPath": "/Common/tcp", "context": "all"},
                 {"name": "http", "partition": "Common", "fullPath": "/Common/http", "context": "all"},
             ]}},
        ],
    }  # fmt: skip


def items(held: dict[str, list[dict[str, Any]]]) -> objects.Items:
    found = [objects.actual(kind, entry, 0) for kind, entries in held.items() for entry in entries]
    return {(item.kind, item.name): item for item in found}


def steps(resources: dict[str, Any], held: dict[str, list[dict[str, Any]]]) -> list[tuple[str, str]]:
    return [
        (step.verb, step.path.removeprefix("/mgmt/tm/ltm/"))
        for step in plan(objects.desired(resources, "k8s", 0), items(held), "k8s")
    ]


def test_equal_makes_no_call(resources: dict[str, Any], held: dict[str, Any]) -> None:
    assert steps(resources, held) == []


def test_an_empty_partition_is_filled_bottom_up(resources: dict[str, Any]) -> None:
    made = list(plan(objects.desired(resources, "k8s", 0), {}, "k8s"))
    assert [(s.verb, s.path) for s in made] == [
        ("post", "/mgmt/tm/ltm/monitor/http"),
        ("post", "/mgmt/tm/ltm/pool"),
        ("post", "/mgmt/tm/ltm/virtual"),
    ]
    assert made[0].body is not None and made[0].body["send"] == "GET / HTTP/1.1\r\n\r\n"
    assert made[1].body is not None
    assert [m["name"] for m in made[1].body["membersReference"]["items"]] == ["10.244.0.5%0:80", "10.244.1.7%0:80"]
    assert made[2].body is not None and made[2].body["destination"] == "/k8s/172.16.40.80%0:80"
    assert "routeAdvertisement" not in json.dumps([s.body for s in made])


def test_nothing_wanted_is_deleted_top_down(held: dict[str, Any]) -> None:
    assert steps({}, held) == [
        ("delete", "virtual/~k8s~default_nginx-deploy-svc.vs"),
        ("delete", f"pool/~k8s~{POOL}"),
        ("delete", f"monitor/http/~k8s~{MONITOR}"),
    ]


def test_a_pool_is_replaced_with_all_its_members(resources: dict[str, Any], held: dict[str, Any]) -> None:
    resources["pools"][0]["members"][1]["address"] = "10.244.1.9"
    (step,) = plan(objects.desired(resources, "k8s", 0), items(held), "k8s")
    assert (step.verb, step.path) == ("put", f"/mgmt/tm/ltm/pool/~k8s~{POOL}")
    assert step.body is not None
    assert [m["name"] for m in step.body["membersReference"]["items"]] == ["10.244.0.5%0:80", "10.244.1.9%0:80"]


def test_a_stale_virtual_server_goes_before_its_address_is_taken(
    resources: dict[str, Any], held: dict[str, Any]
) -> None:
    resources["virtualServers"][0]["name"] = "default_renamed.vs"
    assert steps(resources, held) == [
        ("delete", "virtual/~k8s~default_nginx-deploy-svc.vs"),
        ("post", "virtual"),
    ]


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        ({"enabled": False}, {"disabled": True}),
        ({"destination": "/k8s/172.16.40.85:80"}, {"destination": "/k8s/172.16.40.85%0:80"}),
        *[({"profiles": p}, {"profiles": p}) for p in ([{"partition": "Common", "name": "tcp", "context": "all"}],)],
    ],
)
def test_what_differs_is_replaced(
    resources: dict[str, Any], held: dict[str, Any], change: dict[str, Any], sent: dict[str, Any]
) -> None:
    resources["virtualServers"][0] |= change
    (step,) = plan(objects.desired(resources, "k8s", 0), items(held), "k8s")
    assert step.verb == "put" and step.body is not None
    assert {key: step.body[key] for key in sent} == sent
    put = replaced({"enabled": True, "mirror": "disabled"}, step.body)
    assert put["mirror"] == "disabled" and {"enabled", "disabled"} & set(put) == {"enabled", "disabled"} & set(
        step.body
    )


def test_an_operators_disabled_member_is_not_a_monitors_verdict(
    resources: dict[str, Any], held: dict[str, Any]
) -> None:
    held["pool"][0]["membersReference"]["items"][0] |= {"session": "user-disabled", "state": "user-down"}
    (step,) = plan(objects.desired(resources, "k8s", 0), items(held), "k8s")
    assert step.body is not None
    assert [m["session"] for m in step.body["membersReference"]["items"]] == ["user-enabled"] * 2


def test_whitelisted_objects_are_left_alone(held: dict[str, Any]) -> None:
    held["virtual"][0]["metadata"] = [{"name": "cccl-whitelist", "value": "1"}]
    assert ("delete", "virtual/~k8s~default_nginx-deploy-svc.vs") not in steps({}, held)


@pytest.mark.parametrize("section", sorted(objects.UNSUPPORTED))
def test_what_the_driver_does_not_make_is_refused(resources: dict[str, Any], section: str) -> None:
    resources[section] = [{"name": "x"}]
    with pytest.raises(UnsupportedError, match="nothing was written"):
        objects.desired(resources, "k8s", 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.244.0.5:80", Endpoint("10.244.0.5", 3, 80)),
        ("10.244.0.5%7:80", Endpoint("10.244.0.5", 7, 80)),
        ("fd00::5.80", Endpoint("fd00::5", 3, 80)),
        ("fd00::5%7.80", Endpoint("fd00::5", 7, 80)),
    ],
)
def test_member_names_with_and_without_route_domain(text: str, expected: Endpoint) -> None:
    assert objects.endpoint(text, 3) == expected
    assert objects.endpoint(expected.name, 0) == expected


def test_the_wanted_is_not_changed_by_planning(resources: dict[str, Any], held: dict[str, Any]) -> None:
    before = copy.deepcopy(resources)
    steps(resources, held)
    assert resources == before


def test_a_pool_without_monitors_says_so_as_the_published_driver_does(resources: dict[str, Any]) -> None:
    del resources["pools"][0]["monitors"]
    made = {step.path: step.body for step in plan(objects.desired(resources, "k8s", 0), {}, "k8s")}
    assert made["/mgmt/tm/ltm/pool"]["monitor"] == "default"
    there = {("pool", POOL): objects.actual("pool", {"name": POOL, "monitor": "default"}, 0)}
    assert there["pool", POOL].properties["monitor"] == ""
