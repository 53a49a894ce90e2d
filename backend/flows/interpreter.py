"""Plays flows. Pure: the same flows, run, event and world give the same outcome, and nothing is done, only said.

A message for a waiting run takes two phases, because a catch-all must not swallow a question that the bot knows:
`read` tells whether an explicit branch fits, then either `advance` goes on, or the bot answers and `ask_again`
repeats the question. Danger, leaving and asking for a person are decided before, outside of here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from backend.flows import effects as made
from backend.flows.deciding import Decision, decide_answer
from backend.flows.model import END
from backend.flows.play import Fault, Flows, Outcome, Play, expected
from backend.flows.state import Event, Frame, Message, Response, Run, Tick, World
from bot.packs.model import Option

__all__ = ["CatchAll", "Explicit", "NotWaiting", "Outcome", "advance", "ask_again", "interrupt", "read", "start"]

_LONGEST_RESPONSE = 10_000


@dataclass(frozen=True)
class Explicit:
    """The message answers the question: the run has the floor."""

    category: str


@dataclass(frozen=True)
class CatchAll:
    """Only the catch-all fits. `lone`: the question takes whatever is written; otherwise the bot is asked first."""

    lone: bool


@dataclass(frozen=True)
class NotWaiting:
    """The run does not wait for a message: the bot has the floor."""

    why: Literal["over", "expired", "response", "fault"]


Reading = Explicit | CatchAll | NotWaiting


def start(
    flows: Flows,
    flow_id: str,
    world: World,
    seed: str,
    params: Mapping[str, Any] | None = None,
    message: Message | None = None,
) -> Outcome:
    """Begin a flow. `seed` (the run's id) makes every chance in it repeatable; `params` and `message` are what
    started it: `@trigger.params`, and the words that held a keyword, which are `@input` until the first answer."""
    flow = flows.get(flow_id)
    run = Run((Frame(flow_id, flow.start if flow else END),), seed, params=params or {})
    play = Play(flows, run, world)
    if message:
        _heard(play, message)
    return play.go() if flow else play.end("fault", "no_flow")


def read(flows: Flows, run: Run, message: Message, world: World) -> Reading:
    """What a message is to a run, without playing it."""
    waiting = run.waiting
    if waiting is None:
        return NotWaiting("over")
    if world.now >= datetime.fromisoformat(waiting.expires):
        return NotWaiting("expired")
    if waiting.kind != "message":
        return NotWaiting("response")
    try:
        decision = _decide(_heard(Play(flows, run, world), message), message)
    except Fault:
        return NotWaiting("fault")
    return Explicit(decision.category) if decision.explicit else CatchAll(decision.how == "lone")


def advance(flows: Flows, run: Run, event: Event, world: World) -> Outcome:
    """Play on with an event. One that the run does not wait for changes nothing; a message after the end of the
    time for it only ends the run."""
    if run.waiting is None:
        return Outcome(run)
    play = Play(flows, run, world)
    try:
        if isinstance(event, Response) and run.waiting.kind == "response":
            return _responded(play, event)
        if world.now >= datetime.fromisoformat(run.waiting.expires):
            return _expired(play)
        if isinstance(event, Message) and run.waiting.kind == "message":
            return _answered(_heard(play, event), event)
        if isinstance(event, Tick) and run.waiting.timeout and world.now >= datetime.fromisoformat(run.waiting.timeout):
            return _timed_out(play)
    except Fault as fault:
        return play.end("fault", str(fault))
    return Outcome(run)


def ask_again(flows: Flows, run: Run, world: World) -> Outcome:
    """Say the last question once more; the run stays where it is."""
    if run.waiting is None or run.waiting.kind != "message" or run.frame.flow not in flows:
        return Outcome(run)
    said = _prompt(run)
    again = expected(flows[run.frame.flow], run.frame.step, run.waiting)
    return Outcome(run, (said, again) if said else (again,))


def interrupt(run: Run) -> Outcome:
    """End a run from outside: she left, lost her baby, or another flow takes its place."""
    if run.over:
        return Outcome(run)
    ended = made.Ended("interrupted", "", run.frames[0].flow)
    return Outcome(run.moved(waiting=None, outcome="interrupted"), (ended,))


def _heard(play: Play, message: Message) -> Play:
    moment = play.world.now.astimezone(play.world.zone).isoformat()
    play.change(input={"text": message.text, "time": moment})
    return play


def _decide(play: Play, message: Message) -> Decision:
    step = play.step
    if step.question is None:
        raise Fault("no_step")
    waiting = play.run.waiting
    options = tuple(Option(**option) for option in waiting.prompt.get("options", ())) if waiting else ()
    return decide_answer(step, message, options, play.scope, play.contact)


def _answered(play: Play, message: Message) -> Outcome:
    step, decision = play.step, _decide(play, message)
    question = step.question
    assert question is not None and play.run.waiting is not None
    if decision.how == "catch_all" and not decision.goto:
        return _not_understood(play)
    play.change(waiting=None)
    play.keep(step.result, decision.value, decision.category)
    if question.field and decision.how != "catch_all":
        play.save_field(question.field, decision.value)
    play.goto(decision.goto)
    return play.go()


def _not_understood(play: Play) -> Outcome:
    """Say what is wanted and wait again, until the tries are over."""
    question, waiting = play.step.question, play.run.waiting
    assert question is not None and waiting is not None
    tries = waiting.tries + 1
    if tries < question.tries:
        said = play.said(question.invalid) if question.invalid else _prompt(play.run)
        play.effects += [said] if said else []
        play.wait("message", question, waiting.prompt, tries)
        return play.outcome()
    play.change(waiting=None)
    if question.give_up == END:
        return play.leave_flow("unanswered")
    play.goto(question.give_up)
    return play.go()


def _prompt(run: Run) -> made.Said | None:
    prompt = run.waiting.prompt if run.waiting else {}
    if not prompt:
        return None
    return made.Said(prompt["text"], tuple(Option(**option) for option in prompt["options"]), tuple(prompt["media"]))


def _timed_out(play: Play) -> Outcome:
    step = play.step
    if step.question is None or step.question.timeout is None:
        raise Fault("no_step")
    timeout = step.question.timeout
    play.change(waiting=None)
    play.keep(step.result, "", timeout.category)
    play.goto(timeout.goto)
    return play.go()


def _expired(play: Play) -> Outcome:
    if play.run.waiting and play.run.waiting.kind == "response":
        return _responded(play, Response(0))
    play.change(waiting=None)
    return play.leave_flow("expired")


def _responded(play: Play, response: Response) -> Outcome:
    assert play.run.waiting is not None
    body = response.body[:_LONGEST_RESPONSE]
    try:
        value = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        value = {}
    result = play.run.waiting.prompt.get("result", "")
    heard = {"status": response.status, "success": response.success, "json": value, "body": body}
    play.change(waiting=None, response=heard)
    play.keep(result, str(response.status), "Success" if response.success else "Failure")
    return play.go()
