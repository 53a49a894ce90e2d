"""Women of a replay, seeded: they answer, ask, fall silent, give birth, leave and come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

from backend.campaigns.replay.calendar import QUESTION

ZONES = (
    "America/Mexico_City", "America/Mexico_City", "America/Monterrey", "America/Tijuana", "America/Ciudad_Juarez",
    "America/Hermosillo", "America/Cancun",
)  # fmt: skip
ANSWERS = ("si", "no", "Sí", "nel", "1", "2", "ya fui", "todavia no", "si gracias", "aja")
DANGER = ("me sale mucha sangre", "mi bebe no se mueve", "veo lucecitas y me duele mucho la cabeza")
DANGERS = 0.01  # how often a message finds her in danger
LEAVING = ("BAJA", "ALTO", "STOP", "ya no quiero mensajes")
BACK = "ALTA"
PREGNANT_WEEKS, BABY_WEEKS = (9, 38), (0, 90)
DAYS_OF_PREGNANCY = 280

Kind = Literal["answer", "ask", "leave", "return", "birth"]


@dataclass(frozen=True)
class Act:
    """Something that a woman does at a moment; `words` is what she writes."""

    at: datetime
    kind: Kind
    words: str = ""


@dataclass
class Woman:
    """One person of the programme. `left_with` is the message by which she left; None: she is in."""

    phone: str
    zone: str
    arm: str
    due: date
    born: date | None
    answers: float  # how often she answers a question
    asks: float  # how often a message makes her ask something
    leaves: float
    left_with: str | None = None
    silent_from: datetime | None = None
    born_told: datetime | None = None  # when the programme heard of the birth, if during the run
    stayed: bool = True  # never left

    def reacts(self, text: str, at: datetime, questions: Sequence[str], chance: Random) -> Act | None:
        """What she does about a message of the programme."""
        if self.left_with is not None or (self.silent_from and at >= self.silent_from):
            return None
        draw = chance.random()
        if draw < self.leaves:
            return Act(_soon(at, chance), "leave", chance.choice(LEAVING))
        if draw < self.leaves + self.asks:
            return Act(_soon(at, chance), "ask", chance.choice(questions))
        if draw < self.leaves + self.asks + DANGERS:
            return Act(_soon(at, chance), "ask", chance.choice(DANGER))
        if text.startswith(QUESTION) and chance.random() < self.answers:
            return Act(_soon(at, chance), "answer", chance.choice(ANSWERS))
        return None


def _soon(at: datetime, chance: Random) -> datetime:
    """Minutes mostly, hours sometimes."""
    return at + timedelta(minutes=min(chance.lognormvariate(2.5, 1.5), 2000))


def women(number: int, start: datetime, chance: Random) -> list[Woman]:
    """People at random weeks of pregnancy or of their baby's first two years."""
    return [_woman(place, start, chance) for place in range(number)]


def _woman(place: int, start: datetime, chance: Random) -> Woman:
    today = start.date()
    pregnant = chance.random() < 0.6
    week = chance.randint(*(PREGNANT_WEEKS if pregnant else BABY_WEEKS))
    days = 7 * week + chance.randint(0, 6)
    due = today + timedelta(days=DAYS_OF_PREGNANCY - days) if pregnant else today - timedelta(days=days)
    silent = chance.random() < 0.1
    return Woman(
        phone=f"+52550{place:07d}",
        zone=chance.choice(ZONES),
        arm=chance.choice(("std", "cSE")),
        due=due,
        born=None if pregnant else due,
        answers=chance.uniform(0.2, 0.9),
        asks=chance.uniform(0.0, 0.08),
        leaves=chance.choice((0.0, 0.0, 0.0, 0.02)),
        silent_from=start + timedelta(days=chance.uniform(0, 60)) if silent else None,
    )


def births(everybody: Sequence[Woman], chance: Random) -> list[tuple[Woman, date]]:
    """When the babies of the pregnant ones come: near the due date, some of them early."""
    return [
        (one, one.due + timedelta(days=round(chance.gauss(-3, 9)) - (30 if chance.random() < 0.05 else 0)))
        for one in everybody
        if one.born is None
    ]
