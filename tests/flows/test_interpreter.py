"""The interpreter: who has the floor, chance that can be repeated, time, and runs that never hang."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backend.flows import effects as made
from backend.flows.interpreter import (
    CatchAll,
    Explicit,
    NotWaiting,
    Outcome,
    Reading,
    advance,
    ask_again,
    interrupt,
    read,
    start,
)
from backend.flows.load import load_flows
from backend.flows.model import END, Flow, Matrix, Question, Request, RunFlow, Save, Say, Start, Step, Words
from backend.flows.state import Contact, Message, Response, Run, Tick, World
from backend.flows.trials import hold_all

FLOWS = load_flows(Path(__file__).parent / "data")
ZONE = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)
WORLD = World(
    Contact("p", "Ana", fields={"fecha_cita": "2026-11-23"}), NOW, ZONE, everywhere={"institucion": "Ejemplo"}
)


def at(hours: float) -> World:
    return replace(WORLD, now=NOW + timedelta(hours=hours))


def said(outcome: Outcome) -> list[str]:
    return [effect.text for effect in outcome.effects if isinstance(effect, made.Said)]


def test_each_person_is_asked_a_few_of_many_questions_and_all_are_asked_equally_often() -> None:
    steps = {f"p{n}": Step(f"p{n}", question=Question(Words(f"Pregunta {n}")), goto=f"p{n + 1}") for n in range(1, 4)}
    steps["p4"] = Step("p4", question=Question(Words("Pregunta 4")), goto=END)
    flows = {"p/f": Flow("p/f", "F", steps, "p1", matrix=Matrix(2, ("p1", "p2", "p3", "p4")))}
    heard: Counter[str] = Counter()
    for person in range(8, 16):
        world = replace(WORLD, contact=Contact(str(person)))
        outcome, own = start(flows, "p/f", world, "s"), []
        while not outcome.run.over:
            own += said(outcome)
            outcome = advance(flows, outcome.run, Message("bien"), world)
        again = said(start(flows, "p/f", world, "another seed"))
        assert len(own) == 2 and again == own[:1]
        heard.update(own)
    assert set(heard.values()) == {4} and len(heard) == 4


def small(*steps: Step, start_at: str = "") -> dict[str, Flow]:
    return {"p/f": Flow("p/f", "F", {step.id: step for step in steps}, start_at or steps[0].id)}


def test_the_conversations_of_the_examples() -> None:
    assert [str(miss) for miss in hold_all(FLOWS)] == []


@pytest.mark.parametrize(
    ("step", "message", "reading"),
    [
        ("va_a_ir", "claro que si", Explicit("si")),
        ("va_a_ir", "despues", Explicit("luego")),
        ("va_a_ir", "cuanto cuesta el acta", CatchAll(lone=False)),
        ("reagendar", "el 3 de diciembre", Explicit("date")),
        ("reagendar", "ayer", CatchAll(lone=False)),
        ("opinion", "bien", Explicit("bien")),
        ("opinion", "donde pago el agua", CatchAll(lone=False)),
        ("queja", "donde pago el agua", CatchAll(lone=True)),
    ],
)
def test_who_has_the_floor(step: str, message: str, reading: Reading) -> None:
    flow = FLOWS["ejemplo/cita"]
    outcome = start({**FLOWS, flow.id: replace(flow, start=step)}, flow.id, WORLD, "s")
    assert read(FLOWS, outcome.run, Message(message), WORLD) == reading


def test_reading_changes_nothing_and_the_question_can_be_repeated() -> None:
    run = start(FLOWS, "ejemplo/cita", WORLD, "s").run
    read(FLOWS, run, Message("x"), WORLD)
    again = ask_again(FLOWS, run, WORLD)
    assert again.run == run
    assert said(again) == ["Hola Ana. Tu cita es el 23 de noviembre. ¿Vas a ir? Contesta SI o NO."]


def test_what_is_expected_next() -> None:
    outcome = start(FLOWS, "ejemplo/cita", WORLD, "s")
    expected = outcome.effects[-1]
    assert expected == made.Expected("yes_no", (), NOW + timedelta(days=3))
    assert outcome.run.wakes_at == NOW + timedelta(days=1)


def test_a_button_is_read_by_its_value() -> None:
    flow = FLOWS["ejemplo/cita"]
    run = start({flow.id: replace(flow, start="opinion")}, flow.id, WORLD, "s").run
    assert read(FLOWS, run, Message("otra cosa", choice="mal"), WORLD) == Explicit("mal")


def test_a_run_goes_through_json_at_every_step() -> None:
    run = start(FLOWS, "ejemplo/cita", WORLD, "s", {"from": "campaign"}).run
    for text in ("no", "el 3 de diciembre", "por el pasaje"):
        run = Run.from_json(json.loads(json.dumps(run.to_json())))
        run = advance(FLOWS, run, Message(text), WORLD).run
    assert run.outcome == "done"


def test_a_state_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        Run.from_json({"version": 99})


def test_time() -> None:
    run = start(FLOWS, "ejemplo/cita", WORLD, "s").run
    assert advance(FLOWS, run, Tick(), at(23)).run == run
    assert said(advance(FLOWS, run, Tick(), at(24))) == ["¿Sigues ahí? ¿Vas a ir a tu cita?"]
    late = advance(FLOWS, run, Tick(), at(80))
    assert (late.run.outcome, said(late)) == ("expired", [])
    assert read(FLOWS, run, Message("si"), at(80)) == NotWaiting("expired")
    assert advance(FLOWS, run, Message("si"), at(80)).run.outcome == "expired"
    assert read(FLOWS, late.run, Message("si"), at(80)) == NotWaiting("over")


def test_the_flow_inside_expires_alone() -> None:
    outer = Step("a", (RunFlow("p/g"), Say(Words("De vuelta: @child.status"))), goto=END)
    flows = small(outer) | {"p/g": replace(FLOWS["ejemplo/motivo"], id="p/g")}
    run = start(flows, "p/f", WORLD, "s").run
    assert [frame.flow for frame in run.frames] == ["p/f", "p/g"]
    assert said(advance(flows, run, Tick(), at(25))) == ["De vuelta: expired"]


def test_chance_belongs_to_the_run() -> None:
    first = {seed: said(start(FLOWS, "ejemplo/sorteo", WORLD, seed)) for seed in map(str, range(60))}
    again = {seed: said(start(FLOWS, "ejemplo/sorteo", WORLD, seed)) for seed in map(str, range(60))}
    assert first == again
    assert min(Counter(map(str, first.values())).values()) > 8


def test_a_loop_ends_with_its_name_and_says_nothing_twice() -> None:
    flows = small(Step("a", (Say(Words("Hola")),), goto="b"), Step("b", goto="a"))
    outcome = start(flows, "p/f", WORLD, "s")
    assert (outcome.run.outcome, outcome.run.fault) == ("fault", "loop")
    assert said(outcome) == ["Hola"]


@pytest.mark.parametrize(
    ("flows", "fault"),
    [
        ({}, "no_flow"),
        (small(Step("a", goto="b")), "no_step"),
        (small(Step("a", (RunFlow("p/f"),))), "too_deep"),
        (small(Step("a", (Start("p/f"),))), "loop"),
        (small(Step("a", (Start("p/otro"),))), "no_flow"),
        (small(Step("a", tuple(Say(Words(f"Hola {n}")) for n in range(50)))), "too_much_said"),
    ],
)
def test_faults_have_names(flows: dict[str, Flow], fault: str) -> None:
    outcome = start(flows, "p/f", WORLD, "s")
    assert (outcome.run.outcome, outcome.run.fault) == ("fault", fault)
    assert outcome.effects[-1] == made.Ended("fault", fault, "p/f")


def test_a_flow_that_was_edited_under_a_run_ends_it() -> None:
    run = start(FLOWS, "ejemplo/cita", WORLD, "s").run
    edited = small(Step("otro")) | {"ejemplo/cita": replace(FLOWS["ejemplo/cita"], steps={"otro": Step("otro")})}
    assert read(edited, run, Message("si"), WORLD) == NotWaiting("fault")
    assert advance(edited, run, Message("si"), WORLD).run.fault == "no_step"


def test_what_a_citizen_writes_is_never_an_expression() -> None:
    step = Step("eco", (Save("dicho", "@input"), Say(Words("Dijiste: @input @fields.dicho {institucion}"))))
    flow = FLOWS["ejemplo/motivo"]
    flows = {
        "p/f": replace(flow, steps={**flow.steps, "pregunta": replace(flow.steps["pregunta"], goto="eco"), "eco": step})
    }
    run = start(flows, "p/f", WORLD, "s").run
    outcome = advance(flows, run, Message("@contact.tel {institucion} @(1/0)"), WORLD)
    assert said(outcome) == ["Dijiste: @contact.tel {institucion} @(1/0) @contact.tel {institucion} @(1/0) Ejemplo"]


def test_what_was_saved_is_known_at_once_and_problems_are_noted() -> None:
    flows = small(Step("a", (Save("hijos", "@(1 + 1)"), Say(Words("Tienes @fields.hijos. @(nada(1))Adiós.")))))
    outcome = start(flows, "p/f", WORLD, "s")
    assert said(outcome) == ["Tienes 2. Adiós."]
    assert any(isinstance(effect, made.Problem) and "nada" in effect.reason for effect in outcome.effects)


def test_the_message_that_started_it_is_known() -> None:
    flows = small(Step("a", (Say(Words("Escribiste @input.")),)))
    assert said(start(flows, "p/f", WORLD, "s", message=Message("MIALTA ya"))) == ["Escribiste MIALTA ya."]


def test_another_system_is_asked_outside() -> None:
    flows = small(
        Step(
            "a",
            (
                Request("https://x.example/@contact.name", result="web"),
                Say(Words("@webhook.json.n @results.web.category")),
            ),
        )
    )
    run = start(flows, "p/f", WORLD, "s").run
    assert read(flows, run, Message("hola"), WORLD) == NotWaiting("response")
    assert said(advance(flows, run, Response(200, '{"n": 7}'), WORLD)) == ["7 Success"]
    assert said(advance(flows, run, Tick(), at(24 * 8))) == ["Failure"]


def test_it_can_be_ended_from_outside() -> None:
    run = start(FLOWS, "ejemplo/cita", WORLD, "s").run
    outcome = interrupt(run)
    assert outcome.effects == (made.Ended("interrupted", "", "ejemplo/cita"),)
    assert outcome.run.wakes_at is None
    assert interrupt(outcome.run) == Outcome(outcome.run)
