# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's tables of the simulator's coverage, generated from the code: `python3 -m bigip.reference` writes
them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bigip.config import factory
from bigip.config.schema import Kind
from bigip.imish.wording import SOURCES as SOURCES_OF_REPLIES
from bigip.rest.documents import DOCUMENTS
from bigip.rest.gate import WORKERS
from bigip.rest.stats import SHOWN
from bigip.rest.util import WORKERS as UTILITIES
from bigip.shell.tmsh_show import SHOW

README = Path(__file__).parent / "README.md"
MARKS = ("<!-- reference -->\n", "<!-- /reference -->\n")
# Sources of a collection's behaviour; what none of them shows is inferred from F5's documentation and the others.
RECORDED = "documents of devices (tests/fixtures/bigip)"
DRIVER = "requests of F5's cccl driver (tests/fixtures/clients)"
LIVE = "f5-sdk and f5_modules, run in the tests"
GO = "requests of Go's client and terraform's provider (tests/fixtures/clients)"
SOURCES = {
    RECORDED: (
        "auth/partition",
        "auth/user",
        "cm/device",
        "cm/device-group",
        "cm/traffic-group",
        "ltm/monitor/http",
        "ltm/node",
        "ltm/pool",
        "ltm/virtual",
        "ltm/virtual-address",
        "net/interface",
        "net/route",
        "net/route-domain",
        "net/self",
        "net/tunnels/tunnel",
        "net/tunnels/vxlan",
        "net/vlan",
        "sys/dns",
        "sys/folder",
        "sys/ntp",
    ),
    DRIVER: (
        "auth/partition",
        "ltm/data-group/internal",
        "ltm/monitor/gateway-icmp",
        "ltm/monitor/http",
        "ltm/monitor/https",
        "ltm/monitor/tcp",
        "ltm/monitor/udp",
        "ltm/node",
        "ltm/policy",
        "ltm/pool",
        "ltm/profile/client-ssl",
        "ltm/profile/server-ssl",
        "ltm/rule",
        "ltm/virtual",
        "ltm/virtual-address",
        "sys/application/service",
        "sys/file/ssl-cert",
        "sys/file/ssl-key",
    ),
    GO: (
        "ltm/data-group/internal",
        "ltm/monitor/http",
        "ltm/node",
        "ltm/pool",
        "ltm/pool/members",
        "ltm/rule",
        "ltm/snatpool",
        "ltm/virtual",
        "ltm/virtual/policies",
        "ltm/virtual/profiles",
        "net/route",
        "net/self",
        "net/vlan",
        "net/vlan/interfaces",
        "sys/dns",
        "sys/ntp",
    ),
    LIVE: (
        "auth/partition",
        "cm/device",
        "cm/traffic-group",
        "ltm/monitor/http",
        "ltm/node",
        "ltm/pool",
        "ltm/pool/members",
        "ltm/virtual",
        "ltm/virtual-address",
        "net/interface",
        "net/route-domain",
        "net/self",
        "net/vlan",
        "sys/db",
        "sys/provision",
    ),
}
# Which code of F5 and of others calls the other paths; the simulator's test looks for the first three's.
CALLERS = {
    "f5_modules": (
        "shared/appsvcs",
        "shared/authn/login",
        "shared/authz/tokens",
        "shared/file-transfer/uploads",
        "shared/iapp/global-installed-packages",
        "tm/cm",
        "tm/cm/sync-status",
        "tm/shared/licensing/registration",
        "tm/sys/clock",
        "tm/sys/hardware",
        "tm/sys/license",
        "tm/sys/version",
        "tm/transaction",
        "tm/util",
        "tm/util/bash",
        "tm/util/unix-ls",
        "tm/util/unix-mv",
        "tm/util/unix-rm",
    ),
    "f5-sdk": (
        "shared/authn/login",
        "shared/identified-devices/config/device-info",
        "tm/cm",
        "tm/cm/failover-status",
        "tm/cm/sync-status",
        "tm/sys/clock",
        "tm/sys/config",
        "tm/sys/failover",
        "tm/sys/hardware",
        "tm/sys/license",
        "tm/transaction",
        "tm/util",
        "tm/util/bash",
        "tm/util/unix-ls",
        "tm/util/unix-mv",
        "tm/util/unix-rm",
    ),
    "BIGREST": ("shared/authn/login", "shared/echo-query", "tm/transaction"),
    "its own published code (f5-appsvcs-extension)": ("shared/appsvcs",),
    "F5's f5-cloud-libs": ("tm/sys/ready",),
    "F5's f5-cloud-failover-extension": ("tm/cm/traffic-group/stats",),
    "AS3's code and BIGREST's manual": ("tm/task/sys/config",),
    "BIGREST's manual": ("tm/util/ping",),
    "all clients": ("tm",),
}
SHOWS_RECORDED = ("net route",)


def _called_by(path: str) -> str:
    found = [caller for caller, paths in CALLERS.items() if path.removeprefix("/mgmt/") in paths]
    return "calls in " + ", ".join(found) if found else "inferred"


def _known_from(path: str) -> str:
    found = [source for source, paths in SOURCES.items() if path in paths]
    return "; ".join(found) or "inferred"


def _calls(kind: Kind) -> str:
    if kind.single:
        return "GET PATCH PUT"
    return "GET PATCH PUT" if kind.locked else "GET POST PATCH PUT DELETE"


def _kinds(kinds: Iterable[Kind]) -> Iterable[Kind]:
    for kind in kinds:
        yield kind
        yield from _kinds(kind.children)


def tables() -> str:
    """Markdown. Calls that are not named answer 403; properties that a collection does not know answer 400."""
    store = factory.empty()
    lines = [
        "### REST collections (/mgmt/tm)\n",
        "| collection | calls | statistics | known from |",
        "| --- | --- | --- | --- |",
    ]
    for kind in sorted(_kinds(store.kinds.values()), key=lambda each: each.path):
        statistics = "yes" if kind.path in SHOWN else "-"
        lines.append(f"| `{kind.path}` | {_calls(kind)} | {statistics} | {_known_from(kind.path)} |")
    lines += ["", "### Other REST paths\n", "| path | calls | known from |", "| --- | --- | --- |"]
    paths = [(path, "GET") for path in sorted(DOCUMENTS)]
    paths += [(path, "by its worker") for path in sorted(WORKERS)]
    paths += [(f"/mgmt/tm/util/{name}", "POST") for name in sorted(UTILITIES)]
    lines += [f"| `{path}` | {calls} | {_called_by(path)} |" for path, calls in paths]
    lines += [
        "",
        "### tmsh\n",
        "| command | on | known from |",
        "| --- | --- | --- |",
        "| `list`, `create`, `modify`, `delete` | every collection above | "
        f"{RECORDED}: `net route-domain`; the others inferred |",
        "| `save sys config`, `load sys config [default]` | files are refused: `load sys config file`, `merge` | "
        "inferred |",
        "| `run util` | `imish`, `ping`, `bash -c` | inferred |",
    ]
    lines += [f"| `show {name}` | - | {RECORDED if name in SHOWS_RECORDED else 'inferred'} |" for name in sorted(SHOW)]
    lines += ["", "### Refusals of imish\n", "| begins with | words are |", "| --- | --- |"]
    lines += [f"| `{words}` | {source} |" for words, source in SOURCES_OF_REPLIES.items()]
    lines += ["", "The commands of imish are in [imish/README.md](imish/README.md), made from its tables too.", ""]
    return "\n".join(lines)


def written(text: str) -> str:
    """The README with its tables as they are now."""
    start, end = text.index(MARKS[0]) + len(MARKS[0]), text.index(MARKS[1])
    return text[:start] + tables() + text[end:]


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
