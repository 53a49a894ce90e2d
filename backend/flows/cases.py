"""Whether an answer, or a value, fits a test. Words are compared without accents, as telephones write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation

from backend.flows.expressions.dates import read_temporal
from backend.flows.expressions.template import value_of
from backend.flows.expressions.values import (
    ExpressionError,
    Problem,
    Scope,
    Value,
    plain,
    settled,
    to_day,
    to_number,
    to_text,
    to_truth,
)
from backend.flows.model import Test
from bot.packs.model import Option
from bot.text import answers
from bot.text.folding import fold, words
from bot.text.normaliser import one_edit
from bot.text.tables import tables
from channels.phone import to_e164

_NUMBER = re.compile(r"(?<![\w.,])[-+]?\d+(?:[.,]\d+)?")
_MISTYPED = str.maketrans("lIoO", "1100")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_CLOCK = re.compile(r"\b([01]?\d|2[0-3])[:.]([0-5]\d)\b|\b(1[0-2]|[1-9])\s?([ap])\.?m\b", re.IGNORECASE)
_NUMERIC_DATE = re.compile(r"[\d\s./-]+")
_FUZZY_FROM = 5  # letters
_SHORT = 2  # words
_LONGEST = 640


@dataclass(frozen=True)
class Subject:
    """What is tested: a message, or the value of a step's `on`."""

    value: Value
    text: str
    scope: Scope
    groups: frozenset[str]
    options: tuple[Option, ...] = ()
    choice: str | None = None


@dataclass(frozen=True)
class Fit:
    """A test fits, and this is what it found."""

    value: str


Case = Callable[[Subject, list[Value]], "Fit | None"]


def fits(test: Test, subject: Subject) -> Fit | None:
    """What a test finds in a subject, or None. An argument without a value fits nothing."""
    if test.kind in ("all", "any"):
        found = [fits(part, subject) for part in test.parts]
        fit = next((one for one in found if one), None)
        return fit if test.kind == "any" or all(found) else None
    arguments = [value_of(argument, subject.scope) for argument in test.arguments]
    known = [argument for argument in arguments if not isinstance(argument, Problem)]
    if len(known) < len(arguments):
        return None
    try:
        return KINDS[test.kind](subject, known)
    except (ExpressionError, ArithmeticError, ValueError, OverflowError):
        return None


# --- what people say


def _yes(subject: Subject, _: list[Value]) -> Fit | None:
    said = _said(subject)
    return Fit("si") if answers.yes_no(said) is True or fold(said) == "s" else None


def _no(subject: Subject, _: list[Value]) -> Fit | None:
    said = _said(subject)
    return Fit("no") if answers.yes_no(said) is False or fold(said) == "n" else None


def _said(subject: Subject) -> str:
    return subject.choice or subject.text


def _text(subject: Subject, _: list[Value]) -> Fit | None:
    return Fit(subject.text.strip()) if subject.text.strip() else None


def read_number(text: str) -> Decimal | None:
    """The first number of a text, in digits (`2`, `2.5`, `l0` for 10) or in words."""
    text = text[:_LONGEST]
    found = _NUMBER.search(text)
    if found is None and any(char.isdigit() for char in text):
        found = _NUMBER.search(text.translate(_MISTYPED))
    if found:
        try:
            return Decimal(found[0].replace(",", "."))
        except InvalidOperation:
            return None
    said = answers.number(_without_articles(text))
    return None if said is None else Decimal(str(said))


def _without_articles(text: str) -> str:
    """`una` alone is a number; in `fue un error` it is none."""
    spoken = words(text)
    if len(spoken) <= _SHORT:
        return text
    return " ".join(word for word in spoken if word not in tables().articles)


def _number(subject: Subject, _: list[Value]) -> Fit | None:
    number = _number_of(subject)
    return None if number is None else Fit(f"{number.normalize():f}")


def _number_of(subject: Subject) -> Decimal | None:
    value = plain(subject.value)
    return value if isinstance(value, Decimal) else read_number(subject.text)


def read_date(text: str, today: date, prefer: answers.Prefer = "nearest") -> date | None:
    """The day that a message says, in digits (day first) or in words."""
    said = answers.when(text, today, prefer)
    if said is None and _NUMERIC_DATE.fullmatch(text.strip()):
        found = read_temporal(text, today, timezone.utc)
        return found.date() if isinstance(found, datetime) else found
    return said


def _date_of(subject: Subject) -> date | None:
    value = plain(subject.value)
    if isinstance(value, (date, datetime)):
        return to_day(value, subject.scope)
    iso = re.match(r"\d{4}-\d\d-\d\d", subject.text)
    return to_day(subject.text, subject.scope) if iso else read_date(subject.text, subject.scope.today)


def date_text(day: date, scope: Scope) -> str:
    return day.strftime("%d-%m-%Y") if scope.dialect == "excel" else day.isoformat()


def _date(subject: Subject, _: list[Value]) -> Fit | None:
    day = _date_of(subject)
    return Fit(date_text(day, subject.scope)) if day else None


def _time(subject: Subject, _: list[Value]) -> Fit | None:
    clock = _CLOCK.search(subject.text)
    return Fit(clock[0]) if clock else None


def _email(subject: Subject, _: list[Value]) -> Fit | None:
    found = _EMAIL.search(subject.text)
    return Fit(found[0]) if found else None


def _phone(subject: Subject, _: list[Value]) -> Fit | None:
    number = to_e164(subject.text)
    return Fit(number) if number else None


def _option(subject: Subject, arguments: list[Value]) -> Fit | None:
    chosen = chosen_option(subject)
    wanted = [to_text(argument, subject.scope) for argument in arguments]
    return Fit(chosen.value) if chosen and chosen.value in wanted else None


def chosen_option(subject: Subject) -> Option | None:
    """The option that a message chooses, by button, number, letter or words."""
    for option in subject.options:
        if subject.choice == option.value:
            return option
    titles = [option.title for option in subject.options]
    index = answers.option(_said(subject), titles) if titles else None
    return None if index is None else subject.options[index]


# --- words


def _same_word(one: str, two: str) -> bool:
    if one == two:
        return True
    return min(len(one), len(two)) >= _FUZZY_FROM and one[0] == two[0] and one_edit(one, two)


def _wanted(subject: Subject, arguments: list[Value]) -> list[list[str]]:
    return [found for argument in arguments if (found := words(to_text(argument, subject.scope)))]


def _raw(subject: Subject, arguments: list[Value]) -> Fit | None:
    """For what has no letters, such as an emoji."""
    texts = [to_text(argument, subject.scope).strip() for argument in arguments]
    found = next((text for text in texts if text and not words(text) and text in subject.text), None)
    return Fit(found) if found else None


def _any_word(subject: Subject, arguments: list[Value]) -> Fit | None:
    wanted = [word for phrase in _wanted(subject, arguments) for word in phrase]
    found = [word for word in words(subject.text) if any(_same_word(word, other) for other in wanted)]
    return Fit(" ".join(found)) if found else _raw(subject, arguments)


def _all_words(subject: Subject, arguments: list[Value]) -> Fit | None:
    said = words(subject.text)
    for phrase in _wanted(subject, arguments):
        if all(any(_same_word(word, other) for word in said) for other in phrase):
            return Fit(" ".join(phrase))
    return _raw(subject, arguments)


def _phrase(subject: Subject, arguments: list[Value]) -> Fit | None:
    said = f" {' '.join(words(subject.text))} "
    found = next((phrase for phrase in _wanted(subject, arguments) if f" {' '.join(phrase)} " in said), None)
    return Fit(" ".join(found)) if found else _raw(subject, arguments)


def _only(subject: Subject, arguments: list[Value]) -> Fit | None:
    said = words(subject.text)
    plain_text = subject.text.strip().lower()
    texts = [to_text(argument, subject.scope).strip() for argument in arguments]
    if said and said in [words(text) for text in texts]:
        return Fit(subject.text.strip())
    return Fit(subject.text.strip()) if plain_text in [text.lower() for text in texts] else None


def _starts(subject: Subject, arguments: list[Value]) -> Fit | None:
    said = fold(subject.text)
    starts = [fold(to_text(argument, subject.scope)) for argument in arguments]
    found = next((start for start in starts if start and said.startswith(start)), None)
    return Fit(found) if found else None


def _pattern(subject: Subject, arguments: list[Value]) -> Fit | None:
    for argument in arguments:
        try:
            found = re.search(to_text(argument, subject.scope), subject.text[:_LONGEST].strip(), re.IGNORECASE)
        except re.error:
            continue
        if found:
            return Fit(found[0])
    return None


# --- comparisons


def _compared(holds: Callable[[Decimal, list[Decimal]], bool]) -> Case:
    def compare(subject: Subject, arguments: list[Value]) -> Fit | None:
        number = _number_of(subject)
        if number is None or not arguments:
            return None
        others = [to_number(argument, subject.scope) for argument in arguments]
        return Fit(f"{number.normalize():f}") if holds(number, others) else None

    return compare


def _dated(holds: Callable[[date, list[date]], bool]) -> Case:
    def compare(subject: Subject, arguments: list[Value]) -> Fit | None:
        day = _date_of(subject)
        if day is None or not arguments:
            return None
        others = [to_day(argument, subject.scope) for argument in arguments]
        return Fit(date_text(day, subject.scope)) if holds(day, others) else None

    return compare


# --- data


def _group(subject: Subject, arguments: list[Value]) -> Fit | None:
    own = {fold(name): name for name in subject.groups}
    found = next((own[name] for argument in arguments if (name := fold(to_text(argument, subject.scope))) in own), None)
    return Fit(found) if found else None


def _category(subject: Subject, arguments: list[Value]) -> Fit | None:
    value = subject.value
    category = to_text(settled(value.get("category")), subject.scope) if isinstance(value, Mapping) else subject.text
    return Fit(category) if fold(category) in [fold(to_text(one, subject.scope)) for one in arguments] else None


def _when(subject: Subject, arguments: list[Value]) -> Fit | None:
    return Fit("true") if all(to_truth(argument, subject.scope) for argument in arguments) else None


KINDS: Mapping[str, Case] = {
    "yes": _yes,
    "no": _no,
    "text": _text,
    "number": _number,
    "date": _date,
    "time": _time,
    "email": _email,
    "phone": _phone,
    "option": _option,
    "word": _any_word,
    "words": _all_words,
    "phrase": _phrase,
    "only": _only,
    "starts": _starts,
    "pattern": _pattern,
    "eq": _compared(lambda number, others: number in others),
    "lt": _compared(lambda number, others: number < others[0]),
    "lte": _compared(lambda number, others: number <= others[0]),
    "gt": _compared(lambda number, others: number > others[0]),
    "gte": _compared(lambda number, others: number >= others[0]),
    "between": _compared(lambda number, others: others[0] <= number <= others[1]),
    "date_eq": _dated(lambda day, others: day in others),
    "date_before": _dated(lambda day, others: day < others[0]),
    "date_after": _dated(lambda day, others: day > others[0]),
    "group": _group,
    "category": _category,
    "when": _when,
    "never": lambda subject, arguments: None,
}
ALONE = ("yes", "no", "text", "number", "date", "time", "email", "phone")  # written `is: yes`
NESTED = ("all", "any")
