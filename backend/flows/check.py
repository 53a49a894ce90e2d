"""Judges flows before anybody is played one: `path: key: what to do`. Errors stop; warnings are work to do.

The same judgement lints what an import brings (`backend.rapidpro.lint`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from backend.flows import model
from backend.flows.check_expressions import check_expressions
from backend.flows.check_words import check_words
from backend.flows.keywords import read_keywords
from backend.flows.load import read_flows
from backend.flows.model import END, Flow, Step
from backend.flows.play import MOST_SAID
from backend.flows.shape import Ties, reached, said_at_once, silences, ties, turning, ways
from backend.flows.trials import hold
from bot.packs.check import allowed_in
from bot.packs.check_texts import Allowed
from bot.packs.load import PackError, load_jurisdiction, load_phones
from bot.packs.model import Fault
from bot.packs.yaml_file import nearest
from bot.text.folding import fold

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Found:
    """Something about one step, or about the flow when `step` is empty."""

    step: str
    what: str  # a short name: what kind of thing
    advice: str
    level: Level = "error"


@dataclass(frozen=True)
class Rules:
    """What flows may name, and how strictly they are read."""

    allowed: Allowed = field(default_factory=lambda: Allowed((), frozenset()))
    imported: bool = False  # brought from elsewhere: accents are named, links are not


def check_flows(data_dir: Path, jurisdiction: str, imported: Path | None = None) -> list[Fault]:
    """Everything about the flows of an installation, their own tests held too; errors first."""
    flows, faults = read_flows(data_dir, imported)
    faults += read_keywords(data_dir, imported, flows)[1]
    try:
        phones = load_phones(data_dir)
        allowed = allowed_in(load_jurisdiction(data_dir, jurisdiction), phones)
    except PackError as error:
        return [*faults, *error.faults]
    tied = ties(flows)
    faults += [
        Fault(shown(flow), f"steps.{found.step}" if found.step else "(flow)", found.advice, found.level)
        for flow in flows.values()
        for found in check_flow(flow, flows, tied, Rules(allowed))
    ]
    if not any(fault.level == "error" for fault in faults):
        faults += _tests(flows)
    return sorted(dict.fromkeys(faults), key=lambda fault: fault.level)


def shown(flow: Flow) -> str:
    """How faults name the file of a flow."""
    return "/".join(flow.path.parts[-5:])


def _tests(flows: Mapping[str, Flow]) -> Iterator[Fault]:
    for flow in flows.values():
        for trial in flow.trials:
            for miss in hold(flows, flow, trial):
                advice = f"{miss.place}: se esperaba {miss.wanted}, salió {miss.got}"
                yield Fault(shown(flow), f"tests.{trial.title}", advice)
        if not flow.trials:
            yield Fault(shown(flow), "tests", "no tiene pruebas; escribe al menos una conversación", "warning")


def check_flow(flow: Flow, flows: Mapping[str, Flow], tied: Ties, rules: Rules) -> Iterator[Found]:
    """Everything there is to say about one flow among the others; `tied` is what `ties` found."""
    yield from _destinations(flow)
    if not rules.imported:  # an import has named them with their node
        yield from _other_flows(flow, flows)
    yield from _ways(flow, flows, tied)
    for step in flow.steps.values():
        yield from (Found(step.id, "primera letra", advice, "warning") for advice in _first_letters(step))
        yield from (Found(step.id, "sin importar", f"{one.what}: {one.why}") for one in _unsupported(step))
    yield from (Found(*found) for found in check_expressions(flow, rules.imported))
    yield from (Found(*found) for found in check_words(flow, rules.allowed, rules.imported))


def _destinations(flow: Flow) -> Iterator[Found]:
    for step in flow.steps.values():
        for way, goto in dict.fromkeys(ways(step)):
            if goto != END and goto not in flow.steps:
                advice = f"'{way}' va al paso '{goto}', que no existe{nearest(goto, (*flow.steps, END))}"
                yield Found(step.id, "destino que no existe", advice)


def _other_flows(flow: Flow, flows: Mapping[str, Flow]) -> Iterator[Found]:
    for step in flow.steps.values():
        for action in step.do:
            if isinstance(action, (model.Start, model.RunFlow, model.StartFor)) and action.flow not in flows:
                close = nearest(action.flow, flows)
                yield Found(step.id, "flujo que no existe", f"no hay un flujo '{action.flow}'{close}")


def _ways(flow: Flow, flows: Mapping[str, Flow], tied: Ties) -> Iterator[Found]:
    there = reached(flow)
    for name in flow.steps:
        if name not in there:
            yield Found(name, "inalcanzable", "ningún camino llega a este paso; quítalo o llévalo a él", "warning")
    for name in sorted(turning(flow) & there):
        yield Found(name, "vueltas", "puede dar vueltas sin preguntar nada; se cortaría con una falla", "warning")
    if flow.id in tied.circling:
        yield Found(
            flow.start, "vueltas", "puede volver a empezarse a sí mismo, por otros flujos, sin preguntar", "warning"
        )
    for name, count in _much_said(flow):
        advice = f"dice {count} mensajes seguidos; después de {MOST_SAID} se corta con una falla: pregunta algo antes"
        yield Found(name, "demasiado de una vez", advice, "warning")
    for name, mute in silences(flow, flows, tied.silent):
        named = ", ".join(f"'{way}'" for way in mute)
        advice = f"por {named} la persona puede quedarse sin respuesta; di algo antes de terminar o de esperar"
        yield Found(name, "callejón sin salida", advice, "warning")


def _much_said(flow: Flow) -> Iterator[tuple[str, int]]:
    """Where it begins: the start, or what follows a question."""
    begins = {flow.start, *(goto for step in flow.steps.values() if step.question for _, goto in ways(step))}
    yield from ((name, count) for name, count in said_at_once(flow).items() if name in begins and count > MOST_SAID)


def _first_letters(step: Step) -> Iterator[str]:
    for branch in step.branches:
        words = [fold(argument) for argument in branch.test.arguments]
        if branch.test.kind == "starts" and any(len(word) == 1 and word.isalpha() for word in words):
            yield "decide por la primera letra («sangrado» empieza con s); usa is: yes, is: no"
        elif branch.test.kind in ("word", "words") and words and set(words) <= {"si", "no", "s", "n"}:
            yield "decide por una palabra suelta («no se si» contiene si); usa is: yes, is: no"


def _unsupported(step: Step) -> list[model.Unsupported]:
    return [action for action in step.do if isinstance(action, model.Unsupported)]
