"""The machine that plays steps, one event at a time. `backend.flows.interpreter` is its door."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from backend.experiments.matrix import sample
from backend.flows import effects as made
from backend.flows.deciding import decide_value
from backend.flows.expressions.template import render, value_of
from backend.flows.expressions.values import Problem, Scope, Value
from backend.flows.model import END, Flow, Question, Step, Words
from backend.flows.performing import PERFORMERS
from backend.flows.state import Contact, Frame, Run, Waiting, World
from backend.flows.variables import Later, variables
from bot.packs.model import Option

Flows = Mapping[str, Flow]

MOST_STEPS = 200  # for one event; more is a loop
MOST_SAID = 30  # messages for one event
DEEPEST = 8  # flows that wait for one another
MOST_RESULTS = 400
LONGEST_RESULT = 640
_MARKER = re.compile(r"\{(\w+)\}")
_OWN_WORDS = {"twilio_sms": "sms", "messenger": "messenger"}


class Fault(Exception):
    """The run cannot go on; the name goes into its outcome."""


@dataclass(frozen=True)
class Outcome:
    """What an event made of a run, and what is to be done."""

    run: Run
    effects: tuple[made.Effect, ...] = ()


class Play:
    """One event of one run. Frames, results and the person's data change here and come out as a new Run."""

    def __init__(self, flows: Flows, run: Run, world: World) -> None:
        self.flows, self.world = flows, world
        self.run = run
        self.frames = list(run.frames)
        self.contact: Contact = world.contact
        self.effects: list[made.Effect] = []
        self.draws = run.draws
        self._scope: Scope | None = None
        self._seen: set[tuple[int, str, str]] = set()
        self._first_repeat: int | None = None

    # --- where it stands

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @property
    def flow(self) -> Flow:
        flow = self.flows.get(self.frame.flow)
        if flow is None:
            raise Fault("no_flow")
        return flow

    @property
    def step(self) -> Step:
        step = self.flow.steps.get(self.frame.step)
        if step is None:
            raise Fault("no_step")
        return step

    @property
    def scope(self) -> Scope:
        if self._scope is None:
            world, run, frames = replace(self.world, contact=self.contact), self.run, tuple(self.frames)
            dialect = self.flow.dialect
            known = Later(
                lambda: variables(world, dialect, frames, run.input, run.params, run.response, run.child),
            )
            self._scope = Scope(known, world.now, world.zone, self.draw, dialect)
        return self._scope

    def change(self, **run: Any) -> None:
        """Something that expressions can name has changed."""
        self.run = replace(self.run, **run)
        self._scope = None

    def set_frame(self, **changes: Any) -> None:
        self.frames[-1] = replace(self.frame, **changes)
        self._scope = None

    def draw(self) -> float:
        """The next chance of this run: the same seed gives the same ones, whatever the machine."""
        self.draws += 1
        return random.Random(f"{self.run.seed}:{self.draws}").random()

    # --- words

    def text(self, template: str) -> str:
        """A template in words, `{institucion}` and the like first; problems are noted, never shown."""
        everywhere = self.world.everywhere
        filled = _MARKER.sub(lambda marker: everywhere.get(marker[1], marker[0]).replace("@", "@@"), template)
        rendered = render(filled, self.scope)
        for problem in rendered.problems:
            self.note(str(problem))
        return rendered.text

    def value(self, template: str) -> Value:
        value = value_of(template, self.scope)
        if isinstance(value, Problem):
            self.note(str(value))
            return None
        return value

    def note(self, reason: str) -> None:
        self.effects.append(made.Problem(self.frame.flow, self.frame.step, reason))

    def said(self, words: Words, everywhere: bool = False) -> made.Said:
        options = tuple(Option(self.text(option.title), option.value) for option in words.options)
        media = tuple(self.text(address) for address in words.media)
        return made.Said(self.text(self._template(words)).strip(), options, media, everywhere)

    def _template(self, words: Words) -> str:
        for experiment, arms in words.arms.items():
            arm = self.contact.arms.get(experiment)
            if arm is not None and arm in arms:
                return arms[arm]
        if self.contact.language and self.contact.language in words.languages:
            return words.languages[self.contact.language]
        own = getattr(words, _OWN_WORDS.get(self.world.channel, ""), None)
        if own is not None:
            return str(own)
        choices = (words.text, *words.variants)
        return choices[int(self.draw() * len(choices))] if words.variants else words.text

    def say(self, words: Words, everywhere: bool = False) -> None:
        said = self.said(words, everywhere)
        if said.text or said.media:
            self.effects.append(said)
        if sum(isinstance(effect, made.Said) for effect in self.effects) > MOST_SAID:
            raise Fault("too_much_said")

    # --- going on

    def go(self) -> Outcome:
        """Play until a wait or the end. Of a loop, only the first round is said."""
        try:
            for _ in range(MOST_STEPS):
                if self._one_step():
                    return self.outcome()
            fault = "loop"
        except Fault as error:
            fault = str(error)
        if fault in ("loop", "too_much_said") and self._first_repeat is not None:
            fault = "loop"
            del self.effects[self._first_repeat :]
        return self.end("fault", fault)

    def _one_step(self) -> bool:
        """Play one step; whether the run now waits or is over."""
        if self.frame.step == END:
            return self._leave_flow("done")
        step = self.step
        if self._spared(step):
            self.goto(step.goto)
            return False
        place = (len(self.frames), self.frame.flow, self.frame.step)
        if self.frame.at == 0 and place in self._seen and self._first_repeat is None:
            self._first_repeat = len(self.effects)
        self._seen.add(place)
        while self.frame.at < len(step.do):
            action = step.do[self.frame.at]
            self.set_frame(at=self.frame.at + 1)
            if PERFORMERS[type(action)](self, action):
                return self.run.waiting is not None
        if step.question:
            self.ask(step.question)
            return True
        self.goto(self._next(step))
        return False

    def _spared(self, step: Step) -> bool:
        """Whether the flow's matrix asks this step of others only."""
        matrix = self.flow.matrix
        if matrix is None or step.id not in matrix.steps:
            return False
        person = self.contact.id
        number = int(person) if person.isdecimal() else crc32(person.encode())
        return step.id not in sample(matrix.steps, matrix.per_person, crc32(self.flow.id.encode()), number)

    def goto(self, step: str) -> None:
        self.set_frame(step=step, at=0)

    def _next(self, step: Step) -> str:
        if step.random:
            return step.random[int(self.draw() * len(step.random))]
        if step.on is None:
            return step.goto
        decision = decide_value(step, self.value(step.on), self.scope, self.contact)
        self.keep(step.result, decision.value, decision.category)
        return decision.goto

    def keep(self, name: str | None, value: str, category: str) -> None:
        """Keep a result of the flow that is being played."""
        if not name or len(self.frame.results) >= MOST_RESULTS:
            return
        text = self.run.input.get("text", "")
        result = {
            "value": value[:LONGEST_RESULT],
            "category": category,
            "text": text[:LONGEST_RESULT],
            "time": self.world.now.astimezone(self.world.zone).isoformat(),
        }
        self.set_frame(results={**self.frame.results, name: result})

    def save_field(self, name: str, value: str) -> None:
        self.effects.append(made.FieldSaved(name, value))
        self.contact = replace(self.contact, fields={**self.contact.fields, name.lower(): value})
        self._scope = None

    def enter(self, flow: str) -> None:
        if flow not in self.flows:
            raise Fault("no_flow")
        if len(self.frames) >= DEEPEST:
            raise Fault("too_deep")
        self.frames.append(Frame(flow, self.flows[flow].start))
        self._scope = None

    def _leave_flow(self, status: str) -> bool:
        """The flow on top is over; whether the whole run is."""
        if len(self.frames) == 1:
            self.end(status)
            return True
        done = self.frames.pop()
        word = "completed" if status == "done" else status
        self.change(child={"flow": done.flow, "status": word, "results": dict(done.results)})
        return False

    def leave_flow(self, status: str) -> Outcome:
        return self.outcome() if self._leave_flow(status) else self.go()

    # --- waiting

    def ask(self, question: Question) -> None:
        said = self.said(question.words) if question.words else None
        if said and question.expect == "person":
            said = replace(said, options=tuple(Option(one.name, one.id) for one in self.world.household))
        if said:
            self.effects.append(said)
        prompt = said or next((effect for effect in reversed(self.effects) if isinstance(effect, made.Said)), None)
        self.wait("message", question, _prompt(prompt))

    def wait(self, kind: str, question: Question | None, prompt: Mapping[str, Any], tries: int = 0) -> None:
        now = self.world.now
        expires = now + timedelta(minutes=self.flow.expires)
        timeout = now + timedelta(minutes=question.timeout.minutes) if question and question.timeout else expires
        waiting = Waiting(
            kind=kind,
            expires=expires.isoformat(),
            timeout=timeout.isoformat() if timeout < expires else "",
            prompt=prompt,
            tries=tries,
        )
        self.change(waiting=waiting)
        if kind == "message":
            self.effects.append(expected(self.flow, self.frame.step, waiting))

    # --- the result

    def outcome(self) -> Outcome:
        return Outcome(replace(self.run, frames=tuple(self.frames), draws=self.draws), tuple(self.effects))

    def end(self, status: str, fault: str = "") -> Outcome:
        self.run = replace(self.run, waiting=None, outcome=status, fault=fault)
        self.effects.append(made.Ended(status, fault, self.frames[0].flow))
        return self.outcome()


def expected(flow: Flow, step: str, waiting: Waiting) -> made.Expected:
    question = flow.steps[step].question
    options = tuple(Option(**option) for option in waiting.prompt.get("options", ()))
    kind = question.expect if question else "text"
    return made.Expected(kind, options, datetime.fromisoformat(waiting.expires))


def _prompt(said: made.Said | None) -> dict[str, Any]:
    if said is None:
        return {}
    options = [{"title": option.title, "value": option.value} for option in said.options]
    return {"text": said.text, "options": options, "media": list(said.media)}
