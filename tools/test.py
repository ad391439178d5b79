"""make test: run every check of the project, say how long each took, and count what passed.

    tools/test.py                 everything but what has to be asked for
    tools/test.py --only units    one step (or several: --only units lint)
    tools/test.py --list          the steps

Each step's output goes to .build/logs/STEP.log; on failure its end is shown. Steps that need the lab share one:
it is started where none is up, and then stopped at the end. Exit code 0 means that every step passed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "lab"))
from topology import build, settings  # noqa: E402

BUILD = TOP / ".build"
BIN = TOP / ".venv" / "bin"
COLLECTION = BUILD / "collections/ansible_collections/podroute/calico_f5"
SANITY = BUILD / "sanity/ansible_collections/podroute/calico_f5/tests/output/junit"
TAIL = 40  # lines of a failed step's log that are shown
TOLD = 12  # lines of its errors, first and last, that are told again at the end
TELLS = re.compile(r"fatal:|failed:|ERROR|E   |\[ERROR\]")  # ansible, molecule, pytest
STUCK = 2700  # seconds after which a step is taken to hang


@dataclass(frozen=True)
class Step:
    """One check. junit names the folder in which it leaves its cases; without it the step is one case."""

    name: str
    command: tuple[str, ...]
    root: bool = False
    lab: bool = False
    junit: Path | None = None
    skips: bool = True  # may cases skip themselves here?
    asked: bool = False  # run only when it is named?
    stuck: int = STUCK  # seconds, for a step that takes longer than any other
    hollow: str = ""  # what its output says when it has left something out and yet succeeds


@dataclass
class Result:
    step: Step
    seconds: float
    code: int
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list[str] = field(default_factory=list)


def pytest(name: str, *arguments: str, **more: bool | int) -> Step:
    folder = BUILD / "junit" / name
    command = (f"{BIN}/python", "-m", "pytest", "-q", *arguments, f"--junitxml={folder}/cases.xml")
    return Step(name, command, junit=folder, **more)


def scenario(name: str) -> Step:
    command = (f"{BIN}/molecule", "test", "--scenario-name", name)
    return Step(f"molecule {name}", command, root=True, lab=True, hollow="Missing playbook")


STEPS = (
    Step("ruff", (f"{BIN}/ruff", "check", ".")),
    Step("yamllint", (f"{BIN}/yamllint", "--strict", ".")),
    Step("browser", ("tools/browser",)),
    # Two at a time: half of the time is waiting for programs that are started. A file stays with one worker.
    pytest("units", "-n2", "--dist=loadfile", "tests/unit"),
    # FRR and haproxy come from the lab's root file system; the cache has it after the first time.
    Step("lab build", (f"{TOP}/lab/bin/lab", "build"), root=True),
    pytest("simulator", "tests/lab", root=True, skips=False),
    Step("ansible-lint", (f"{BIN}/ansible-lint", "--offline", "--profile", "production")),
    Step("sanity", (f"{BIN}/python", "tools/sanity.py"), junit=SANITY),
    Step("docs", (f"{BIN}/antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck",
                  "--validate-collection-refs", "dependent", str(COLLECTION))),
    Step("changelog", (f"{BIN}/antsibull-changelog", "lint")),
    Step("galaxy", (f"{BIN}/python", "tools/galaxy.py")),
    pytest("integration", "tests/integration", root=True, lab=True, skips=False),
    scenario("default"),
    scenario("f5_routing"),
    scenario("bigip_ctlr"),
    pytest("faults", "tests/faults/test_faults.py", root=True, lab=True, skips=False),
    # Leaves the most behind, so it comes last: its pods have moved to another pool.
    scenario("calico_bgp"),
    # Ten whole runs of the site, each killed and completed, take up to three quarters of an hour: --only killed.
    pytest("killed", "tests/faults/test_killed.py", root=True, lab=True, skips=False, asked=True,
           stuck=2 * STUCK),
)  # fmt: skip


def environment() -> dict[str, str]:
    """The caller's, with our programs first. No colours: logs are read as text."""
    rootfs = build.rootfs()  # made by the first `lab up`
    return {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "ANSIBLE_CONFIG": str(TOP / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(BUILD / "collections"),
        "ANSIBLE_FORCE_COLOR": "0",
        "NO_COLOR": "1",
        "PY_COLORS": "0",
        "PODROUTE_LAB_BIN": str(settings.STATE / "bin"),
        "PODROUTE_LAB_ROOTFS": str(rootfs) if rootfs.is_dir() else "",
    }


def become(command: tuple[str, ...]) -> list[str]:
    """The command as root; sudo resets PATH unless it is handed over by name."""
    if os.geteuid() == 0:
        return list(command)
    return ["sudo", "-E", "env", f"PATH={BIN}:{os.environ['PATH']}", *command]


def execute(step: Step, log: Path) -> int:
    """Run it in a process group of its own, so that an interrupt reaches all of it before we go on."""
    command = become(step.command) if step.root else list(step.command)
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=TOP, env=environment(), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
        try:
            return process.wait(timeout=step.stuck)
        except BaseException as stop:
            # What runs under sudo is another user's: sudo passes the signal on.
            subprocess.run(become(("kill", "-INT", "--", f"-{process.pid}")), check=False)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                subprocess.run(become(("kill", "-KILL", "--", f"-{process.pid}")), check=False)
                process.wait()
            if isinstance(stop, subprocess.TimeoutExpired):
                return 124
            raise


def count(result: Result, output: str) -> None:
    """Fill in the cases. A step that fails without a failed case has failed as a whole: one case."""
    if result.step.hollow and result.step.hollow in output:
        result.notes.append(f"{result.step.hollow!r} in the log: not all of it was run")
        result.code = result.code or 1
    if result.step.junit:
        for report in sorted(result.step.junit.glob("*.xml")):
            for case in ElementTree.parse(report).iter("testcase"):
                if case.find("failure") is not None or case.find("error") is not None:
                    result.failed += 1
                    result.notes.append(f"{case.get('classname', '')} {case.get('name', '')}".strip())
                elif case.find("skipped") is not None:
                    result.skipped += 1
                else:
                    result.passed += 1
        if not result.code and not result.passed:
            result.notes.append("no case was run: nothing is proven")
            result.code = 1
        if not result.step.skips and result.skipped:
            result.notes.append(f"{result.skipped} cases skipped themselves, though the lab is there")
            result.code = result.code or 1
    elif not result.code:
        result.passed = 1
    if result.code and not result.failed:
        result.failed = 1


def log_of(step: Step) -> Path:
    return BUILD / "logs" / f"{step.name.replace(' ', '-')}.log"


def run(step: Step) -> Result:
    log = log_of(step)
    if step.junit:
        shutil.rmtree(step.junit, ignore_errors=True)
        step.junit.mkdir(parents=True)
    print(f"{step.name:20} ...", end="", flush=True)
    begin = time.monotonic()
    result = Result(step, 0, execute(step, log))
    result.seconds = time.monotonic() - begin
    output = log.read_text(errors="replace")
    count(result, output)
    print(f" {verdict(result)} in {result.seconds:.0f} s", flush=True)
    if result.failed:
        lines = output.splitlines()
        print(f"  {log.relative_to(TOP)} ends:", *(f"  | {line[:300]}" for line in lines[-TAIL:]), sep="\n")
        print(*(f"  ! {note}" for note in result.notes[:20]), sep="\n", flush=True)
    return result


def verdict(result: Result) -> str:
    if result.code == 124:
        return f"HANGS (over {result.step.stuck} s)"
    return f"{result.passed} passed" if not result.failed else f"FAILED ({result.failed})"


def telling(result: Result) -> list[str]:
    """The lines that say why a step failed: its failed cases, and the errors in its log, the first and the last."""
    log = log_of(result.step)
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    found: list[str] = []
    for number, line in enumerate(lines):
        if TELLS.match(line):
            follows = takewhile(lambda text: text.startswith(" "), lines[number + 1 : number + 16])
            found += [line, *(follows if line.startswith("fatal") else ())]
    if len(found) > 2 * TOLD:
        found[TOLD:-TOLD] = ["..."]
    return [*result.notes[:8], *(found or lines[-TOLD:])]


def summary(results: list[Result]) -> int:
    print(f"\n{'step':20} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}")
    for one in results:
        print(f"{one.step.name:20} {one.passed:7} {one.failed:7} {one.skipped:8} {one.seconds:8.0f}")
    for one in (r for r in results if r.failed):
        # Told again at the end, which is what is kept of a long log.
        print(f"\n{one.step.name} failed:", *(f"  {line[:300]}" for line in telling(one)), sep="\n")
    passed, failed = sum(r.passed for r in results), sum(r.failed for r in results)
    # The last line stands alone and has one form, for whoever reads it by program.
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def lab_is_up() -> bool:
    done = subprocess.run(become((f"{TOP}/lab/bin/lab", "status")), capture_output=True, env=environment())
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="STEP", help="run these steps (a part of the name will do)")
    parser.add_argument("--list", action="store_true", help="name the steps")
    parser.add_argument("--keep-lab", action="store_true", help="leave a lab that was started here running")
    options = parser.parse_args()
    named = options.only or []
    wanted = [s for s in STEPS if (not named and not s.asked) or any(re.search(re.escape(o), s.name) for o in named)]
    if options.list or not wanted:
        print(*(s.name for s in STEPS), sep="\n")
        return 0 if options.list else 2
    (BUILD / "logs").mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    results: list[Result] = []
    started = False
    try:
        for step in wanted:
            if step.lab and not started and not lab_is_up():
                started = True
                up = run(Step("lab up", (f"{TOP}/lab/bin/lab", "up"), root=True))
                results.append(up)
            results.append(run(step))
    except KeyboardInterrupt:
        print("\ninterrupted")
        results.append(Result(Step("interrupted", ()), 0, 130, failed=1))
    finally:
        if started and not options.keep_lab:
            results.append(run(Step("lab down", (f"{TOP}/lab/bin/lab", "down"), root=True)))
    return summary(results)


if __name__ == "__main__":
    sys.exit(main())
