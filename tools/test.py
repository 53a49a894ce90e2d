"""Runs every test, in the environment where it belongs, side by side; the summaries come last."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
BOT_ONLY = ("bot", "actions")
# pure rooms run in the bot and in the backend, so they are tested in both
BOTH = ("packs", "text", "safety")
# whole installations: half of the time, most of it waiting for programs that start or were killed
WHOLE = ("installation", "journeys", "road")
SUMMARY = re.compile(r"^=* ?\d+ (passed|failed|error|skipped|deselected|warning).* in [\d.]+s.*$|^=* ?no tests ran .*$")


@dataclass(frozen=True)
class Run:
    title: str
    python: str
    arguments: tuple[str, ...]


def runs() -> tuple[Run, ...]:
    ignored = tuple(f"--ignore=tests/{name}" for name in (*BOT_ONLY, *WHOLE))
    return (
        Run("whole installations (.venv)", ".venv/bin/python", _folders(*WHOLE)),
        Run("backend (.venv)", ".venv/bin/python", ("tests", *ignored)),
        Run("bot (.venv-bot)", ".venv-bot/bin/python", _folders(*BOT_ONLY, *BOTH)),
    )


def _folders(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/{name}" for name in names)


def carry_out(run: Run, show: IO[str]) -> tuple[int, str]:
    """Run pytest with its output written to `show`; its exit code and its summary line."""
    print(f"\nTests of {run.title}", file=show, flush=True)
    summary = "no summary"
    command = [run.python, "-m", "pytest", *run.arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stdout or ():
            print(line, end="", file=show, flush=True)
            summary = line.strip(" =\n") if SUMMARY.match(line) else summary
    return process.returncode, summary


def main() -> None:
    first, *others = runs()
    with ThreadPoolExecutor(1) as beside, tempfile.TemporaryFile("w+") as kept:
        # one after the other beside the longest; their output is shown when it is whole
        waiting = [beside.submit(carry_out, run, kept) for run in others]
        results = [(first, *carry_out(first, sys.stdout))]
        results += [(run, *each.result()) for run, each in zip(others, waiting, strict=True)]
        kept.seek(0)
        print(kept.read(), flush=True)
    for run, code, summary in results:
        print(f"{run.title}: {summary}" + (f" (exit {code})" if code else ""))
    sys.exit(next((code for _, code, _ in results if code), 0))


if __name__ == "__main__":
    main()
