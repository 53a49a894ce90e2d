"""What the desk shows of trials, and to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from xml.etree import ElementTree

import pytest

from tests.campaigns.clinic import Clinic, Watch
from tests.dashboard.conftest import Staff
from tests.experiments.study import BY_PERSON, Study
from tests.fixtures_road import Town


@pytest.fixture
async def staff(quiet_town: Town) -> AsyncIterator[Staff]:
    await quiet_town.app.state.redis.flushdb()
    made = Staff(quiet_town)
    yield made
    for http in made.browsers:
        await http.aclose()


@pytest.fixture
async def studied(quiet_town: Town, watch: Watch) -> Study:
    """A trial in which everybody invited came."""
    study = Study(Clinic(quiet_town.sessions, quiet_town.desk, watch))
    await study.open()
    await study.start(BY_PERSON)
    people = await study.people(20)
    for one, arm in (await study.take_in(people)).items():
        await study.appointment(one, date(2027, 1, 20), "kept" if arm == "invita" else "missed")
    watch.later(days=31)
    return study


async def test_supervision_reads_the_report_and_leaves_a_trace_and_others_do_not(staff: Staff, studied: Study) -> None:
    browser = await staff.enter("supervisor")
    assert "Tono" in (await browser.get("/estudios")).text
    page = (await browser.get("/estudios/tono")).text
    assert "+100.0" in page and "100.0%" in page and "Resultados preliminares" in page
    assert "Cada asignación se volvió a calcular" in page
    drawing = page[page.index("<svg") : page.index("</svg>") + 6]
    ElementTree.fromstring(drawing)
    assert await staff.town.one("SELECT count(*) FROM audit_entries WHERE subject = 'experiment'") == 2
    other = await staff.enter("operador")
    assert [(await other.get(path)).status_code for path in ("/estudios", "/estudios/tono")] == [403, 403]


async def test_a_trial_that_is_not_there_or_has_not_begun(staff: Staff, watch: Watch) -> None:
    study = Study(Clinic(staff.town.sessions, staff.town.desk, watch))
    await study.see(BY_PERSON)
    browser = await staff.enter("administrador")
    assert "Todavía nadie" in (await browser.get("/estudios/tono")).text
    assert (await browser.get("/estudios/nada%00")).status_code == 404
