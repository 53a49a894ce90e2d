"""Numbers from what was asked and understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.nlu.metrics import calibration_error, macro_f1
from bench.understanding.folds import Example
from bench.understanding.reading import Read, Reader
from bot.nlu import OUT_OF_SCOPE
from bot.nlu.urgency import ALWAYS, SOMETIMES
from bot.packs.model import Sentence

# sentences of these may be danger or not; their labels do not say which
EITHER = SOMETIMES | {"salud_materna.parto_en_curso"}
GAZETTEERS = ("tramite", "tipo_reporte", "servicio")


@dataclass(frozen=True)
class Asked:
    """An example held out, and what was understood."""

    example: Example
    read: Read

    @property
    def right(self) -> bool:
        return self.example.intent == self.read.intent


@dataclass(frozen=True)
class Score:
    """Shares of held-out sentences; `known` leaves out the unknown ones, `twice` went to the sentence encoder.

    `asked`: known ones refused or asked about; `answered`: unknown ones neither caught nor asked about.
    """

    accuracy: float
    known: float
    macro_f1: float
    calibration: float
    caught: float
    refused: float
    asked: float
    answered: float
    recall: float
    by_rule: float
    false_alarms: float
    twice: float
    ms: float


@dataclass(frozen=True)
class Own:
    """The packs' own test sentences: intent right, and intent right with every labelled name."""

    intent: float
    joint: float


def score(asked: Sequence[Asked]) -> Score:
    """The numbers on all folds together."""
    known = [a for a in asked if a.example.intent != OUT_OF_SCOPE]
    danger = [a for a in asked if a.example.intent in ALWAYS]
    calm = [a for a in asked if a.example.intent not in ALWAYS | EITHER]
    return Score(
        accuracy=_share([a.right for a in asked]),
        known=_share([a.right for a in known]),
        macro_f1=macro_f1([a.example.intent for a in asked], [a.read.intent for a in asked]),
        calibration=calibration_error([a.right for a in known], [a.read.confidence for a in known]),
        caught=_share([a.right for a in asked if a.example.intent == OUT_OF_SCOPE]),
        refused=_share([a.read.intent == OUT_OF_SCOPE for a in known]),
        asked=_share([a.read.intent == OUT_OF_SCOPE or a.read.unsure for a in known]),
        answered=_share([not (a.right or a.read.unsure) for a in asked if a.example.intent == OUT_OF_SCOPE]),
        recall=_share([a.read.danger for a in danger]),
        by_rule=_share([a.read.by_rule for a in danger]),
        false_alarms=_share([a.read.danger for a in calm]),
        twice=_share([a.read.asked_twice for a in asked]),
        ms=sum(a.read.ms for a in asked) / len(asked),
    )


def missed(asked: Sequence[Asked]) -> list[str]:
    """Dangers that neither the rules nor the classifier heard."""
    return [a.example.text for a in asked if a.example.intent in ALWAYS and not a.read.danger]


def confusions(asked: Sequence[Asked], most: int) -> list[tuple[str, str, int]]:
    """The commonest mistakes: meant, understood, how often."""
    wrong = Counter((a.example.intent, a.read.intent) for a in asked if not a.right)
    return [(meant, found, count) for (meant, found), count in wrong.most_common(most)]


def weakest(asked: Sequence[Asked], of: Callable[[Asked], str]) -> list[tuple[str, int, float]]:
    """Intent or batch, sentences, share understood; the weakest first."""
    due = Counter(map(of, asked))
    right = Counter(of(one) for one in asked if one.right)
    return sorted(((name, due[name], right[name] / due[name]) for name in due), key=lambda row: row[2])


def joint(reader: Reader, tests: Sequence[Sentence]) -> Own:
    """The packs' own tests read by a model of all examples."""
    reads = [(sentence, reader.read(sentence.text)) for sentence in tests]
    right = [read.intent == sentence.intent for sentence, read in reads]
    named = [
        all(read.entities.get(name) == sentence.entities[name] for name in GAZETTEERS if name in sentence.entities)
        for sentence, read in reads
    ]
    return Own(_share(right), _share([one and other for one, other in zip(right, named, strict=True)]))


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")
