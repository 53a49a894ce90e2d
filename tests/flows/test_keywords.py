"""A word that begins a flow, «MIALTA», and what wins over it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.flows.keywords import Keyword, fitting

MIALTA = Keyword(("mialta",), "p/mialta")
ONLY = Keyword(("1",), "p/uno", only=True)
MEMBERS = Keyword(("mialta",), "p/otra_vez", groups=frozenset({"all"}))


@pytest.mark.parametrize(
    ("text", "flows"),
    [
        ("MIALTA", ["p/otra_vez", "p/mialta"]),
        ("Mialta por favor", ["p/otra_vez", "p/mialta"]),
        ("quiero mialta", []),
        ("1", ["p/uno"]),
        ("1 vez", []),
        ("", []),
    ],
)
def test_which_word_a_message_is(text: str, flows: list[str]) -> None:
    assert [one.flow for one in fitting([MIALTA, ONLY, MEMBERS], text)] == flows


def test_groups_limit_a_word() -> None:
    assert MEMBERS.is_for(frozenset({"ALL"})) and not MEMBERS.is_for(frozenset())
    assert not replace(MIALTA, without=frozenset({"uncaught"})).is_for(frozenset({"UNCAUGHT"}))
