"""Enrolling as people do it: what is kept of their yes, what cannot be, three tries, a girl, another due date."""

from __future__ import annotations

from tests.journeys.conftest import Journey, enrol

DUE = "SELECT day::text FROM contact_dates WHERE field = 'fecha_probable_parto'"
NEXT = "SELECT campaign, (next_at AT TIME ZONE 'America/Monterrey')::text FROM enrolments ORDER BY campaign"


async def test_three_tries_a_kind_way_out_and_the_way_back(journey: Journey) -> None:
    await journey.says("quiero inscribirme al programa")
    for words in ("zxcv qwer", "asdf", "qwerty"):
        said = await journey.says(words)
    assert "no guarde tus datos" in said and "inscribirme" in said and "persona" in said
    assert await journey.town.one("SELECT count(*) FROM consents") == 0
    assert "¿aceptas?" in await journey.says("INSCRIBIRME")
    assert "no guarde tus datos" in await journey.says("no")
    assert await journey.town.one("SELECT count(*) FROM enrolments") == 0


async def test_her_yes_is_kept_with_its_words_and_the_date_comes_from_her_last_period(journey: Journey) -> None:
    """A last period is never in the future, and nobody is due in three years."""
    await journey.says("quiero inscribirme al programa")
    for words in ("sí", "Rosa", "1"):
        await journey.says(words)
    for impossible in ("mi última regla fue el 20 de diciembre", "me toca el 3 de mayo de 2029"):
        assert "20 semanas, o 5 meses" in await journey.says(impossible)
    assert "municipio" in await journey.says("mi última regla fue el 1 de septiembre")
    for words in ("Apodaca", "no sé"):
        await journey.says(words)
    assert "listo, rosa" in await journey.says("24")
    due = await journey.town.one(DUE)
    assert "2027-06-05" <= str(due) <= "2027-06-11"  # 280 days later, by whole weeks
    ((given, channel, version, text, day),) = await journey.town.rows(
        "SELECT given, channel, version, text, at::date::text FROM consents"
    )
    assert (given, channel, day) == (True, "twilio_sms", "2026-11-24")
    assert version and "¿Aceptas?" in str(text) and "aviso" in str(text)


async def test_what_she_said_already_is_not_asked(journey: Journey) -> None:
    await journey.says("tengo 20 semanas y quiero los mensajitos")
    for words in ("sí", "Rosa"):
        await journey.says(words)
    assert "municipio" in await journey.says("1")


async def test_a_girl_is_spoken_to_in_her_own_way(journey: Journey) -> None:
    """The flow for whoever is not eighteen reaches her at once, and the team hears that she is alone."""
    assert "listo, rosa" in await enrol(journey, age="16")
    first, asked = [one.text for one in await journey.until("2026-11-24 12:00")]
    assert "sin regaños" in first and "adulta de tu confianza" in asked
    assert "no estas sola" in await journey.says("no")
    assert await journey.town.rows("SELECT subject FROM staff_notes") == [("Menor de edad sin acompañamiento",)]
    campaigns = [campaign for campaign, _ in await journey.town.rows(NEXT)]
    assert campaigns == ["salud_materna.embarazo", "salud_materna.embarazo_adolescente"]


async def test_another_due_date_moves_what_is_pending(journey: Journey) -> None:
    """Week 12 becomes week 30: the next message is that of week 30, and nothing of the weeks between comes."""
    await enrol(journey)
    assert await journey.town.one(DUE) == "2027-06-08"
    for words in ("me cambiaron la fecha de parto", "1", "2 de febrero de 2027"):
        said = await journey.says(words)
    assert "siguen la nueva fecha" in said
    assert await journey.town.one(DUE) == "2027-02-02"
    (first, *_) = await journey.until("2026-11-26 12:00")
    told = await journey.town.rows("SELECT ref->>'event' FROM outbound_messages WHERE outbound_class = 'campaign'")
    assert [str(event)[:7] for (event,) in told] == ["emb_s30"] and first.text
