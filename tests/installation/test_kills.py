"""Workers, bots and Redis are killed while people talk: one folio, one answer each, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest

from tests.installation.house import House
from tests.installation.scripts import QUESTIONS, REPORT
from tests.installation.street import FOLIO, Errand, masked, once, run

PEOPLE = (("twilio_sms", REPORT), ("messenger", REPORT), ("twilio_sms", QUESTIONS), ("messenger", QUESTIONS)) * 3
APART = 1.2  # seconds between the beginnings of two conversations, so that somebody always talks
VICTIMS = ("redis", "trabajador 1", "bot 1", "trabajador 2", "bot 2", "redis", "trabajador 1", "trabajador 2")


@dataclass
class Killer:
    """Kills the parts in a random order, each shortly after somebody has spoken, and starts it again a moment later."""

    house: House
    random: Random = field(default_factory=lambda: Random(7))
    killed: list[str] = field(default_factory=list)
    _deck: list[str] = field(default_factory=lambda: list(VICTIMS))
    _next: float = 0.5
    _agenda: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random.shuffle(self._deck)

    def __call__(self, elapsed: float, spoken: bool) -> None:
        for moment, act in [due for due in self._agenda if due[0] <= elapsed]:
            self._agenda.remove((moment, act))
            act()
        if spoken and elapsed >= self._next and self._deck:
            self._next = elapsed + self.random.uniform(1.0, 2.5)
            self._plan(elapsed + self.random.uniform(0.0, 0.25))

    def _plan(self, moment: float) -> None:
        here, back = self.house.installation, moment + self.random.uniform(0.3, 1.5)
        assert here.redis is not None
        victims = {part.name: (part.kill, part.restart_if_fallen) for part in here.parts if part.name != "web"}
        victims["redis"] = (here.redis.kill, here.redis.start)
        name = self._deck.pop()
        kill, revive = victims[name]
        self.killed.append(name)
        self._agenda += [(moment, kill), (back, revive)]

    def finish(self) -> None:
        for _, act in sorted(self._agenda, key=lambda one: one[0]):
            act()


@pytest.mark.timeout(400)
def test_one_folio_one_answer_and_nothing_lost(house: House) -> None:
    expected = {(channel, lines): house.undisturbed(channel, lines) for channel, lines in PEOPLE}
    before = house.one("SELECT coalesce(max(id), 0) FROM inbound_messages")
    reports, doubts = house.one("SELECT count(*) FROM service_requests"), _doubts(house)
    street, killer = house.street(), Killer(house)
    errands = [
        Errand(street.phone(channel), lines, [len(one) for one in expected[channel, lines]], starts=number * APART)
        for number, (channel, lines) in enumerate(PEOPLE)
    ]
    try:
        took = run(street, errands, 240, killer)
    finally:
        killer.finish()
    assert sorted(killer.killed) == sorted(VICTIMS), "people were done before everybody was killed"
    house.settle()
    street.look()
    print(f"\nkilled {', '.join(killer.killed)}; all answered after {took:.0f} s")

    undone = "SELECT count(*) FROM inbound_messages WHERE id > :before AND status <> 'done'"
    assert house.one(undone, before=before) == 0
    assert house.one("SELECT count(*) FROM outbound_messages WHERE status IN ('queued', 'sending', 'failed')") == 0
    repeated = 0
    for errand, person in zip(errands, PEOPLE, strict=True):
        whole = [text for answers in expected[person] for text in answers]
        assert once(masked(errand.phone.received)) == masked(whole), errand.phone.id
        repeated += len(errand.phone.received) - len(whole)
    assert repeated <= _doubts(house) - doubts, "something came twice that was not in doubt"
    made = sum(lines == REPORT for _, lines in PEOPLE)
    assert house.one("SELECT count(*) FROM service_requests") - reports == made
    told = {folio for errand in errands for text in errand.phone.received for folio in FOLIO.findall(text)}
    assert len(told) == made
    assert told <= {row[0] for row in house.rows("SELECT folio FROM service_requests")}


def _doubts(house: House) -> int:
    return int(house.one("SELECT coalesce(sum(in_doubt), 0) FROM outbound_messages"))
