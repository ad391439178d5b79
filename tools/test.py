"""make test: run every check of the project, print how long each took, and count what passed.

    tools/test.py                  all steps except those that run by name only
    tools/test.py --no-lab         the steps that do not need the lab (make check)
    tools/test.py --only units     one step (or several: --only units lint)
    tools/test.py --list           the steps

Steps that need the lab run one after another. The others run in parallel to them, one at a time, except while a
step measures traffic. The lab is started if it is not running, and then stopped at the end. Each step's output goes to
.build/logs/STEP.log; on failure its end is shown. Exit code 0 means that every step passed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "lab"))
from topology import build  # noqa: E402

BUILD = TOP / ".build"
BIN = TOP / ".venv" / "bin"
COLLECTION = BUILD / "collections/ansible_collections/podroute/calico_f5"
SANITY = BUILD / "sanity/ansible_collections/podroute/calico_f5/tests/output/junit"
TAIL = 40  # lines of a failed step's log that are shown
ERROR_LINES = 8  # lines of its errors, first and last, that are repeated at the end
# Of ansible, molecule, Python and the verification.
ERROR_PATTERN = re.compile(r"fatal:|failed:|ERROR|\[ERROR\]|\S*Error\b|FAILED: ")
TIMEOUT = 2400  # seconds
LANES = 3  # without the lab: one more than processors, because every step waits for other programs at times


@dataclass(frozen=True)
class Step:
    """One check.

    :ivar junit: the folder of its JUnit files; without it the step counts as one case
    :ivar lab: it needs the running lab
    :ivar quiet: it measures traffic, so no other step runs in parallel
    :ivar skips: whether its cases may be skipped
    :ivar opt_in: run only if selected by name
    :ivar incomplete_marker: text in its output that means that it was incomplete although it succeeded
    """

    name: str
    command: tuple[str, ...]
    root: bool = False
    lab: bool = False
    quiet: bool = False
    junit: Path | None = None
    skips: bool = True
    opt_in: bool = False
    timeout: int = TIMEOUT
    incomplete_marker: str = ""


@dataclass
class Result:
    step: Step
    seconds: float
    code: int
    cpu: float = 0.0  # seconds, of all its processes, except those that outlive it
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)  # of failed cases


def pytest(name: str, *arguments: str, **more: bool | int) -> Step:
    folder = BUILD / "junit" / name
    command = (f"{BIN}/python", "-m", "pytest", "-q", "--durations=10", *arguments, f"--junitxml={folder}/cases.xml")
    return Step(name, command, junit=folder, **more)


def scenario(name: str, **more: bool) -> Step:
    command = (f"{TOP}/lab/bin/ctl", f"{BIN}/molecule", "test", "--scenario-name", name)
    return Step(f"molecule {name}", command, root=True, lab=True, incomplete_marker="Missing playbook", **more)


# In the order of their start: quick checks, then the longest first, so that all lanes end together.
STEPS = (
    Step("ruff", (f"{BIN}/ruff", "check", ".")),
    Step("format", (f"{BIN}/ruff", "format", "--check", ".")),
    Step("mypy", (f"{BIN}/mypy",)),
    Step("yamllint", (f"{BIN}/yamllint", "--strict", ".")),
    # FRR and haproxy come from the lab's root file system; the cache has it after the first time.
    Step("lab build", (f"{TOP}/lab/bin/lab", "build"), root=True),
    Step("browser", ("tools/browser",)),
    pytest("units", "tests/unit"),
    pytest("simulator", "tests/lab", root=True, skips=False),
    pytest("datastore", "tests/integration/calico", "tests/benchmarks/test_small.py",
           "tests/benchmarks/test_plain_data.py", "tests/benchmarks/test_page.py", skips=False),
    # Ten complete runs of site.yml, each killed and completed.
    pytest("killed runs", "tests/benchmarks/test_killed.py", skips=False),
    Step("sanity", (f"{BIN}/python", "tools/sanity.py"), junit=SANITY),
    Step("ansible-lint", (f"{BIN}/ansible-lint", "--offline", "--profile", "production")),
    Step("docs site", (f"{BIN}/python", "tools/docs.py")),
    Step("galaxy", (f"{BIN}/python", "tools/galaxy.py")),
    Step("docs", (f"{BIN}/antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck",
                  "--validate-collection-refs", "dependent", str(COLLECTION))),
    Step("changelog", (f"{BIN}/antsibull-changelog", "lint")),
    pytest("integration", "tests/integration/adopt", "tests/integration/bigip", root=True, lab=True, skips=False),
    pytest("first hour", "tests/integration/guide", root=True, lab=True, skips=False),
    pytest("faults", "tests/faults/test_faults.py", root=True, lab=True, skips=False),
    scenario("f5_routing"),
    scenario("default"),
    scenario("bigip_ctlr"),
    # Last, because its changes remain: the pods have moved to another pool.
    scenario("calico_bgp", quiet=True),
    # A lab with two BIG-IPs instead of the running one: --only "molecule pair" (about ten minutes).
    Step("molecule pair", ("sh", "-ec", f"{TOP}/lab/bin/lab up --pair; exec {TOP}/lab/bin/ctl {BIN}/molecule test "
                           "--scenario-name pair"), root=True, lab=True, quiet=True, opt_in=True,
         incomplete_marker="Missing playbook"),
    # Changes that reset sessions, in turns of drained units and nodes: --only "pair turns" (a quarter of an hour).
    Step("pair turns", ("sh", "-ec", f"export MOLECULE_PROJECT_DIRECTORY={TOP}; {TOP}/lab/bin/lab up --pair; "
                        f"for play in playbooks/site molecule/pair/turns; do {TOP}/lab/bin/ctl {BIN}/ansible-playbook "
                        "-i inventories/lab-pair $play.yml; done"),
         root=True, lab=True, quiet=True, opt_in=True),
    # F5's own clients against the lab's BIG-IP: --only clients (half a minute).
    pytest("clients", "tests/integration/clients", root=True, lab=True, skips=False, opt_in=True),
    # Two fabrics and an upstream router at one BIG-IP, and a cluster with its own reflectors: --only networks
    # (four minutes).
    pytest("networks", "tests/integration/networks", root=True, lab=True, quiet=True, skips=False, opt_in=True),
    # Ten complete runs of site.yml, each killed and completed: --only killed (eight minutes).
    pytest("killed", "tests/faults/test_killed.py", root=True, lab=True, skips=False, opt_in=True),
)  # fmt: skip
LAB_UP = Step("lab up", (f"{TOP}/lab/bin/lab", "up"), root=True, lab=True)
LAB_DOWN = Step("lab down", (f"{TOP}/lab/bin/lab", "down"), root=True, lab=True)


def environment() -> dict[str, str]:
    """The caller's environment, with the programs of .venv first. No colours, because logs are plain text."""
    rootfs = build.rootfs()  # made by the first `lab build`
    caller = dict(os.environ)
    # Many processes import the same files: each would compile them anew.
    caller.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        **caller,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "ANSIBLE_CONFIG": str(TOP / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(BUILD / "collections"),
        "ANSIBLE_FORCE_COLOR": "0",
        "NO_COLOR": "1",
        "PY_COLORS": "0",
        "PODROUTE_LAB_BIN": build.programs(),
        "PODROUTE_LAB_ROOTFS": str(rootfs) if rootfs.is_dir() else "",
    }


def become(command: tuple[str, ...]) -> list[str]:
    """The command as root; sudo resets PATH unless it is passed explicitly."""
    if os.geteuid() == 0:
        return list(command)
    return ["sudo", "-E", "env", f"PATH={BIN}:{os.environ['PATH']}", *command]


class Interrupted(Exception):
    """The run was interrupted."""


class Runner:
    """Runs steps in lanes and collects their results."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self._interrupted = threading.Event()
        self._beside = (
            threading.Lock()
        )  # held while a step runs in parallel to the lab lane, and by a step that measures
        self._print = threading.Lock()

    def lanes(self, lab: list[Step], beside: list[Step]) -> None:
        """Run all steps, those of the lab in one lane and the others in the rest. :raises Interrupted:"""
        free = list(beside)
        take = threading.Lock()

        def beside_lane(alone: bool) -> None:
            while not self._interrupted.is_set():
                with take:
                    if not free:
                        return
                    step = free.pop(0)
                if alone:
                    self.run(step)
                else:
                    with self._beside:
                        self.run(step)

        def lab_lane() -> None:
            for step in lab:
                if self._interrupted.is_set():
                    return
                if step.quiet:
                    with self._beside:
                        self.run(step)
                else:
                    self.run(step)
            if lab:  # the processor of the lab lane
                beside_lane(alone=True)

        threads = [threading.Thread(target=lab_lane)] if lab else []
        threads += [threading.Thread(target=beside_lane, args=(not lab,)) for _number in range(1 if lab else LANES)]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                for thread in threads:
                    thread.join(timeout=0.2)
        except KeyboardInterrupt:
            self._interrupted.set()
            for thread in threads:
                thread.join()
            raise Interrupted from None

    def run(self, step: Step) -> Result:
        """Run one step and print its result."""
        log = log_of(step)
        if step.junit:
            shutil.rmtree(step.junit, ignore_errors=True)
            step.junit.mkdir(parents=True)
        self._say(f"{step.name:20} started")
        begin = time.monotonic()
        code, cpu = self._execute(step, log)
        result = Result(step, time.monotonic() - begin, code, cpu)
        output = log.read_text(errors="replace")
        count(result, output)
        lines = [f"{step.name:20} {verdict(result)} in {result.seconds:.0f} s"]
        if result.failed:
            lines.append(f"  {log.relative_to(TOP)} ends:")
            lines += [f"  | {line[:300]}" for line in output.splitlines()[-TAIL:]]
            lines += [f"  ! {note}" for note in result.notes[:20]]
        self._say(*lines)
        self.results.append(result)
        return result

    def _say(self, *lines: str) -> None:
        with self._print:
            print(*lines, sep="\n", flush=True)

    def _execute(self, step: Step, log: Path) -> tuple[int, float]:
        """Run it in its own process group, so that an interrupt reaches all its processes first.

        :returns: its exit code, and the CPU seconds of all processes that it waited for
        """
        command = become(step.command) if step.root else list(step.command)
        deadline = time.monotonic() + step.timeout
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=TOP, env=environment(), stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
            code, cpu = 0, None
            while (cpu := ended(process, 0.2)) is None:
                late = time.monotonic() > deadline
                if late or self._interrupted.is_set():
                    code = 124 if late else 130
                    # A process under sudo belongs to another user: sudo forwards the signal.
                    subprocess.run(become(("kill", "-INT", "--", f"-{process.pid}")), check=False)
                    if (cpu := ended(process, 60)) is None:
                        subprocess.run(become(("kill", "-KILL", "--", f"-{process.pid}")), check=False)
                        process.wait()
                    break
        return code or process.returncode, cpu or 0.0


def ended(process: subprocess.Popen[bytes], seconds: float) -> float | None:
    """Wait for a process. :returns: its CPU seconds, None if it still runs after so many seconds"""
    deadline = time.monotonic() + seconds
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.1)


def count(result: Result, output: str) -> None:
    """Count the cases. A step that fails without a failed case counts as one failed case."""
    if result.step.incomplete_marker and result.step.incomplete_marker in output:
        result.notes.append(f"{result.step.incomplete_marker!r} in the log: the step was incomplete")
        result.code = result.code or 1
    if result.step.junit:
        for report in sorted(result.step.junit.glob("*.xml")):
            for case in ElementTree.parse(report).iter("testcase"):
                if case.find("failure") is not None or case.find("error") is not None:
                    result.failed += 1
                    result.notes.append(f"{case.get('classname', '')} {case.get('name', '')}".strip())
                    result.errors += case_errors(case)
                elif case.find("skipped") is not None:
                    result.skipped += 1
                else:
                    result.passed += 1
        if not result.code and not result.passed:
            result.notes.append("no case was run, so nothing was verified")
            result.code = 1
        if not result.step.skips and result.skipped:
            result.notes.append(f"{result.skipped} cases were skipped although the lab is running")
            result.code = result.code or 1
    elif not result.code:
        result.passed = 1
    if result.code and not result.failed:
        result.failed = 1


def log_of(step: Step) -> Path:
    return BUILD / "logs" / f"{step.name.replace(' ', '-')}.log"


def verdict(result: Result) -> str:
    if result.code == 124:
        return f"TIMED OUT (over {result.step.timeout} s)"
    if result.code == 130:
        return "interrupted"
    return f"{result.passed} passed" if not result.failed else f"FAILED ({result.failed})"


def case_errors(case: ElementTree.Element) -> list[str]:
    """The lines of a failed case that show why: the first of its message, and the errors in what it quotes."""
    lines = "\n".join(part.get("message") or part.text or "" for part in case if part.tag in ("failure", "error"))
    first, *others = lines.splitlines() or [""]
    return [first, *ends([line for line in others if ERROR_PATTERN.match(line.strip())])]


def ends(lines: list[str]) -> list[str]:
    """The first and last lines of many."""
    return lines if len(lines) <= 2 * ERROR_LINES else [*lines[:ERROR_LINES], "...", *lines[-ERROR_LINES:]]


def error_excerpt(result: Result) -> list[str]:
    """The lines that show why a step failed: its failed cases, and their errors or those in its log."""
    log = log_of(result.step)
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    found: list[str] = list(result.errors)
    for number, line in enumerate(lines):
        if not result.errors and ERROR_PATTERN.match(line):
            follows = takewhile(lambda text: text.startswith(" "), lines[number + 1 : number + 16])
            found += [line, *(follows if line.startswith("fatal") else ())]
    return [*result.notes[:8], *ends(found or lines[-ERROR_LINES:])]


def summary(results: list[Result], seconds: float) -> int:
    print(f"\n{'step':20} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8} {'CPU s':>6}")
    for one in results:
        print(f"{one.step.name:20} {one.passed:7} {one.failed:7} {one.skipped:8} {one.seconds:8.0f} {one.cpu:6.0f}")
    print(f"{'all, in lanes':20} {'':7} {'':7} {'':8} {seconds:8.0f} {sum(r.cpu for r in results):6.0f}")
    for one in (r for r in results if r.failed):
        # Repeated at the end, because often only the end of a long log is kept.
        print(f"\n{one.step.name} failed:", *(f"  {line[:1000]}" for line in error_excerpt(one)), sep="\n")
    passed, failed = sum(r.passed for r in results), sum(r.failed for r in results)
    # The last line has a fixed form, so that programs can parse it.
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def lab_is_up() -> bool:
    done = subprocess.run(become((f"{TOP}/lab/bin/lab", "status")), capture_output=True, env=environment())
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="STEP", help="run these steps (part of the name is sufficient)")
    parser.add_argument("--no-lab", action="store_true", help="leave out the steps that need the lab")
    parser.add_argument("--list", action="store_true", help="list the steps")
    parser.add_argument("--keep-lab", action="store_true", help="keep a lab that was started here running")
    options = parser.parse_args()
    named = options.only or []
    wanted = [s for s in STEPS if (not named and not s.opt_in) or any(re.search(re.escape(o), s.name) for o in named)]
    wanted = [s for s in wanted if not (options.no_lab and s.lab)]
    if options.list or not wanted:
        print(*(s.name for s in STEPS), sep="\n")
        return 0 if options.list else 2
    (BUILD / "logs").mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    begin = time.monotonic()
    runner = Runner()
    lab = [step for step in wanted if step.lab]
    starts = bool(lab) and not lab_is_up()
    try:
        # The build gets both processors: the lab and the simulator's tests need its result.
        for step in [step for step in wanted if step.name == "lab build"]:
            runner.run(step)
        beside = [step for step in wanted if not step.lab and step.name != "lab build"]
        runner.lanes([LAB_UP, *lab] if starts else lab, beside)
    except Interrupted:
        print("\ninterrupted")
        runner.results.append(Result(Step("interrupted", ()), 0, 130, failed=1))
    finally:
        if starts and not options.keep_lab:
            runner._interrupted.clear()
            runner.run(LAB_DOWN)
    return summary(runner.results, time.monotonic() - begin)


if __name__ == "__main__":
    sys.exit(main())
