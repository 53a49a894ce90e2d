"""Campaigns of an export: what happens so many days or weeks from a date of each person in a group."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from backend.flows.expressions.values import Dialect
from backend.flows.model import Flow, Say, Step, Words
from backend.rapidpro.books import Book, Desk
from backend.rapidpro.loose import mapping, mappings, slug, text, unique, whole
from backend.rapidpro.notes import Notes

Unit = Literal["minute", "hour", "day", "week"]
_UNITS: Mapping[str, Unit] = {"M": "minute", "H": "hour", "D": "day", "W": "week"}
_MODES: Mapping[str, Literal["interrupt", "skip", "passive"]] = {"I": "interrupt", "S": "skip", "P": "passive"}


@dataclass(frozen=True)
class CampaignEvent:
    """At `offset` units from the date in the contact field `relative_to` (negative: before), a flow or a message."""

    relative_to: str
    offset: int
    unit: Unit
    delivery_hour: int | None = None  # of the person's own clock; None: the hour of the date itself
    flow: str | None = None  # id of a flow
    message: Words | None = None
    start_mode: Literal["interrupt", "skip", "passive"] = "interrupt"  # towards a flow that is under way


@dataclass(frozen=True)
class CampaignDefinition:
    """The calendar of a group."""

    id: str
    name: str
    group: str
    events: tuple[CampaignEvent, ...]


def convert_campaigns(
    raws: list[dict[str, Any]], book: Book, notes: Notes
) -> tuple[list[CampaignDefinition], list[Flow]]:
    """The campaigns, and a flow for each message with translations, expressions or media."""
    campaigns: dict[str, CampaignDefinition] = {}
    flows: list[Flow] = []
    for raw in raws:
        name = text(raw.get("name")) or "campaña"
        key = unique(slug(name), set(campaigns))
        group = text(mapping(raw.get("group")).get("name")) or text(raw.get("group"))
        desk = Desk(book, notes, f"campaña {name}", text(raw.get("base_language")) or "base")
        if not group:
            desk.lost("grupo", "no dice para quiénes es")
        dialect: Dialect = "goflow" if text(raw.get("version")).startswith("13") else "excel"
        events = [event for part in mappings(raw.get("events")) if (event := _event(part, desk))]
        for number, event in enumerate(events, 1):
            if event.message and not _is_plain(event.message):
                flow = _said_by_flow(event.message, f"{book.pack}/{key}_{number}", f"{name} {number}", dialect, desk)
                events[number - 1] = replace(event, flow=flow.id, message=None)
                flows.append(flow)
        campaigns[key] = CampaignDefinition(key, name, group, tuple(events))
    return list(campaigns.values()), flows


def _is_plain(message: Words) -> bool:
    return message == Words(message.text) and "@" not in message.text and "{" not in message.text


def _said_by_flow(message: Words, flow_id: str, title: str, dialect: Dialect, desk: Desk) -> Flow:
    step = Step("mensaje", (Say(message),))
    return Flow(flow_id, title, {step.id: step}, step.id, dialect=dialect, language=desk.language())


def _event(raw: Mapping[str, Any], desk: Desk) -> CampaignEvent | None:
    desk.node = text(raw.get("uuid")) or text(raw.get("id"))
    date = mapping(raw.get("relative_to"))
    field = slug(text(date.get("key")) or text(date.get("label")) or text(date.get("name")), "")
    unit = _UNITS.get(text(raw.get("unit")).upper()[:1])
    if not field or unit is None:
        desk.lost("evento", "no dice desde qué fecha" if not field else f"no se conoce la unidad {raw.get('unit')}")
        return None
    hour = whole(raw.get("delivery_hour"), -1)
    message = _message(raw, desk)
    flow = None if message else raw.get("flow")
    if message is None and not flow:
        desk.lost("evento", "no lleva flujo ni mensaje")
        return None
    if not 0 <= hour <= 23:
        desk.warn("evento sin hora", "iba a la hora de la fecha; aquí va a la hora usual de entrega")
    return CampaignEvent(
        relative_to=field,
        offset=whole(raw.get("offset")),
        unit=unit,
        delivery_hour=hour if 0 <= hour <= 23 else None,
        flow=desk.other_flow(flow) if flow else None,
        message=message,
        start_mode=_MODES.get(text(raw.get("start_mode")), "interrupt"),
    )


def _message(raw: Mapping[str, Any], desk: Desk) -> Words | None:
    """The text of a message event; a flow event may carry an empty one."""
    if text(raw.get("event_type")) == "F":
        return None
    base = text(raw.get("base_language")) or desk.base
    message = raw.get("message")
    if isinstance(message, str) and message.lstrip().startswith("{"):
        message = _parsed(message)
    words = Desk(desk.book, desk.notes, desk.flow, base).words(message)
    return words if words.text.strip() else None


def _parsed(message: str) -> object:
    """Old exports hold the languages of a message as JSON inside of a text."""
    try:
        return json.loads(message)
    except ValueError:
        return message
