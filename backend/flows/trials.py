"""Holds the conversations that a flow's `tests` ask for, with a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.flows import effects as made
from backend.flows.interpreter import CatchAll, NotWaiting, Outcome, advance, ask_again, read, start
from backend.flows.model import Flow, Person, Trial, Turn
from backend.flows.play import Flows
from backend.flows.state import Contact, Message, Response, Run, Tick, World

ZONE = ZoneInfo("America/Mexico_City")
_EVERYWHERE = {
    "institucion": "Municipio de Ejemplo",
    "aviso_url": "https://municipio.example/aviso",
    "telefono_emergencias": "911",
}
# effect -> the name that `effects:` gives it; a hook goes by its own
_NAMES: dict[type[Any], str] = {
    made.FieldSaved: "save", made.ContactSet: "set_contact", made.AboutPerson: "about", made.GroupsChanged: "groups",
    made.Notified: "notify", made.SentTo: "send_to", made.StartedFor: "start_for", made.Requested: "request",
    made.Labelled: "label",
}  # fmt: skip


@dataclass(frozen=True)
class Miss:
    """What came out otherwise than the test says."""

    flow: str
    title: str
    place: str
    wanted: str
    got: str

    def __str__(self) -> str:
        return f"{self.flow}: {self.title}: {self.place}: se esperaba {self.wanted}, salió {self.got}"


class Rehearsal:
    """One run with a person and a clock that tests can move."""

    def __init__(self, flows: Flows, flow_id: str, trial: Trial) -> None:
        self.flows = flows
        self.world = World(
            contact=_contact(trial.person),
            now=datetime.combine(trial.today, time(10), ZONE),
            zone=ZONE,
            channel=trial.channel,
            everywhere=_EVERYWHERE,
            household=tuple(Contact(id=name, name=name) for name in trial.person.household),
        )
        self.effects: list[made.Effect] = []
        self._fresh = 0
        self.run: Run = Run((), "")
        self._take(start(flows, flow_id, self.world, trial.title))

    def turn(self, turn: Turn) -> str:
        """Carry out a turn; what was said, a line for each message."""
        if turn.citizen is not None:
            self._hear(Message(turn.citizen), turn.known)
        elif turn.wait is not None:
            self.pass_time(timedelta(minutes=turn.wait))
        said = [effect for effect in self.effects[self._fresh :] if isinstance(effect, made.Said)]
        self._fresh = len(self.effects)
        return "\n".join("\n".join([one.text, *_numbered(one)]) for one in said)

    def _hear(self, message: Message, known: bool) -> None:
        reading = read(self.flows, self.run, message, self.world)
        if known and isinstance(reading, CatchAll) and not reading.lone:
            self._take(ask_again(self.flows, self.run, self.world))
        elif not isinstance(reading, NotWaiting):
            self._take(advance(self.flows, self.run, message, self.world))

    def pass_time(self, span: timedelta) -> None:
        """Move the clock, waking the run whenever it wants to be."""
        until = self.world.now + span
        while (wakes := self.run.wakes_at) is not None and wakes <= until:
            self.world = replace(self.world, now=max(wakes, self.world.now))
            self._take(advance(self.flows, self.run, Tick(), self.world))
        self.world = replace(self.world, now=until)

    def _take(self, outcome: Outcome) -> None:
        self.run = outcome.run
        self.effects += outcome.effects
        for effect in outcome.effects:
            self.world = replace(self.world, contact=changed(self.world.contact, effect))
        if any(isinstance(effect, made.Requested) for effect in outcome.effects):
            self._take(advance(self.flows, self.run, Response(200, "{}"), self.world))


def _numbered(said: made.Said) -> Iterator[str]:
    return (f"{number} {option.title}" for number, option in enumerate(said.options, 1))


def _contact(person: Person) -> Contact:
    return Contact(
        id="persona",
        name=person.name,
        language=person.language,
        groups=frozenset(person.groups),
        fields=person.fields,
        arms=person.arms,
    )


def changed(contact: Contact, effect: made.Effect) -> Contact:
    """The person after an effect."""
    if isinstance(effect, made.FieldSaved):
        return replace(contact, fields={**contact.fields, effect.field: effect.value})
    if isinstance(effect, made.ContactSet):
        return _renamed(contact, effect)
    if isinstance(effect, made.GroupsChanged):
        names = frozenset(effect.names)
        left = contact.groups | names if effect.add else contact.groups - names
        return replace(contact, groups=frozenset() if effect.everything else left)
    return contact


def _renamed(contact: Contact, effect: made.ContactSet) -> Contact:
    if effect.what == "name":
        return replace(contact, name=effect.value)
    return replace(contact, language=effect.value) if effect.what == "language" else contact


def hold(flows: Flows, flow: Flow, trial: Trial) -> list[Miss]:
    """Hold one conversation; the first turn that goes otherwise ends it."""
    rehearsal = Rehearsal(flows, flow.id, trial)
    for number, turn in enumerate(trial.turns, 1):
        said = rehearsal.turn(turn)
        place = f"turns.{number}" + (f" '{turn.citizen}'" if turn.citizen is not None else "")
        misses = [Miss(flow.id, trial.title, place, *fault) for fault in _unsaid(turn, said)]
        if misses:
            return misses
    return [Miss(flow.id, trial.title, *fault) for fault in _after(trial, rehearsal)]


def _unsaid(turn: Turn, said: str) -> Iterator[tuple[str, str]]:
    rest = said
    for fragment in turn.bot:
        _, found, rest = rest.partition(fragment)
        if not found:
            yield f"'{fragment}'", f"'{said}'"
            return
    for fragment in turn.not_bot:
        if fragment in said:
            yield f"no '{fragment}'", f"'{said}'"


def _after(trial: Trial, rehearsal: Rehearsal) -> Iterator[tuple[str, str, str]]:
    run = rehearsal.run
    ended = run.outcome or "waiting"
    if run.fault:
        yield "ends", trial.ends or "sin falla", f"fault {run.fault}"
    elif trial.ends and trial.ends != ended:
        yield "ends", trial.ends, ended
    results = {name: result for frame in run.frames for name, result in frame.results.items()}
    for name, wanted in trial.results.items():
        got = results.get(name, {})
        if wanted not in (got.get("value"), got.get("category")):
            yield f"results.{name}", wanted, str(got.get("value", "nada"))
    fields = rehearsal.world.contact.fields
    for field, value in trial.saved.items():
        if fields.get(field) != value:
            yield f"saved.{field}", value, fields.get(field, "nada")
    if trial.groups is not None and frozenset(trial.groups) != rehearsal.world.contact.groups:
        yield "groups", ", ".join(trial.groups), ", ".join(sorted(rehearsal.world.contact.groups))
    done = [kind for effect in rehearsal.effects if (kind := _name(effect))]
    rest = iter(done)
    if not all(wanted in rest for wanted in trial.effects):
        yield "effects", ", ".join(trial.effects), ", ".join(done) or "ninguno"


def _name(effect: made.Effect) -> str | None:
    return effect.name if isinstance(effect, made.Hooked) else _NAMES.get(type(effect))


def hold_all(flows: Flows) -> list[Miss]:
    return [miss for flow in flows.values() for trial in flow.trials for miss in hold(flows, flow, trial)]
