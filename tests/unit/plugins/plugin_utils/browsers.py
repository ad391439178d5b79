# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A headless Chromium of the machine's own packages, which can reach nothing: tools/browser installs it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

BROWSERS = ("chromium", "google-chrome", "chromium-browser")
DRIVER = "chromedriver"


def program() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def missing() -> str:
    """Why there is no browser to drive; empty when there is one."""
    lacking = [name for name, path in (("chromium", program()), (DRIVER, shutil.which(DRIVER))) if not path]
    if not lacking:
        return ""
    return f"no {' and no '.join(lacking)} on PATH: tools/browser installs them, or says why it cannot"


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """A driver of a browser of its own profile, with what it says on its console and sends to any network noted."""
    options = webdriver.ChromeOptions()
    options.binary_location = program()
    for argument in (
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        # A page that asks for something, or a browser that calls home, ends at a proxy that is not there.
        "--proxy-server=http://127.0.0.1:1",
        "--proxy-bypass-list=<-loopback>",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-features=MediaRouter,OptimizationHints",
        "--no-first-run",
    ):
        options.add_argument(argument)
    # Chromium's sandbox is neither for root nor for every container, and the pages are our own.
    options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # Both programs are named, so nothing is looked for or fetched.
    driver = webdriver.Chrome(options=options, service=Service(shutil.which(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()
