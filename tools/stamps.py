"""Where set-up puts things, and the stamps by which it knows that they are finished and current."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = ".ventanilla-setup"
TOOLS = ("tools/setup.py", "tools/stamps.py", "tools/environments.py", "tools/pythons.py")


class SetupError(Exception):
    """Something that only the person at the keyboard can mend; the text says how."""


@dataclass(frozen=True)
class Product:
    """A folder made from input files; `proof` is a path in it that a finished one has."""

    folder: Path
    inputs: tuple[str, ...]
    proof: str

    def is_current(self) -> bool:
        stamp = self.folder / STAMP
        if not (stamp.exists() and (self.folder / self.proof).exists()):
            return False
        return stamp.read_text() == self.fingerprint()

    def fingerprint(self) -> str:
        """Hash of the inputs and of where the checkout is, since environments hold absolute paths."""
        digest = hashlib.sha256(str(ROOT).encode())
        for name in self.inputs:
            digest.update(b"\0" + name.encode() + b"\0" + (ROOT / name).read_bytes())
        return digest.hexdigest()

    @contextmanager
    def stamped(self) -> Iterator[None]:
        """Mark the folder finished if the block ends well; until then it counts as unfinished."""
        (self.folder / STAMP).unlink(missing_ok=True)
        fingerprint = self.fingerprint()
        yield
        (self.folder / STAMP).write_text(fingerprint)


BACKEND = Product(ROOT / ".venv", ("requirements/dev.txt", "pyproject.toml", *TOOLS), "bin/python")
BOT = Product(ROOT / ".venv-bot", ("requirements/bot.txt", *TOOLS), "bin/python")
ORACLES = Product(ROOT / "node_modules", ("package.json", "package-lock.json"), ".bin")


@contextmanager
def alone() -> Iterator[None]:
    """One set-up at a time: two targets started together must not write one environment."""
    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
