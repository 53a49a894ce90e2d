"""Two sisters on one telephone: each gets her own messages by name; a date and a loss are asked whose they are."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Journey, enrol

WHO = "SELECT contact_id, campaign, status FROM enrolments ORDER BY contact_id, campaign"
LEFT = "SELECT count(*) FROM contacts WHERE opted_out_at IS NOT NULL"
ROSA, LUPITA = 1, 2
PREGNANCY = "salud_materna.embarazo"


@pytest.fixture
async def sisters(journey: Journey) -> Journey:
    """Rosa is due on 8 June 2027, Lupita ten weeks before her."""
    await enrol(journey)
    told = await enrol(journey, name="Lupita", pregnancy="22 semanas")
    assert "cada mensaje dice para quien es" in told and "listo, lupita" in told
    return journey


async def test_each_is_written_to_by_name_and_leaving_is_for_both(sisters: Journey) -> None:
    town = sisters.town
    assert await town.rows(WHO) == [(ROSA, PREGNANCY, "active"), (LUPITA, PREGNANCY, "active")]
    dates = "SELECT contact_id, day::text FROM contact_dates WHERE field = 'fecha_probable_parto' ORDER BY contact_id"
    assert await town.rows(dates) == [(ROSA, "2027-06-08"), (LUPITA, "2027-03-30")]
    assert await town.one("SELECT count(*) FROM consents WHERE given") == 2
    first = [one.text.partition(":")[0] for one in await sisters.until("2026-11-25 12:00")]
    assert sorted(first) == ["lupita", "rosa"]

    asked = (await sisters.until("2026-11-28 17:05"))[-1].text
    assert asked.startswith("rosa: ¿ya fuiste a tu consulta")
    await sisters.says("sí, ayer")
    await sisters.says("el 20 de diciembre")
    assert await town.rows("SELECT contact_id FROM appointments") == [(ROSA,)]
    reminder = [one.text for one in await sisters.until("2026-12-17 12:00") if "recordatorio" in one.text]
    assert [text.partition(":")[0] for text in reminder] == ["rosa"]

    await enrol(sisters, name="Rosa María", pregnancy="16 semanas")
    assert await town.one("SELECT count(*) FROM contacts") == 2  # she is one of the two

    await sisters.says("BAJA")
    assert await town.one(LEFT) == 2
    await sisters.until("2026-12-18 12:00")
    silent_since = len(sisters.story)
    await sisters.until("2027-01-03 12:00")
    assert len(sisters.story) == silent_since
    await sisters.says("ALTA")
    assert await town.one(LEFT) == 0


async def test_a_birth_is_asked_whose_it_is(sisters: Journey) -> None:
    for words in ("ya nació mi bebé", "Dar la fecha", "2", "ayer"):
        await sisters.says(words)
    asked = (await sisters.until("2026-11-24 11:30"))[-1].text
    assert "¿de quien es la fecha" in asked and "1 rosa" in asked and "2 lupita" in asked
    assert "listo, quedo anotada para lupita" in await sisters.says("Lupita")
    assert await sisters.town.rows(WHO) == [
        (ROSA, PREGNANCY, "active"),
        (LUPITA, "salud_materna.bebe", "active"),
        (LUPITA, "salud_materna.bebe_prematuro", "active"),
        (LUPITA, PREGNANCY, "ended"),
    ]


async def test_an_appointment_told_in_a_form_is_asked_whose_it_is(sisters: Journey) -> None:
    for words in ("quiero anotar mi cita del control prenatal", "el 20 de diciembre", "no sé"):
        await sisters.says(words)
    asked = (await sisters.until("2026-11-24 11:30"))[-1].text
    assert "¿de quien es la cita" in asked and "1 rosa" in asked and "2 lupita" in asked
    assert "la cita es de lupita" in await sisters.says("de Lupita")
    assert await sisters.town.rows("SELECT contact_id, of_telephone FROM appointments") == [(LUPITA, False)]
    await sisters.skip_to("2026-12-17 09:59")
    reminder = [one.text for one in await sisters.until("2026-12-17 12:00") if "recordatorio" in one.text]
    assert [text.partition(":")[0] for text in reminder] == ["lupita"]


async def test_a_loss_holds_both_until_it_is_known_whose_it_is(sisters: Journey) -> None:
    await sisters.says("perdí a mi bebé")
    assert await sisters.town.rows(WHO) == [(ROSA, PREGNANCY, "paused"), (LUPITA, PREGNANCY, "paused")]
    assert "¿quien de ustedes nos escribe" in await sisters.says("sí")
    assert "911" in await sisters.says("Lupita")
    assert await sisters.town.rows(WHO) == [(ROSA, PREGNANCY, "active"), (LUPITA, PREGNANCY, "paused")]
