"""Texts, templates and lengths of time, as authors write them."""

from __future__ import annotations

import re

from backend.flows.model import Words
from bot.packs.model import Option
from bot.packs.yaml_file import File, Keys, Section

_WORDS_KEYS = ("text", "sms", "messenger", "options", "variants", "arms", "languages", "media")
_SPAN = re.compile(r"(\d{1,5})\s*(min|h|d|w)")
_UNITS = {"min": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}


def span_minutes(text: str) -> int | None:
    """`30 min`, `2 h`, `3 d`, `1 w` in minutes; None for anything else."""
    span = _SPAN.fullmatch(text)
    return int(span[1]) * _UNITS[span[2]] or None if span else None


def minutes(section: Section, key: str) -> int | None:
    """A length of time, in minutes."""
    value = section.text(key)
    found = span_minutes(value) if value is not None else None
    if value is not None and found is None:
        section.fault(key, f"'{value}' no es un tiempo; escríbelo así: 30 min, 2 h, 3 d, 1 w")
    return found


def template(section: Section, key: str) -> str:
    """A text that may be empty, or true or false, as values are."""
    value = section.values.get(key)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if not isinstance(value, str):
        section.fault(key, "debe ser texto o una expresión")
        return ""
    return value


def templates(section: Section, key: str) -> tuple[str, ...]:
    """One template, or a list of them."""
    value = section.values.get(key)
    if not isinstance(value, list):
        return (template(section, key),) if value is not None else ()
    parts = Section(section.file, (*section.keys, key), {str(n): item for n, item in enumerate(value, 1)})
    return tuple(template(parts, part) for part in parts)


def read_words(parent: Section, key: str) -> Words:
    """A text, or a mapping with what it is for other channels, arms and languages."""
    value = parent.values.get(key)
    if not isinstance(value, dict):
        return Words(parent.required(key))
    section = parent.section(key)
    section.only(*_WORDS_KEYS)
    text = section.required("text") if "media" not in section else section.text("text") or ""
    arms = {name: _texts_of(part) for name, part in section.section("arms").sections()}
    return Words(
        text=text,
        sms=section.text("sms"),
        messenger=section.text("messenger"),
        options=tuple(_option(parent.file, keys, item) for keys, item in section.items("options")),
        variants=section.texts("variants"),
        arms=arms,
        languages=_texts_of(section.section("languages")),
        media=section.texts("media"),
    )


def _texts_of(section: Section) -> dict[str, str]:
    return {name: section.required(name) for name in section}


def _option(file: File, keys: Keys, value: object) -> Option:
    if isinstance(value, str) and value:
        return Option(value, value)
    if not isinstance(value, dict):
        file.note(keys, "debe ser texto o {title, value}; pon entre comillas true y false")
        return Option("", "")
    section = Section(file, keys, value)
    section.only("title", "value")
    title = section.required("title")
    return Option(title, section.text("value") or title)


def read_all_words(parent: Section, key: str) -> tuple[Words, ...]:
    """One message, or a list of messages."""
    value = parent.values.get(key)
    if not isinstance(value, list):
        return (read_words(parent, key),)
    parts = Section(parent.file, (*parent.keys, key), {str(n): item for n, item in enumerate(value, 1)})
    return tuple(read_words(parts, part) for part in parts)
