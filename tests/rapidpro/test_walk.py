"""Every imported flow, walked by generated answers: nothing raises, every run ends, and nobody is left without an
answer where the linter had not said so."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backend.flows import effects as made
from backend.flows.check import Rules, check_flow
from backend.flows.interpreter import Explicit, NotWaiting, Outcome, advance, ask_again, read, start
from backend.flows.model import Flow
from backend.flows.shape import ties
from backend.flows.state import Contact, Message, Response, Run, Tick, World
from backend.flows.trials import changed
from backend.rapidpro.convert import import_exports
from tests.rapidpro.cases import EXPORTS, PACK, cases

ZONE = ZoneInfo("America/Mexico_City")
WALKS = 40  # for each flow
MOST_ANSWERS = 60
ANSWERS = (
    "si", "no", "Sí, claro", "nel", "s", "n", "1", "2", "3", "9", "99", "0", "dos", "hola", "Ana López", "rojo",
    "verde", "15/03/2027", "01.01.2017", "05.03.2027", "30 02 2027", "mañana", "no se", "sangrado", "necesito ayuda",
    "8112345678", "@(1/0)", "@contact.tel", "{institucion}", "", "   ", "👍", "\u00a0si\u00a0", "x" * 2000,
    "perdi a mi bebe", "Oaxaca, 30",
)  # fmt: skip
CUT = ("loop", "too_deep", "too_much_said")  # where playing is cut short, which the linter has named
BODIES = ("", "{}", '{"nombre": "Ana"}', "[1, 2]", "no es json", '"texto"')


@dataclass
class Walk:
    """One person's way through a flow, with everything that may happen to her."""

    flows: Mapping[str, Flow]
    dice: random.Random
    world: World
    mute: set[tuple[str, str]] = field(default_factory=set)  # questions whose answer got no words

    def go(self, flow: str, seed: str) -> Run:
        run = self._take(start(self.flows, flow, self.world, seed))
        for _ in range(MOST_ANSWERS):
            if run.over:
                return run
            run = self._next(run)
        while not run.over:
            run = self._wake(run)
        return run

    def _next(self, run: Run) -> Run:
        assert run.waiting is not None
        if run.waiting.kind == "response":
            response = Response(self.dice.choice([0, 200, 404, 500]), self.dice.choice(BODIES))
            return self._take(advance(self.flows, run, response, self.world))
        if self.dice.random() < 0.06:
            return self._wake(run)
        return self._answer(run, Message(self.dice.choice(ANSWERS)))

    def _answer(self, run: Run, message: Message) -> Run:
        reading = read(self.flows, run, message, self.world)
        assert not isinstance(reading, NotWaiting)
        if not isinstance(reading, Explicit) and self.dice.random() < 0.2:
            self._take(ask_again(self.flows, run, self.world))
        outcome = advance(self.flows, run, message, self.world)
        said = any(isinstance(effect, (made.Said, made.Requested)) for effect in outcome.effects)
        if not said:
            self.mute.add((run.frame.flow, run.frame.step))
        return self._take(outcome)

    def _wake(self, run: Run) -> Run:
        wakes = run.wakes_at
        assert wakes is not None
        self.world = replace(self.world, now=max(wakes, self.world.now + timedelta(seconds=1)))
        return self._take(advance(self.flows, run, Tick(), self.world))

    def _take(self, outcome: Outcome) -> Run:
        for effect in outcome.effects:
            self.world = replace(self.world, contact=changed(self.world.contact, effect))
        stored = json.loads(json.dumps(outcome.run.to_json()))
        assert Run.from_json(stored) == outcome.run
        return outcome.run


def person(dice: random.Random) -> Contact:
    fields = {"rp_duedate": dice.choice(["", "15-03-2027", "basura"]), "cita": dice.choice(["", "2026-11-25"])}
    groups = frozenset(dice.sample(["T1", "ALL", "PREGNANT", "STAFF"], 2))
    return Contact(
        "p", dice.choice(["", "Ana López"]), dice.choice(["", "en"]), groups, fields, {"tel": "+528112345678"}
    )


def exports() -> list[Path]:
    """Our own; and those of $RAPIDPRO_EXPORTS, a folder: whoever moves a programme here walks it first."""
    own = [EXPORTS / f"{case.name}.json" for case in cases()]
    return own + sorted(Path(folder).rglob("*.json") if (folder := os.environ.get("RAPIDPRO_EXPORTS")) else [])


@pytest.mark.parametrize("path", exports(), ids=lambda path: path.name)
def test_walk(path: Path) -> None:
    flows = import_exports([path], PACK).flows
    tied = ties(flows)
    for flow in flows.values():
        findings = {other.id: list(check_flow(other, flows, tied, Rules(imported=True))) for other in flows.values()}
        named = {(at, one.step) for at, found in findings.items() for one in found if one.what == "callejón sin salida"}
        cut = {at for at, found in findings.items() for one in found if one.what in ("vueltas", "demasiado de una vez")}
        for number in range(WALKS):
            dice = random.Random(f"{flow.id} {number}")
            world = World(person(dice), datetime(2026, 11, 22, 10, tzinfo=ZONE), ZONE)
            walk = Walk(flows, dice, world)
            run = walk.go(flow.id, str(number))
            assert run.outcome in ("done", "expired", "fault"), run
            assert run.fault in ("", "no_flow", *CUT), run
            assert run.fault not in CUT or run.frame.flow in cut, run
            assert walk.mute <= named, (walk.mute - named, number)


def test_the_same_seed_walks_the_same_way() -> None:
    """Chance comes from the run, so what was said can be explained afterwards."""
    flows = import_exports([EXPORTS / "matrix_v10.json"], PACK).flows
    world = World(Contact(), datetime(2026, 11, 22, 10, tzinfo=ZONE), ZONE)
    asked = [start(flows, f"{PACK}/incentivescollect", world, str(seed)).effects for seed in range(20)]
    again = [start(flows, f"{PACK}/incentivescollect", world, str(seed)).effects for seed in range(20)]
    assert asked == again
    assert len(set(map(str, asked))) == 2
