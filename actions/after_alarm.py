"""A form that somebody in danger had open: it waits in silence, until she takes it up again herself.

Whoever has just been told to go to the hospital is not asked for a folio, and her «ya voy» is no address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions.answer import AFTER_ALARM, GRAVE, WHETHER_ON, answer, system
from actions.checks import FREE
from actions.content import COMMON, Content, FormOf
from actions.forms import Step, decided, expectation, understood
from actions.heard import Heard
from actions.read_answer import POLITE, Answer, Interruption, Invalid, Leave, Reading, Repeat, Skip
from actions.replies import Reply
from bot.packs.model import Field
from bot.text import answers

Memory = Mapping[str, Any]

WAITS = f"{COMMON}/{AFTER_ALARM}"  # the text that stands in for the question while a form waits


def go_on(content: Content, form: FormOf, name: str, heard: Heard, memory: Memory) -> Step:
    """A message while the question `name` is open, as `forms` reads it but for whoever is or was in danger."""
    field, reading = understood(content, form, name, heard)
    waits = heard.interrupted or heard.asked == WAITS
    if _answered_outside(content, heard, reading, waits):
        return _answered(content, form, field, heard, memory)
    if waits and isinstance(reading, (Answer, Skip)) and _by_chance(field, heard):
        whether = _waiting(form, field, system(content, heard.jurisdiction, WHETHER_ON), f"{COMMON}/{WHETHER_ON}")
        return _step(form, field, (_care(content, heard), whether))
    if (waits or heard.alarm) and isinstance(reading, Invalid) and not heard.has_digits:
        return _step(form, field, (_waiting(form, field, _care(content, heard)),))
    return decided(content, form, field, reading, heard, memory)


def _answered_outside(content: Content, heard: Heard, reading: Reading, waits: bool) -> bool:
    """Whether a message is answered as if no form were open: thanks and questions while it waits, the grave always."""
    if heard.intent in POLITE:
        return waits and isinstance(reading, (Repeat, Leave, Invalid))
    asks = isinstance(reading, Interruption) and not content.catalogue.intents[heard.intent].form
    return asks and (waits or heard.intent in GRAVE)


def _care(content: Content, heard: Heard) -> Reply:
    return system(content, heard.jurisdiction, AFTER_ALARM, decision="after_alarm")


def _answered(content: Content, form: FormOf, field: Field, heard: Heard, memory: Memory) -> Step:
    """What is said outside of forms, and not a word of the form."""
    said = answer(content, heard, memory)
    if any(reply.floor for reply in said.replies):
        return decided(content, form, field, Interruption(), heard, memory)
    replies = tuple(replace(reply, decision="after_alarm") for reply in said.replies)
    step = _step(form, field, (*replies[:-1], _waiting(form, field, replies[-1])))
    return replace(step, slots={**said.slots, **step.slots})


def _step(form: FormOf, field: Field, replies: tuple[Reply, ...]) -> Step:
    return Step(replies, {form.slot(field.name): None, "misunderstandings": None}, field.name)


def _waiting(form: FormOf, field: Field, reply: Reply, asked: str = WAITS) -> Reply:
    """The reply with the form's question open behind it, unspoken."""
    return replace(reply, expect=expectation(form, field, reply.options or field.options, asked))


def _by_chance(field: Field, heard: Heard) -> bool:
    """Whether an answer may be said of something else: a sí, a no, or words where any words would do."""
    if heard.choice is not None or heard.location:
        return False
    said_yes_or_no = answers.yes_no(heard.text) is not None
    return said_yes_or_no or (field.check in FREE and not heard.has_digits)
