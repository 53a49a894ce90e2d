"""What an answer is to a question of each type: the value that is kept, or None."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from backend.flows.cases import KINDS, Subject, chosen_option, read_date, read_number
from backend.flows.expressions.template import value_of
from backend.flows.expressions.values import ExpressionError, Problem, Value, to_day, to_number
from backend.flows.model import Question
from bot.text import answers
from bot.text.folding import words

_LONGEST_NUMBER = 6  # words; a longer message with a number in it is about something else
_LONGEST_NAME = 80
_NAME = re.compile(r"[^\W\d_]+(?:[ .'’-]+[^\W\d_]+)*\.?")
_SAYS_NAME = re.compile(r"^(?:hola[ ,.]*)?(?:me llamo|mi nombre es|soy|es)\s+", re.IGNORECASE)
_NOT_NAMES = frozenset(
    {"como", "cual", "cuando", "cuanto", "donde", "no", "ok", "para", "porque", "que", "quien", "si"}
)
_NEAR = timedelta(days=31)

Reader = Callable[[Question, Subject], "str | None"]


def read_answer(question: Question, subject: Subject) -> str | None:
    """The value of an answer for the type that the question expects; None when it is no such answer."""
    return _READERS[question.expect](question, subject)


def _yes_no(_: Question, subject: Subject) -> str | None:
    found = KINDS["yes"](subject, []) or KINDS["no"](subject, [])
    return found.value if found else None


def _text(_: Question, subject: Subject) -> str | None:
    return subject.text.strip() or None


def _bounds(question: Question, subject: Subject) -> tuple[Value, Value] | None:
    if question.between is None:
        return None
    low, high = (value_of(bound, subject.scope) for bound in question.between)
    if isinstance(low, Problem) or isinstance(high, Problem):
        raise ExpressionError("límites sin valor")
    return low, high


def _number(question: Question, subject: Subject) -> str | None:
    short = len(words(subject.text)) <= _LONGEST_NUMBER and "?" not in subject.text
    number = read_number(subject.text) if short else None
    return _within(number, question, subject)


def _within(number: Decimal | None, question: Question, subject: Subject) -> str | None:
    try:
        bounds = _bounds(question, subject)
        low, high = (to_number(bound, subject.scope) for bound in bounds) if bounds else (number, number)
    except ExpressionError:
        return None
    if number is None or low is None or high is None or not low <= number <= high:
        return None
    return f"{number.normalize():f}"


def _weeks(question: Question, subject: Subject) -> str | None:
    said = answers.weeks(subject.text, asked=True)
    if isinstance(said, tuple):
        said = round(sum(said) / 2)
    return _within(None if said is None else Decimal(said), question, subject)


def _date(question: Question, subject: Subject) -> str | None:
    try:
        bounds = _bounds(question, subject)
        low, high = (to_day(bound, subject.scope) for bound in bounds) if bounds else (None, None)
    except ExpressionError:
        return None
    day = read_date(subject.text, subject.scope.today, _prefer(low, high, subject.scope.today))
    if day is None or (low and day < low) or (high and day > high):
        return None
    return day.isoformat()


def _prefer(low: date | None, high: date | None, today: date) -> answers.Prefer:
    """A day without a year is taken on the side where the answer may be."""
    if low and low > today - _NEAR:
        return "future"
    return "past" if high and high < today + _NEAR else "nearest"


def _option(_: Question, subject: Subject) -> str | None:
    chosen = chosen_option(subject)
    return chosen.value if chosen else None


def _name(_: Question, subject: Subject) -> str | None:
    name = _SAYS_NAME.sub("", subject.text.strip()).strip(" .,")
    fitting = len(name) <= _LONGEST_NAME and _NAME.fullmatch(name)
    return name if fitting and not _NOT_NAMES & set(words(name)) else None


def _found(kind: str) -> Reader:
    def read(_: Question, subject: Subject) -> str | None:
        found = KINDS[kind](subject, [])
        return found.value if found else None

    return read


_READERS: Mapping[str, Reader] = {
    "text": _text,
    "place": _text,
    "yes_no": _yes_no,
    "number": _number,
    "weeks": _weeks,
    "date": _date,
    "options": _option,
    "person": _option,
    "name": _name,
    "phone": _found("phone"),
    "email": _found("email"),
}
