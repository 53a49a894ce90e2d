"""The part of `docs/evaluation.md` about the own packs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bench.report import ROOT, table

PAGE = ROOT / "docs" / "evaluation.md"
MARKS = "<!-- own packs: start -->", "<!-- own packs: end -->"
COLUMNS = {
    "intent": "accuracy", "known": "known", "macro F1": "macro_f1", "unknown caught": "caught",
    "known refused": "refused", "danger": "recall", "false alarms": "false_alarms",
}  # fmt: skip
HEAD = ("", *COLUMNS, "ECE", "own tests", "with names")


def tables(measured: Mapping[str, Any], machine: str) -> str:
    """Markdown: what each part gives, danger, the weakest intents and the commonest mistakes."""
    full, silent = measured["variants"][0], measured["missed"]
    weakest = [(intent, count, _percent(share)) for intent, count, share in measured["weakest"]]
    return "\n\n".join(
        [
            "{sentences} sentences of {batches} imagined writers; {tests} own tests.".format(**measured),
            table(HEAD, [_row(variant) for variant in measured["variants"]]),
            f"The sentence encoder was asked for {_percent(full['twice'])} % of the sentences held out. Rules alone "
            f"hear {_percent(full['by_rule'])} % of the dangers, with the classifier {_percent(full['recall'])} %. "
            f"Missed by both ({len(silent)}):",
            "\n".join(f"- {text}" for text in silent) or "- none",
            table(("weakest intents", "sentences", "understood"), weakest),
            table(("meant", "understood", "times"), measured["confusions"]),
            f"- {machine}",
        ]
    )


def _row(variant: Mapping[str, Any]) -> tuple[str, ...]:
    own = variant["own"]
    shares = [_percent(variant[name]) for name in COLUMNS.values()]
    return variant["title"], *shares, f"{variant['calibration']:.3f}", _percent(own["intent"]), _percent(own["joint"])


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def write(text: str) -> None:
    """Replace what stands between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    section = re.compile(re.escape(MARKS[0]) + ".*?" + re.escape(MARKS[1]), re.DOTALL)
    if not section.search(page):
        raise SystemExit(f"{PAGE}: the marks {' and '.join(MARKS)} are missing")
    PAGE.write_text(section.sub(lambda _: "\n\n".join([MARKS[0], text, MARKS[1]]), page), encoding="utf-8")
