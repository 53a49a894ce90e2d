"""Which intent a message has: a quick opinion, and two slower ones asked only where the first is unsure. No Rasa here.

The first is a linear machine over n-grams; the second reads words and a sentence vector (`encoder`), the third is the
vote of the vector's neighbours. Their scores are added, with factors fitted to held-out sentences, so that a
confidence of 0.8 is right 8 times in 10. Kept as npz and json, so that loading a model can run no code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bot.nlu import calibration, encoder
from bot.nlu.calibration import Calibration, softmax
from bot.nlu.opinions import Opinions, Pair
from bot.nlu.tfidf import Row

FILE = "intent_model.json"
NEVER = -3.0  # the margin of an intent that was not taught


@dataclass(frozen=True)
class Settings:
    """How to train. `characters`, `together` and `encoder` switch parts off, to measure what each is worth."""

    strength: float = 0.5  # C of the linear machines
    sure: float = 0.9  # the first opinion stands alone from this confidence on
    most_refused: float = 0.03  # known messages that may be taken for unknown ones
    characters: bool = True
    together: bool = True  # words near each other
    encoder: bool = True

    @property
    def blocks(self) -> tuple[str, ...]:
        return ("w", *(("r", "n") if self.characters else ()), *(("t",) if self.together else ()))


DEFAULTS = Settings()


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
    classes: tuple[str, ...]
    opinions: Opinions
    unknown: str | None = None

    @classmethod
    def train(cls, training: Training, settings: Settings = DEFAULTS) -> IntentModel:
        """Raises ValueError for fewer than two labels, ImportError where the encoder's package is missing."""
        vectors = None
        if settings.encoder:
            vectors = encoder.encode_cached([repaired for _, repaired in training.pairs], training.cache)
        everything = np.arange(len(training.labels))
        fitted = _calibrate(training, vectors, settings)
        return cls(
            settings, fitted, _classes(training), _learn(training, vectors, settings, everything), training.unknown
        )  # fmt: skip

    @property
    def threshold(self) -> float:
        return self.calibration.threshold

    def ranking(self, pair: Pair, length: int | None = None) -> list[tuple[str, float]]:
        """The `length` most probable labels, best first; None: all."""
        return self.rankings([pair], length)[0]

    def rankings(self, pairs: Sequence[Pair], length: int | None = None) -> list[list[tuple[str, float]]]:
        """As `ranking`, of several messages: the encoder reads ten sentences at once in the time of three."""
        return [
            [(self.classes[i], shares.item(i)) for i in np.argsort(-shares, kind="stable")[:length].tolist()]
            for shares in self.probabilities(pairs)
        ]

    def probabilities(self, pairs: Sequence[Pair]) -> list[np.ndarray]:
        """Of each message: the probability of each label, in the order of `classes`."""
        rows = [self.opinions.row(pair) for pair in pairs]
        shares = [self._alone(row) for row in rows]
        doubtful = [i for i, (_, repaired) in enumerate(pairs) if repaired and self._unsure(shares[i])]
        for i, vector in zip(doubtful, encoder.encode([pairs[i][1] for i in doubtful]), strict=True):
            shares[i] = self._shares(np.array(self.calibration.together) @ self.opinions.all(rows[i], vector))
        return shares

    def asks_twice(self, pair: Pair) -> bool:
        """Whether the first opinion is not sure enough to stand alone."""
        return self._unsure(self._alone(self.opinions.row(pair)))

    def _alone(self, row: Row) -> np.ndarray:
        return self._shares(self.calibration.alone * self.opinions.first.margins(row))

    def _unsure(self, shares: np.ndarray) -> bool:
        return self.opinions.second is not None and bool(shares.max() < self.settings.sure)

    def _shares(self, scores: np.ndarray) -> np.ndarray:
        if self.unknown in self.classes:
            scores[self.classes.index(self.unknown)] += self.calibration.leaning
        return softmax(scores)

    def save(self, folder: Path) -> None:
        """Write the model's files into a folder, made if need be."""
        folder.mkdir(exist_ok=True)
        self.opinions.save(folder)
        about = {
            "settings": asdict(self.settings), "calibration": asdict(self.calibration), "classes": self.classes,
            "unknown": self.unknown,
        }  # fmt: skip
        (folder / FILE).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read what `save` wrote, the encoder too. Raises OSError, ValueError, or ImportError without its package."""
        about = json.loads((folder / FILE).read_text(encoding="utf-8"))
        opinions = Opinions.load(folder)
        if opinions.second:
            encoder.encode(["listo"])  # now, not when the first unsure message waits for it
        settings, fitted = Settings(**about["settings"]), Calibration(**about["calibration"])
        return cls(settings, fitted, tuple(about["classes"]), opinions, about["unknown"])


def _classes(training: Training) -> tuple[str, ...]:
    return tuple(sorted(set(training.labels)))


def _learn(training: Training, vectors: np.ndarray | None, settings: Settings, rows: np.ndarray) -> Opinions:
    pairs, labels = [training.pairs[i] for i in rows], [training.labels[i] for i in rows]
    return Opinions.learn(pairs, labels, settings.blocks, settings.strength, None if vectors is None else vectors[rows])


def _calibrate(training: Training, vectors: np.ndarray | None, settings: Settings) -> Calibration:
    classes, margins, gold = _classes(training), list[np.ndarray](), list[int]()
    for known, unseen in calibration.folds(training.labels, training.groups):
        opinions = _learn(training, vectors, settings, known)
        taught = [classes.index(label) for label in sorted({training.labels[i] for i in known})]
        for i in unseen:
            vector = None if vectors is None else vectors[i]
            found = opinions.all(opinions.row(training.pairs[i]), vector)
            margins.append(np.full((len(found), len(classes)), NEVER))
            margins[-1][:, taught] = found
            gold.append(classes.index(training.labels[i]))
    if not margins:
        return Calibration()
    column = classes.index(training.unknown) if training.unknown in classes else None
    return calibration.fit(np.array(margins).swapaxes(0, 1), np.array(gold), column, settings.most_refused)
