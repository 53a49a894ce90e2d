"""Which intent a message has: two opinions, the second asked only where the first is unsure. No Rasa here.

Both are linear machines over n-grams; the second reads a sentence vector (`encoder`) as well. Their scores are added,
with factors fitted to held-out sentences, so that a confidence of 0.8 is right 8 times in 10.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from bot.nlu import calibration, encoder, linear
from bot.nlu.calibration import Calibration, softmax
from bot.nlu.linear import Linear

FILE, FIRST, SECOND = "intent_model.json", "first", "second"
Pair = tuple[str, str]  # a text as written, and with its spelling repaired


@dataclass(frozen=True)
class Settings:
    """How to train. `words`, `characters` and `encoder` switch parts off, to measure what each is worth."""

    strength: float = 0.5  # C of the linear machine
    sure: float = 0.7  # the first opinion stands alone from this confidence on
    most_refused: float = 0.03  # known messages that may be taken for unknown ones
    characters: bool = True
    encoder: bool = True

    @property
    def blocks(self) -> tuple[str, ...]:
        return ("w", "r", "n") if self.characters else ("w",)


@dataclass(frozen=True)
class Training:
    """What to learn. `groups` names who wrote each sentence, so that calibration holds out whole writers."""

    pairs: Sequence[Pair]
    labels: Sequence[str]
    groups: Sequence[str] | None = None
    unknown: str | None = None  # the label of messages that no other label covers
    cache: Path | None = None  # file of sentence vectors kept between trainings


@dataclass(frozen=True)
class IntentModel:
    """A trained model. `threshold`: below this confidence an answer is more often wrong than worth giving."""

    settings: Settings
    calibration: Calibration
    first: Linear
    second: Linear | None = None
    unknown: str | None = None
    _column: int | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self.unknown in self.first.classes:
            object.__setattr__(self, "_column", self.first.classes.index(self.unknown))

    @classmethod
    def train(cls, training: Training, settings: Settings = Settings()) -> IntentModel:
        """Raises ValueError for fewer than two labels, ImportError where the encoder's package is missing."""
        vectors = None
        if settings.encoder:
            vectors = encoder.encode_cached([repaired for _, repaired in training.pairs], training.cache)
        fitted = _calibrate(training, vectors, settings)
        first, second = _fit(training, vectors, settings, np.arange(len(training.labels)))
        return cls(settings, fitted, first, second, training.unknown)

    @property
    def threshold(self) -> float:
        return self.calibration.threshold

    def ranking(self, pair: Pair, length: int) -> list[tuple[str, float]]:
        """The `length` most probable labels, best first."""
        shares = self.probabilities(pair)
        order = np.argsort(-shares, kind="stable")[:length]
        return [(self.first.classes[i], float(shares[i])) for i in order]

    def probabilities(self, pair: Pair) -> np.ndarray:
        """Probability of each label, in the order of `first.classes`."""
        margins = self.first.margins(*pair)
        shares = softmax(self._lean(self.calibration.alone * margins))
        if self.second is None or shares.max() >= self.settings.sure or not pair[1]:
            return shares
        closer = self.second.margins(*pair, encoder.encode([pair[1]])[0])
        return softmax(self._lean(self.calibration.first * margins + self.calibration.second * closer))

    def asks_twice(self, pair: Pair) -> bool:
        """Whether the first opinion is not sure enough to stand alone."""
        shares = softmax(self._lean(self.calibration.alone * self.first.margins(*pair)))
        return self.second is not None and bool(shares.max() < self.settings.sure)

    def _lean(self, scores: np.ndarray) -> np.ndarray:
        if self._column is not None:
            scores[self._column] += self.calibration.leaning
        return scores

    def save(self, folder: Path) -> None:
        """Write the model's files into a folder, made if need be."""
        folder.mkdir(exist_ok=True)
        self.first.save(folder / FIRST)
        if self.second:
            self.second.save(folder / SECOND)
        about = {"settings": asdict(self.settings), "calibration": asdict(self.calibration), "unknown": self.unknown}
        (folder / FILE).write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read what `save` wrote, the encoder too. Raises OSError, ValueError, or ImportError without its package."""
        about = json.loads((folder / FILE).read_text(encoding="utf-8"))
        settings = Settings(**about["settings"])
        second = Linear.load(folder / SECOND) if settings.encoder else None
        if second:
            encoder.encode(["listo"])  # now, not when the first unsure message waits for it
        return cls(settings, Calibration(**about["calibration"]), Linear.load(folder / FIRST), second, about["unknown"])


def _fit(
    training: Training, vectors: np.ndarray | None, settings: Settings, rows: np.ndarray
) -> tuple[Linear, Linear | None]:
    pairs, labels = [training.pairs[i] for i in rows], [training.labels[i] for i in rows]
    first = linear.fit(pairs, labels, settings.strength, settings.blocks)
    if vectors is None:
        return first, None
    return first, linear.fit(pairs, labels, settings.strength, settings.blocks, vectors[rows])


def _calibrate(training: Training, vectors: np.ndarray | None, settings: Settings) -> Calibration:
    split = calibration.hold_out(training.labels, training.groups)
    if split is None:
        return Calibration()
    known, unseen = split
    first, second = _fit(training, vectors, settings, known)
    one = np.array([first.margins(*training.pairs[i]) for i in unseen])
    two = None
    if second and vectors is not None:
        two = np.array([second.margins(*training.pairs[i], vectors[i]) for i in unseen])
    gold = np.searchsorted(np.array(first.classes), np.array([training.labels[i] for i in unseen]))
    column = first.classes.index(training.unknown) if training.unknown in first.classes else None
    return calibration.fit(one, two, gold, column, settings.most_refused)
