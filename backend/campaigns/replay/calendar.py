"""A calendar of flows (structure and lengths, no texts) as campaigns of this project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import time
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zlib import crc32

import orjson

from backend.campaigns.programme import BIRTH, DUE_DATE, ORIGIN_DAYS, WEEK, Event, Programme, in_order

PACK = "repeticion"
STAGES: Mapping[str, tuple[str, str]] = {"pregnancy": ("embarazo", DUE_DATE), "baby": ("bebe", BIRTH)}
CONTROL = "cSE"  # the arm whose flows carry it in their name
FIRST_HOUR, HOURS = 9, 11
QUESTION = "¿"  # how a text that waits for an answer begins
FILLING = "cuidate y cuida a tu bebe, "


class UnreadableCalendar(ValueError):
    """The file is no such calendar; the message says what is missing."""


def read_calendar(path: Path) -> tuple[Programme, ...]:
    """Pregnancy and baby, with both arms. Raises UnreadableCalendar."""
    try:
        flows = orjson.loads(path.read_bytes())["flows"]
        placed = [flow for flow in flows if flow.get("stage") in STAGES]
        return tuple(_programme(stage, [one for one in placed if one["stage"] == stage]) for stage in STAGES)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise UnreadableCalendar(f"{path}: no es un calendario de flujos ({problem})") from problem


def _programme(stage: str, flows: Sequence[Mapping[str, Any]]) -> Programme:
    name, anchor = STAGES[stage]
    return Programme(
        key=f"{PACK}.{name}",
        title=name,
        events=in_order(_events(flows, ORIGIN_DAYS.get(anchor, 0))),
        relative_to=anchor,
        after=f"{PACK}.{STAGES['pregnancy'][0]}" if stage == "baby" else None,
    )


def _events(flows: Iterable[Mapping[str, Any]], origin: int) -> Iterator[Event]:
    """The flows of both arms in one slot are one event with two texts."""
    slots: dict[str, dict[str, Mapping[str, Any]]] = {}
    for flow in flows:
        slots.setdefault(flow["flow"].replace(f"_{CONTROL}", ""), {})[flow["arm"]] = flow
    for slot, arms in slots.items():
        first = next(iter(arms.values()))
        days = origin + WEEK * first["week"] + first["day"]
        at = time(FIRST_HOUR + crc32(slot.encode()) % HOURS)
        texts = {arm: list(_texts(slot, flow)) for arm, flow in arms.items()}
        for number, parts in enumerate(zip_longest(*texts.values()), 1):
            known = [part for part in parts if part]
            both = tuple((arm, part or known[0]) for arm, part in zip(texts, parts, strict=True))
            yield Event(f"{slot}.{number}", days=days, at=at, arms=both)


def _texts(slot: str, flow: Mapping[str, Any]) -> Iterator[str]:
    """Words of the original's length; of an exchange only the opening, the rest depends on the answer."""
    messages = flow["messages"][:1] if flow["two_way"] else flow["messages"]
    for number, message in enumerate(messages, 1):
        start = f"{QUESTION if flow['two_way'] else ''}{slot} {number} {flow['arm']} "
        room = max(message["chars"] - len(start), 0)
        yield (start + FILLING * (room // len(FILLING) + 1))[: max(message["chars"], len(start))].strip()
