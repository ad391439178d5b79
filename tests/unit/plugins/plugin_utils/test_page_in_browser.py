# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a report as people use it: in a browser, on the screen in both colours, and on paper."""

from __future__ import annotations

import base64
import json
import re

import pytest

pytest.importorskip("selenium", reason="selenium is not installed (requirements-dev.txt)")
from ansible_collections.podroute.calico_f5.tests.unit.plugins.plugin_utils import browsers, networks  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

pytestmark = pytest.mark.skipif(bool(browsers.missing()), reason=browsers.missing() or "there is a browser")

LONG_NAME = "ip-10-100-200-123.eu-central-1.compute.internal"


@pytest.fixture(scope="module")
def driver():
    with browsers.browser() as driver:
        driver.set_window_size(1280, 1000)
        yield driver


@pytest.fixture
def show(driver, tmp_path):
    """Opens the page of a network, after which nothing may have gone wrong and nothing been asked for."""
    pages = []

    def load(network):
        place = tmp_path / f"{len(pages)}.html"
        place.write_text(networks.page(network), encoding="utf-8")
        pages.append(place.as_uri())
        driver.get_log("performance")  # what came before is of other pages
        driver.get(pages[-1])
        return driver

    yield load
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    assert driver.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert pages and set(asked) <= set(pages), "the page asked for something besides itself"
    assert pages[-1] in asked, "requests were not noted, so nothing was shown"


def texts(driver, selector):
    return [item.text for item in driver.find_elements(By.CSS_SELECTOR, selector)]


def rows(driver):
    """The rows that can be seen. One call, for there may be thousands."""
    return driver.execute_script("""
        return [...document.querySelectorAll("details tbody tr")]
          .filter(row => row.checkVisibility()).map(row => row.textContent)""")


def media(driver, kind, scheme):
    feature = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": feature})


def test_a_small_network_is_drawn_whole(show):
    driver = show(networks.reference())
    drawn = " ".join(texts(driver, "svg text"))
    for word in ("bigip1", "172.16.40.202", "k8s-master", "10.244.235.192/26", "k8s-node1", "172.16.99.99", "AS 64512"):
        assert word in drawn
    lines = driver.find_elements(By.CSS_SELECTOR, "svg line")
    assert [line.get_attribute("class") for line in lines] == ["up", "up"]
    assert len({json.dumps(line.rect) for line in lines}) == 2
    assert texts(driver, "h1 + .verdict") == ["✓ PASSED: 50 checks in 10 groups"]
    assert "+ neighbor 172.16.40.199 remote-as 64512" in texts(driver, "pre .added")


def test_a_pair_says_who_is_active(show):
    driver = show(networks.generated(3, 2, standby=True))
    drawn = texts(driver, "svg g[data-find^=bigip] text")
    assert [word for word in drawn if word.startswith("AS")] == ["AS 64512, active", "AS 64512, standby"]
    assert len(driver.find_elements(By.CSS_SELECTOR, "svg line.up")) == 6


@pytest.mark.parametrize("nodes", [1, 6, 7, 24])
def test_words_stay_inside_their_boxes(show, nodes):
    network = networks.generated(nodes, 2)
    for number, host in enumerate((*network["fabric"]["nodes"], *network["fabric"]["bigips"])):
        host.update(name=f"{number}-{LONG_NAME}", as_number=4294967295, rack="a-rack-with-a-long-name")
        host.update({key: "255.255.255.255" for key in ("node_ip", "bgp_address") if key in host})
    network["blocks"] = {node["name"]: ["100.100.100.128/26"] * 12 for node in network["fabric"]["nodes"]}
    driver = show(network)
    outside = driver.execute_script("""
        return [...document.querySelectorAll("svg g")].flatMap(group => {
          const box = group.querySelector("rect").getBBox();
          return [...group.querySelectorAll("text")].filter(text => {
            const word = text.getBBox();
            return word.x < box.x || word.x + word.width > box.x + box.width
              || word.y < box.y || word.y + word.height > box.y + box.height;
          }).map(text => text.textContent);
        })""")
    assert outside == []
    assert len(driver.find_elements(By.CSS_SELECTOR, "svg g[data-find]")) == nodes + 2


def test_a_thousand_nodes_each_have_a_square_to_point_at(show):
    driver = show(networks.generated(1000, 2, down=(7, 900)))
    squares = driver.find_elements(By.CSS_SELECTOR, "svg .square")
    assert len(squares) == 1000
    assert [number for number in (7, 8, 900, 901) if "down" in squares[number].get_attribute("class")] == [7, 900]
    assert len(driver.find_elements(By.CSS_SELECTOR, "svg line.down")) == 2
    sizes = {(item.rect["width"], item.rect["height"]) for item in (squares[0], squares[500], squares[999])}
    assert all(width > 8 and height > 8 for width, height in sizes)
    found = texts(driver, ".causes td:last-child")
    assert found == ["sessions: bigip1 - node7, bigip1 - node900"]
    squares[900].click()
    shown = rows(driver)
    assert shown and all("node900" in text for text in shown)


def test_the_search_finds_and_forgets(show):
    driver = show(networks.generated(40, 2, down=(5,)))
    before = rows(driver)
    box = driver.find_element(By.ID, "find")
    box.send_keys("NODE5 bigip1")
    shown = rows(driver)
    assert shown and all("node5" in text and "bigip1" in text for text in shown)
    total = driver.execute_script("return document.querySelectorAll('details tbody tr').length")
    assert texts(driver, "#found") == [f"{len(shown)} of {total} rows"]
    box.send_keys(" nowhere")
    assert rows(driver) == [] and texts(driver, "#found") == [f"0 of {total} rows"]
    box.send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE)
    assert rows(driver) == before and texts(driver, "#found") == [""]


def test_what_failed_is_open_and_what_is_long_and_holds_is_folded(show):
    driver = show(networks.generated(200, 1, down=(5,)))
    shown = rows(driver)
    assert any("bigip0 - node5" in text for text in shown) and not any("node6" in text for text in shown)
    driver.find_element(By.ID, "open").click()
    assert len(rows(driver)) > 1000
    driver.find_element(By.ID, "close").click()
    assert rows(driver) == []


@pytest.mark.parametrize(("nodes", "down", "most"), [(2, (), 8), (1000, (), 4), (1000, (3, 4, 5), 6)])
def test_it_prints_on_a_few_pages(show, nodes, down, most):
    driver = show(networks.generated(nodes, 2, down=down) if nodes > 2 else networks.reference())
    document = base64.b64decode(driver.print_page())
    pages = len(re.findall(rb"/Type /Page\b", document))
    assert document.startswith(b"%PDF") and 1 <= pages <= most


def luminance(colour):
    """Of "rgb(r, g, b)", as WCAG 2 has it."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def colour(driver, selector, which="color"):
    return driver.execute_script(
        "return getComputedStyle(document.querySelector(arguments[0])).getPropertyValue(arguments[1])", selector, which
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_in_both_colours_and_paper_is_white(show, driver, scheme):
    media(driver, "screen", scheme)
    show(networks.generated(3, 2, down=(1,)))
    paper = luminance(colour(driver, "html", "background-color"))
    assert (paper > 0.5) == (scheme == "light")
    for selector in ("body", ".note", ".facts .ok", ".facts .bad", ".checks td.ok", ".checks td.bad"):
        ink = luminance(colour(driver, selector))
        assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= 4.5, selector
    media(driver, "print", scheme)
    assert luminance(colour(driver, "html", "background-color")) == 1.0
    assert luminance(colour(driver, "body")) < 0.05


def test_words_of_a_device_are_words(show):
    network = networks.reference()
    network["findings"][0].update(observed="<img src=x onerror=alert(1)><script>alert(2)</script>", ok=False)
    driver = show(network)
    assert driver.find_elements(By.CSS_SELECTOR, "details img") == []
    assert "<img src=x onerror=alert(1)>" in texts(driver, "details td.bad")[0]
