"""Fill README.md's proof from a run of verify.yml in the lab: what is shown there has really been printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
README = TOP / "README.md"
BEGIN, END = "<!-- proof: filled by tools/readme_proof.py from a run, never by hand -->\n", "<!-- /proof -->\n"


def proof() -> list[str]:
    """The lines of the proof."""
    program = Path(sys.executable).with_name("ansible-playbook")
    done = subprocess.run([TOP / "lab/bin/ctl", program, "-i", "inventories/lab", "playbooks/verify.yml"], cwd=TOP,
                          capture_output=True, text=True)  # fmt: skip
    if done.returncode:
        sys.exit(f"verify.yml failed, so there is no output to show\n{done.stdout}\n{done.stderr}")
    # From the line of the first group to the verdict, as printed.
    shown = re.search(r"^ok    pools .*?^PASSED: .*?$", done.stdout, re.MULTILINE | re.DOTALL)
    if not shown:
        sys.exit("verify.yml printed no table")
    return shown[0].splitlines()


def main() -> None:
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit("README.md has no place for the proof")
    README.write_text(f"{before}{BEGIN}```text\n" + "\n".join(proof()) + f"\n```\n{END}{after}")


if __name__ == "__main__":
    main()
