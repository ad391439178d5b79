"""The content of the controller's image: F5's program and schemas unchanged, and the lab's driver with its Python.

F5's own image (build-tools/Dockerfile.* of k8s-bigip-ctlr) has the same program and schemas at the same places, its
user, and instead of this driver F5's: f5-ctlr-agent and f5-cccl, from Git repositories, because no registry has them.
"""

from __future__ import annotations

import modulefinder
from pathlib import Path

from topology import settings
from topology.images import Source, with_libraries

NAME = f"localhost/k8s-bigip-ctlr:{settings.CONTROLLER}"
PROGRAM = "/app/bin/k8s-bigip-ctlr"
SCHEMAS = "/app/vendor/src/f5/schemas"  # where the controller looks unless told otherwise
DRIVER = "/app/python"
USER = 1000  # as in F5's image
HERE = Path(__file__).resolve().parent
INTERPRETER = "/usr/bin/python3"
STARTUP = ("site", "encodings", "encodings.idna", "warnings")  # loaded by the interpreter, or by name only


def description(rootfs: Path, program: Path, schemas: Path) -> dict:
    """The arguments of `topology.images.Image`.

    :param rootfs: the hosts' root file system, which has Python
    :param program: the controller, built without cgo
    :param schemas: the folder of that name in the controller's module
    """
    passwd = f"root:x:0:0:root:/:/bin/false\nctlr:x:{USER}:{USER}::/app:/bin/false\n"
    files: dict[str, Source] = {
        PROGRAM: program,
        **{f"{SCHEMAS}/{path.name}": path for path in sorted(schemas.glob("*.json"))},
        f"{DRIVER}/bigipconfigdriver.py": HERE / "bigipconfigdriver.py",
        **{f"{DRIVER}/cccl/{path.name}": path for path in sorted((HERE / "cccl").glob("*.py"))},
        **_python(rootfs),
        "/etc/passwd": passwd.encode(),
        "/etc/group": f"root:x:0:\nctlr:x:{USER}:\n".encode(),
    }
    return {
        "name": NAME,
        "files": files,
        "entrypoint": (PROGRAM,),
        "user": f"{USER}:{USER}",
        "env": (f"PATH={DRIVER}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1"),
    }


def _python(rootfs: Path) -> dict[str, Source]:
    """The interpreter, the modules that the driver can come to import, and the libraries of both."""
    interpreter = (rootfs / INTERPRETER.lstrip("/")).readlink().name
    library = rootfs / "usr/lib" / interpreter
    finder = modulefinder.ModuleFinder(path=[str(HERE), str(library), str(library / "lib-dynload")])
    finder.run_script(str(HERE / "bigipconfigdriver.py"))
    for name in STARTUP:
        finder.import_hook(name)
    found = {Path(module.__file__) for module in finder.modules.values() if module.__file__}
    modules = {path for path in found if path.is_relative_to(library)} | set((library / "encodings").glob("*.py"))
    inside = {f"/{path.relative_to(rootfs)}": path for path in sorted(modules)}
    binaries = [f"/usr/bin/{interpreter}", *[name for name in inside if name.endswith(".so")]]
    return {**inside, **with_libraries(rootfs, *binaries), INTERPRETER: f"-> {interpreter}"}
