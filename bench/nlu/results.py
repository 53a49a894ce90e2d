"""One system on one data set: what is measured, and where it is kept so that nothing is measured twice.

`results/<system>.json` is committed: data set -> result and the hash of all that it depends on. A system is asked
again only where that hash has changed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from bench.nlu.metrics import accuracy, calibration_error, macro_f1
from bench.nlu.noise import HURRIED, TABLE, TWEETS, noise
from bench.nlu.sets import DataSet, Example, digest
from bench.nlu.workers import Answer, Worker

FOLDER = Path(__file__).parent / "results"
SERVICES = FOLDER / "services.json"
SEED, TIMED = 2026, 300  # messages of a test that a time is taken of
CLEAN, TWEETED, HURRY = "clean", "tweets", "hurried"
NOISES = {CLEAN: 0.0, TWEETED: TWEETS, HURRY: HURRIED}


@dataclass(frozen=True)
class Score:
    """`in_scope` and `rejected` where the test holds messages without a right intent, else None."""

    accuracy: float
    macro_f1: float
    calibration: float | None
    in_scope: float | None = None
    rejected: float | None = None


@dataclass(frozen=True)
class Result:
    """`ms` is the mean of a message; `seconds` are of CPU. `machine` says where and when they were measured.

    `second` is the share of clean messages that a slower stage was asked about.
    """

    input: str
    machine: str
    seconds: float
    bytes: int
    ms: float
    second: float
    scores: dict[str, Score]


def asked(data: DataSet) -> dict[str, tuple[Example, ...]]:
    """The test as it is, and as it might have been typed."""
    return {name: _typed(data.test, strength) if strength else data.test for name, strength in NOISES.items()}


def _typed(examples: Sequence[Example], strength: float) -> tuple[Example, ...]:
    return tuple(Example(noise().noisy(one.text, strength), one.intent) for one in examples)


def input_of(worker: Worker, *parts: DataSet) -> str:
    """Hash of the system, the sentences it learns and those it is asked."""
    sentences = [examples for part in parts for examples in (part.train, part.test)]
    return digest(worker.spec(), *sentences, NOISES, TABLE.read_text(encoding="utf-8"))


def measure(worker: Worker, machine: str, *parts: DataSet) -> Result:
    """Train where needed, and ask the clean and the noisy test. Of several parts, the answers are counted together."""
    trained = [worker.train(part.train) for part in parts]
    examples, answers = dict[str, list[Example]](), dict[str, list[Answer]]()
    for part in parts:
        variants = asked(part)
        found = iter(worker.ask(part.train, [one.text for some in variants.values() for one in some]))
        for name, some in variants.items():
            examples.setdefault(name, []).extend(some)
            answers.setdefault(name, []).extend(islice(found, len(some)))
    return Result(
        input=input_of(worker, *parts),
        machine=machine,
        seconds=_mean([one.seconds for one in trained]),
        bytes=round(_mean([one.bytes for one in trained])),
        ms=_mean([answer.ms for some in answers.values() for answer in some]),
        second=_mean([answer.second for answer in answers[CLEAN]]),
        scores={name: score(some, answers[name]) for name, some in examples.items()},
    )


def timed(worker: Worker, data: DataSet, machine: str, result: Result) -> Result:
    """The result with the time per message taken again, for a time when nothing else runs."""
    examples = random.Random(SEED).sample(data.test, min(TIMED, len(data.test)))
    worker.train(data.train)
    answers = worker.ask(data.train, [one.text for one in examples])
    return replace(result, ms=_mean([answer.ms for answer in answers]), machine=machine)


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def score(examples: Sequence[Example], answers: Sequence[Answer]) -> Score:
    """Where some messages have no right intent, refusing counts; elsewhere the best guess is what is judged."""
    gold = [example.intent for example in examples]
    guesses = [answer.intent for answer in answers]
    right = [one == other for one, other in zip(gold, guesses, strict=True)]
    calibration = calibration_error(right, [answer.confidence for answer in answers])
    if None not in gold:
        return Score(accuracy(gold, guesses), macro_f1(gold, guesses), calibration)
    found = [None if answer.refused else answer.intent for answer in answers]
    return Score(accuracy(gold, found), macro_f1(gold, found), calibration, *scope(gold, found))


def scope(gold: Sequence[str | None], found: Sequence[str | None]) -> tuple[float, float]:
    """Share of messages with an intent that got it, share of those without that were refused."""
    known = [(one, other) for one, other in zip(gold, found, strict=True) if one is not None]
    unknown = [other for one, other in zip(gold, found, strict=True) if one is None]
    return sum(one == other for one, other in known) / len(known), sum(one is None for one in unknown) / len(unknown)


def kept(system: str) -> dict[str, Result]:
    """The results of a system by data set."""
    path = FOLDER / f"{system}.json"
    if not path.exists():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Result(**{**row, "scores": {kind: Score(**one) for kind, one in row["scores"].items()}})
        for name, row in rows.items()
    }


def keep_services(gold: Sequence[str | None], answers: Mapping[str, Sequence[str | None]]) -> None:
    """Scores of the services whose answers a study recorded."""
    scores = {
        name: Score(accuracy(gold, found), macro_f1(gold, found), None, *scope(gold, found))
        for name, found in answers.items()
    }
    SERVICES.write_text(
        json.dumps({name: asdict(one) for name, one in scores.items()}, indent=1) + "\n", encoding="utf-8"
    )


def kept_services() -> dict[str, Score]:
    if not SERVICES.exists():
        return {}
    return {name: Score(**row) for name, row in json.loads(SERVICES.read_text(encoding="utf-8")).items()}


def keep(system: str, name: str, result: Result) -> Result:
    rows = {one: asdict(other) for one, other in {**kept(system), name: result}.items()}
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{system}.json").write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return result
