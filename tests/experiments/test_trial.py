"""A trial over a real database, from the protocol to the difference between its arms."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from backend.appointments.answers import answer_appointments
from backend.appointments.models import Appointment
from backend.conversations.notices import Heard
from backend.experiments import service
from backend.experiments.allocation import audit, places
from backend.experiments.assignment import arms_of
from tests.experiments.study import BY_CLINIC, BY_PERSON, CAMPAIGN, Study


async def test_from_the_protocol_to_the_difference(study: Study) -> None:
    await study.start(BY_PERSON)
    people = await study.people(40)
    arms = await study.take_in(people)
    assert [arms[one] for one in people] == places(BY_PERSON, "etapa=embarazo", 0, 40)
    for one in people:
        await study.appointment(one, date(2027, 1, 20), "kept" if arms[one] == "invita" else "missed")
        await study.answers(one, "trato", "5" if arms[one] == "invita" else "3")
    study.clinic.watch.later(days=31)
    made = await study.report(BY_PERSON)
    assert made.audit == () and sum(one.measured for one in made.flow) == 40
    attended, treated, _ = made.results
    interval = attended.comparisons[0].interval
    assert interval is not None and interval.difference == 1 and interval.low is not None and interval.low > 0.7
    assert [one.value for one in treated.arms] == [3.0, 5.0]


async def test_only_who_may_take_part_does(study: Study) -> None:
    before = await study.person()
    study.clinic.watch.later(minutes=1)
    await study.start(BY_PERSON)
    young, unknown, silent = await study.person(edad="17"), await study.person(), await study.person()
    grown = await study.person(edad="18")
    async with study.clinic.sessions.begin() as session:
        await session.execute(text("DELETE FROM contact_values WHERE contact_id = :c"), {"c": unknown})
        await session.execute(text("UPDATE contacts SET opted_out_at = now() WHERE id = :c"), {"c": silent})
    assert (await study.take_in([before, young, unknown, silent, grown])).keys() == {grown}
    study.clinic.watch.at("2027-07-12T12:00")  # the day after the last
    assert await study.take_in([await study.person()]) == {}


async def test_the_arm_stays_and_is_told_to_flows_and_campaigns(study: Study) -> None:
    await study.start(BY_PERSON)
    one = await study.person()
    arms = await study.take_in([one])
    assert await study.take_in([one]) == arms
    async with study.clinic.sessions() as session:
        assert await arms_of(session, [one, 999]) == {one: {"tono": arms[one]}, 999: {}}


async def test_people_who_come_at_once_take_places_one_after_the_other(study: Study) -> None:
    await study.start(BY_PERSON)
    people = await study.people(60)
    await asyncio.gather(*(study.take_in(people[n : n + 25]) for n in range(0, 60, 5)))
    rows = await study.listed(BY_PERSON)
    assert sorted(int(row.unit) for row in rows) == people
    assert audit(BY_PERSON, rows) == []


async def test_a_changed_file_changes_nothing_that_runs_and_is_written_down(study: Study) -> None:
    first = replace(BY_PERSON, alpha=0.1)
    await study.see(first)
    await study.start(BY_PERSON)  # until the start the file holds
    changed = replace(BY_PERSON, alpha=0.2, seed=7)
    assert await study.see(changed) == [
        "tono: cambió el archivo (alpha, seed); sigue valiendo el protocolo con que empezó"
    ]
    assert await study.see(changed) == []
    assert len(await study.see(BY_PERSON)) == 1 and len(await study.see()) == 1
    made = await study.report(BY_PERSON)
    assert made.protocol == BY_PERSON
    assert [(one.what, one.who) for one in made.log] == [("started", "ana"), *[("deviation", "archivos")] * 3]


async def test_what_an_auditor_relies_on_cannot_be_rewritten(study: Study) -> None:
    await study.start(BY_PERSON)
    await study.take_in(await study.people(2))
    for statement in (
        "UPDATE assignments SET arm = 'invita'",
        "DELETE FROM assignments",
        "UPDATE experiment_changes SET why = ''",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with study.clinic.sessions.begin() as session:
                await session.execute(text(statement))


async def test_production_asks_for_an_ethics_committee(study: Study) -> None:
    signed = replace(BY_PERSON, ethics_approval="Comité 12, 2026-12-01", reviewed_by="Dra. Ruiz")
    for protocol, said in [
        (BY_PERSON, "ethics_approval: falta"),
        (replace(signed, reviewed_by=""), "reviewed_by: falta"),
        (replace(signed, example=True), "es de ejemplo"),
        (signed, ""),
    ]:
        await study.see(protocol)
        async with study.clinic.sessions.begin() as session:
            if said:
                with pytest.raises(service.Refused, match=said):
                    await service.start(session, "tono", "ana", study.now, production=True)
            else:
                await service.start(session, "tono", "ana", study.now, production=True)


async def test_two_trials_do_not_share_a_campaign_and_one_starts_once(study: Study) -> None:
    await study.start(BY_PERSON)
    with pytest.raises(service.Refused, match=f"{CAMPAIGN} ya es de «tono»"):
        await study.start(BY_CLINIC)
    with pytest.raises(service.Refused, match="empieza una sola vez"):
        await study.start(BY_PERSON)
    await study.end(BY_PERSON)
    assert await study.take_in([await study.person()]) == {}
    await study.start(BY_CLINIC)


async def test_clinics_get_arms_before_anybody_comes(study: Study) -> None:
    await study.start(BY_CLINIC)
    rows = await study.listed(BY_CLINIC)
    assert {row.stratum for row in rows} == {"zona=norte", "zona=sur"} and len(rows) == 8
    assert audit(BY_CLINIC, rows) == []
    here = await study.each([{"clinica": f"clinica {n % 8 + 1}"} for n in range(32)])
    elsewhere = await study.person(clinica="Otra")
    arms = await study.take_in([*here, elsewhere])
    assert arms.keys() == set(here)
    by_clinic = {row.unit: row.arm for row in rows}
    assert all(arms[one] == by_clinic[f"Clínica {n % 8 + 1}"] for n, one in enumerate(here))
    for n, one in enumerate(here):
        await study.appointment(one, date(2027, 1, 20), "kept" if n % 3 else "missed")
    study.clinic.watch.later(days=31)
    attended = (await study.report(BY_CLINIC)).results[0]
    assert [one.people for one in attended.arms] == [16, 16] and [one.units for one in attended.arms] == [4, 4]


async def test_outcomes_count_in_their_time_the_first_or_the_last(study: Study) -> None:
    await study.start(BY_PERSON)
    (one,) = (await study.take_in([await study.person()])).keys()
    assert await study.answers(one, "otra", "5") == 0
    for value in ("2", "4"):
        study.clinic.watch.later(days=1)
        assert await study.answers(one, "trato", value) == 1
    assert await study.survey(one, "salud/senales", sabe="no", otra="x") == 1
    assert await study.survey(one, "salud/senales", sabe="si") == 1
    study.clinic.watch.later(days=40)
    assert await study.answers(one, "trato", "1") == 0  # too late
    results = {result.outcome.name: result for result in (await study.report(BY_PERSON)).results}
    values = {name: [arm.value for arm in result.arms if arm.people] for name, result in results.items()}
    assert values == {"asistencia": [0.0], "trato": [4.0], "sabe": [0.0]}


async def test_how_she_was_treated_after_an_appointment_counts(study: Study) -> None:
    """«¿Cómo te trataron?» is asked after every appointment; no flow of its own is needed."""
    await study.start(BY_PERSON)
    one = await study.person()
    await study.take_in([one])
    await study.appointment(one, date(2027, 1, 11), "kept")
    async with study.clinic.sessions.begin() as session:
        await session.execute(update(Appointment).values(asking="treatment", asked_at=study.now))
        heard = Heard(1, 1, one, "4", form_open=False)
        assert await answer_appointments(session, study.clinic.desk, [heard], study.now)
    assert await study.clinic.rows("SELECT contact_id, name FROM outcomes") == [(one, "trato")]


async def test_leaving_is_analysed_and_being_forgotten_is_counted(study: Study) -> None:
    await study.start(BY_PERSON)
    people = await study.people(8)
    arms = await study.take_in(people)
    gone, erased = (next(one for one in people if arms[one] == arm) for arm in ("informa", "invita"))
    async with study.clinic.sessions.begin() as session:
        await session.execute(text("UPDATE contacts SET opted_out_at = now() WHERE id = :c"), {"c": gone})
    await study.forget(erased)
    late = await study.person()
    study.clinic.watch.later(days=31)
    await study.take_in([late])
    made = await study.report(BY_PERSON)
    for one in made.flow:
        assert one.assigned == one.forgotten + one.waiting + one.lost + one.measured
    assert sum(one.forgotten for one in made.flow) == sum(one.left for one in made.flow) == 1
    assert sum(one.waiting for one in made.flow) == 1
    assert sum(arm.people for arm in made.results[0].arms) == 7  # whoever left counts, as not attending
    assert made.audit == ()
