"""Conversations of `conversations.yml`, through the real model and actions; the backend's API is played."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fixtures_bot import Bot, Registry, talk, words

TABLE: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "conversations.yml").read_text(encoding="utf-8"))


def in_order(text: str, fragments: list[str]) -> bool:
    place = 0
    for fragment in fragments:
        place = text.find(fragment, place)
        if place < 0:
            return False
        place += len(fragment)
    return True


def faults(wanted: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """What an answer lacks of what the table wants, in words."""
    if not answer["ok"]:
        return [f"failed: {answer['error']}"]
    said, evidence = words(answer), answer["evidence"]
    have = {
        "intent": evidence["intent"], "decision": evidence["decision"], "floor": answer["floor"],
        "effects": answer["effects"],
        "expect": answer["expect"]["type"] if answer["expect"] else None, "ref": answer["replies"][0]["ref"],
    }  # fmt: skip
    found = [
        f"{key}: {have[key]} instead of {wanted[key]}" for key in have if key in wanted and have[key] != wanted[key]
    ]
    for name, value in wanted.get("entities", {}).items():
        if evidence["entities"].get(name) != value:
            found.append(f"{name}: {evidence['entities'].get(name)} instead of {value}")
    if not in_order(said, wanted.get("bot", [])):
        found.append(f"{wanted['bot']} not in: {said}")
    return found + [f"{bad} in: {said}" for bad in wanted.get("not_bot", []) if bad in said]


@pytest.mark.parametrize("case", TABLE, ids=[case["title"] for case in TABLE])
def test_conversation(bot: Bot, registry: Registry, case: dict[str, Any]) -> None:
    registry.known.update(case.get("known", {}))
    sent = [
        {"text": turn["citizen"], "location": turn.get("location"), "context": turn.get("context", {})}
        for turn in case["turns"]
    ]
    answers = talk(bot, sent, registry)
    found = [
        f"{turn['citizen']!r}: {fault}"
        for turn, a in zip(case["turns"], answers, strict=True)
        for fault in faults(turn, a)
    ]
    assert not found, "\n".join(found)
    for wanted, made in zip(case.get("made", []), registry.records, strict=False):
        assert {key: made.get(key) for key in wanted} == wanted
    if "made" in case:
        assert len(registry.records) == len(case["made"])
