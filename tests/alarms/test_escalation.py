"""Telephones ring one after the other until a person answers; she is never told what is not so."""

from __future__ import annotations

import pytest

from backend.alarms.answers import call_answered
from backend.alarms.escalation import ring_due
from backend.clock import now
from backend.simulator.faults import Faults
from bot.packs.model import OnCall
from tests.alarms.conftest import HEAD, NIGHT, NURSES, SOCIAL_WORK, Ward

READ = "ya leyo tu mensaje"
LIST = ("Enfermería de guardia", "Trabajo social", "Guardia de noche y fin de semana", "Coordinación de salud")


async def test_the_first_on_duty_is_rung_at_once_and_learns_no_more_than_needed(ward: Ward) -> None:
    her = await ward.alarm()
    (call,) = ward.heard(NURSES)
    assert call.startswith("ALARMA Embarazo y bebé: sangrado. https://ventanilla.prueba/conversaciones/")
    assert her.id not in call and "sangre" not in call and len(call) <= 160
    assert [text for text in ward.heard(her) if READ in text] == []
    assert "911" in ward.heard(her)[0] and "Si nadie te llama en 10 minutos" in ward.heard(her)[1]
    mails = await ward.town.rows("SELECT subject FROM staff_mails")
    assert mails == [("ALARMA de Embarazo y bebé",)]


async def test_after_five_minutes_the_next_then_the_whole_list_again(ward: Ward) -> None:
    await ward.alarm()
    ward.later(minutes=4, seconds=59)
    assert await ward.ring() == 0
    ward.later(seconds=-299)
    assert await ward.ring_on(5) == [(name, 5) for name in (*LIST[1:], *LIST[:2])]
    assert await ward.town.one("SELECT overdue_since IS NOT NULL FROM escalations")


async def test_at_night_those_on_duty_are_rung_and_in_the_second_round_everybody(ward: Ward) -> None:
    ward.later(hours=14)  # midnight
    await ward.alarm()
    nurses, social_work, night, head = LIST
    assert [name for name, _ in await ward.ring_on(5)] == [head, night, head, nurses, social_work]


async def test_after_three_rounds_the_list_is_rung_every_half_hour(ward: Ward) -> None:
    await ward.alarm()
    waits = [waited for _, waited in await ward.ring_on(15)]
    assert waits == [5] * 12 + [30] * 3


async def test_a_telephone_that_cannot_be_reached_is_not_waited_for(ward: Ward) -> None:
    ward.phone(NURSES)
    ward.town.simulator.provider.opted_out.add(NURSES)
    await ward.alarm()
    await ward.sweep()
    assert ward.rung() == ["2"]


async def test_a_ring_behind_the_retry_of_another_is_late_and_not_lost(ward: Ward) -> None:
    """One telephone, two alarms, a provider that is down: the second waits for the first, though its time has come."""
    provider = ward.town.simulator.provider
    provider.set_faults(Faults(server_error_every=1))
    await ward.alarm("me sale mucha sangre")
    await ward.alarm("mi bebe ya no se mueve")
    queued = "SELECT next_attempt_at > :now FROM outbound_messages WHERE ref->>'say' LIKE '%guardia_alarma' ORDER BY id"
    assert await ward.town.rows(queued, now=ward.moment) == [(True,), (False,)]
    provider.set_faults(Faults())
    ward.later(minutes=1)
    await ward.sweep()
    assert ward.rung() == ["1", "1"]


@pytest.mark.parametrize(
    ("words", "means"),
    [
        *((words, "yes") for words in ("1", "OK", "ok ya voy para allá", "Sí", "1 yo la atiendo", "¡Enterada!")),
        *((words, "no") for words in ("2", "No puedo", "2.")),
        *((words, None) for words in ("¿qué tiene?", "12", "estoy en la 1", "")),
    ],
)
def test_the_first_word_of_an_answer_decides(words: str, means: str | None) -> None:
    assert call_answered(words) == means


async def test_a_telephone_answers_and_only_then_is_she_told_that_somebody_read_it(ward: Ward) -> None:
    her = await ward.alarm()
    told = (await ward.answer(NURSES, "OK"))[-1]
    assert told == "Queda a tu nombre y se le aviso a la persona. https://ventanilla.prueba/conversaciones/1"
    assert READ in ward.heard(her)[-1]
    ward.later(hours=3)
    assert await ward.sweep() == 0
    assert ward.rung() == ["1"]
    assert await ward.town.rows("SELECT answered_by FROM escalations") == [("Enfermería de guardia",)]
    assert await ward.town.rows("SELECT action, detail->>'por' FROM audit_entries") == [("acknowledge", "SMS")]


async def test_whoever_cannot_passes_it_on_at_once(ward: Ward) -> None:
    await ward.alarm()
    assert (await ward.answer(NURSES, "2"))[-1] == "Entendido, le aviso a la siguiente persona."
    await ward.sweep()
    assert ward.rung() == ["1", "2"]


async def test_whoever_answers_late_hears_who_has_it(ward: Ward) -> None:
    her = await ward.alarm()
    ward.later(minutes=5)
    await ward.sweep()
    await ward.answer(SOCIAL_WORK, "1")
    assert (await ward.answer(NURSES, "1"))[-1] == "Gracias, ya la atiende Trabajo social."
    assert sum(READ in text for text in ward.heard(her)) == 1


async def test_a_one_without_an_alarm_is_left_to_the_bot(ward: Ward) -> None:
    assert await ward.answer(NURSES, "1") == []
    assert await ward.town.one("SELECT handled_by FROM inbound_messages") is None


async def test_after_ten_minutes_unread_she_hears_just_that(ward: Ward) -> None:
    her = await ward.alarm()
    ward.later(minutes=10)
    await ward.sweep()
    assert ward.heard(her)[-1].startswith("Todavia nadie ha podido leer tu mensaje. No esperes: llama ya al 911")
    assert not any(READ in text for text in ward.heard(her))


async def test_whom_somebody_beats_hears_little_more(ward: Ward) -> None:
    her = await ward.alarm("mi marido me esta golpeando")
    ward.later(minutes=10)
    await ward.sweep()
    assert len(ward.heard(her)) == 1
    await ward.answer(NURSES, "1")
    assert ward.heard(her)[-1] == "Una persona ya leyo tu mensaje. Puedes borrarlo."


async def test_a_service_without_a_list_shows_red_and_promises_nothing(ward: Ward) -> None:
    ward.with_list(OnCall())
    her = await ward.alarm()
    assert len(ward.heard(her)) == 1
    assert await ward.town.one("SELECT overdue_since IS NOT NULL FROM escalations")


async def test_a_fire_rings_civil_protection(ward: Ward) -> None:
    await ward.alarm("se esta quemando mi casa ayuda")
    assert ward.rung() == ["5"]


async def test_a_sweep_that_dies_rings_neither_twice_nor_never(ward: Ward) -> None:
    """The transaction is undone before its commit; another process does the step."""
    await ward.town.simulator.phone().send("me sale mucha sangre")
    for _ in range(3):
        async with ward.town.sessions() as session:
            await ring_due(session, ward.desk, now())
            await session.rollback()
    await ward.sweep()
    await ward.sweep()
    assert ward.rung() == ["1"]
    assert await ward.town.rows("SELECT step FROM alarm_rings") == [(1,)]


async def test_two_sweeps_at_once_ring_once(ward: Ward) -> None:
    await ward.alarm()
    ward.later(minutes=5)
    async with ward.town.sessions.begin() as one, ward.town.sessions.begin() as other:
        assert await ring_due(one, ward.desk, now()) == 1
        assert await ring_due(other, ward.desk, now()) == 0
    await ward.town.deliver()
    assert ward.rung() == ["1", "2"]


FOLLOW_UP = "Hace rato nos escribiste por algo urgente. ¿Recibiste ayuda? Responde SI o NO."


async def test_four_hours_later_she_is_asked_whether_help_came(ward: Ward) -> None:
    her = await ward.alarm()
    await ward.answer(NURSES, "1")
    ward.later(hours=4)
    await ward.sweep()
    assert ward.heard(her)[-1] == FOLLOW_UP
    told = (await ward.answer(her, "si, gracias a dios"))[-1]
    assert told == "Qué bueno que te atendieron. Si algo cambia, escribeme o llama al 911."
    assert await ward.town.one("SELECT helped FROM escalations") is True
    assert await ward.answer(her, "si") == []


async def test_where_nobody_helped_the_telephones_ring_again(ward: Ward) -> None:
    her = await ward.alarm()
    await ward.answer(NURSES, "1")
    ward.later(hours=4)
    await ward.sweep()
    assert "Llama ya al 911" in (await ward.answer(her, "no, nadie vino"))[-1]
    await ward.sweep()
    assert ward.rung() == ["1", "1"]
    await ward.answer(NURSES, "1")
    assert READ in ward.heard(her)[-1]


async def test_a_further_sign_after_somebody_had_read_it_rings_again(ward: Ward) -> None:
    her = await ward.alarm()
    await ward.answer(NURSES, "1")
    ward.later(minutes=10)
    await her.send("sigo sangrando mucho")
    await ward.sweep()
    assert ward.rung() == ["1"], "whoever read it is still there"
    ward.later(minutes=20)
    await her.send("ya no siento que se mueva mi bebe")
    await ward.sweep()
    assert ward.rung() == ["1", "1"]


async def test_once_violence_is_told_she_is_sent_nothing_that_another_may_read(ward: Ward) -> None:
    her = await ward.alarm()
    await her.send("mi marido me esta pegando")
    told = len(ward.heard(her))
    ward.later(minutes=10)
    await ward.sweep()
    assert len(ward.heard(her)) - told == 1, "the safety answer alone"
    assert "911" in ward.heard(her)[-1] and len(ward.rung()) > 1


async def test_everybody_is_on_the_list_of_the_example(ward: Ward) -> None:
    duties = ward.desk.government.on_call.duties["salud_materna"]
    assert [duty.sms for duty in duties] == [NURSES, SOCIAL_WORK, NIGHT, HEAD]
