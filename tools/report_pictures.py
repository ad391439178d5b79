# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures of docs/report.md, taken of real pages in a headless browser: .venv/bin/python tools/report_pictures.py

The pages are those of the tests: the reference scenario as reported by its modules, a pair of BIG-IPs with a session
that is down, and 200 nodes. With arguments NAME=REPORT.html: pictures of reports that were written elsewhere,
such as those of the lab's pair (molecule/pair/pictures.yml), as docs/img/NAME.png.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / ".build/collections"))
from ansible_collections.podroute.calico_f5.tests.unit.plugins.plugin_utils import browsers, networks  # noqa: E402

PICTURES = {
    "report-two-nodes": networks.reference,
    "report-ha-pair": lambda: networks.generated(3, 2, standby=True, down=(1,)),
    "report-200-nodes": lambda: networks.generated(200, 2, standby=True, down=(7, 90, 131)),
}
SIZE = (1280, 1180)
MOST = 300_000  # bytes


def pages(arguments: Sequence[str]) -> dict[str, str]:
    """The pages to take pictures of, by the name of the picture."""
    if not arguments:
        return {name: networks.page(make()) for name, make in PICTURES.items()}
    given = (argument.partition("=") for argument in arguments)
    return {name: Path(path).read_text(encoding="utf-8") for name, _equals, path in given}


def main() -> int:
    missing = browsers.missing()
    if missing:
        print(missing, file=sys.stderr)
        return 1
    wanted = pages(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder, browsers.browser() as driver:
        driver.set_window_size(*SIZE)
        for name, text in wanted.items():
            page = Path(folder, f"{name}.html")
            page.write_text(text, encoding="utf-8")
            driver.get(page.as_uri())
            picture = TOP / f"docs/img/{name}.png"
            driver.save_screenshot(str(picture))
            print(f"{picture.relative_to(TOP)} {picture.stat().st_size} bytes")
            if picture.stat().st_size > MOST:
                print(f"larger than {MOST} bytes", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
