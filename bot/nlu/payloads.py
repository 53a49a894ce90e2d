"""Payloads of options: `ir:<service>.<intent>[:<entity>=<id>]`, and which option a message chooses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.text import answers, words

PREFIX = "ir:"
LONGEST_DATE = 6  # words of a message that is a date


@dataclass(frozen=True)
class Payload:
    """An intent chosen by button or number instead of words."""

    intent: str
    entity: str | None = None
    id: str | None = None


def read(value: str, intents: Collection[str], ids: Mapping[str, Collection[str]]) -> Payload | None:
    """The payload, if it names an intent that exists and an id that exists; None for anything else."""
    if not value.startswith(PREFIX):
        return None
    intent, _, about = value[len(PREFIX) :].partition(":")
    entity, _, key = about.partition("=")
    if intent not in intents or (about and key not in ids.get(entity, ())):
        return None
    return Payload(intent, entity or None, key or None)


def chosen(text: str, choice: str | None, options: Sequence[Mapping[str, str]]) -> str | None:
    """The value that a message picks among the options offered, by button, number, words, or a yes or no."""
    if not options:
        return None
    values = [option["value"] for option in options]
    if choice is not None and choice in values:
        return choice
    if not text.strip():
        return None
    titles = [option["title"] for option in options]
    index = answers.option(text, titles)
    if index is None:
        index = _of_date(text, titles)
    if index is not None:
        return values[index]
    said = answers.yes_no(text)
    if said is None:
        return None
    meant = [_yes_no_of(title) for title in titles]
    return values[meant.index(said)] if meant.count(said) == 1 else None


def _of_date(text: str, titles: Sequence[str]) -> int | None:
    """The one option that offers to give a date, for a message that just gives it: "fue el lunes"."""
    dated = [index for index, title in enumerate(titles) if "fecha" in words(title)]
    told = len(words(text)) <= LONGEST_DATE and answers.find_date(text, date.today()) is not None
    return dated[0] if told and len(dated) == 1 else None


def _yes_no_of(title: str) -> bool | None:
    """Of "Sí, con una persona" and "No, ver el menú"; "No recibir mensajes" is no "no", which would sign people off."""
    first = title.partition(",")[0]
    return answers.yes_no(first) if len(first.split()) == 1 else None
