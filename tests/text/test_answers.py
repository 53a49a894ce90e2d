"""`bot.text.answers` on the tables beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu import payloads
from bot.text import answers

TABLE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "answers.yml").read_text(encoding="utf-8"))

GIVEN: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "answers_given.yml").read_text(encoding="utf-8"))


def cases(name: str, key: str) -> list[tuple[str, Any]]:
    return [(said, row[key]) for row in TABLE[name] for said in row["said"]]


@pytest.mark.parametrize(("said", "answer"), cases("yes_no", "answer"))
def test_yes_no(said: str, answer: bool | None) -> None:
    assert answers.yes_no(said) is answer


@pytest.mark.parametrize(("said", "index"), cases("option", "index"))
def test_option(said: str, index: int | None) -> None:
    assert answers.option(said, TABLE["titles"]) == index


@pytest.mark.parametrize(
    ("said", "index"), [("embarazada", 0), ("enbaraso", 0), ("ya nacio", 1), ("naci", 1), ("hola", None)]
)
def test_option_by_another_form_of_its_words(said: str, index: int | None) -> None:
    assert answers.option(said, ["Embarazo", "Ya nació"]) == index


@pytest.mark.parametrize(("said", "index"), [
    ("a las 10", 0), ("a la una", 1), ("11 y media", 1), ("a las 2 de la tarde", 1), ("10 am", 0), ("a las diez", 0),
    ("la 1", 0), ("2", 1), ("como a las 3", None), ("11", None),
])  # fmt: skip
def test_option_by_the_hour_that_it_holds(said: str, index: int | None) -> None:
    assert answers.option(said, ["Temprano 8 a 11", "Mediodía 11 a 15"]) == index


@pytest.mark.parametrize(("said", "index"), [("a las 4 de la tarde", 2), ("11 y media", 1), ("a las 16:00", 2)])
def test_option_that_is_an_hour(said: str, index: int | None) -> None:
    assert answers.option(said, ["9:00", "11:30", "16:00", "17:30"]) == index


@pytest.mark.parametrize("said", ["no ha nacido", "no nacio todavia", "no estoy embarazada", "ya no estoy embarazada"])
def test_what_is_denied_is_not_chosen(said: str) -> None:
    assert answers.option(said, ["Estoy embarazada", "Ya nació mi bebé"]) is None


@pytest.mark.parametrize(("said", "index"), [("no, ya nació", 1), ("no estoy embarazada, ya nacio", 1), ("no la 2", 1)])
def test_what_is_denied_and_what_is_chosen_instead(said: str, index: int) -> None:
    assert answers.option(said, ["Estoy embarazada", "Ya nació mi bebé"]) == index


def test_a_title_that_begins_with_no_is_not_the_one_without_it() -> None:
    titles = ["Recibir mensajes", "No recibir mensajes", "🙂"]
    assert [answers.option(said, titles) for said in ("recibir mensajes", "no recibir mensajes", "")] == [0, 1, None]


@pytest.mark.parametrize(("said", "value"), cases("number", "value"))
def test_number(said: str, value: float | None) -> None:
    assert answers.number(said) == value


@pytest.mark.parametrize(("said", "name"), cases("command", "name"))
def test_command(said: str, name: str | None) -> None:
    assert answers.command(said) == name


@pytest.mark.parametrize(("said", "means"), [(said, row["means"]) for row in GIVEN["yes_no"] for said in row["said"]])
def test_yes_no_as_strangers_gave_it(said: str, means: str) -> None:
    understood = {True: "yes", False: "no"}.get(answers.yes_no(said))  # type: ignore[arg-type]
    assert (understood or ("dont_know" if answers.command(said) == "unknown" else "other")) == means


@pytest.mark.parametrize(("said", "value"), [(said, row["number"]) for row in GIVEN["numbers"] for said in row["said"]])
def test_number_as_strangers_gave_it(said: str, value: float | None) -> None:
    assert answers.number(said) == value


@pytest.mark.parametrize(("said", "value"), [
    ("2, no 3", None), ("eran 2, no, mejor 3", 3), ("$20,000.00", 20000), ("1,500.50", 1500.5),
    ("mi cel es 9991234567", None),
])  # fmt: skip
def test_number_that_is_corrected_or_long(said: str, value: float | None) -> None:
    assert answers.number(said) == value


@pytest.mark.parametrize("menu", GIVEN["options"], ids=lambda menu: ", ".join(menu["among"]))
def test_option_as_strangers_chose_it(menu: dict[str, Any]) -> None:
    options = [{"title": title, "value": str(place)} for place, title in enumerate(menu["among"], start=1)]
    chosen = {said: place for place, all_said in menu["chosen"].items() for said in all_said}
    understood = {said: payloads.chosen(said, None, options) for said in chosen}
    assert understood == {said: place and str(place) for said, place in chosen.items()}


def test_whole_message_subscription() -> None:
    assert answers.is_opt_out("BAJA") and answers.is_opt_out("Stop por favor") and answers.is_opt_out("cancela")
    assert answers.is_opt_in("ALTA")
    assert not answers.is_opt_out("tengo la presion baja")
    assert answers.subscription("cancelar") == "cancel"


@settings(deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_nothing_raises(text: str) -> None:
    answers.yes_no(text)
    answers.option(text, ["Sí", "No", text[:10]])
    answers.number(text)
    answers.command(text)
    answers.subscription(text)
    answers.weeks(text, asked=True)
