"""From people to the difference between arms, the balance at the start, and the drawing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from backend.contacts.fields import Field
from backend.experiments.analysis import analyse
from backend.experiments.balance import balance
from backend.experiments.estimates import Interval
from backend.experiments.forest import Line, forest
from backend.experiments.material import Subject
from backend.experiments.protocol import Outcome
from tests.experiments.study import BY_PERSON

CASES = yaml.safe_load(Path(__file__).with_name("analysis.yml").read_text(encoding="utf-8"))
AT = datetime(2027, 1, 12, tzinfo=UTC)
SAID = {"s": {"x": "si"}, "n": {"x": "no"}}


def people(case: dict[str, Any]) -> Iterator[Subject]:
    for arm in ("a", "b"):
        for unit, letters in case[arm].items():
            for letter in letters:
                complete = frozenset(() if letter == "." else ("x",))
                yield Subject(unit, arm, AT, values=SAID.get(letter, {}), complete=complete)


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_intention_to_treat(case: dict[str, Any]) -> None:
    outcome = Outcome("x", "X", "answer", True, ("sí",), case["missing"])
    protocol = replace(BY_PERSON, arms=(("a", 1), ("b", 1)), outcomes=(outcome,), unit=case.get("unit", "person"))
    result = analyse(protocol, list(people(case)), outcome)
    assert {arm.arm: arm.value for arm in result.arms} == {
        arm: value if value is None else pytest.approx(value, abs=1e-4) for arm, value in case["value"].items()
    }
    assert {arm.arm: arm.people for arm in result.arms} == case["people"]
    interval = result.comparisons[0].interval
    assert (interval and interval.difference) == (case["difference"] and pytest.approx(case["difference"], abs=1e-4))


def test_with_more_arms_each_is_compared_with_control_at_a_stricter_level() -> None:
    outcome = Outcome("x", "X", "answer", True, ("si",), "failure")
    three = replace(BY_PERSON, arms=(("a", 1), ("b", 1), ("c", 1)), outcomes=(outcome,))
    crowd = [Subject("1", arm, AT, values=SAID[said], complete=frozenset("x")) for arm in "abc" for said in "snsn"]
    result = analyse(three, crowd, outcome)
    assert [one.arm for one in result.comparisons] == ["b", "c"]
    assert three.confidence == pytest.approx(0.975)


def test_balance_of_numbers_dates_and_words() -> None:
    crowd = [
        Subject("1", "a", AT, baseline={"edad": "20", "parto": "2027-02-11", "etapa": "embarazo"}),
        Subject("2", "a", AT, baseline={"edad": "30", "parto": "2027-02-01"}),
        Subject("3", "b", AT, baseline={"edad": "30", "parto": "2027-03-13", "etapa": "embarazo"}),
        Subject("4", "b", AT, baseline={"edad": "40", "parto": "2027-03-03", "etapa": "bebe"}),
    ]
    fields = {one.key: one for one in (Field("edad", "Edad", "number"), Field("parto", "Parto", "date"))}
    rows = {row.title: row for row in balance(crowd, ["a", "b"], ["edad", "parto", "etapa"], fields)}
    assert rows["Edad"].by_arm == {"a": 25, "b": 35} and rows["Edad"].differences["b"] == pytest.approx(2**0.5)
    assert rows["Parto (días desde la asignación)"].by_arm == {"a": 25, "b": 55}
    assert rows["etapa: embarazo"].by_arm == {"a": 0.5, "b": 0.5} and not rows["etapa: embarazo"].large
    assert rows["etapa: sin dato"].by_arm == {"a": 0.5, "b": 0} and rows["etapa: sin dato"].large


def test_the_drawing_is_whole_and_says_its_numbers() -> None:
    lines = [
        Line("Fue a <su> cita", Interval(0.2, 0.0524, 0.3339), primary=True),
        Line("Sin intervalo", Interval(-0.1)),
    ]
    drawn = forest(lines, "puntos", 100)
    root = ElementTree.fromstring(drawn)
    assert root.attrib["aria-label"].startswith("Fue a <su> cita: +20.0 (5.2 a 33.4) puntos; Sin intervalo: -10.0")
    assert "style" not in drawn  # the pages' policy allows none
    name = "{http://www.w3.org/2000/svg}"
    boxes = [float(one.attrib["x"]) for one in root.iter(f"{name}rect")]
    whiskers = [one for one in root.iter(f"{name}line") if one.attrib["y1"] == one.attrib["y2"]][
        1:
    ]  # the first is the axis
    zero = next(float(one.attrib["x1"]) for one in root.iter(f"{name}line") if "stroke-dasharray" in one.attrib)
    assert len(whiskers) == 1 and boxes[1] < zero < float(whiskers[0].attrib["x1"]) < boxes[0]


def test_a_drawing_of_nothing_but_zero() -> None:
    ElementTree.fromstring(forest([Line("x", Interval(0.0))], "puntos", 100))
