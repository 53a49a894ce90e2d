"""The processes of an installation: started, watched, started again when they fall, stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from backend.settings import ROOT

FALLS = 5  # in a minute; then the part is given up and everything stops
# seconds before we close an idle connection: longer than proxies and providers keep one, for a webhook that is sent as
# its connection closes is lost, and Twilio does not send it again
IDLE = 75


class PartFailed(Exception):
    """A part does not start, or falls again and again."""


@dataclass
class Part:
    """One process. `health` is asked until it answers 200."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    health: str | None = None
    patience: float = 90.0
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    falls: list[float] = field(default_factory=list)

    def start(self) -> None:
        out = self.log.open("ab") if self.log else None
        self.process = subprocess.Popen(
            self.command, env=dict(self.env), cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
        if out:
            out.close()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_until_well(self) -> None:
        """Return when it answers; raise PartFailed when it falls or stays silent."""
        until = time.monotonic() + self.patience
        while self.health:
            if not self.running:
                raise PartFailed(f"{self.name} no arrancó. {self._tail()}")
            try:
                if httpx.get(self.health, timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            if time.monotonic() > until:
                raise PartFailed(f"{self.name} no contesta después de {self.patience:.0f} s. {self._tail()}")
            time.sleep(0.1)

    def restart_if_fallen(self) -> bool:
        """Start it again where it fell; raise PartFailed where it falls all the time."""
        if self.running:
            return False
        self.falls = [at for at in self.falls if at > time.monotonic() - 60] + [time.monotonic()]
        if len(self.falls) > FALLS:
            raise PartFailed(f"{self.name} se cae una y otra vez. {self._tail()}")
        self.start()
        return True

    def stop(self, patience: float = 10.0) -> None:
        if self.process is None or not self.running:
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def kill(self) -> None:
        """As a crash would: no farewell."""
        if self.process is not None and self.running:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _tail(self) -> str:
        if self.log is None or not self.log.exists():
            return ""
        return f"Lo último de {self.log}:\n" + "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])


def bot_part(number: int, port: int, model: Path, env: Mapping[str, str], log: Path | None) -> Part:
    python = ROOT / ".venv-bot" / "bin" / "python"
    if not python.exists():
        raise PartFailed("falta el entorno del bot (.venv-bot): ejecuta `make setup`")
    command = [str(python), "-m", "bot.serve", "--port", str(port), "--model", str(model)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return Part(f"bot {number}", command, {**env, **threads}, f"http://127.0.0.1:{port}/health", log=log)


def worker_part(number: int, env: Mapping[str, str], log: Path | None) -> Part:
    return Part(f"trabajador {number}", [sys.executable, "-m", "backend.tasks.worker"], env, log=log)


def web_part(port: int, env: Mapping[str, str], log: Path | None, host: str = "127.0.0.1") -> Part:
    command = [
        sys.executable, "-m", "uvicorn", "--factory", "backend.app:served",
        "--host", host, "--port", str(port),
        "--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "5",
        "--timeout-keep-alive", str(IDLE),
    ]  # fmt: skip
    return Part("web", command, env, f"http://127.0.0.1:{port}/health", log=log)
