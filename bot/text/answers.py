"""Reading an answer in the light of the last question. Every function takes the raw text; None means "not that"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from bot.text.amounts import number
from bot.text.bare import LONGEST_ANSWER, bare, clauses
from bot.text.dates import FoundDate, Prefer, find_date, when
from bot.text.folding import fold, key
from bot.text.normaliser import looks_like_question
from bot.text.options import option, said_option
from bot.text.pregnancy import weeks
from bot.text.tables import tables

__all__ = [
    "Command", "FoundDate", "Prefer", "bare", "command", "find_date", "is_opt_in", "is_opt_out", "number", "option",
    "said_option", "subscription", "weeks", "when", "yes_no",
]  # fmt: skip

Command = Literal["cancel", "correct", "repeat", "person", "unknown"]

_LONGEST_YES = 6
_LONGEST_COMMAND = 8
_SHORTEST_SOUND = 4
_REPEATED = re.compile(r"([a-z]{2,4}?)\1+")  # "sisisi"
_AGAINST = {True: frozenset(["no", "nel", "nop"]), False: frozenset(["si", "sip", "simon"])}
_MAYBE = r"(?!puede|a lo mejor|tal vez|quiza)"
_SAID_AT_LAST = re.compile(  # "fijese que no"
    rf"{_MAYBE}(?:.*(?<!\bpor)(?<!\blo) )?(?:que|pues|bueno|claro|obvio) (?P<answer>si|no)(?: \w+)?"
)
_COMMAND_ORDER: tuple[Literal["cancel", "correct", "repeat", "person"], ...] = ("cancel", "correct", "repeat", "person")


def _is_among(said: str, phrases: frozenset[str]) -> bool:
    """Whether an answer is one of the phrases, or sounds like one (`me ekivoke`, `vaja`)."""
    return said in phrases or _sound(said) in _sounds(phrases)


def _is_said(said: str, phrases: frozenset[str]) -> bool:
    """As `_is_among`, where the shortest must be right: `hey` is no `ey`."""
    return said in phrases or (len(said) >= _SHORTEST_SOUND and _sound(said) in _sounds(phrases))


@lru_cache(maxsize=32)
def _sounds(phrases: frozenset[str]) -> frozenset[str]:
    return frozenset(map(_sound, phrases))


def _sound(said: str) -> str:
    return " ".join(map(key, said.split()))


def yes_no(text: str) -> bool | None:
    """True for yes, False for no; None for neither: `no se`, `sangrado`, `nacio`, a question."""
    said = bare(text)
    if not said or command(text) in ("unknown", "repeat", "person"):
        return None
    whole = _whole_yes_no(said)
    if whole is not None or "?" in text:
        return whole
    answer = _begins_yes_no(text, said.split())
    return answer if answer is not None else _told_first(clauses(text))


def _whole_yes_no(said: str) -> bool | None:
    again = _REPEATED.fullmatch(said)
    said = again[1] if again else said
    known = tables()
    return True if _is_said(said, known.yes) else False if _is_said(said, known.no) else None


def _begins_yes_no(text: str, said: list[str]) -> bool | None:
    """`si, mañana voy`, `no, mejor otro dia`: the first word decides, unless the rest doubts or contradicts."""
    first, rest = said[0], said[1:]
    known = tables()
    if (first not in known.yes and first not in known.no) or first in ("ya", "bueno", "sale", "quiero"):
        return None
    if _begins_unknown(said):
        return None
    answer = first in known.yes
    comma = re.match(r"\s*[^\s,.;!]+\s*[,.;!]", fold(text)) is not None
    if not rest or _AGAINST[answer] & set(rest) or (not comma and len(said) > _LONGEST_YES):
        return None
    return None if first == "si" and not comma and _is_condition(rest) else answer


def _told_first(spoken: list[str]) -> bool | None:
    """`fijese que no, se me perdio`: the first clause decides, unless a later one begins with the contrary."""
    if not spoken or len(spoken[0].split()) > _LONGEST_YES:
        return None
    first, rest = spoken[0], [clause.split() for clause in spoken[1:]]
    last = _SAID_AT_LAST.fullmatch(first)
    answer = last["answer"] == "si" if last else _whole_yes_no(first)
    if answer is None and rest:
        answer = _begins_yes_no(first, first.split())
    if answer is None or any(_turns_against(clause, answer) or _begins_unknown(clause) for clause in rest):
        return None
    return answer


def _turns_against(clause: list[str], answer: bool) -> bool:
    """`si le entendi, pero no quiero`."""
    said = clause[1:] if clause[0] in ("pero", "mejor") else clause
    return bool(said) and said[0] in _AGAINST[answer]


def _begins_unknown(said: list[str]) -> bool:
    return any(" ".join(said[:length]) in tables().unknown for length in range(2, 6))


def _is_condition(rest: list[str]) -> bool:
    return bool({"que", "como", "donde", "cuanto", "cuando", "puedo", "entonces"} & set(rest))


def command(text: str) -> Command | None:
    """A whole message that steers a form: `cancelar`, `me equivoque`, `repite`, `una persona`, `no se`."""
    said = bare(text)
    known = tables()
    if _is_among(said, known.unknown) or (not looks_like_question(text) and _is_among(_first(text), known.unknown)):
        return "unknown"
    return next((name for name in _COMMAND_ORDER if _is_among(said, known.commands[name])), None)


def _first(text: str) -> str:
    """The first clause of an answer: `no se, dejeme preguntar`."""
    return next(iter(clauses(text)), "")


def subscription(text: str) -> Literal["out", "cancel", "in"] | None:
    """A whole message that leaves (`out`), rejoins (`in`), or leaves unless it only means a form (`cancel`)."""
    if len(text) > LONGEST_ANSWER or len(text.split(None, _LONGEST_COMMAND)) > _LONGEST_COMMAND:
        return None
    said = bare(text)
    known = tables()
    if _is_among(said, known.opt_out_cancel):
        return "cancel"
    if _is_among(said, known.opt_out):
        return "out"
    return "in" if _is_among(said, known.opt_in) else None


def is_opt_out(text: str) -> bool:
    """Whether the whole message leaves. The bare word CANCELA counts: the caller rules it out inside a form."""
    return subscription(text) in ("out", "cancel")


def is_opt_in(text: str) -> bool:
    """Whether the whole message comes back: ALTA, START."""
    return subscription(text) == "in"
