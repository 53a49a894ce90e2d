"""Whether the labels of the training sentences are right: readers who saw neither label nor answer read them again.

`python -m bench.understanding.labels` prints the table of docs/data_card.md. Facts: the files of `data/audits`, an
object a line: `text`, `batch`, its `label`, what held-out models `understood`, and the intents that each reader
`read`, the best first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bench.report import ROOT, table

AUDITS = ROOT / "data" / "audits"
HEAD = ("sentences that the folds", "", "the label is a reader's first choice", "or the second", "all say another")

Line = Mapping[str, Any]


def audits() -> Mapping[str, Sequence[Line]]:
    """The lines of each audit, by the name of its file."""
    return {
        path.stem: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in sorted(AUDITS.glob("labels_*.jsonl"))
    }


def agreement(found: Mapping[str, Sequence[Line]]) -> str:
    """Markdown: of each audit, the sentences that the folds misread, all of them, and a random sample of the others."""
    return table(HEAD, [row for name, audit in found.items() for row in _rows(name, audit)])


def _rows(name: str, audit: Sequence[Line]) -> list[tuple[str, int, str, str, int]]:
    misread = [line for line in audit if line["understood"] != line["label"]]
    others = [line for line in audit if line["understood"] == line["label"]]
    return [_row(f"misread, all (`{name}`)", misread), _row("understood, a sample", others)]


def _row(title: str, some: Sequence[Line]) -> tuple[str, int, str, str, int]:
    readings = [(line["label"], choices) for line in some for choices in line["read"]]
    first = [label == choices[0] for label, choices in readings]
    either = [label in choices for label, choices in readings]
    return title, len(some), _percent(first), _percent(either), sum(map(_all_say_another, some))


def _all_say_another(line: Line) -> bool:
    first = {choices[0] for choices in line["read"]}
    return len(first) == 1 and line["label"] not in first


def _percent(right: Sequence[bool]) -> str:
    return f"{100 * sum(right) / len(right):.1f} %"


if __name__ == "__main__":
    print(agreement(audits()))
