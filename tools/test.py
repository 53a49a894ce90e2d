"""Runs every test, in the environment where it belongs; the summaries come last."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOT_ONLY = ("bot", "actions")
# pure rooms run in the bot and in the backend, so they are tested in both
BOTH = ("packs", "text", "safety")
SUMMARY = re.compile(r"^=* ?\d+ (passed|failed|error|skipped|deselected|warning).* in [\d.]+s.*$|^=* ?no tests ran .*$")


@dataclass(frozen=True)
class Run:
    title: str
    python: str
    arguments: tuple[str, ...]


def runs() -> tuple[Run, ...]:
    ignored = tuple(f"--ignore=tests/{name}" for name in BOT_ONLY)
    folders = tuple(f"tests/{name}" for name in (*BOT_ONLY, *BOTH) if (ROOT / "tests" / name).is_dir())
    return (
        Run("backend (.venv)", ".venv/bin/python", ("tests", *ignored)),
        Run("bot (.venv-bot)", ".venv-bot/bin/python", folders),
    )


def carry_out(run: Run) -> tuple[int, str]:
    """Run pytest with its output shown; its exit code and its summary line."""
    print(f"\nTests of {run.title}", flush=True)
    summary = "no summary"
    command = [run.python, "-m", "pytest", *run.arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            summary = line.strip(" =\n") if SUMMARY.match(line) else summary
    return process.returncode, summary


def main() -> None:
    results = [(run, *carry_out(run)) for run in runs()]
    print()
    for run, code, summary in results:
        print(f"{run.title}: {summary}" + (f" (exit {code})" if code else ""))
    sys.exit(next((code for _, code, _ in results if code), 0))


if __name__ == "__main__":
    main()
