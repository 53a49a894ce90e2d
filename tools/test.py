"""Runs every test where it belongs, side by side, and trains beside those that need no model; summaries come last."""

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


def _folders(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/{name}" for name in names)


WITHOUT_MODEL = ("tests", *(f"--ignore={folder}" for folder in _folders(*BOT_ONLY, *WHOLE)))
INSTALLATIONS = Run("whole installations (.venv)", ".venv/bin/python", _folders(*WHOLE))
BACKEND = Run("backend (.venv)", ".venv/bin/python", WITHOUT_MODEL)
BOT = Run("bot (.venv-bot)", ".venv-bot/bin/python", _folders(*BOT_ONLY, *BOTH))


def carry_out(run: Run, show: IO[str]) -> tuple[Run, int, str]:
    """Run pytest with its output written to `show`; its exit code and its summary line."""
    print(f"\nTests of {run.title}", file=show, flush=True)
    summary = "no summary"
    command = [run.python, "-m", "pytest", *run.arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stdout or ():
            print(line, end="", file=show, flush=True)
            summary = line.strip(" =\n") if SUMMARY.match(line) else summary
    return run, process.returncode, summary


def train() -> int:
    """Train the bot's model unless there is one of the same inputs; the exit code."""
    return subprocess.run([BOT.python, "-m", "bot.train"], cwd=ROOT, check=False).returncode


def main() -> None:
    with ThreadPoolExecutor(1) as beside, tempfile.TemporaryFile("w+") as kept:
        # one after the other, the bot's when it has its model; their output is shown when it is whole
        others = [beside.submit(carry_out, BACKEND, kept)]
        results = list[tuple[Run, int, str]]()
        if untrained := train():
            print("no model: the backend's tests are all that can run", flush=True)
        else:
            others.append(beside.submit(carry_out, BOT, kept))
            results.append(carry_out(INSTALLATIONS, sys.stdout))
        results += [each.result() for each in others]
        kept.seek(0)
        print(kept.read(), flush=True)
    for run, code, summary in results:
        print(f"{run.title}: {summary}" + (f" (exit {code})" if code else ""))
    sys.exit(next((code for _, code, _ in results if code), untrained))


if __name__ == "__main__":
    main()
