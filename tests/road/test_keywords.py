"""The word of an export, as it came: what it begins, and what wins over it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.flows.runs import IMPORTED, open_flows
from backend.rapidpro.convert import import_exports
from backend.rapidpro.store import files, save
from backend.tasks.flow_turns import FlowTurns
from tests.fixtures_road import Town
from tests.rapidpro.cases import EXPORTS


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
