"""Runs every test where it belongs, side by side, and trains beside those that need no model; summaries come last."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOT_ONLY = ("bot", "actions")
# pure rooms run in the bot and in the backend, so they are tested in both
BOTH = ("packs", "text", "safety")
# whole installations: half of the time, most of it waiting for programs that start or were killed
WHOLE = ("installation", "road", "journeys")
SUMMARY = re.compile(r"^=* ?\d+ (passed|failed|error|skipped|deselected|warning).* in [\d.]+s.*$|^=* ?no tests ran .*$")


@dataclass(frozen=True)
class Run:
    title: str
    python: str
    arguments: tuple[str, ...]


def _folders(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/{name}" for name in names)


WITHOUT_MODEL = ("tests", *(f"--ignore={folder}" for folder in _folders(*BOT_ONLY, *WHOLE)))
BACKEND = Run("backend (.venv)", ".venv/bin/python", WITHOUT_MODEL)
# what needs the bot's model, the longest first
WITH_MODEL = (
    *(Run(f"{name} (.venv)", ".venv/bin/python", _folders(name)) for name in WHOLE),
    Run("bot (.venv-bot)", ".venv-bot/bin/python", _folders(*BOT_ONLY, *BOTH)),
)
AT_ONCE = 2  # most of the time goes into waiting for programs that start or were killed


def carry_out(run: Run) -> tuple[Run, int, str]:
    """Run pytest and show what it printed when it has ended; its exit code and its summary line."""
    command = [run.python, "-m", "pytest", *run.arguments]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
    )
    print(f"\nTests of {run.title}\n{done.stdout}", flush=True)
    summaries = [line.strip(" =") for line in done.stdout.splitlines() if SUMMARY.match(line)]
    return run, done.returncode, summaries[-1] if summaries else "no summary"


def train() -> int:
    """Train the bot's model unless there is one of the same inputs; the exit code."""
    return subprocess.run([".venv-bot/bin/python", "-m", "bot.train"], cwd=ROOT, check=False).returncode


def main() -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting, training = [pool.submit(carry_out, BACKEND)], pool.submit(train)
        if untrained := training.result():
            print("no model: the backend's tests are all that can run", flush=True)
        else:
            waiting += [pool.submit(carry_out, run) for run in WITH_MODEL]
        results = [each.result() for each in waiting]
    for run, code, summary in results:
        print(f"{run.title}: {summary}" + (f" (exit {code})" if code else ""))
    sys.exit(next((code for _, code, _ in results if code), untrained))


if __name__ == "__main__":
    main()
