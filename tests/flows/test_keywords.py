"""A word that begins a flow: «MIALTA», of an export as it came, and what wins over it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.flows.keywords import Keyword, fitting
from backend.flows.runs import IMPORTED, open_flows
from backend.rapidpro.convert import import_exports
from backend.rapidpro.store import files, save
from backend.tasks.flow_turns import FlowTurns
from tests.fixtures_road import Town
from tests.rapidpro.cases import EXPORTS

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


@pytest.fixture
def imported(town: Town) -> Town:
    """A desk into which the export of an old programme was imported, by `ventanilla import rapidpro`."""
    brought = import_exports([EXPORTS / "enrolment_v10.json"], "viejo")
    save(town.settings.data_dir / IMPORTED / "viejo", files(brought, "viejo"), overwrite=False)
    town.turns = replace(town.turns, flows=FlowTurns(open_flows(town.desk), town.sessions))
    return town


RUNS = "SELECT flow, status FROM flow_runs ORDER BY id"


async def test_the_word_of_an_export_begins_its_flow(imported: Town) -> None:
    town, phone = imported, imported.simulator.phone()
    assert "Como te llamas" in (await town.say(phone, "MIALTA"))[-1]
    assert "¿estas embarazada?" in (await town.say(phone, "Ana"))[-1]
    assert "Como te llamas" in (await town.say(phone, "mialta"))[-1]  # begins anew, as it always did
    assert await town.rows(RUNS) == [("viejo/mialta", "ended"), ("viejo/mialta", "active")]
    assert "911" in (await town.say(phone, "mialta me sale mucha sangre"))[0]  # danger first
    await town.say(phone, "BAJA")
    assert await town.one("SELECT opted_out_at FROM contacts") is not None


async def test_an_open_form_and_a_person_keep_the_message(imported: Town) -> None:
    town, phone = imported, imported.simulator.phone()
    await town.say(phone, "hay un bache en mi calle")
    await town.say(phone, "mialta")
    assert await town.rows(RUNS) == []
    await town.say(phone, "cancelar")
    await town.say(phone, "quiero hablar con una persona")
    await town.say(phone, "mialta")
    assert await town.rows(RUNS) == []
