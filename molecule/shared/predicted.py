"""predicted.py CHECK.json RUN.json: what check mode predicted is what the run changed, diff by diff.

Exit code 1 and a line for every difference otherwise. Tasks that a run has and check mode has not (waiting,
proving) may be there, but they must not have changed anything.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

# Fields that only the server knows before it stores an object.
SERVERS_OWN = {"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid", "status"}


# The collection's placeholder for such a value in a prediction.
UNKNOWN = "known when the Secret exists"


def hide_unknown(predicted: object, done: object) -> object:
    """What was done, with UNKNOWN in each place where that was predicted and some text has come."""
    if isinstance(predicted, dict) and isinstance(done, dict):
        return {k: hide_unknown(predicted.get(k), v) for k, v in done.items()}
    if isinstance(predicted, list) and isinstance(done, list) and len(predicted) == len(done):
        return [hide_unknown(p, d) for p, d in zip(predicted, done, strict=True)]
    return UNKNOWN if predicted == UNKNOWN and done and isinstance(done, str) else done


def plain(value: object) -> object:
    """A diff without what only the server knows."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in sorted(value.items()) if k not in SERVERS_OWN}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def changes(path: str) -> dict[tuple[str, str, int], object]:
    """(host, task, how many of that name came before) -> diff, for all that changed something."""
    seen: dict[tuple[str, str], int] = {}
    found = {}
    for row in json.loads(Path(path).read_text()):
        name = (row["host"], row["task"])
        seen[name] = seen.get(name, -1) + 1
        if row["changed"]:
            found[(*name, seen[name])] = plain(row["diff"])
    return found


def main(check: str, run: str) -> int:
    predicted, done = changes(check), changes(run)
    wrong = [f"predicted, not done: {host}: {task}" for host, task, number in predicted.keys() - done.keys()]
    wrong += [f"done, not predicted: {host}: {task}" for host, task, number in done.keys() - predicted.keys()]
    for key in sorted(predicted.keys() & done.keys()):
        if predicted[key] != hide_unknown(predicted[key], done[key]):
            wrong.append(f"{key[0]}: {key[1]}: another diff\n  predicted: {json.dumps(predicted[key])}\n"
                         f"  done:      {json.dumps(done[key])}")  # fmt: skip
        elif UNKNOWN in json.dumps(done[key]):
            wrong.append(f"{key[0]}: {key[1]}: wrote {UNKNOWN!r}")
        elif not done[key]:
            wrong.append(f"{key[0]}: {key[1]}: changed, but shows no diff")
    if not done:
        wrong.append("the run changed nothing, so nothing is verified")
    print(*wrong or [f"{len(done)} changes, each as predicted"], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
