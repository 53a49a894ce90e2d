"""The same person from week 12 of her pregnancy to the day on which she leaves."""

from __future__ import annotations

from tests.journeys.conftest import NURSES, Journey, enrol


async def test_from_week_twelve_to_leaving(journey: Journey) -> None:
    """Week 12 on 24 November 2026: due on 8 June 2027."""
    assert "listo, rosa" in await enrol(journey)

    await _the_first_week(journey)
    await _an_alarm_in_week_thirty(journey)
    await _the_birth(journey)
    await _vaccines(journey)
    await _leaving(journey)


async def _the_first_week(journey: Journey) -> None:
    """Nothing of the weeks before; each message at its hour, and a question that she answers."""
    week = await journey.until("2026-11-28 17:05")
    assert [one.at for one in week] == ["2026-11-25 10:00", "2026-11-27 10:00", "2026-11-28 17:00"]
    assert "arde al orinar" in week[0].text and "cansancio" in week[1].text
    assert "ya fuiste a tu consulta de este mes" in week[2].text
    assert "fecha" in await journey.says("sí, ayer")
    (vitamins,) = [one for one in await journey.until("2026-11-30 09:00") if "vitaminas" in one.text]
    assert vitamins.at == "2026-11-29 10:00"


async def _an_alarm_in_week_thirty(journey: Journey) -> None:
    """Answered at once; the telephone on duty rings, and she hears that somebody read it only when somebody did."""
    await journey.skip_to("2027-03-29 12:00")
    await journey.until("2027-03-30 11:00")
    assert "911" in await journey.says("me está saliendo mucha sangre")
    rung = journey.telephone(NURSES)
    await journey.until("2027-03-30 11:01")
    assert [message.text[:6] for message in rung.received] == ["ALARMA"]
    assert not any("ya leyo tu mensaje" in one.text for one in journey.story)
    await journey.town.say(rung, "1")
    (_,) = [one for one in await journey.until("2027-03-30 11:02") if "ya leyo tu mensaje" in one.text]
    assert await journey.town.one("SELECT count(acknowledged_at) FROM alarms") == 1


async def _the_birth(journey: Journey) -> None:
    """She says so herself, and the messages are about her baby from then on."""
    await journey.skip_to("2027-06-06 12:00")
    assert "felicidades" in await journey.says("ya nació mi bebé")
    await journey.says("Dar la fecha")
    await journey.says("2")
    assert "quedo anotado" in await journey.says("ayer")
    first = await journey.until("2027-06-10 16:00")
    morning = [one.at for one in first if one.at.endswith("10:00")]
    assert morning == ["2027-06-08 10:00", "2027-06-10 10:00"]
    campaigns = await journey.town.rows("SELECT campaign, status FROM enrolments ORDER BY campaign")
    assert campaigns == [("salud_materna.bebe", "active"), ("salud_materna.embarazo", "ended")]


async def _vaccines(journey: Journey) -> None:
    """Nine weeks and two days after the birth."""
    await journey.skip_to("2027-08-08 12:00")
    asked = (await journey.until("2027-08-09 17:01"))[-1]
    assert asked.at == "2027-08-09 17:00" and "vacunas que marca su cartilla" in asked.text
    assert "muy bien" in await journey.says("sí, todas")


async def _leaving(journey: Journey) -> None:
    """One word is enough; why is asked once, afterwards; then silence, until she wants to come back."""
    assert "alta" in await journey.says("BAJA")
    (why,) = await journey.until("2027-08-10 09:00")
    assert "no hace falta contestar" in why.text
    assert "gracias" in await journey.says("1")
    assert await journey.until("2027-08-31 12:00") == []

    await journey.says("ALTA")
    again = await journey.until("2027-09-08 12:00")
    assert 1 <= len(again) <= 3 and not any("dejas los mensajes" in one.text for one in again)
