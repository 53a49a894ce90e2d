"""«BORRA»: one word asks, one yes takes away what is known of a person, whoever holds the conversation."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from backend.clock import now
from backend.contacts.fields import set_values
from backend.contacts.forgetting import PHRASES, forget_due, wishes
from backend.conversations.models import InboundMessage
from backend.simulator.phones import Phone
from tests.fixtures_road import Town

EMPTY = ("contact_values", "contact_dates", "group_members", "enrolments", "flow_runs", "staff_notes")


@pytest.mark.parametrize("words", [*PHRASES, "Borra mis datos por favor", "olvídenme"])
def test_words_that_ask_for_it(words: str) -> None:
    assert wishes(words)


@pytest.mark.parametrize(
    "words", ["borra eso, me equivoqué", "borrame de los mensajes", "se me borró tu mensaje", "sí"]
)
def test_words_that_do_not(words: str) -> None:
    assert not wishes(words)


async def _known(town: Town, words: str = "hola, soy Rosa") -> Phone:
    """Somebody who wrote and of whom fields are known; the bot is away, a person holds the conversation."""
    phone = town.simulator.phone()
    await phone.send(words)
    async with town.sessions.begin() as session:
        await set_values(session, town.desk.vault, {1: {"nombre": "Rosa", "fecha_probable_parto": now().date()}}, now())
        await session.execute(update(InboundMessage).values(status="operator"))
    return phone


async def _after(town: Town, phone: Phone, words: str) -> str:
    await phone.send(words)
    await town.deliver()
    return phone.received[-1].text if phone.received else ""


async def test_once_asked_once_confirmed_and_nothing_is_left(quiet_town: Town) -> None:
    town, phone = quiet_town, await _known(quiet_town)
    assert "contesta SI" in await _after(town, phone, "BORRA MIS DATOS")
    assert await town.one("SELECT count(*) FROM contact_values") == 1
    assert "borramos tus datos" in await _after(town, phone, "si")
    async with town.sessions.begin() as session:
        assert await forget_due(session, town.desk, now()) == 1
    assert [await town.one(f"SELECT count(*) FROM {table}") for table in EMPTY] == [0] * len(EMPTY)
    assert {text for (text,) in await town.rows("SELECT redacted_text FROM inbound_messages")} == {"[borrado]"}
    assert await town.rows("SELECT opted_out_by, consented_at, forget_at FROM contacts") == [("palabra", None, None)]
    assert await town.rows("SELECT action, subject FROM audit_entries ORDER BY id DESC LIMIT 1") == [
        ("forget", "contact")
    ]
    async with town.sessions.begin() as session:
        assert await forget_due(session, town.desk, now()) == 0


async def test_no_yes_and_a_yes_to_something_else_change_nothing(quiet_town: Town) -> None:
    town, phone = quiet_town, await _known(quiet_town)
    await _after(town, phone, "sí")
    await _after(town, phone, "BORRA")
    await _after(town, phone, "no")
    assert await town.one("SELECT forget_at FROM contacts") is None
    assert await town.one("SELECT opted_out_at FROM contacts") is None


async def test_the_message_of_an_open_alarm_stays_until_somebody_has_cared(quiet_town: Town) -> None:
    town, phone = quiet_town, await _known(quiet_town, "me sale mucha sangre")
    await _after(town, phone, "BORRA")
    await _after(town, phone, "sí")
    async with town.sessions.begin() as session:
        await forget_due(session, town.desk, now())
    first = "SELECT redacted_text FROM inbound_messages ORDER BY id LIMIT 1"
    assert await town.one(first) == "me sale mucha sangre"
