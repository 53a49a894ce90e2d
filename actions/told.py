"""What a message tells a form besides answering its question, as slots: another choice, or what is asked later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from actions.asking import more, takes_back
from actions.checks import prefilled, read, tells_date
from actions.content import FormOf
from actions.heard import Heard
from bot.packs.model import Field
from bot.text import words

Slots = Mapping[str, Any]

DATED = frozenset({"weeks", "due_date"})
WHENS = DATED | {"date"}


def taken_back(form: FormOf, field: Field, heard: Heard, filled: Mapping[str, Any]) -> Slots:
    """What `no, mejor una fuga` or a bare `el lunes` says instead of an answer before; nothing for other messages."""
    days = [f for f in form.form.fields if f.check == "date" and f.name in filled and f is not field]
    moved = {
        f.name: value
        for f in days
        if (value := read(f, heard)) and (more(f, heard.text) == 0 or takes_back(heard.text))
    }
    if moved:
        return {form.slot(name): value.value for name, value in moved.items()}
    if heard.has_digits or not takes_back(heard.text):
        return {}
    chosen = [f for f in form.form.fields if f.check == "options" and f.name in filled and f is not field]
    named = {f.name: prefilled(f, heard.entities) for f in chosen}
    return {form.slot(n): v.value for n, v in named.items() if v is not None and v.value != filled[n]}


def told_ahead(form: FormOf, field: Field, heard: Heard, memory: Slots) -> Slots:
    """The due date or the weeks that a later question asks for, told before it is put."""
    later = (f for f in _open(form, field, memory) if f.check in DATED)
    told = {f.name: read(f, heard) if tells_date(f, heard) else prefilled(f, heard.entities) for f in later}
    return {form.slot(name): value.value for name, value in told.items() if value is not None}


def implied_choice(form: FormOf, field: Field, heard: Heard, memory: Slots) -> Slots:
    """The choice without which a later question would not be put, where the message answers that one: `20 semanas`."""
    if len(words(heard.text)) == 1:  # a number alone is an option's
        return {}
    told = [
        (f, value) for f in _open(form, field, memory)
        if f.check in WHENS and len(f.when.get(field.name, ())) == len(f.when) == 1
        and more(f, heard.text) == 0 and (value := read(f, heard))
    ]  # fmt: skip
    # a birth that has been is no due date
    told = [(f, value) for f, value in told if f.check != "due_date" or str(value.value) >= str(heard.today)]
    if len(told) != 1:
        return {}
    ((asked, value),) = told
    return {form.slot(field.name): asked.when[field.name][0], form.slot(asked.name): value.value}


def _open(form: FormOf, field: Field, memory: Slots) -> Iterator[Field]:
    """The fields without a value but the one that is asked."""
    return (f for f in form.form.fields if f is not field and memory.get(form.slot(f.name)) is None)
