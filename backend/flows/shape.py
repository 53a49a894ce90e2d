"""The shape of a flow: which steps follow one another, what is reached, and where somebody may get no answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backend.flows import model
from backend.flows.expressions.template import parts
from backend.flows.model import END, Flow, Step

Flows = Mapping[str, Flow]


def ways(step: Step) -> Iterator[tuple[str, str]]:
    """Every way out of a step: its name as authors know it, and where it goes."""
    if any(isinstance(action, model.Start) for action in step.do):
        return
    for branch in step.branches:
        yield branch.category, branch.goto
    question = step.question
    if step.random:
        yield from (("random", goto) for goto in step.random)
    elif question is None and step.on is None:
        yield "goto", step.goto
    elif step.otherwise is not None:
        yield step.otherwise_as, step.otherwise
    elif question is None:
        yield "goto", step.goto
    if question and _taken_at_its_word(step) and step.goto != step.otherwise:
        yield "goto", step.goto
    if question and step.otherwise is None and not _lone(step):
        yield "give_up", question.give_up
    if question and question.timeout:
        yield "timeout", question.timeout.goto


def _lone(step: Step) -> bool:
    return step.question is not None and step.question.expect == "text" and not step.branches


def _taken_at_its_word(step: Step) -> bool:
    return step.question is not None and (step.question.expect != "text" or (_lone(step) and step.otherwise is None))


def reached(flow: Flow) -> set[str]:
    """The steps that some way leads to from the start."""
    seen: set[str] = set()
    ahead = [flow.start]
    while ahead:
        name = ahead.pop()
        if name in seen or name not in flow.steps:
            continue
        seen.add(name)
        ahead += [goto for _, goto in ways(flow.steps[name])]
    return seen


def speaks(step: Step) -> bool:
    """Whether a step surely says something, whatever its expressions come to."""
    said = [action.words for action in step.do if isinstance(action, model.Say)]
    said += [step.question.words] if step.question and step.question.words else []
    return any(words.media or _sure(words.text) for words in said)


def _sure(text: str) -> bool:
    return any(isinstance(part, str) and part.strip() for part in parts(text))


@dataclass(frozen=True)
class Ties:
    """What flows are to one another, worked out once for all of them."""

    silent: frozenset[str]  # may begin and end, or wait, without a word
    circling: frozenset[str]  # may start themselves again, through others, without asking anything


def ties(flows: Flows) -> Ties:
    begun = {flow.id: set(_begun(flow)) for flow in flows.values()}
    return Ties(silent_flows(flows), frozenset(name for name in begun if name in _beyond(name, begun)))


def _begun(flow: Flow) -> Iterator[str]:
    """The flows that a flow may begin before it asks anything."""
    for name in {flow.start, *_beyond(flow.start, _without_questions(flow))} & flow.steps.keys():
        for action in flow.steps[name].do:
            if isinstance(action, (model.Start, model.RunFlow)):
                yield action.flow


def silent_flows(flows: Flows) -> frozenset[str]:
    """The flows that may begin and end, or wait, without a word."""
    silent: frozenset[str] = frozenset()
    while True:
        found = frozenset(flow.id for flow in flows.values() if _may_be_silent(flow, flow.start, silent, flows))
        if found == silent:
            return silent
        silent = found


def silences(flow: Flow, flows: Flows, silent: frozenset[str]) -> Iterator[tuple[str, list[str]]]:
    """Where a person may answer and nothing is said: the question, and its ways out on which it may happen."""
    for name in sorted(reached(flow)):
        step = flow.steps[name]
        if step.question:
            mute = [way for way, goto in ways(step) if way != "timeout" and _may_be_silent(flow, goto, silent, flows)]
            if mute:
                yield name, list(dict.fromkeys(mute))


def _may_be_silent(flow: Flow, start: str, silent: frozenset[str], flows: Flows) -> bool:
    """Whether some way from a step leads to the end, or to a question, before anything is surely said."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name == END or name not in flow.steps:
            return True
        if name in seen:
            continue
        seen.add(name)
        step = flow.steps[name]
        if speaks(step) or _hands_over_loudly(step, silent, flows):
            continue
        if step.question or _hands_over(step):
            return True
        ahead += [goto for _, goto in ways(step)]
    return False


def _hands_over(step: Step) -> bool:
    return any(isinstance(action, model.Start) for action in step.do)


def _hands_over_loudly(step: Step, silent: frozenset[str], flows: Flows) -> bool:
    others: list[Any] = [action for action in step.do if isinstance(action, (model.Start, model.RunFlow))]
    return any(action.flow in flows and action.flow not in silent for action in others)


def turning(flow: Flow) -> set[str]:
    """Steps that can come round to themselves without asking anything."""
    free = _without_questions(flow)
    return {name for name in free if name in _beyond(name, free)}


def said_at_once(flow: Flow) -> dict[str, int]:
    """For each step: the most messages that may be said from it on before anything is asked, no round counted."""
    rounds, most = turning(flow), dict.fromkeys(flow.steps, 0)
    while True:
        ahead = {
            name: [] if step.question else [most[goto] for _, goto in ways(step) if goto in most and goto not in rounds]
            for name, step in flow.steps.items()
        }
        found = {name: _says(step) + max(ahead[name], default=0) for name, step in flow.steps.items()}
        if found == most:
            return most
        most = found


def _says(step: Step) -> int:
    asks = step.question is not None and step.question.words is not None
    return sum(isinstance(action, model.Say) for action in step.do) + asks


def _without_questions(flow: Flow) -> dict[str, list[str]]:
    """The steps that ask nothing, and where each leads."""
    return {name: [goto for _, goto in ways(step)] for name, step in flow.steps.items() if step.question is None}


def _beyond(start: str, free: Mapping[str, Iterable[str]]) -> set[str]:
    """What can be come to from a place, itself only by a way round."""
    seen: set[str] = set()
    ahead = list(free.get(start, ()))
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += free.get(name, ())
    return seen
