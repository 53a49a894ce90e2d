"""The embedded PostgreSQL: durable over kills, one per folder, shared and adopted, as root or not."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.postgres_programs import LIBRARIES, PROGRAMS, PostgresPrograms, server_account
from backend.embedded.supervision import EmbeddedServerError
from tests.embedded.cases import as_ordinary_user, line_of, python

START_AND_WAIT = """
import sys
from pathlib import Path
from backend.embedded.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), fast=True)
print(server.start(), flush=True)
print(server.pid, flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-tests-"))
    server = EmbeddedPostgres(folder, fast=True)
    yield server
    server.start()
    server.destroy()
    folder.rmdir()


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as session:
        cursor = session.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_starts_answers_and_stops(server: EmbeddedPostgres) -> None:
    url = server.start()
    assert ask(url, "SELECT lower('ÁÑÜ'), current_user, current_database()") == [("áñü", "ventanilla", "ventanilla")]
    assert ask(url, "SHOW server_encoding") == [("UTF8",)]
    server.stop()
    assert server.pid is None
    with pytest.raises(psycopg.OperationalError):
        ask(url, "SELECT 1")


def test_application_is_no_superuser_and_no_port_is_open(server: EmbeddedPostgres) -> None:
    url = server.start()
    assert ask(url, "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == [(False, True)]
    assert ask(url, "SHOW listen_addresses") == [("",)]
    with pytest.raises(psycopg.OperationalError, match="password"):
        ask(url.replace(url.split(":")[2].split("@")[0], "otra"), "SELECT 1")


def test_production_keeps_what_a_power_cut_would_take() -> None:
    with tempfile.TemporaryDirectory(prefix="ventanilla-tests-") as folder:
        server = EmbeddedPostgres(Path(folder))
        url = server.start()
        assert [ask(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")] == [
            [("on",)]
        ] * 3
        server.destroy()


def test_committed_rows_outlive_kill(server: EmbeddedPostgres) -> None:
    url = server.start()
    ask(url, "CREATE TABLE folios (folio text)")
    for number in range(3):
        ask(url, f"INSERT INTO folios VALUES ('EJ-{number}')")
        server.kill()
        assert server.start() == url
    assert ask(url, "SELECT count(*) FROM folios") == [(3,)]


def test_databases_are_copied_from_a_template(server: EmbeddedPostgres) -> None:
    server.start()
    ask(server.create_database("base"), "CREATE TABLE t AS SELECT 7 AS n")
    assert ask(server.create_database("copia", template="base"), "SELECT n FROM t") == [(7,)]
    server.drop_database("copia")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        ask(server.url_of("copia"), "SELECT 1")


def test_second_process_shares_and_leaves_it_running(server: EmbeddedPostgres) -> None:
    url = server.start()
    second = python(START_AND_WAIT, str(server.data_dir))
    assert (line_of(second), line_of(second)) == (url, str(server.pid))
    second.communicate("")
    assert second.returncode == 0
    assert ask(url, "SELECT 1") == [(1,)]


def test_server_of_a_killed_process_is_adopted(server: EmbeddedPostgres) -> None:
    first = python(START_AND_WAIT, str(server.data_dir))
    url, pid = line_of(first), int(line_of(first))
    first.kill()
    first.communicate()
    assert ask(url, "SELECT 1") == [(1,)]
    assert server.start() == url
    assert server.owned
    assert server.pid == pid
    server.stop()
    assert server.pid is None


def test_a_frozen_orphan_is_woken(server: EmbeddedPostgres) -> None:
    first = python(START_AND_WAIT, str(server.data_dir))
    _, pid = line_of(first), int(line_of(first))
    os.kill(pid, signal.SIGSTOP)
    assert not server.ready
    first.kill()
    first.communicate()
    assert ask(server.start(), "SELECT 1") == [(1,)]
    assert server.pid == pid


def test_starts_after_owner_and_server_were_killed(server: EmbeddedPostgres) -> None:
    first = python(START_AND_WAIT, str(server.data_dir))
    url, pid = line_of(first), int(line_of(first))
    ask(url, "CREATE TABLE t AS SELECT 1 AS n")
    first.kill()
    os.kill(pid, signal.SIGKILL)
    first.communicate()
    assert ask(server.start(), "SELECT n FROM t") == [(1,)]


def test_a_stranger_with_the_old_process_id_does_not_stand_in_the_way(server: EmbeddedPostgres) -> None:
    url = server.start()
    ask(url, "CREATE TABLE t AS SELECT 1 AS n")
    lock = server.home / "data" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    server.kill()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert server.pid is None
    assert ask(server.start(), "SELECT n FROM t") == [(1,)]


def test_a_start_cut_short_leaves_nothing_half_made(server: EmbeddedPostgres) -> None:
    first = python(START_AND_WAIT, str(server.data_dir))
    while not list(server.data_dir.glob("postgres/initdb-*/data")):
        assert first.poll() is None
    first.kill()
    first.communicate()
    assert ask(server.start(), "SELECT 1") == [(1,)]


def test_a_folder_with_a_long_path_and_spaces() -> None:
    with tempfile.TemporaryDirectory(prefix="ventanilla-tests-") as folder:
        server = EmbeddedPostgres(Path(folder) / ("carpeta con espacios " * 6).strip(), fast=True)
        assert ask(server.start(), "SELECT 1") == [(1,)]
        server.destroy()
        assert not list(server.data_dir.iterdir())


def test_failure_shows_the_servers_own_words(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.home / "data" / "postgresql.conf").write_text("nonsense = on\n")
    with pytest.raises(EmbeddedServerError, match="nonsense"):
        server.start()
    assert not server.owned
    (server.home / "data" / "postgresql.conf").write_text("")


async def test_in_async_code() -> None:
    with tempfile.TemporaryDirectory(prefix="ventanilla-tests-") as folder:
        async with EmbeddedPostgres(Path(folder), fast=True) as server:
            assert server.ready
        server.start()
        server.destroy()


def test_as_root_it_runs_under_a_system_account_and_opens_no_parent(server: EmbeddedPostgres) -> None:
    parents = [path.stat().st_mode for path in (server.data_dir, *server.data_dir.parents)]
    server.start()
    account = server_account()
    assert server.home.stat().st_uid == (account.uid if account else os.geteuid())
    assert server.home.stat().st_uid != 0
    assert server.home.stat().st_mode & 0o077 == 0
    assert [path.stat().st_mode for path in (server.data_dir, *server.data_dir.parents)] == parents


def test_data_stays_in_its_folder_where_the_account_can_enter() -> None:
    with tempfile.TemporaryDirectory(prefix="ventanilla-tests-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder), fast=True)
        server.start()
        assert server.home == Path(folder).resolve() / "postgres"
        server.destroy()


def test_programs_that_the_account_cannot_reach_are_copied(
    server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_wheel(tmp_path)
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert PostgresPrograms.installed().folder.is_relative_to(tmp_path)
    for _ in range(2):
        assert ask(server.start(), "SELECT 1") == [(1,)]
        server.stop()
    assert len(list(server.home.glob("programs-*"))) == (1 if server_account() else 0)


def test_as_an_ordinary_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Path(tempfile.mkdtemp(prefix="ventanilla-tests-"))
    copy_wheel(site)
    site.chmod(0o755)
    monkeypatch.syspath_prepend(str(site))
    as_ordinary_user(start_kill_and_destroy)
    shutil.rmtree(site)


def copy_wheel(folder: Path) -> None:
    site = PostgresPrograms.installed().folder.parent.parent
    shutil.copytree(site / PROGRAMS, folder / PROGRAMS, symlinks=True)
    shutil.copytree(site / LIBRARIES, folder / LIBRARIES, symlinks=True)
    (folder / PROGRAMS).parent.joinpath("__init__.py").touch()


def start_kill_and_destroy() -> None:
    with tempfile.TemporaryDirectory(prefix="ventanilla-tests-") as folder:
        server = EmbeddedPostgres(Path(folder), fast=True)
        ask(server.start(), "CREATE TABLE t AS SELECT 1 AS n")
        assert server.home == Path(folder).resolve() / "postgres"
        assert server.home.stat().st_uid == os.geteuid() != 0
        server.kill()
        assert ask(server.start(), "SELECT n FROM t") == [(1,)]
        server.destroy()


def test_root_may_go_on_with_what_an_ordinary_user_began() -> None:
    with tempfile.TemporaryDirectory(prefix="ventanilla-tests-") as folder:
        Path(folder).chmod(0o777)
        as_ordinary_user(lambda: begin(Path(folder)))
        server = EmbeddedPostgres(Path(folder), fast=True)
        assert ask(server.start(), "SELECT n FROM t") == [(1,)]
        assert server.home.stat().st_uid != 0
        server.destroy()


def begin(folder: Path) -> None:
    with EmbeddedPostgres(folder, fast=True) as server:
        ask(server.url, "CREATE TABLE t AS SELECT 1 AS n")
