"""What both embedded servers share: who owns a server, whether its process lives, how it is started and ended."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypedDict

# bytes of a unix socket's address, without the closing NUL (Linux 107, macOS 103)
SOCKET_PATH_LIMIT = 103
POLL_SECONDS = 0.02
LAUNCH_ATTEMPTS = 8
SOCKET_NOTE = "run.path"


class EmbeddedServerError(RuntimeError):
    """An embedded server could not be started, reached or stopped; the text says what to do."""


@dataclass(frozen=True)
class Account:
    """The system account a server runs under."""

    uid: int
    gid: int


class Ownership:
    """A lock held while its owner lives: the kernel lets go of it even after `kill -9`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def take(self) -> bool:
        """Take the lock if nobody holds it; True where it is ours."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class EmbeddedServer(ABC):
    """A server process that belongs to one data folder.

    The first process to call `start` owns the server. Others that call `start` on the same folder
    share it, and their `stop` leaves it running. When the owner dies without `stop`, the server
    goes on and the next `start` adopts it. All methods block; async code uses `async with` or
    `asyncio.to_thread`.
    """

    name: str

    def __init__(self, data_dir: Path, start_timeout: float, stop_timeout: float, orphan_timeout: float) -> None:
        self.data_dir = Path(data_dir).absolute()
        self._orphan_timeout = orphan_timeout
        self._start_timeout = start_timeout
        self._stop_timeout = stop_timeout
        self._ownership = Ownership(self.data_dir / f"{self.name}.lock")
        self._child: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Address for clients; EmbeddedServerError before the first start."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """Process id of the living server of this folder, or None."""

    @property
    @abstractmethod
    def ready(self) -> bool:
        """Whether the server takes connections now."""

    @abstractmethod
    def _launch(self) -> None:
        """Clean up after a crash and start the process; called by the owner only."""

    @abstractmethod
    def _prepare_database(self) -> None:
        """Create what clients rely on; called by the owner once the server is ready."""

    @abstractmethod
    def _diagnosis(self) -> str:
        """Last lines of the server's log, for an error's text."""

    @property
    def owned(self) -> bool:
        """Whether this object started or adopted the server, so that `stop` ends it."""
        return self._ownership.held

    def start(self) -> str:
        """Start the server, adopt a running one, or share another process's; returns its URL."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self._start_timeout
        while not self._take_ownership():
            if self.ready:
                return self.url
            self._give_up_after(deadline, "another process holds it and it does not answer")
        try:
            self._run_until_ready(deadline)
            self._prepare_database()
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """End the server if it is ours, keeping all that was committed; otherwise do nothing."""
        if not self.owned:
            return
        try:
            self._end()
        finally:
            self._ownership.release()

    def kill(self) -> None:
        """End the server as a power cut would (SIGKILL); `start` brings it back. For tests and drills."""
        self._signal(signal.SIGKILL)
        if not self._wait_until_gone(self._stop_timeout):
            raise EmbeddedServerError(f"{self.name}: process {self.pid} survived SIGKILL")

    def destroy(self) -> None:
        """Stop the server and remove all of its data. For tests; EmbeddedServerError if it is not ours."""
        if not self.owned:
            raise EmbeddedServerError(f"{self.name} in {self.data_dir} is not ours to remove")
        entry = self.data_dir / self.name
        folders = [entry.resolve(), *remembered_folder(entry / SOCKET_NOTE)]
        self.stop()
        for folder in folders:
            shutil.rmtree(folder)
        if entry.is_symlink():
            entry.unlink()
        (self.data_dir / f"{self.name}.lock").unlink()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    def _stop_signals(self) -> tuple[tuple[signal.Signals, float], ...]:
        return (signal.SIGTERM, self._stop_timeout), (signal.SIGKILL, self._stop_timeout)

    def _take_ownership(self) -> bool:
        try:
            return self._ownership.take()
        except PermissionError as error:
            raise EmbeddedServerError(
                f"{self.name}: {self.data_dir} belongs to another user; use the same user as before, or another folder"
            ) from error

    def _end(self) -> None:
        for number, seconds in self._stop_signals():
            self._signal(number)
            if self._wait_until_gone(seconds):
                return
        raise EmbeddedServerError(f"{self.name}: process {self.pid} does not end")

    def _adopt_or_end(self) -> None:
        """Make an orphan of a dead owner ours if it answers, waking it if it was frozen; else end it."""
        self._signal(signal.SIGCONT)
        deadline = time.monotonic() + self._orphan_timeout
        while self.pid is not None and not self.ready:
            if time.monotonic() > deadline:
                self._end()
            time.sleep(POLL_SECONDS)

    def _run_until_ready(self, deadline: float) -> None:
        self._adopt_or_end()
        for attempt in range(1, LAUNCH_ATTEMPTS + 1):
            if self.pid is None:
                self._launch()
            while not self.ready and self._is_starting():
                self._give_up_after(deadline, "it did not become ready")
            if self.ready:
                return
            # what a crash left behind (shared memory, children) needs a moment to go away
            time.sleep(attempt * 0.1)
        raise self._failure("its process ended")

    def _is_starting(self) -> bool:
        return self._child.poll() is None if self._child is not None else self.pid is not None

    def _give_up_after(self, deadline: float, reason: str) -> None:
        if time.monotonic() > deadline:
            raise self._failure(reason)
        time.sleep(POLL_SECONDS)

    def _failure(self, reason: str) -> EmbeddedServerError:
        where = f"{self.name} in {self.data_dir}"
        return EmbeddedServerError(f"{where} could not be started: {reason}\n{self._diagnosis()}")

    def _signal(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _wait_until_gone(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.pid is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def _spawn(
        self, command: list[str], log: Path, cwd: Path, account: Account | None = None, limit: int = 10 * 2**20
    ) -> None:
        """Start the server in a session of its own, so that a terminal's Ctrl-C reaches only its supervisor."""
        if log.exists() and log.stat().st_size > limit:
            log.replace(log.with_suffix(".1"))
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                start_new_session=True,
                env=plain_environment(),
                umask=0o077,
                **as_account(account),
            )

    def _living(self, pid: int | None, marker: str) -> int | None:
        """`pid` if it is a running process whose command names `marker`, else None; reaps our own child."""
        if self._child is not None and self._child.pid == pid and self._child.poll() is not None:
            return None
        return pid if pid is not None and runs(pid, marker) else None


def runs(pid: int, marker: str) -> bool:
    """Whether `pid` is a process, not a zombie, with `marker` in its command line (ids are used again)."""
    if Path("/proc/self/stat").exists():
        try:
            state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
        return state not in (b"Z", b"X") and os.fsencode(marker) in command
    shown = subprocess.run(["ps", "-ww", "-o", "state=,command=", "-p", str(pid)], capture_output=True, check=False)
    return shown.returncode == 0 and not shown.stdout.startswith(b"Z") and os.fsencode(marker) in shown.stdout


def plain_environment() -> dict[str, str]:
    """An environment without the caller's secrets and without PG* variables."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


class RunAs(TypedDict, total=False):
    """The arguments of subprocess that choose an account."""

    user: int
    group: int
    extra_groups: list[int]


def as_account(account: Account | None) -> RunAs:
    """How subprocess runs a command under `account`; None: as ourselves."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def run_as(account: Account | None, command: list[str], cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a short command under `account` and wait for it; never raises for its exit code."""
    return subprocess.run(
        command, cwd=cwd, capture_output=True, check=False, env=plain_environment(), **as_account(account)
    )


def socket_folder(home: Path, name: str, own: Callable[[Path], None]) -> Path:
    """A private folder for a socket called `name`: `run` in `home`, or a short remembered one if that is too long."""
    preferred = home / "run"
    if len(os.fsencode(preferred / name)) <= SOCKET_PATH_LIMIT:
        if not preferred.exists():
            preferred.mkdir(mode=0o700)
            own(preferred)
        return preferred
    for folder in remembered_folder(home / SOCKET_NOTE):
        return folder
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-", dir="/tmp"))
    own(folder)
    (home / SOCKET_NOTE).write_text(str(folder))
    return folder


def remembered_folder(note: Path) -> list[Path]:
    """The short socket folder written down in `note`, if it still exists and nobody else can enter it."""
    if not note.exists():
        return []
    folder = Path(note.read_text())
    return [folder] if is_private_folder(folder) else []


def is_private_folder(folder: Path) -> bool:
    """Whether it is a real folder that no other account can enter."""
    try:
        return stat.S_ISDIR(folder.lstat().st_mode) and not folder.lstat().st_mode & 0o077
    except OSError:
        return False


def last_lines(log: Path, count: int = 8) -> str:
    """The end of a log, or an empty text."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""
