"""Inside a form: an answer, a question, or a wish to stop? With the real forms and the trained model."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.core.channels.channel import UserMessage

from actions.checks import FREE
from actions.content import installed_content
from actions.forms import questions
from actions.heard import Heard
from actions.read_answer import Answer, Interruption, Invalid, Leave, Person, Reading, Skip, read_answer
from bot.packs.compile import CONFIRM, form_action
from tests.fixtures_bot import TODAY, Bot

HERE = Path(__file__).parent
FORMS: dict[str, Any] = yaml.safe_load((HERE / "forms.yml").read_text(encoding="utf-8"))
CONTROLS: dict[str, Any] = yaml.safe_load((HERE / "controls.yml").read_text(encoding="utf-8"))


def read(model: Bot, form: str, field: str, text: str) -> Reading:
    """Read a text as the validate action would, with the model's understanding of it."""
    content = installed_content()
    view = content.forms[form_action(form)]
    parsed = model.processor.parse([UserMessage(text, metadata={"context": {"locale_date": TODAY}})])[0]
    said = Heard(
        text, parsed["intent"]["name"], parsed["intent"]["confidence"],
        {e["entity"]: e["value"] for e in parsed["entities"]}, today=date.fromisoformat(TODAY),
        unsure=bool(parsed.get("unsure")),
    )  # fmt: skip
    intents = content.catalogue.intents
    own = {i.id for i in intents.values() if i.form and f"{content.catalogue.pack_of[i.id]}.{i.form}" == form}
    asked = next(f for f in questions(view) if f.name == field)
    return read_answer(asked, said, own, {i.id for i in intents.values() if i.context})


def misread(model: Bot, kind: str, right: tuple[type, ...]) -> tuple[list[str], int]:
    """The sentences of a kind that are not read as they should be, and how many there are."""
    wrong: list[str] = []
    count = 0
    for form, fields in FORMS.items():
        for field, table in fields.items():
            for text in table[kind]:
                count += 1
                reading = read(model, form, field, text)
                if not isinstance(reading, right):
                    wrong.append(f"{form}.{field}: {text!r} was read as {reading}")
    return wrong, count


def test_every_question_of_every_form_has_five_of_each() -> None:
    wanted = {(f.key, q.name) for f in installed_content().forms.values() for q in questions(f) if q.name != CONFIRM}
    have = {(form, field) for form, fields in FORMS.items() for field in fields}
    assert wanted == have
    assert all(len(table[kind]) == 5 for fields in FORMS.values() for table in fields.values() for kind in table)


# the confidences move a little with every sentence that a pack gains
MOST_MISREAD = 0.03


def test_answers_that_look_like_questions(bot: Bot) -> None:
    wrong, count = misread(bot, "answers", (Answer, Skip))
    print(f"{count - len(wrong)} of {count} answers that look like questions", *wrong, sep="\n")
    assert len(wrong) <= MOST_MISREAD * count, "\n".join(wrong)


def test_questions_that_look_like_answers(bot: Bot) -> None:
    wrong, count = misread(bot, "questions", (Interruption, Person))
    print(f"{count - len(wrong)} of {count} questions that look like answers", *wrong, sep="\n")
    assert len(wrong) <= MOST_MISREAD * count, "\n".join(wrong)


@pytest.mark.parametrize("kind", ["cancel", "correct", "person", "repeat"])
def test_cancel_correct_repeat_and_a_person_work_at_every_step(bot: Bot, kind: str) -> None:
    wrong = []
    for form, fields in FORMS.items():
        for field in fields:
            if [form, field] in CONTROLS[kind].get("not_in", []):
                continue
            for text in CONTROLS[kind]["says"]:
                reading = read(bot, form, field, text)
                if type(reading).__name__.lower() != kind:
                    wrong.append((form, field, text, reading))
    assert not wrong


def test_rather_not_is_asked_about_at_every_strict_question(bot: Bot) -> None:
    wrong = []
    for form in installed_content().forms.values():
        strict = [f for f in questions(form) if not f.optional and f.check not in (*FREE, "yes_no")]
        for field, text in product(strict, CONTROLS["leave"]):
            reading = read(bot, form.key, field.name, text)
            if reading != Leave():
                wrong.append((form.key, field.name, text, reading))
    assert not wrong


@pytest.mark.parametrize("case", CONTROLS["not_left"], ids=lambda case: f"{case['field']}: {case['text']}")
def test_rather_not_where_it_may_be_an_answer(bot: Bot, case: dict[str, str]) -> None:
    assert type(read(bot, case["form"], case["field"], case["text"])).__name__ == case["read"]


@pytest.mark.parametrize(
    ("intent", "unsure", "expected"),
    [
        ("municipio.horario_basura", False, Interruption),
        ("municipio.horario_basura", True, Invalid),  # a guess takes nobody out of a form
        ("salud_materna.violencia", True, Interruption),  # what is grave is heard however doubtful
        ("salud_materna.informar_perdida", True, Interruption),
    ],
)
def test_only_what_is_grave_interrupts_on_a_guess(intent: str, unsure: bool, expected: type) -> None:
    view = installed_content().forms[form_action("municipio.reporte")]
    asked = next(f for f in questions(view) if f.name == "tipo_reporte")
    heard = Heard("pasa esto y lo otro por aca", intent, 0.65, unsure=unsure)
    assert isinstance(read_answer(asked, heard), expected)
