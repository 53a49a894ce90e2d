"""Somebody in danger, as the intent model is taught it.

Some intents always mean danger. Violence, sadness and a birth may: the model learns their sentences as two classes,
with somebody in danger or without. The rules of `bot.safety` say which is which, and readers of the examples that they
do not hear (`data/common/urgent_examples.yml`): so it learns to hear more than they do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from operator import itemgetter

from bot import safety
from bot.safety import Reading
from bot.text.tables import read_yaml

ALWAYS = frozenset({"salud_materna.alarma_embarazo", "salud_materna.alarma_bebe", "emergencias.pedir_ayuda"})
BIRTH = "salud_materna.parto_en_curso"
SOMETIMES = frozenset({"salud_materna.apoyo_emocional", "salud_materna.violencia", BIRTH})
LEAVING = frozenset({"opt_out", "opt_in"})
URGENT = "!"  # ends the class of those sentences of an intent in which somebody is in danger

CERTAIN = 0.95  # of a rule; below it a bare "cancela" may mean a form, too

Ranking = list[tuple[str, float]]


@dataclass(frozen=True)
class Limits:
    """Confidence from which the classifier keeps its intent although a rule says another: of danger, of leaving."""

    sure: float = 0.95
    sure_leaving: float = 0.7

    def lends(self, reading: Reading | None, intent: str, certainty: float) -> bool:
        """Whether a rule's intent takes the place of the classifier's; its `certainty` is 0 for a doubtful message."""
        if reading is None or intent in ALWAYS:
            return False
        if reading.danger:
            return certainty < self.sure
        return reading.kind in LEAVING and reading.confidence >= CERTAIN and certainty < self.sure_leaving


def taught_as(intent: str, text: str) -> str:
    """The class that an example of an intent is taught as."""
    if intent not in SOMETIMES:
        return intent
    reading = safety.read(text)
    heard = reading and reading.danger and (intent != BIRTH or reading.intent == BIRTH)  # pains at term may be misheard
    return intent + URGENT if heard or text in _told() else intent


@lru_cache(maxsize=1)
def _told() -> frozenset[str]:
    """Examples in which a reader saw somebody in danger and no rule hears it."""
    return frozenset(read_yaml("urgent_examples.yml"))


def intents(ranking: Iterable[tuple[str, float]], length: int) -> Ranking:
    """The `length` most probable intents of a ranking of classes, best first."""
    shares = dict(ranking)
    for name in [name for name in shares if name.endswith(URGENT)]:
        intent = name.removesuffix(URGENT)
        shares[intent] = shares.get(intent, 0.0) + shares.pop(name)
    return nlargest(length, shares.items(), key=itemgetter(1))


def danger(ranking: Iterable[tuple[str, float]]) -> float:
    """How probable it is that somebody is in danger, whatever the most probable intent."""
    return sum(share for name, share in ranking if name in ALWAYS or name.endswith(URGENT))
