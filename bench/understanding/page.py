"""The part of `docs/evaluation.md` about the own packs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backend.evaluation.report import evaluate
from backend.evaluation.sentences import read_sentences
from bench.report import ROOT, table

EVALUATION = ROOT / "data" / "evaluation"
PAGE = ROOT / "docs" / "evaluation.md"
MARKS = "<!-- own packs: start -->", "<!-- own packs: end -->"
COLUMNS = {
    "intent": "accuracy", "known": "known", "macro F1": "macro_f1", "unknown caught": "caught",
    "known refused": "refused", "or asked about": "asked", "unknown answered": "answered",
    "danger": "recall", "false alarms": "false_alarms",
}  # fmt: skip
HEAD = ("", *COLUMNS, "ECE", "ms of CPU")
EVALUATED = (
    "", "sentences", "intent", "with names", "unknown caught", "known refused", "danger", "false alarms", "ms of CPU",
)  # fmt: skip


def tables(measured: Mapping[str, Any], machine: str) -> str:
    """Markdown: the whole, what each part gives, the weakest, the commonest mistakes, and the evaluation files."""
    whole, parts, silent = measured["whole"], measured["parts"], measured["missed"]
    blocks = [
        "{sentences} sentences in {batches} batches.".format(**measured),
        table(HEAD, [_row(whole)]),
        f"The sentence encoder was asked for {_percent(whole['twice'])} % of the sentences held out. Rules alone "
        f"hear {_percent(whole['by_rule'])} % of the dangers, with the classifier {_percent(whole['recall'])} %. "
        f"Missed by both ({len(silent)}):",
        _listed(silent),
    ]
    own, less = measured["own"], measured["names"]
    blocks.append(
        f"Of the {measured['tests']} own tests {_percent(own['intent'])} % are understood, {_percent(own['joint'])} % "
        f"with their names; {', '.join(f'{_percent(share)} % {title}' for title, share in less.items())}."
    )
    if parts:
        blocks += ["Each part left out, on the first of the five folds:", table(HEAD, [_row(part) for part in parts])]
    for title in ("batch", "intent"):
        rows = [(name, count, _percent(share)) for name, count, share in measured[title]]
        blocks.append(table((f"weakest {title}", "sentences", "understood"), rows))
    blocks += [table(("meant", "understood", "times"), measured["confusions"]), *_evaluation(measured["evaluation"])]
    return "\n\n".join([*blocks, f"- {machine}"])


def _evaluation(answers: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """A model of all training sentences asked the files of `data/evaluation`, and every danger it missed."""
    reports = {name: evaluate(read_sentences(EVALUATION / f"{name}.jsonl"), found) for name, found in answers.items()}
    yield "### Sentences that are in no pack: `data/evaluation`"
    yield table(EVALUATED, [(name, *_evaluated(report)) for name, report in reports.items()])
    for name, report in reports.items():
        yield f"Dangers missed in `{name}` ({len(report['danger']['missed'])}):"
        yield _listed(report["danger"]["missed"])


def _evaluated(report: Mapping[str, Any]) -> tuple[object, ...]:
    unknown, danger = report["unknown"], report["danger"]
    shares = (
        report["intent_accuracy"], report["joint_accuracy"], unknown["caught"], unknown["known_refused"],
        danger["recall"], danger["false_alarms"],
    )  # fmt: skip
    return report["sentences"], *map(_percent, shares), f"{report['ms']['mean']:.2f}"


def _row(variant: Mapping[str, Any]) -> tuple[str, ...]:
    shares = [_percent(variant[name]) for name in COLUMNS.values()]
    return variant["title"], *shares, f"{variant['calibration']:.3f}", f"{variant['ms']:.2f}"


def _listed(texts: Sequence[str]) -> str:
    return "\n".join(f"- {text}" for text in texts) or "- none"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def write(text: str) -> None:
    """Replace what stands between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    section = re.compile(re.escape(MARKS[0]) + ".*?" + re.escape(MARKS[1]), re.DOTALL)
    if not section.search(page):
        raise SystemExit(f"{PAGE}: the marks {' and '.join(MARKS)} are missing")
    PAGE.write_text(section.sub(lambda _: "\n\n".join([MARKS[0], text, MARKS[1]]), page), encoding="utf-8")
