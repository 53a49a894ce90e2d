"""Finds the Python 3.10 that Rasa needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from stamps import BACKEND, SetupError

PYTHON310 = "sys.version_info[:2] == (3, 10)"
HOW = (
    "Rasa needs Python 3.10 and none was found: set VENTANILLA_PYTHON310 to one, "
    "or get it with `pyenv install 3.10` or `uv python install 3.10`."
)


def python310() -> Path:
    """A Python 3.10 that really runs: the one asked for, on PATH, kept by pyenv, or found or installed by uv."""
    asked = os.environ.get("VENTANILLA_PYTHON310")
    if asked:
        found = shutil.which(asked)
        if found and works(Path(found)):
            return Path(found)
        raise SetupError(f"VENTANILLA_PYTHON310 is {asked}, which is not a Python 3.10 that runs.")
    for candidate in (*on_path(), *of_pyenv()):
        if works(candidate):
            return candidate
    for candidate in of_uv():
        if works(candidate):
            return candidate
    raise SetupError(HOW)


def works(python: Path, condition: str = PYTHON310) -> bool:
    """Tried, because pyenv's shims exist for versions that they do not run."""
    probe = f"import sys, venv, ssl, zlib; sys.exit(not ({condition}))"
    try:
        tried = subprocess.run([python, "-I", "-c", probe], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def on_path() -> Iterator[Path]:
    for folder in os.get_exec_path():
        candidate = Path(folder) / "python3.10"
        if candidate.exists():
            yield candidate


def of_pyenv() -> Iterator[Path]:
    """Versions under $PYENV_ROOT, ~/.pyenv, or the pyenv whose shims or program are on PATH."""
    roots = [Path(os.environ["PYENV_ROOT"])] if os.environ.get("PYENV_ROOT") else []
    roots.append(Path.home() / ".pyenv")
    roots += [Path(folder).parent for folder in os.get_exec_path() if Path(folder).name == "shims"]
    program = shutil.which("pyenv")
    roots += [Path(program).resolve().parent.parent] if program else []
    for root in dict.fromkeys(roots):
        yield from sorted(root.glob("versions/3.10*/bin/python3.10"), reverse=True)


def of_uv() -> Iterator[Path]:
    """What uv knows of, then what it can download."""
    uv = BACKEND.folder / "bin" / "uv"
    if not uv.exists():
        return
    for preparation in ([], [uv, "--system-certs", "python", "install", "--no-bin", "3.10"]):
        if preparation:
            print("No Python 3.10 on this machine: asking uv to install one", flush=True)
            subprocess.run(preparation, check=False, capture_output=True, timeout=600)
        found = subprocess.run([uv, "python", "find", "--system", "3.10"], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            yield Path(found.stdout.strip())
