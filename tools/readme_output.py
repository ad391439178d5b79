"""Fill the example output in README.md from a run of verify.yml in the lab: the example is real output."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
README = TOP / "README.md"
BEGIN, END = "<!-- output: filled by tools/readme_output.py from a run, never by hand -->\n", "<!-- /output -->\n"


def output() -> list[str]:
    """The table of the verification, as printed."""
    program = Path(sys.executable).with_name("ansible-playbook")
    done = subprocess.run([TOP / "lab/bin/ctl", program, "-i", "inventories/lab", "playbooks/verify.yml"], cwd=TOP,
                          capture_output=True, text=True)  # fmt: skip
    if done.returncode:
        sys.exit(f"verify.yml failed, so there is no output to show\n{done.stdout}\n{done.stderr}")
    table = re.search(r"^[^\n]*\bok\b[^\n]*\(\d+ of \d+\)$.*?^PASSED: .*?$", done.stdout, re.MULTILINE | re.DOTALL)
    if not table:
        sys.exit(f"verify.yml printed no table\n{done.stdout}")
    return table[0].splitlines()


def main() -> None:
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit("README.md has no place for the output")
    README.write_text(f"{before}{BEGIN}```text\n" + "\n".join(output()) + f"\n```\n{END}{after}")


if __name__ == "__main__":
    main()
