# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads in pieces."""

from __future__ import annotations

UPLOADS = "/mgmt/shared/file-transfer/uploads"


def send(rest, name, data, content_range):
    answer = rest.session.post(
        f"{rest.bigip.url}{UPLOADS}/{name}",
        data=data,
        headers={"Content-Range": content_range, "Content-Type": "application/octet-stream"},
    )
    return answer.status_code, answer.json()


def test_pieces_become_a_file_when_the_last_has_come(rest, bigip):
    file = bigip.device.settings.path("/var/config/rest/downloads/f")
    status, document = send(rest, "f", b"hello ", "0-5/11")
    assert (status, document["remainingByteCount"]) == (200, 5)
    assert not file.exists()
    status, document = send(rest, "f", b"world", "6-10/11")
    assert document["remainingByteCount"] == 0
    assert document["localFilePath"] == "/var/config/rest/downloads/f"
    assert file.read_bytes() == b"hello world"
    assert file.stat().st_mode & 0o077 == 0, "others may read what was uploaded"


def test_a_new_upload_replaces(rest, bigip):
    send(rest, "f", b"first, long", "0-10/11")
    send(rest, "f", b"2nd", "0-2/3")
    assert bigip.device.settings.path("/var/config/rest/downloads/f").read_bytes() == b"2nd"


def test_ranges_must_fit(rest):
    assert send(rest, "f", b"abc", "0-9/10")[0] == 400
    assert send(rest, "f", b"abc", "nonsense")[0] == 400
    assert send(rest, "f", b"abc", "5-7/8")[0] == 400, "a hole at the beginning"


def test_names_stay_in_the_folder(rest, bigip):
    assert send(rest, "..%2F..%2Fescaped", b"x", "0-0/1")[0] == 400
    assert not list(bigip.device.settings.root.rglob("escaped"))
