"""Container images without a registry: OCI archives made of files that the lab has, imported by containerd."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import stat
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from topology.shell import run

# What a file of an image may come from: a file of this machine, its bytes, or "-> target" for a symbolic link.
Source = Path | bytes | str
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


@dataclass(frozen=True)
class Image:
    """One image: a name with tag, the files by their place in it, and how its process is started."""

    name: str
    files: dict[str, Source]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...] = ()
    user: str = ""
    env: tuple[str, ...] = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",)
    folders: tuple[str, ...] = field(default=("tmp", "proc", "sys", "dev", "etc"))


def save(image: Image, place: Path) -> Path:
    """Write the image as an OCI archive (image-spec 1.0, one layer); same files, same bytes."""
    layer = _layer(image)  # not compressed: it never crosses a network, and packing it would take seconds
    config = json.dumps({
        "architecture": ARCHITECTURE, "os": "linux",
        "config": {"Entrypoint": list(image.entrypoint), "Cmd": list(image.command), "User": image.user,
                   "Env": list(image.env)},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
    }).encode()  # fmt: skip
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
    }).encode()  # fmt: skip
    entry = _descriptor("application/vnd.oci.image.manifest.v1+json", manifest)
    entry["annotations"] = {"io.containerd.image.name": image.name, "org.opencontainers.image.ref.name": image.name}
    index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    place.mkdir(parents=True, exist_ok=True)
    target = place / (re.sub(r"[^a-z0-9.-]+", "_", image.name) + ".tar")
    with tarfile.open(target.with_suffix(".part"), "w") as archive:
        _add(archive, "oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())
        _add(archive, "index.json", index)
        for blob in (config, manifest, layer):
            _add(archive, f"blobs/sha256/{_digest(blob)[7:]}", blob)
    target.with_suffix(".part").replace(target)
    return target


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _descriptor(kind: str, data: bytes) -> dict:
    return {"mediaType": kind, "digest": _digest(data), "size": len(data)}


def _add(archive: tarfile.TarFile, name: str, data: bytes, mode: int = 0o644) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), mode
    archive.addfile(info, io.BytesIO(data))


def _layer(image: Image) -> bytes:
    names = {name.strip("/"): source for name, source in image.files.items()}
    folders = {f.strip("/") for f in image.folders}
    for name in [*names, *folders]:
        folders.update(str(parent) for parent in Path(name).parents if str(parent) != ".")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as layer:
        for name in sorted(folders - set(names)):
            info = tarfile.TarInfo(name + "/")
            info.type, info.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            layer.addfile(info)
        for name, source in sorted(names.items()):
            if isinstance(source, str):
                info = tarfile.TarInfo(name)
                info.type, info.linkname = tarfile.SYMTYPE, source.removeprefix("-> ")
                layer.addfile(info)
            elif isinstance(source, bytes):
                _add(layer, name, source)
            else:
                executable = source.stat().st_mode & stat.S_IXUSR
                _add(layer, name, source.read_bytes(), 0o755 if executable else 0o644)
    return buffer.getvalue()


def with_libraries(rootfs: Path, *programs: str) -> dict[str, Source]:
    """Programs of the hosts' root file system with all shared libraries that they load."""
    files: dict[str, Source] = {p: rootfs / p.lstrip("/") for p in programs}
    told = run("chroot", rootfs, "ldd", *programs)
    for path in re.findall(r"(/\S+) \(0x", told):
        files[path] = (
            (rootfs / path.lstrip("/")).resolve()
            if not (rootfs / path.lstrip("/")).is_symlink()
            else _inside(rootfs, path)
        )
    return files


def _inside(rootfs: Path, path: str) -> Path:
    """Follow links as the root file system's own processes would."""
    current = rootfs / path.lstrip("/")
    while current.is_symlink():
        target = current.readlink()
        current = rootfs / str(target).lstrip("/") if target.is_absolute() else current.parent / target
    return current


def pause() -> Image:
    script = b"#!/bin/sh\ntrap 'exit 0' TERM INT\nwhile :; do sleep 86400 & wait $!; done\n"
    return Image("localhost/pause:lab", {**_busybox(), "pause": script}, ("/bin/sh", "/pause"))


def busybox() -> Image:
    return Image("localhost/busybox:lab", _busybox(), ("/bin/sh", "-c"),
                 ("trap 'exit 0' TERM; while :; do sleep 86400 & wait $!; done",))  # fmt: skip


def nginx(rootfs: Path) -> Image:
    """The web server of nginx-deploy: its page names the pod that answers, so that balancing can be seen."""
    conf = b"""daemon off;
error_log /dev/stderr;
pid /tmp/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server { listen 80; default_type text/plain; location / { return 200 "podroute: hello from $hostname\\n"; } }
}
"""
    files = {**with_libraries(rootfs, "/usr/sbin/nginx"), "/lab.conf": conf,
             "/etc/passwd": b"root:x:0:0:root:/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n",
             "/etc/group": b"root:x:0:\nnogroup:x:65534:\n"}  # fmt: skip
    return Image("localhost/nginx:lab", files, ("/usr/sbin/nginx", "-c", "/lab.conf"),
                 folders=("tmp", "var/log/nginx", "var/lib/nginx", "usr/share/nginx"))  # fmt: skip


def _busybox() -> dict[str, Source]:
    from topology.build import rootfs

    program = rootfs() / "usr/bin/busybox"
    applets = run(program, "--list").split()
    return {"/bin/busybox": program, **{f"/bin/{a}": "-> busybox" for a in applets if a != "busybox"}}
