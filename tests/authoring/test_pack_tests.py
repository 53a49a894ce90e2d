"""The runner of tests.yml: what counts as understood, and what a conversation must have said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from backend.pack_commands import passed
from backend.pack_tests import Outcome, Say, run_conversation, run_pack, run_sentences
from bot.packs.model import Conversation, Pack, Sentence, Turn


def pack(*sentences: Sentence, conversations: tuple[Conversation, ...] = ()) -> Pack:
    return Pack("p", Path("p"), "s", "S", "o", sentences=sentences, conversations=conversations)


def reading(intent: str = "costo", danger: bool = False, **entities: Any) -> Mapping[str, Any]:
    return {"service": "s", "intent": intent, "confidence": 0.9, "entities": entities, "danger": danger}


def missed(sentence: Sentence, read: Mapping[str, Any]) -> list[str]:
    def parse(texts: Sequence[str]) -> list[Mapping[str, Any]]:
        return [read for _ in texts]

    return [f"{miss.wanted} / {miss.got}" for miss in run_sentences(pack(sentence), parse)]


@pytest.mark.parametrize(
    ("sentence", "read", "misses"),
    [
        (Sentence("x", "s.costo"), reading(), []),
        (Sentence("x", "s.costo"), reading("como"), ["s.costo / s.como (0.90)"]),
        (Sentence("x", "s.costo"), reading(danger=True), []),
        (Sentence("x", "s.costo", danger=True), reading(), ["danger / no danger"]),
        (Sentence("x", "s.costo", {"tramite": "a"}), reading(tramite="a", folio="z"), []),
        (Sentence("x", "s.costo", {"tramite": "a"}), reading(), ["tramite=a / tramite=None"]),
        (Sentence("x", "s.costo", {"semanas_embarazo": [20, 22]}), reading(semanas_embarazo=[20, 22]), []),
        (Sentence("x", "s.costo", {"fecha": "2026-03-15"}), reading(fecha={"text": "el 15", "date": "2026-03-15"}), []),
        (Sentence("x", "s.costo", {"fecha": "el 15"}), reading(fecha={"text": "el 15", "date": "2026-03-15"}), []),
        (Sentence("x", "s.costo", {"fecha": {"text": "el 15"}}), reading(fecha={"text": "el 15", "date": "x"}), []),
        (Sentence("x", "s.costo", {"fecha": {"text": "el 15"}}), reading(), ["fecha={'text': 'el 15'} / fecha=None"]),
    ],
)
def test_what_counts_as_understood(sentence: Sentence, read: Mapping[str, Any], misses: list[str]) -> None:
    assert missed(sentence, read) == misses


def answering(*replies: list[str]) -> Say:
    left: Iterator[list[str]] = iter(replies)
    return lambda channel, text: next(left)


@pytest.mark.parametrize(
    ("turn", "replies", "fault"),
    [
        (Turn("hola", ("Hola", "menú")), ["Hola.", "Este es el menú."], None),
        (Turn("hola", ("menú", "Hola")), ["Hola.", "Este es el menú."], "'Hola'"),
        (Turn("hola", not_bot=("folio",)), ["Tu folio es 1."], "no 'folio'"),
        (Turn("hola"), [], None),
    ],
)
def test_fragments_are_said_in_order(turn: Turn, replies: list[str], fault: str | None) -> None:
    miss = run_conversation("p", Conversation("c", (turn,)), answering(replies))
    assert (miss.wanted if miss else None) == fault


def test_the_first_turn_that_goes_otherwise_ends_the_conversation() -> None:
    turns = (Turn("uno", ("1",)), Turn("dos", ("2",)), Turn("tres", ("3",)))
    miss = run_conversation("p", Conversation("c", turns), answering(["1"], ["x"]))
    assert miss is not None
    assert (miss.place, miss.text) == ("conversations.c.2", "dos")


def test_every_conversation_starts_with_a_new_citizen() -> None:
    talk = Conversation("c", (Turn("hola", ("bienvenida",)),))
    started: list[int] = []

    def start() -> Say:
        started.append(1)
        return answering(["bienvenida"])

    outcome = run_pack(pack(conversations=(talk, talk)), lambda texts: [], start)
    assert (len(started), outcome.conversations, outcome.misses) == (2, 2, ())


def test_a_pack_may_miss_some_sentences_but_no_danger() -> None:
    def outcome(*sentences: Sentence, wrong: int) -> Outcome:
        def parse(texts: Sequence[str]) -> list[Mapping[str, Any]]:
            return [reading("como" if number < wrong else "costo") for number, _ in enumerate(texts)]

        return run_pack(pack(*sentences), parse, None)

    ten = [Sentence(str(number), "s.costo") for number in range(10)]
    assert passed(outcome(*ten, wrong=2))
    assert not passed(outcome(*ten, wrong=3))
    assert not passed(outcome(*ten, Sentence("sangre", "s.costo", danger=True), wrong=0))
