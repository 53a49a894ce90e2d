"""The data sets: the same training and test sentences for every system.

`data/<set>/{train,dev,test}.jsonl.gz` with a SOURCE and a LICENSE beside them; `originals` makes them. The
Mariateguino set has no licence for its data and is read from a clone (`mariateguino`).
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"
PARTS = ("train", "dev", "test")


@dataclass(frozen=True)
class Example:
    """A sentence and its intent; None where no intent is right."""

    text: str
    intent: str | None


@dataclass(frozen=True)
class DataSet:
    """`dev` may be empty: then choices are made by cross-validation on `train`. Nothing is chosen on `test`."""

    id: str
    title: str
    train: tuple[Example, ...]
    dev: tuple[Example, ...]
    test: tuple[Example, ...]

    @property
    def intents(self) -> int:
        return len({example.intent for example in self.train})


TITLES = {
    "massive": "MASSIVE es-ES",
    "facebook": "Facebook TOD es",
    "corpus50": "nlp.js corpus50 es",
    "library": "UCM library bot",
}


def load(name: str) -> DataSet:
    """A committed data set. Raises KeyError for a name that is not in TITLES."""
    title = TITLES[name]
    train, dev, test = (read(DATA / name / f"{part}.jsonl.gz") for part in PARTS)
    return DataSet(name, title, train, dev, test)


def read(path: Path) -> tuple[Example, ...]:
    """The examples of a file; none where there is no such file."""
    if not path.exists():
        return ()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return tuple(Example(row["text"], row["intent"]) for row in map(json.loads, lines))


def write(path: Path, examples: Iterable[Example]) -> None:
    """The same examples give the same bytes."""
    lines = [json.dumps(vars(example), ensure_ascii=False) + "\n" for example in examples]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))


def digest(*parts: object) -> str:
    """What a result is filed under: a hash of everything that it depends on."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=vars)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def texts(examples: Sequence[Example]) -> list[str]:
    return [example.text for example in examples]
