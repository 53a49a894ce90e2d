"""The steps of set-up: two environments, a browser, and the npm packages of tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pythons import PYTHON310, python310, works
from stamps import BACKEND, BOT, ORACLES, ROOT, SetupError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# of whoever calls us; they would send installations elsewhere
STRAY = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_USER", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")


def environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in STRAY}
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "UV_NO_PROGRESS": "1"}


def run(*command: str | Path, failure: str = "") -> None:
    """Run a command with its output shown; SetupError if it fails."""
    if subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode != 0:
        raise SetupError(failure or "this command failed: " + " ".join(map(str, command)))


def check_compiler() -> None:
    missing = [name for name in ("cc", "make") if not shutil.which(name)]
    if missing:
        raise SetupError(
            f"{' and '.join(missing)} not found; Redis is compiled from source. "
            "Debian: apt-get install build-essential; macOS: xcode-select --install."
        )


def make_backend() -> None:
    """`.venv`: the backend, the command line and the tools of tests, with this project installed in place."""
    if not usable(BACKEND.folder, "(3, 11) <= sys.version_info[:2]"):
        # the interpreter that made an environment, even when that one runs us
        make_venv(Path(getattr(sys, "_base_executable", sys.executable)), BACKEND.folder)
    with BACKEND.stamped():
        get_uv()
        install(BACKEND.folder, "dev.txt")
        python = BACKEND.folder / "bin" / "python"
        project = ("--no-deps", "--no-build-isolation", "-e", str(ROOT))
        if not uv("pip", "install", "--python", python, *project):
            run(python, "-m", "pip", "install", "--quiet", *project)


def make_bot() -> None:
    """`.venv-bot`: Rasa, on the Python 3.10 that it stops at."""
    if not usable(BOT.folder, PYTHON310):
        make_venv(python310(), BOT.folder)
    with BOT.stamped():
        install(BOT.folder, "bot.txt")


def usable(venv: Path, condition: str) -> bool:
    """Whether an environment was made here, since a moved one leads elsewhere, and its Python fits and runs."""
    activate = venv / "bin" / "activate"
    return activate.exists() and str(venv) in activate.read_text() and works(venv / "bin" / "python", condition)


def make_venv(python: Path, venv: Path) -> None:
    how = f"{python} cannot make environments; Debian: apt-get install python3-venv."
    run(python, "-I", "-m", "venv", "--clear", venv, failure=how)


def get_uv() -> None:
    """Install uv by pip, checked against its hashes in dev.txt; it is 10 times as fast as pip for the rest."""
    if (BACKEND.folder / "bin" / "uv").exists():
        return
    pinned = re.search(r"^uv==.*?(?=^\S)", (ROOT / "requirements" / "dev.txt").read_text() + "\n#", re.M | re.S)
    if pinned is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "uv.txt"
        wanted.write_text(pinned.group())
        pip = [BACKEND.folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes"]
        if subprocess.run([*pip, "-r", wanted], cwd=ROOT, env=environment(), check=False).returncode != 0:
            print("uv could not be installed; pip does the rest, which takes minutes", flush=True)


def install(venv: Path, name: str) -> None:
    """Bring an environment to exactly the pinned versions, by uv, or by pip where uv fails."""
    wanted = ROOT / "requirements" / name
    python = venv / "bin" / "python"
    # compiled now, so that the first start of every part does not wait for it (12 s of sources in Rasa's case)
    if uv("pip", "sync", "--python", python, "--require-hashes", "--compile-bytecode", wanted):
        return
    print(f"uv did not succeed; trying pip for {name}, which takes minutes", flush=True)
    run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", wanted)


def uv(*arguments: str | Path) -> bool:
    """Run uv; behind a proxy with a certificate of its own only the second attempt, with the system's, succeeds."""
    program = BACKEND.folder / "bin" / "uv"
    if not program.exists():
        return False
    quiet = [program, "--quiet", *arguments]
    if subprocess.run(quiet, cwd=ROOT, env=environment(), check=False, stderr=subprocess.DEVNULL).returncode == 0:
        return True
    return subprocess.run([*quiet, "--system-certs"], cwd=ROOT, env=environment(), check=False).returncode == 0


def make_browser() -> None:
    """Chromium for the tests of pages: from Debian where we may install it, else a sentence that says how."""
    if any(map(shutil.which, BROWSERS)):
        return
    if os.geteuid() == 0 and shutil.which("apt-get") and is_debian():
        quiet = {"cwd": ROOT, "env": environment() | {"DEBIAN_FRONTEND": "noninteractive"}, "check": False}
        subprocess.run(["apt-get", "-qq", "update"], **quiet)
        command = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"]
        if subprocess.run(command, **quiet).returncode == 0 and any(map(shutil.which, BROWSERS)):
            return
    print(
        "Chromium is missing; everything runs without it except the tests of pages. Debian: apt-get install chromium; "
        "elsewhere: .venv/bin/playwright install chromium.",
        flush=True,
    )


def is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and re.search(r"^ID=\"?debian", release.read_text(), re.M) is not None


def make_oracles() -> None:
    if not shutil.which("npm"):
        raise SetupError("npm not found; tests compare with npm packages: install Node 18 or later.")
    with ORACLES.stamped():
        run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
