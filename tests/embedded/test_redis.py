"""The embedded Redis: real, on a private socket, shared, adopted and brought back after a kill."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from backend.embedded.redis import EmbeddedRedis, RedisSettings
from tests.embedded.cases import as_ordinary_user, line_of, python

START_AND_WAIT = """
import sys
from pathlib import Path
from backend.embedded.redis import EmbeddedRedis
server = EmbeddedRedis(Path(sys.argv[1]), fast=True)
print(server.start(), flush=True)
print(server.pid, flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-tests-"))
    server = EmbeddedRedis(folder, fast=True)
    yield server
    server.start()
    server.destroy()
    folder.rmdir()


def test_answers_on_a_private_socket_only(server: EmbeddedRedis) -> None:
    client = redis.from_url(server.start())
    assert client.set("clave", "valor")
    assert client.info("server")["redis_version"].startswith("6.2")
    assert client.config_get("port") == {"port": "0"}
    assert (server.home / "run").stat().st_mode & 0o077 == 0
    server.stop()
    with pytest.raises(redis.ConnectionError):
        client.ping()


def test_url_stays_the_same_over_kill(server: EmbeddedRedis) -> None:
    url = server.start()
    first = server.pid
    server.kill()
    assert server.pid is None
    assert server.start() == url
    assert server.pid != first


def test_sessions_outlive_an_orderly_stop() -> None:
    with tempfile.TemporaryDirectory(prefix="ventanilla-tests-") as folder:
        for expected in (None, b"abierta"):
            with EmbeddedRedis(Path(folder)) as server:
                client = redis.from_url(server.url)
                assert client.get("sesion") == expected
                client.set("sesion", "abierta")


def test_second_process_shares_and_leaves_it_running(server: EmbeddedRedis) -> None:
    url = server.start()
    second = python(START_AND_WAIT, str(server.data_dir))
    assert (line_of(second), line_of(second)) == (url, str(server.pid))
    second.communicate("")
    assert redis.from_url(url).ping()


def test_server_of_a_killed_process_is_adopted(server: EmbeddedRedis) -> None:
    first = python(START_AND_WAIT, str(server.data_dir))
    url, pid = line_of(first), int(line_of(first))
    redis.from_url(url).set("clave", "valor")
    first.kill()
    first.communicate()
    assert redis.from_url(server.start()).get("clave") == b"valor"
    assert server.pid == pid
    server.stop()
    assert server.pid is None


def test_starts_after_owner_and_server_were_killed(server: EmbeddedRedis) -> None:
    first = python(START_AND_WAIT, str(server.data_dir))
    _, pid = line_of(first), int(line_of(first))
    first.kill()
    os.kill(pid, signal.SIGKILL)
    first.communicate()
    assert redis.from_url(server.start()).ping()


def test_a_frozen_orphan_is_woken(server: EmbeddedRedis) -> None:
    first = python(START_AND_WAIT, str(server.data_dir))
    _, pid = line_of(first), int(line_of(first))
    os.kill(pid, signal.SIGSTOP)
    first.kill()
    first.communicate()
    assert redis.from_url(server.start()).ping()
    assert server.pid == pid


def test_an_orphan_that_does_not_answer_is_ended(server: EmbeddedRedis) -> None:
    server.start()
    server.stop()
    deaf = python("print(1, flush=True); input()", str(server.home / "redis.conf"))
    line_of(deaf)
    (server.home / "redis.pid").write_text(str(deaf.pid))
    hasty = EmbeddedRedis(server.data_dir, settings=RedisSettings(save="", orphan_timeout=0.5))
    threading.Thread(target=deaf.wait, daemon=True).start()
    assert redis.from_url(hasty.start()).ping()
    assert deaf.wait() == -signal.SIGTERM
    hasty.stop()


def test_a_folder_with_a_long_path_and_spaces() -> None:
    with tempfile.TemporaryDirectory(prefix="ventanilla-tests-") as folder:
        server = EmbeddedRedis(Path(folder) / ('carpeta con "espacios" ' * 6).strip(), fast=True)
        assert redis.from_url(server.start()).ping()
        server.destroy()
        assert not list(server.data_dir.iterdir())


def test_as_an_ordinary_user() -> None:
    as_ordinary_user(start_and_destroy)


def start_and_destroy() -> None:
    with tempfile.TemporaryDirectory(prefix="ventanilla-tests-") as folder:
        server = EmbeddedRedis(Path(folder), fast=True)
        assert redis.from_url(server.start()).ping()
        server.destroy()
