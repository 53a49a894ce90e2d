"""What counts as an answer to a form's question: one reader per kind of check."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from actions.asking import BESIDE, bare, begins_with_name, core
from actions.heard import Heard
from bot.nlu.patterns import canonical_folio, e164, is_curp
from bot.packs.model import Field
from bot.text import answers, words

LONGEST_TEXT = 1000
LONGEST_NAME = 80
# a pregnancy and the days around it
LONGEST_WEEKS = 42
PREGNANCY = timedelta(weeks=40)
OVERDUE = timedelta(days=14)
LAST_PERIOD = re.compile(r"\b(?:regla|menstruacion|periodo|fum|bajo)\b")
DUE = re.compile(r"\b(?:toca|nace|nacer|parto|alivio|aliviar|aliviarme)\b")

# a date with this name has been; any other is to come
BORN = "nacimiento"

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
NAME = re.compile(r"[^\W\d_]+(?:[ .'’-]+[^\W\d_]+)*\.?")
FULL_NAME = range(2, 6)  # words
SAYS_NAME = re.compile(r"\b(?:me llamo|mi nombre(?: completo)? es|soy|se llama|a nombre de|el nombre es)\s+", re.I)
BEFORE_NAME = re.compile(rf"^(?:hola|si|sí|buenas|buenos dias)?[ ,.]*(?:(?:{SAYS_NAME.pattern}|es\s+))?", re.I)

# words that begin questions and requests, never a person's name
NOT_NAMES = frozenset(
    [
        "cuanto",
        "cuanta",
        "cuantos",
        "cuantas",
        "cuando",
        "donde",
        "como",
        "que",
        "porque",
        "quien",
        "cual",
        "quiero",
        "necesito",
        "puedo",
        "yo",
        "tu",
        "mi",
        "nombre",
        "si",
        "no",
        "hola",
        "ok",
    ]
)


# answers that have the form of a question
IDIOMS = {
    "como no": True,
    "por que no": True,
    "si por que no": True,
    "que si": True,
    "que no": False,
    "claro que no": False,
}


@dataclass(frozen=True)
class Value:
    """What a form stores for an answer."""

    value: Any


Reader = Callable[[Field, Heard], Value | None]


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """A citizen's words as they are stored: no control characters, single spaces, not endless."""
    kept = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text if unicodedata.category(c) != "Cf"
    )
    return " ".join(kept.split())[:longest]


def _text(field: Field, heard: Heard) -> Value | None:
    text = clean(heard.text)
    return Value(text) if words(text) else None


def _name(field: Field, heard: Heard) -> Value | None:
    for clause in sorted(re.split(r"[¿?,;:¡!…\"]+|\.{2,}", clean(heard.text)), key=len, reverse=True):
        text = BEFORE_NAME.sub("", clause.strip()).strip(" .")
        if NAME.fullmatch(text) and len(text) <= LONGEST_NAME and not NOT_NAMES & set(words(text)):
            return Value(text.title() if text.islower() or text.isupper() else text)
    return None


def says_name(text: str) -> bool:
    """Whether the message announces a name ("me llamo", "soy"), begins with one or is written as one."""
    return SAYS_NAME.search(text) is not None or _is_written_as_name(text) or begins_with_name(text)


def _is_written_as_name(text: str) -> bool:
    said = [word for word in re.findall(r"[^\W\d_]+", core(text)) if word.lower() not in BESIDE]
    return len(said) in FULL_NAME and all(word[0].isupper() and word[1:].islower() for word in said)


def _place(field: Field, heard: Heard) -> Value | None:
    if heard.location:
        where = {key: heard.location.get(key) for key in ("latitude", "longitude")}
        if all(isinstance(number, (int, float)) for number in where.values()):
            named = clean(heard.text) or f"{where['latitude']:.5f}, {where['longitude']:.5f}"
            return Value({"text": named, **where})
    text = clean(heard.text, 300)
    named_words = [word for word in words(text) if len(word) > 2 or word.isdigit()]
    return Value({"text": text, "latitude": None, "longitude": None}) if named_words else None


def _curp(field: Field, heard: Heard) -> Value | None:
    found = heard.entities.get("curp") or re.sub(r"[\W_]", "", heard.text.upper())
    return Value(found) if is_curp(found) else None


def _email(field: Field, heard: Heard) -> Value | None:
    spoken = re.sub(r"\s+(?:arroba|@)\s+|\s*@\s*", "@", heard.text, flags=re.I)
    spoken = re.sub(r"\s+punto\s+", ".", spoken, flags=re.I)
    match = EMAIL.search(spoken)
    return Value(match.group().lower()) if match else None


def _phone(field: Field, heard: Heard) -> Value | None:
    found = heard.entities.get("telefono") or e164(heard.text)
    return Value(found) if found else None


def _folio(field: Field, heard: Heard) -> Value | None:
    found = canonical_folio(re.sub(r"^\W*(?:mi |el )?folio\W*(?:es)?\W*", "", heard.text, flags=re.I).strip(" .,;"))
    if found is None and isinstance(heard.entities.get("folio"), str):
        found = canonical_folio(heard.entities["folio"])
    return Value(found) if found else None


def _date(field: Field, heard: Heard) -> Value | None:
    past = field.name.endswith(BORN)
    day = answers.when(core(heard.text), heard.today, "past" if past else "future")
    if day is None or (day > heard.today if past else day < heard.today):
        return None
    return Value(day.isoformat())


def _due_date(field: Field, heard: Heard) -> Value | None:
    day = answers.when(core(heard.text), heard.today, "future")
    return Value(day.isoformat()) if day and _plausible_due(day, heard.today) else None


def _plausible_due(day: date, today: date) -> bool:
    return today - OVERDUE <= day <= today + PREGNANCY


def _weeks(field: Field, heard: Heard) -> Value | None:
    """Weeks, or the weeks that some months are; whoever gives a date instead has the due date stored."""
    found = answers.weeks(core(heard.text), asked=True)
    if found is not None:
        return _plausible_weeks(list(found) if isinstance(found, tuple) else found)
    if LAST_PERIOD.search(" ".join(words(heard.text))) is None:
        return _due_date(field, heard)
    period = answers.when(core(heard.text), heard.today, "past")
    if period is None or period > heard.today or not _plausible_due(period + PREGNANCY, heard.today):
        return None
    return Value((period + PREGNANCY).isoformat())


def tells_date(field: Field, heard: Heard) -> bool:
    """Whether a message names a due date or a last period where it is asked for: the answer, even if it cannot be."""
    said = " ".join(words(heard.text))
    about = field.check in ("weeks", "due_date") and (LAST_PERIOD.search(said) or DUE.search(said))
    return bool(about) and answers.when(core(heard.text), heard.today, "nearest") is not None


def _plausible_weeks(found: Any) -> Value | None:
    most = max(found) if isinstance(found, (list, tuple)) else found
    return Value(found) if 0 < most <= LONGEST_WEEKS else None


def _yes_no(field: Field, heard: Heard) -> Value | None:
    said = IDIOMS.get(" ".join(words(heard.text)), answers.yes_no(core(heard.text)))
    if said is None and heard.choice in ("si", "sí", "no"):
        said = heard.choice != "no"
    return None if said is None else Value(said)


def _options(field: Field, heard: Heard) -> Value | None:
    values = [option.value for option in field.options]
    if heard.choice in values:
        return Value(heard.choice)
    titles = [option.title for option in field.options]
    index = answers.option(core(heard.text), titles)
    if index is None:
        index = answers.option(bare(heard.text), titles)
    if index is not None:
        return Value(values[index])
    also = [(name, option.value) for option in field.options for name in option.also]
    meant = answers.said_option(core(heard.text), [name for name, _ in also])
    if meant is not None:
        return Value(also[meant][1])
    named = heard.entities.get(field.from_entity or "")
    if _is_offered(field, named):
        return Value(named)
    exact = "".join(words(heard.text))
    return next((Value(value) for value in values if "".join(words(value)) == exact), None)


def _is_offered(field: Field, named: Any) -> bool:
    """Whether an id may be chosen: a field named like its entity shows the usual ones and takes all of them."""
    return named is not None and (field.name == field.from_entity or named in [o.value for o in field.options])


def _number(field: Field, heard: Heard) -> Value | None:
    found = answers.number(core(heard.text))
    return None if found is None else Value(found)


READERS: Mapping[str, Reader] = {
    "text": _text, "name": _name, "place": _place, "curp": _curp, "email": _email, "phone": _phone, "folio": _folio,
    "date": _date, "due_date": _due_date, "weeks": _weeks, "yes_no": _yes_no, "options": _options, "number": _number,
}  # fmt: skip

# checks whose values cannot be said by chance: wherever one stands, it is the answer
SURE = frozenset({"curp", "email", "phone", "folio"})

# checks that take nearly any words: a question must be told from an answer by other means
FREE = frozenset({"text", "name", "place"})


def read(field: Field, heard: Heard) -> Value | None:
    """The value of an answer, or None when it is none."""
    return READERS[field.check](field, heard)


def prefilled(field: Field, entities: Mapping[str, Any]) -> Value | None:
    """The value that the first message already gave, through the entity that the field names."""
    value = entities.get(field.from_entity or "")
    if value is None:
        return None
    if field.check in ("date", "due_date"):
        value = value.get("date") if isinstance(value, Mapping) else None
    if field.check == "folio":
        value = canonical_folio(str(value))
    if field.check == "options" and not _is_offered(field, value):
        value = None
    if field.check == "weeks":
        return _plausible_weeks(value)
    return None if value is None else Value(value)
