"""`make bench`: from a signed webhook to the provider call, with one and with two bots, beside a plain Rasa.

    python -m bench.road [--quick] [--messages 2000] [--no-rasa] [--write]

All traffic stays on 127.0.0.1 and ends by itself.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from backend.settings import ROOT
from bench import stock_rasa
from bench.conversations import Conversation, conversations
from bench.ours import Desk, Run, Started
from bench.report import machine, quantile, table, write
from bench.stock_rasa import StockRun

CACHE = ROOT / "var" / "bench"
DATA = ROOT / "data"
FEW, MANY = 8, 128  # conversations at a time
EPOCHS = 3  # of Rasa's 100: speed and memory are those of the whole training, which takes an hour or two


def main() -> None:
    options = _options()
    CACHE.mkdir(parents=True, exist_ok=True)
    messages = options.messages or (200 if options.quick else 2000)
    talk = conversations(DATA, messages)
    few = conversations(DATA, min(messages, options.rasa_messages))
    trained = None if options.quick else train_again()
    folder = None if options.no_rasa else stock_rasa.prepare(DATA, CACHE, options.rasa_epochs)

    def plain_rasa() -> list[StockRun]:
        return [stock_rasa.run(folder, options.rasa_epochs, few, FEW)] if folder else []

    # before and after: a rented machine may be half as fast again ten minutes later
    before = plain_rasa()
    starts, runs = ours(talk, few, options.bots)
    body = shown(starts, runs, before + plain_rasa(), trained)
    print(f"\n{body}")
    if options.write:
        write("road", body)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench.road", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few messages, nothing trained anew")
    parser.add_argument("--messages", type=int, default=0, help="2000, or 200 with --quick")
    parser.add_argument("--bots", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--no-rasa", action="store_true", help="leave the plain Rasa out")
    parser.add_argument("--rasa-messages", type=int, default=300)
    parser.add_argument(
        "--rasa-epochs", type=int, default=EPOCHS, help="100 is Rasa's default; speed does not depend on it"
    )
    parser.add_argument("--write", action="store_true", help="keep the results in docs/benchmarks.md")
    return parser.parse_args()


def ours(
    talk: Sequence[Conversation], few: Sequence[Conversation], bots: Iterable[int]
) -> tuple[list[Started], list[Run]]:
    """A few at a time, as Rasa is measured, and many, for each number of bots."""
    starts: list[Started] = []
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="desk-", ignore_cleanup_errors=True) as folder:
        desk = Desk(Path(folder))
        for count in bots:
            print(f"Ventanilla, {count} bot{'s' if count > 1 else ''} …", flush=True)
            started, done = desk.run(count, {FEW: few, MANY: talk})
            starts.append(started)
            runs += done
    return starts, runs


def train_again() -> float:
    """Seconds of a training from nothing."""
    print("training the bot from nothing …", flush=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="train-") as out:
        command = [
            str(ROOT / ".venv-bot/bin/python"),
            "-W",
            "ignore",
            "-m",
            "bot.train",
            "--data",
            str(DATA),
            "--out",
            out,
        ]
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"the bot was not trained:\n{done.stderr[-2000:]}")
        return time.monotonic() - began


def shown(starts: Sequence[Started], runs: Sequence[Run], plain: Sequence[StockRun], trained: float | None) -> str:
    """All tables, as Markdown."""
    first = plain[0] if plain else None
    parts = [_speed(runs, plain), _footprint(runs, first), _start(starts, first, trained), machine()]
    return "\n\n".join(parts)


def _speed(runs: Sequence[Run], plain: Sequence[StockRun]) -> str:
    rows = [_speed_row(f"Ventanilla, {one.bots} bot{'s' if one.bots > 1 else ''}", one, plain) for one in runs]
    for when, one in zip(("before", "after"), plain, strict=False):
        rows.append(_speed_row(f"plain `rasa run`, {when}", one, plain))
    head = ("", "at once", "messages", "unanswered", "messages/s", "p50", "p99", "× plain Rasa")
    return table(head, rows)


def _speed_row(name: str, run: Run | StockRun, plain: Sequence[StockRun]) -> tuple[object, ...]:
    times = f"{run.per_second / fmean(one.per_second for one in plain):.1f}" if plain else "–"
    p50, p99 = (f"{quantile(run.seconds, q) * 1000:.0f} ms" for q in (0.5, 0.99))
    return name, run.at_once, run.sent, run.sent - len(run.seconds), f"{run.per_second:.1f}", p50, p99, times


def _footprint(runs: Sequence[Run], plain: StockRun | None) -> str:
    last = {one.bots: one for one in runs}  # the largest crowd of each number of bots
    names = list(dict.fromkeys(name for one in last.values() for name in one.cpu))
    rows: list[tuple[object, ...]] = []
    for name in names:
        cells = [cell for one in last.values() for cell in (_mega(one.memory, name), _milli(one.cpu, name))]
        rows.append((name, *cells))
    if plain:
        blanks = ["–"] * (2 * len(last) - 2)
        rows.append(("plain `rasa run`", f"{plain.memory / 2**20:.0f} MB", f"{plain.cpu * 1000:.1f} ms", *blanks))
    head = ["process", *(cell for bots in last for cell in (f"memory, {bots} bot(s)", "CPU/message"))]
    return table(head, rows)


def _mega(memory: Mapping[str, int], name: str) -> str:
    return f"{memory[name] / 2**20:.0f} MB" if name in memory else "–"


def _milli(cpu: Mapping[str, float], name: str) -> str:
    return f"{cpu[name] * 1000:.1f} ms" if name in cpu else "–"


def _start(starts: Sequence[Started], plain: StockRun | None, trained: float | None) -> str:
    rows: list[tuple[object, ...]] = [
        ("start, new data folder", f"{starts[0].all:.1f} s", f"{plain.started:.1f} s" if plain else "–"),
        ("start, again", f"{starts[-1].all:.1f} s" if len(starts) > 1 else "–", "–"),
        ("of which the bot itself", f"{starts[0].bot:.1f} s", "–"),
        (
            "training",
            f"{trained:.1f} s" if trained else "–",
            f"{plain.trained:.0f} s ({plain.epochs} epochs of 100)" if plain else "–",
        ),
    ]
    return table(("", "Ventanilla", "plain Rasa"), rows)


if __name__ == "__main__":
    main()
