"""A signed message, its answer on the phone, and what happens when many come at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from backend.clock import clock
from bot import safety
from tests.fixtures_road import BotProcess, Town

COST = "cuanto cuesta el acta de nacimiento"


async def test_the_first_line_a_signed_sms_gets_a_fact_from_the_store(town: Town) -> None:
    answers = await town.say(town.simulator.phone(), COST)
    fact = await town.one(
        "SELECT body->>'text' FROM content_items WHERE key = 'tramites.costo' AND about = 'acta_nacimiento'"
    )
    assert "asistente automático" in answers[0].replace("a'", "á") or "asistente automatico" in answers[0]
    assert answers[-1].split()[:3] == str(fact).split()[:3]


async def test_an_edited_fact_is_told_without_training(town: Town) -> None:
    async with town.sessions.begin() as session:
        await session.execute(
            text(
                "UPDATE content_items SET body = jsonb_set(body, '{text}', '\"Cuesta 123 pesos.\"') - 'sms'"
                " WHERE key = 'tramites.costo' AND about = 'acta_nacimiento'"
            )
        )
    assert (await town.say(town.simulator.phone(), COST))[-1] == "Cuesta 123 pesos."


async def test_a_fact_that_does_not_exist_is_admitted_and_counted(town: Town) -> None:
    async with town.sessions.begin() as session:
        await session.execute(text("DELETE FROM content_items WHERE key = 'tramites.costo'"))
    answer = (await town.say(town.simulator.phone(), COST))[-1]
    assert "persona" in answer
    assert await town.one("SELECT times FROM content_misses WHERE key = 'tramites.costo'") == 1


async def test_three_texts_in_one_delivery_get_three_answers_in_order(town: Town) -> None:
    phone = town.simulator.phone("messenger")
    await phone.send_batch([COST, "que papeles piden para el acta de matrimonio", "gracias"])
    answers = await town.replies(phone)
    rows = await town.rows("SELECT evidence->>'intent' FROM inbound_messages ORDER BY sent_at, id")
    assert [row[0] for row in rows] == ["tramites.costo", "tramites.requisitos", "comun.agradecimiento"]
    assert len(answers) >= 3


async def test_a_burst_is_stored_whole_and_answered_together_once(town: Town) -> None:
    phone = town.simulator.phone()
    for n in range(14):
        await phone.send(f"hola {n}" if n else COST)
    assert await town.replies(phone) == []
    with clock(lambda: datetime.now(UTC) + timedelta(seconds=8)):
        answers = await town.replies(phone)
    assert await town.one("SELECT count(*) FROM inbound_messages WHERE status = 'done'") == 14
    assert 1 <= len(answers) <= 3


async def test_a_danger_inside_a_burst_is_answered_at_once(town: Town) -> None:
    phone = town.simulator.phone()
    for n in range(12):
        await phone.send(f"contesten {n}")
    await phone.send("me sale mucha sangre")
    assert any("911" in answer for answer in await town.replies(phone))


async def test_a_form_survives_a_restart_of_the_bot(town: Town, bot_process: BotProcess) -> None:
    phone = town.simulator.phone()
    await town.say(phone, "quiero reportar un bache")
    bot_process.restart()
    answers = [await town.say(phone, words) for words in ("calle Hidalgo 120, colonia Centro", "esta muy hondo", "no")]
    assert "EJ-" in str(answers)
    assert await town.one("SELECT count(*) FROM service_requests WHERE tipo_reporte = 'bache'") == 1


async def test_while_an_operator_holds_the_conversation_the_bot_is_silent_but_danger_is_answered(town: Town) -> None:
    phone = town.simulator.phone()
    await town.say(phone, "hola")
    async with town.sessions.begin() as session:
        await session.execute(text("UPDATE conversations SET floor = 'operator', operator_id = 1"))
    assert await town.say(phone, COST) == []
    assert "911" in str(await town.say(phone, "me sale mucha sangre"))


async def test_after_a_danger_nobody_is_told_that_she_is_not_understood(town: Town) -> None:
    phone = town.simulator.phone()
    await town.say(phone, "ya no quiero vivir")
    answers = await town.say(phone, "zxcv asdf")
    assert "Si es urgente marca 911" in answers[-1]
    assert "PERSONA" in answers[-1]
    await town.rows("UPDATE alarms SET closed_at = now() RETURNING id")


async def test_violence_that_only_the_trained_detector_hears_is_an_alarm_of_violence(town: Town) -> None:
    words = "ando con lentes oscuros pa q no se me vea el moquete q me dio mi marido"
    assert safety.read(words) is None
    assert "911" in str(await town.say(town.simulator.phone(), words))
    assert await town.rows("SELECT kind, sign FROM alarms") == [("violence", "salud_materna.violencia")]
    await town.rows("UPDATE alarms SET closed_at = now() RETURNING id")


async def test_a_voice_note_is_told_what_to_do(town: Town) -> None:
    phone = town.simulator.phone("messenger")
    await phone.send_voice()
    answers = await town.replies(phone)
    assert "escr" in answers[-1].lower()
