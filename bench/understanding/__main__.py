"""`python -m bench.understanding [--quick] [--write]`: the own packs by batch, without each part, and danger.

--quick   nothing is left out: a third of the time
--write   put the tables into docs/evaluation.md
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess

from bench.report import ROOT, machine
from bench.understanding.page import tables, write


def main(arguments: argparse.Namespace) -> None:
    command = [str(ROOT / ".venv-bot" / "bin" / "python"), "-W", "ignore", "-m", "bench.understanding.measure"]
    command += ["--quick"] if arguments.quick else []
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # as the bot is started
    measured = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    page = tables(json.loads(measured.stdout), machine())
    print(page)
    if arguments.write:
        write(page)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.understanding")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    main(parser.parse_args())
