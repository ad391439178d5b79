"""The OCI archives that containerd imports: layout, digests, links, and the same bytes for the same files."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

from topology.images import Image, save


def sample(tmp_path):
    program = tmp_path / "tool"
    program.write_bytes(b"#!/bin/sh\n")
    program.chmod(0o755)
    files = {"/bin/tool": program, "/bin/alias": "-> tool", "/etc/motd": b"hello"}
    return Image("localhost/sample:1", files, ("/bin/tool",), ("-x",), user="65534")


def contents(archive):
    with tarfile.open(archive) as outer:
        return {m.name: outer.extractfile(m).read() for m in outer.getmembers()}


def test_every_blob_lies_under_its_own_digest(tmp_path):
    found = contents(save(sample(tmp_path), tmp_path / "out"))
    blobs = {n: data for n, data in found.items() if n.startswith("blobs/")}
    assert len(blobs) == 3
    assert all(name == f"blobs/sha256/{hashlib.sha256(data).hexdigest()}" for name, data in blobs.items())


def test_the_index_leads_to_the_process_and_its_files(tmp_path):
    found = contents(save(sample(tmp_path), tmp_path / "out"))
    entry = json.loads(found["index.json"])["manifests"][0]
    assert entry["annotations"]["io.containerd.image.name"] == "localhost/sample:1"
    manifest = json.loads(found[f"blobs/sha256/{entry['digest'][7:]}"])
    config = json.loads(found[f"blobs/sha256/{manifest['config']['digest'][7:]}"])
    assert config["config"]["Entrypoint"] == ["/bin/tool"] and config["config"]["Cmd"] == ["-x"]
    assert config["config"]["User"] == "65534"
    data = found[f"blobs/sha256/{manifest['layers'][0]['digest'][7:]}"]
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(data).hexdigest()]
    with tarfile.open(fileobj=io.BytesIO(data)) as layer:
        assert layer.getmember("bin/tool").mode == 0o755
        assert layer.getmember("bin/alias").linkname == "tool"
        assert layer.extractfile("etc/motd").read() == b"hello"
        assert layer.getmember("tmp").mode == 0o1777


def test_same_files_same_bytes(tmp_path):
    one, two = (save(sample(tmp_path), tmp_path / name).read_bytes() for name in ("a", "b"))
    assert one == two
