"""Whether the labels of the training sentences are right: two readers who saw neither label nor answer read them again.

`python -m bench.understanding.labels` prints the table of docs/data_card.md. Facts: `data/audits/labels_2026_11.jsonl`,
an object a line: `text`, `batch`, its `label`, what the folds `understood`, and the intents that each reader `read`,
the best first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bench.report import ROOT, table

AUDIT = ROOT / "data" / "audits" / "labels_2026_11.jsonl"
HEAD = ("sentences that the folds", "", "the label is a reader's first choice", "or the second", "both say another")

Line = Mapping[str, Any]


def lines() -> list[Line]:
    """The audit."""
    return [json.loads(line) for line in AUDIT.read_text(encoding="utf-8").splitlines()]


def agreement(audit: Sequence[Line]) -> str:
    """Markdown: the sentences that the folds misread, all of them, and a random sample of the others."""
    misread = [line for line in audit if line["understood"] != line["label"]]
    others = [line for line in audit if line["understood"] == line["label"]]
    return table(HEAD, [_row("misread, all", misread), _row("understood, a sample", others)])


def _row(title: str, some: Sequence[Line]) -> tuple[str, int, str, str, int]:
    readings = [(line["label"], choices) for line in some for choices in line["read"]]
    first = [label == choices[0] for label, choices in readings]
    either = [label in choices for label, choices in readings]
    return title, len(some), _percent(first), _percent(either), sum(map(_both_say_another, some))


def _both_say_another(line: Line) -> bool:
    first = {choices[0] for choices in line["read"]}
    return len(first) == 1 and line["label"] not in first


def _percent(right: Sequence[bool]) -> str:
    return f"{100 * sum(right) / len(right):.1f} %"


if __name__ == "__main__":
    print(agreement(lines()))
