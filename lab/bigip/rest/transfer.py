# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/mgmt/shared/file-transfer/uploads: files come in pieces, each with its Content-Range."""

from __future__ import annotations

import re
import time

from bigip import errors
from bigip.interface import Device
from bigip.rest.message import Call, Reply

DOWNLOADS = "/var/config/rest/downloads"
_RANGE = re.compile(r"(?:bytes\s+)?(\d+)-(\d+)/(\d+)$")


def upload(device: Device, call: Call) -> Reply:
    names = call.below("/mgmt/shared/file-transfer/uploads")
    if call.method != "POST" or len(names) != 1:
        raise errors.method_not_allowed(call.method, call.path)
    name = names[0]
    if "/" in name or name in (".", ".."):
        raise errors.by_rest(400, f"Invalid file name {name}", call.sender)
    found = _RANGE.match(call.headers.get("content-range", ""))
    if not found:
        raise errors.by_rest(400, "Content-Range header is missing or malformed", call.sender)
    first, last, total = map(int, found.groups())
    if last - first + 1 != len(call.body) or last >= total:
        raise errors.by_rest(
            400,
            f"Chunk byte count {len(call.body)} in Content-Range header different from received "
            f"buffer length {last - first + 1}",
            call.sender,
        )
    with device.lock:
        folder = device.settings.path(DOWNLOADS)
        part = folder / "tmp" / name
        part.parent.mkdir(parents=True, exist_ok=True)
        received = part.stat().st_size if part.exists() and first else 0
        if first > received:
            raise errors.by_rest(400, f"Chunk starts at {first}, but {received} bytes have come", call.sender)
        with part.open("r+b" if first else "wb") as file:
            file.seek(first)
            file.truncate()
            file.write(call.body)
        part.chmod(0o600)
        remaining = total - last - 1
        if not remaining:
            part.replace(folder / name)
    return Reply(
        {
            "remainingByteCount": remaining,
            "usedChunks": {str(first): len(call.body)},
            "totalByteCount": total,
            "localFilePath": f"{DOWNLOADS}/{name}",
            "temporaryFilePath": f"{DOWNLOADS}/tmp/{name}",
            "generation": 0,
            "lastUpdateMicros": int(time.time() * 1e6),
        }
    )
