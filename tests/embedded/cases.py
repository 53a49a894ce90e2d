"""Helpers of these tests: a second process, and another user."""

from __future__ import annotations

import multiprocessing
import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Run code in another process of this environment."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that the process prints; its errors if it ended instead."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise AssertionError(process.communicate()[1])
    return line


def as_ordinary_user(work: Callable[[], None]) -> None:
    """Do `work` without root's rights: in a fork under `nobody` if we are root, since it may not reach our files."""
    if os.geteuid() != 0:
        work()
        return
    process = multiprocessing.get_context("fork").Process(target=drop_rights_and, args=(work,))
    process.start()
    process.join()
    assert process.exitcode == 0


def drop_rights_and(work: Callable[[], None]) -> None:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    os.chdir("/")
    work()
