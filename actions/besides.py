"""What a message wishes besides the one thing that a turn is about: further facts, and what is asked instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from actions.content import Content
from actions.heard import Heard, Wish
from bot.packs.model import Intent

Memory = Mapping[str, Any]

MOST = 2  # further answers to one message


def further(content: Content, heard: Heard) -> Iterator[tuple[Intent, Heard]]:
    """Facts that a message of several wishes asks for besides its own, each with the message as if it asked that."""
    about: Mapping[str, Any] = heard.entities
    told = {(heard.intent, _topic(content, heard.intent, own(heard).entities))}
    for wish in heard.wishes:
        about = {**about, **wish.entities}
        intent = content.catalogue.intents.get(wish.intent)
        if intent is None or not intent.fact or not wish.asks:
            continue
        key = (intent.id, _topic(content, intent.id, about))
        if key not in told and len(told) <= MOST:
            told.add(key)
            yield intent, _as(heard, wish, about)


def own(heard: Heard) -> Heard:
    """The message with the names of the wish that it is about, where it names several things."""
    wish = next((wish for wish in heard.wishes if wish.intent == heard.intent), None)
    return replace(heard, entities={**heard.entities, **wish.entities}) if wish else heard


def instead(content: Content, heard: Heard, is_open: Callable[[Intent], bool]) -> Heard | None:
    """What is asked for by somebody who gives up the form that `is_open`; None where it is nothing else."""
    whole = Wish(heard.text, heard.intent, heard.entities, asks=True)
    for wish in (*heard.wishes, *(() if heard.unsure else (whole,))):
        intent = content.catalogue.intents.get(wish.intent)
        wanted = intent is not None and (intent.fact or intent.form or intent.say) and not intent.context
        if intent and wanted and wish.asks and not is_open(intent):
            return _as(heard, wish, wish.entities)
    return None


def _as(heard: Heard, wish: Wish, about: Mapping[str, Any]) -> Heard:
    return replace(heard, text=wish.text, intent=wish.intent, entities=about, wishes=(), unsure=False)


def _topic(content: Content, intent: str, entities: Mapping[str, Any]) -> Any:
    known = content.catalogue.intents.get(intent)
    return entities.get(known.about) if known and known.about else None
