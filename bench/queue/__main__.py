"""`make bench-queue`: both engines, each in processes of its own environment, on one embedded Redis. About a minute.

python -m bench.queue [--jobs 5000] [--write]
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import redis

from backend.embedded.redis import EmbeddedRedis
from bench.queue.journal import PATIENCE
from bench.report import ROOT, machine, quantile, table, write

OTHER_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
LONGEST = 90.0  # seconds; nothing here waits longer


@dataclass(frozen=True)
class Engine:
    """How to run one engine. `scheduler`: delayed jobs need a process of their own."""

    name: str
    module: str
    python: str
    tries: int  # per job, the first one included
    scheduler: bool = False


@dataclass(frozen=True)
class Result:
    engine: str
    per_second: float
    wake_p50: float
    wake_p99: float
    again_idle: float | None  # seconds from the kill until the job began again; None: not within the time
    again_busy: float | None  # the same while another job comes each second
    late_p50: float
    late_max: float


class Bench:
    """One embedded Redis, emptied before each measurement."""

    def __init__(self, url: str) -> None:
        self.redis = redis.Redis.from_url(url)
        self.env = {**os.environ, "BENCH_REDIS_URL": url, "PYTHONPATH": str(ROOT)}

    def process(self, engine: Engine, verb: str, number: int = 0) -> subprocess.Popen[bytes]:
        command = [engine.python, "-m", engine.module, verb, str(number)]
        return subprocess.Popen(command, env=self.env, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)

    @contextmanager
    def running(self, engine: Engine, verb: str = "work") -> Iterator[subprocess.Popen[bytes]]:
        child = self.process(engine, verb)
        try:
            if verb == "work":
                self.wait("ready", 1)
                self.redis.delete("bench:ready")
            yield child
        finally:
            _kill(child)

    def put(self, engine: Engine, verb: str, number: int) -> None:
        if self.process(engine, verb, number).wait(LONGEST):
            raise SystemExit(f"{engine.name}: {verb} failed")

    def wait(self, what: str, count: int, seconds: float = LONGEST) -> bool:
        """Until `what` was noted `count` times; False when the time is over."""
        until = time.monotonic() + seconds
        while self.redis.llen(f"bench:{what}") < count:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def noted(self, what: str) -> list[tuple[str, float]]:
        pairs = (line.decode().split(" ") for line in self.redis.lrange(f"bench:{what}", 0, -1))
        return [(job, float(at)) for job, at in pairs]

    def lateness(self) -> list[float]:
        """Seconds between when each job was due, which its name says, and when it ran."""
        return [at - float(job.partition("@")[2]) for job, at in self.noted("ran")]

    # measurements

    def per_second(self, engine: Engine, jobs: int) -> float:
        """Put and run: from the first put to the last run, producer and worker side by side."""
        self.redis.flushall()
        with self.running(engine):
            self.put(engine, "put", min(jobs, 50))  # warm
            self.wait("ran", min(jobs, 50))
            self.redis.delete("bench:ran")
            self.redis.delete("bench:began")
            self.put(engine, "put", jobs)
            if not self.wait("ran", jobs):
                raise SystemExit(f"{engine.name}: {self.redis.llen('bench:ran')} of {jobs} jobs ran in {LONGEST} s")
            started, ran = self.noted("began")[0][1], self.noted("ran")
        if len({job for job, _ in ran}) != jobs:
            raise SystemExit(f"{engine.name}: some of {jobs} jobs were lost")
        return jobs / (max(at for _, at in ran) - started)

    def wake(self, engine: Engine, count: int) -> list[float]:
        self.redis.flushall()
        with self.running(engine):
            self.put(engine, "put-singly", count)
            self.wait("ran", count, 10)
            return self.lateness()

    def redelivered(self, engine: Engine, busy: bool) -> float | None:
        """Of two workers, kill the one that is in the middle of a job; how long until the other begins it again."""
        self.redis.flushall()
        with ExitStack() as stack:
            workers = [stack.enter_context(self.running(engine)) for _ in range(2)]
            if busy:
                stack.enter_context(self.running(engine, "trickle"))
                self.wait("ran", 1)
            self.put(engine, "put-slow", engine.tries)
            self.wait("started", 1)
            holder = int(self.noted("started")[0][0])
            _kill(next(one for one in workers if one.pid == holder))
            killed = time.time()
            if not self.wait("started", 2, PATIENCE * 5):
                return None
            return self.noted("started")[1][1] - killed

    def late(self, engine: Engine, count: int) -> list[float]:
        self.redis.flushall()
        with ExitStack() as stack:
            stack.enter_context(self.running(engine))
            if engine.scheduler:
                stack.enter_context(self.running(engine, "schedule"))
                time.sleep(2)
            self.put(engine, "put-later", count)
            if not self.wait("ran", count, 30):
                raise SystemExit(f"{engine.name}: delayed jobs were lost")
            return self.lateness()


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def engines() -> list[Engine]:
    if not OTHER_PYTHON.exists():
        raise SystemExit("`.venv-bench` is missing: run `make bench-queue`")
    say = "import importlib.metadata as m; print(m.version('taskiq'), m.version('taskiq-redis'))"
    core, broker = subprocess.check_output([OTHER_PYTHON, "-c", say], text=True).split()
    saq = "bench.queue.saq_engine"
    return [
        Engine(f"SAQ {version('saq')}, 2 tries", saq, sys.executable, 2),
        Engine(f"SAQ {version('saq')}, 1 try (ours)", saq, sys.executable, 1),
        Engine(
            f"TaskIQ {core}, taskiq-redis {broker}", "bench.queue.taskiq_engine", str(OTHER_PYTHON), 2, scheduler=True
        ),
    ]


def measure(bench: Bench, engine: Engine, jobs: int, say: Callable[[str], None]) -> Result:
    say(f"{engine.name}: {jobs} jobs")
    per_second = bench.per_second(engine, jobs)
    say(f"{engine.name}: single wake-ups")
    wakes = bench.wake(engine, 200)
    say(f"{engine.name}: kill -9")
    again = [bench.redelivered(engine, busy) for busy in (False, True)]
    say(f"{engine.name}: delayed jobs")
    late = bench.late(engine, 200)
    return Result(
        engine.name,
        per_second,
        quantile(wakes, 0.5),
        quantile(wakes, 0.99),
        again[0],
        again[1],
        quantile(late, 0.5),
        max(late),
    )


def shown(results: list[Result]) -> str:
    head = ("Engine", "jobs/s", "wake-up p50", "p99", "again after kill -9: idle", "busy", "delayed: late p50", "max")
    rows = [
        (
            one.engine,
            f"{one.per_second:.0f}",
            f"{one.wake_p50 * 1000:.1f} ms",
            f"{one.wake_p99 * 1000:.1f} ms",
            _again(one.again_idle),
            _again(one.again_busy),
            f"{one.late_p50:.2f} s",
            f"{one.late_max:.2f} s",
        )
        for one in results
    ]
    return table(head, rows)


def _again(seconds: float | None) -> str:
    return f"not in {PATIENCE * 5} s" if seconds is None else f"{seconds:.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.queue", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--write", action="store_true", help="keep the results in docs/benchmarks.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ventanilla-bench-") as folder:
        server = EmbeddedRedis(Path(folder))
        bench = Bench(server.start())
        try:
            results = [measure(bench, one, options.jobs, lambda line: print(line, flush=True)) for one in engines()]
        finally:
            bench.redis.close()
            server.destroy()
    body = f"{shown(results)}\n\n{options.jobs} jobs. {machine()}"
    print(f"\n{body}")
    if options.write:
        write("queue", body)


if __name__ == "__main__":
    main()
