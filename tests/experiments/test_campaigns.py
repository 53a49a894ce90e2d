"""A trial inside its campaign: whoever gets a first message is assigned just then, and reads the words of the arm."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import text

from backend.campaigns.enrolment import seed_programmes
from backend.campaigns.programme import Event, Programme
from backend.experiments.allocation import audit, places
from tests.experiments.study import BY_PERSON, CAMPAIGN, Study

WORDS = {"informa": "Toma agua.", "invita": "¿Y hoy?"}


async def test_the_scheduler_assigns_and_speaks_in_the_words_of_the_arm(study: Study) -> None:
    first, second = (Event(f"c{n}", days=n, at=time(10), arms=tuple(WORDS.items())) for n in (1, 2))
    programme = Programme(CAMPAIGN, "Consejos", (first, second), starts=date(2027, 1, 12))
    async with study.clinic.sessions.begin() as session:
        await seed_programmes(session, [programme], study.now)
    await study.start(BY_PERSON)
    people = await study.people(12)
    young = await study.person(edad="16")
    await study.clinic.work()
    assert await study.listed(BY_PERSON) == []  # nobody before the first message
    for day in ("2027-01-13T17:00", "2027-01-14T17:00"):
        study.clinic.watch.at(day)
        await study.clinic.work()
    rows = await study.listed(BY_PERSON)
    assert audit(BY_PERSON, rows) == [] and {int(row.unit) for row in rows} == set(people)
    assert [row.arm for row in rows] == places(BY_PERSON, "etapa=embarazo", 0, 12)
    arms = {int(row.unit): row.arm for row in rows}
    sent = await study.clinic.rows(
        "SELECT contact_id, sealed_text FROM outbound_messages m JOIN conversations c ON c.id = m.conversation_id"
    )
    assert len(sent) == 26
    for contact, sealed in sent:  # who is in no trial reads the control's
        arm = "informa" if contact == young else arms[int(str(contact))]
        assert study.clinic.desk.vault.open(str(sealed)) == WORDS[arm]


async def test_the_arm_of_the_enrolment_wins_over_the_trials(study: Study) -> None:
    event = Event("c1", days=1, at=time(10), arms=tuple(WORDS.items()))
    async with study.clinic.sessions.begin() as session:
        await seed_programmes(session, [Programme(CAMPAIGN, "Consejos", (event,), starts=date(2027, 1, 12))], study.now)
    await study.start(BY_PERSON)
    await study.people(12)
    async with study.clinic.sessions.begin() as session:
        await session.execute(text("UPDATE enrolments SET arm = 'invita'"))
    study.clinic.watch.at("2027-01-13T17:00")
    await study.clinic.work()
    assert {row.arm for row in await study.listed(BY_PERSON)} == set(WORDS)
    assert set(await study.clinic.words()) == {WORDS["invita"]}
