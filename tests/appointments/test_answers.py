"""What people answer to reminders and to the questions afterwards; the conversations stand in conversations.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from tests.appointments.conftest import Clinic

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "conversations.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
async def test_answers_to_the_reminder_of_the_day_before(clinic: Clinic, case: dict[str, Any]) -> None:
    phone = await clinic.person()
    await clinic.appointment("2026-12-04")
    assert len(await clinic.on("2026-12-03T10:00", phone)) == 1
    for turn in case["turns"]:
        said = await clinic.answer(phone, turn["citizen"])
        assert any(one.startswith(plain(turn["bot"])) for one in said) if "bot" in turn else True, said
        assert not any("cita" in one for one in said) if turn.get("left") else True, said
    wanted = case["expect"]
    status, day, at = await clinic.row("status, day::text, at::text")
    assert (status, day) == (wanted["status"], wanted["day"])
    assert at == wanted.get("at")
    left = await clinic.town.one("SELECT opted_out_at IS NOT NULL FROM contacts")
    assert left is wanted.get("left_programme", False)


def plain(words: str) -> str:
    """As SMS writes it."""
    return words.translate(str.maketrans("áíóúÁÍÓÚ", "aiouAIOU"))


async def test_the_day_after_she_says_how_she_was_treated(clinic: Clinic) -> None:
    phone = await clinic.person()
    await clinic.appointment("2026-12-04")
    assert await clinic.on("2026-12-05T10:00", phone) == ["¿Fuiste a tu cita de ayer? Responde SI o NO."]
    (asked,) = await clinic.answer(phone, "si fui")
    assert asked.startswith("¿Como te trataron?")
    assert await clinic.answer(phone, "2") == [
        "Gracias por contarnos y lamento que te trataran asi. Si quieres hablarlo con una persona escribe PERSONA."
    ]
    assert await clinic.row("status, rating, asking") == ("kept", 2, None)


async def test_a_rating_that_is_none_is_left_to_the_bot(clinic: Clinic) -> None:
    phone = await clinic.person()
    await clinic.appointment("2026-12-04")
    await clinic.on("2026-12-05T10:00", phone)
    await clinic.answer(phone, "si")
    assert await clinic.answer(phone, "9") == []
    assert await clinic.answer(phone, "5") == ["Gracias por contarnos, sirve para mejorar la atencion."]
    assert await clinic.row("rating") == (5,)


async def test_who_missed_it_may_name_another_day_and_is_reminded_of_that(clinic: Clinic) -> None:
    phone = await clinic.person()
    await clinic.appointment("2026-12-04")
    await clinic.on("2026-12-05T10:00", phone)
    (asked,) = await clinic.answer(phone, "no")
    assert asked.startswith("Gracias por avisar.")
    assert await clinic.row() == ("missed", "2026-12-04")
    await clinic.answer(phone, "el 20 de diciembre")
    assert await clinic.row() == ("planned", "2026-12-20")
    (reminder,) = await clinic.on("2026-12-17T10:00", phone)
    assert "domingo 20 de diciembre" in reminder


async def test_an_older_form_does_not_take_the_answer_to_the_reminder(clinic: Clinic) -> None:
    """Five days after leaving a form half done: her «sí» answers the reminder, and only that message does."""
    phone = await clinic.person()
    await clinic.appointment("2026-12-04")
    clinic.at("2026-12-03T09:00")
    async with clinic.town.sessions.begin() as session:
        form = """{"type": "yes_no", "form": "salud_materna.inscripcion", "field": "consentimiento"}"""
        await session.execute(
            text("UPDATE conversations SET expect = CAST(:form AS jsonb), expect_until = '2026-12-09'"), {"form": form}
        )
    await clinic.on("2026-12-03T10:00", phone)
    clinic.at("2026-12-03T10:05")
    (said,) = await clinic.answer(phone, "si")
    assert said.startswith("Gracias por confirmar")
    assert await clinic.town.one("SELECT expect->>'field' FROM conversations") == "consentimiento"


async def test_whom_an_operator_talks_with_answers_the_operator(clinic: Clinic) -> None:
    phone = await clinic.person()
    await clinic.appointment("2026-12-04")
    async with clinic.town.sessions.begin() as session:
        await session.execute(text("UPDATE conversations SET floor = 'operator', operator_id = 1"))
    assert len(await clinic.on("2026-12-03T10:00", phone)) == 1
    assert await clinic.answer(phone, "si") == []
    assert await clinic.row("status") == ("planned",)
