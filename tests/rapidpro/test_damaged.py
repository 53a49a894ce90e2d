"""Exports that somebody cut, edited or damaged: they are brought as far as they go, and nothing raises."""

from __future__ import annotations

import copy
import json
import random
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.flows.interpreter import advance, start
from backend.flows.state import Contact, Message, Response, World
from backend.flows.write import write_flow
from backend.rapidpro.convert import convert
from backend.rapidpro.export import Export, is_flow
from backend.rapidpro.lint import lint
from backend.rapidpro.notes import Notes
from bot.packs.check_texts import Allowed
from tests.rapidpro.cases import EXPORTS, cases

DAMAGES = 20  # for each export
STRANGE: tuple[Any, ...] = (
    None,
    "",
    0,
    -1,
    10**30,
    1.5,
    True,
    [],
    {},
    [None],
    {"spa": None},
    "ñ",
    "@(",
    ["x", {"a": []}],
)


def damaged(value: Any, dice: random.Random) -> Any:
    """The same value with one to five places broken: a key lost, renamed, or holding something else."""
    value = copy.deepcopy(value)
    for _ in range(dice.randint(1, 5)):
        holder, keys = value, list(range(len(value))) if isinstance(value, list) else list(value)
        while keys:
            key = dice.choice(keys)
            inside = holder[key]
            if not isinstance(inside, (dict, list)) or not inside or dice.random() < 0.15:
                _break(holder, key, dice)
                break
            holder, keys = inside, list(range(len(inside))) if isinstance(inside, list) else list(inside)
    return value


def _break(holder: Any, key: Any, dice: random.Random) -> None:
    if isinstance(holder, dict) and dice.random() < 0.4:
        holder[f"{key}_"] = holder.pop(key)
    else:
        holder[key] = copy.deepcopy(dice.choice(STRANGE))


@pytest.mark.parametrize("name", [case.name for case in cases()])
def test_damage(name: str) -> None:
    whole = json.loads((EXPORTS / f"{name}.json").read_text(encoding="utf-8"))
    export: dict[str, Any] = {"flows": [whole]} if is_flow(whole) else whole
    dice = random.Random(name)
    zone = ZoneInfo("America/Mexico_City")
    world = World(Contact("p", "Ana"), datetime(2026, 11, 22, 10, tzinfo=zone), zone)
    for _ in range(DAMAGES):
        broken = damaged(export, dice)
        parts = {
            key: [one for one in _list(broken.get(key)) if isinstance(one, dict)]
            for key in ("flows", "campaigns", "triggers")
        }
        brought = convert(Export(**parts), "x", Notes())
        lint(brought.flows, brought.campaigns, Allowed((), frozenset()))
        for flow in brought.flows.values():
            write_flow(flow)
            run = start(brought.flows, flow.id, world, "s").run
            for text in ("1", "si", "15/03/2027"):
                event = Response(200, "{}") if run.waiting and run.waiting.kind == "response" else Message(text)
                run = advance(brought.flows, run, event, world).run


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
