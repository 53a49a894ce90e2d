"""Who is rung, in which order, and how long each is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from bot.packs.model import Duty
from bot.safety.rules import rules

PATIENCE = timedelta(minutes=5)  # for one person
LATER = timedelta(minutes=30)  # between calls once the whole list has been rung this often
MANY_ROUNDS = 3


def calling_order(duties: Sequence[Duty], local: datetime, whole: bool) -> list[Duty]:
    """Those on duty, in the order of the list; after them, where `whole` is asked or nobody is on duty, the others."""
    minute = local.hour * 60 + local.minute
    on = [duty for duty in duties if duty.covers(local.weekday(), minute)]
    return [*on, *(duty for duty in duties if duty not in on)] if whole or not on else on


def patience(round_: int) -> timedelta:
    return PATIENCE if round_ <= MANY_ROUNDS else LATER


def service_of(sign: str) -> str:
    """The service whose staff answers a sign: a rule's id, or the intent that the trained detector read."""
    return (sign if "." in sign else _intents().get(sign, "")).partition(".")[0]


@lru_cache(maxsize=1)
def _intents() -> dict[str, str]:
    return {sign.id: sign.intent for sign in rules().signs}
