"""The tables of `docs/evaluation.md` about other people's data, made from the kept results."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bench.nlu import held_out, mariateguino
from bench.nlu.results import CLEAN, HURRY, TWEETED, Result, Score, kept, kept_services
from bench.nlu.sets import TITLES
from bench.nlu.workers import ABLATION, OTHERS, OURS, Worker
from bench.report import ROOT, table

PAGE = ROOT / "docs" / "evaluation.md"
MARKS = "<!-- third-party: start -->", "<!-- third-party: end -->"
SYSTEMS = (OURS, *OTHERS)
HEAD = ("", "clean", "as tweeted", "hurried", "macro F1", "hurried", "ECE", "ms/message", "training CPU", "model")
MARIATEGUINO_HEAD = ("", "overall", "intent found", "rest rejected", "macro F1", "overall, hurried", "ms/message")


def write() -> None:
    """Replace what stands between the marks of the page."""
    text = PAGE.read_text(encoding="utf-8")
    section = re.compile(re.escape(MARKS[0]) + ".*?" + re.escape(MARKS[1]), re.DOTALL)
    if not section.search(text):
        raise SystemExit(f"{PAGE}: the marks {' and '.join(MARKS)} are missing")
    body = "\n\n".join([MARKS[0], *tables(), MARKS[1]])
    PAGE.write_text(section.sub(lambda _: body, text), encoding="utf-8")


def tables() -> Iterator[str]:
    """Markdown: one table per data set, then what each component gives, then where it was measured."""
    for name, title in TITLES.items():
        yield f"### {title}\n\n{table(HEAD, [_row(*one) for one in _measured(name)])}"
    yield f"### {mariateguino.TITLE}\n\n{table(MARIATEGUINO_HEAD, [*_ours_and_others(), *_services()])}"
    yield f"### Training sentences held out, a fifth at a time (clean / hurried)\n\n{_held_out()}"
    yield f"### Messages that the sentence encoder is asked about\n\n{_second()}"
    yield f"### What each component gives (clean / hurried)\n\n{table(('', *TITLES.values()), list(_ablation()))}"
    yield "\n".join(f"- {line}" for line in _machines())


def _measured(name: str) -> Iterator[tuple[Worker, Result]]:
    for worker in SYSTEMS:
        if result := kept(worker.id).get(name):
            yield worker, result


def _row(worker: Worker, result: Result) -> tuple[str, ...]:
    clean, hurried = result.scores[CLEAN], result.scores[HURRY]
    return (
        worker.title, *(_percent(result.scores[kind].accuracy) for kind in (CLEAN, TWEETED, HURRY)),
        _percent(clean.macro_f1), _percent(hurried.macro_f1), f"{clean.calibration:.3f}",
        f"{result.ms:.2f}", f"{result.seconds:.1f} s", f"{result.bytes / 1e6:.1f} MB",
    )  # fmt: skip


def _ours_and_others() -> Iterator[tuple[str, ...]]:
    for worker, result in _measured(mariateguino.ID):
        hurried = _percent(result.scores[HURRY].accuracy)
        yield worker.title, *_scoped(result.scores[CLEAN]), hurried, f"{result.ms:.2f}"


def _services() -> Iterator[tuple[str, ...]]:
    for name, score in kept_services().items():
        yield f"{name}, as recorded in 2020", *_scoped(score), "–", "–"


def _scoped(score: Score) -> tuple[str, ...]:
    return tuple(map(_percent, (score.accuracy, score.in_scope, score.rejected, score.macro_f1)))


def _titles() -> dict[str, str]:
    return {**TITLES, mariateguino.ID: "Mariateguino"}


def _held_out() -> str:
    kinds = [(worker, [kept(worker.id).get(held_out.name(name)) for name in held_out.SMALL]) for worker in SYSTEMS]
    rows = [(worker.title, *map(_pair, results)) for worker, results in kinds if any(results)]
    return table(("", *(_titles()[name] for name in held_out.SMALL)), rows)


def _second() -> str:
    results = kept(OURS.id)
    names = _titles()
    return (
        ", ".join(f"{title} {_percent(results[name].second)} %" for name, title in names.items() if name in results)
        + "."
    )


def _ablation() -> Iterator[tuple[str, ...]]:
    for worker in ABLATION:
        results = kept(worker.id)
        yield worker.title, *(_pair(results.get(name)) for name in TITLES)


def _pair(result: Result | None) -> str:
    return " / ".join(_percent(result.scores[kind].accuracy) for kind in (CLEAN, HURRY)) if result else "–"


def _machines() -> Iterator[str]:
    """Dates and machines with the load that they had besides, and what was measured there."""
    where: dict[str, list[tuple[str, str]]] = {}
    for worker in SYSTEMS:
        for name, result in kept(worker.id).items():
            date, hardware, python, load = result.machine.split(" · ")
            place = f"{date[:10]} · {hardware} · {python}"
            where.setdefault(place, []).append((load.split()[1], f"{worker.id} {name}"))
    for place, measured in sorted(where.items()):
        loads = sorted((load for load, _ in measured), key=float)
        yield f"{place} · load {loads[0]} to {loads[-1]}: {', '.join(sorted(what for _, what in measured))}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"
