"""Recall and false alarms of `bot.safety.read` on what the services' own writers say; `pytest -s` prints them.

Before tuning: recall 0.80, false alarms 1.9 %. The services' `tests.yml` were strangers when the rules had learned from
the examples: 43 of 49 dangers, false alarms 1.8 %. Expect that of strangers (see `first_sight.yml`), not these figures:
what was missed of the other writers, and later of `tests.yml`, was read too. Ten later writers cover every intent:
at first sight 85 of 94 dangers and 0.4 % false alarms for the first five, 57 of 62 and 0.7 % for the others.
`disagreed.yml`: labels we read otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from bot.packs.load import load_packs
from bot.safety import read

HERE = Path(__file__).parent
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times as fast
SERVICES = HERE.parents[1] / "data" / "services"
DANGERS = {"salud_materna.alarma_embarazo", "salud_materna.alarma_bebe", "emergencias.pedir_ayuda"}
# Some of these are danger and some are not, and their label does not tell.
EITHER = {"salud_materna.violencia", "salud_materna.apoyo_emocional"}
TUNED_ON = {"ana", "toño", "lupita", "chuy", "maestra", "paty", "brenda", "promotora", "nora", "tere", "karla"}


class Sentence(NamedTuple):
    intent: str
    writer: str
    text: str


class Figures(NamedTuple):
    missed: list[str]
    dangers: int
    alarmed: list[str]
    harmless: int

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / self.dangers

    @property
    def false_alarms(self) -> float:
        return len(self.alarmed) / self.harmless

    def __str__(self) -> str:
        return (
            f"recall {self.recall:.3f} of {self.dangers}, false alarms {self.false_alarms:.4f} of {self.harmless}"
            f"\n  missed: {self.missed}\n  alarmed: {self.alarmed}"
        )


def examples() -> Iterator[Sentence]:
    for pack in load_packs(SERVICES.parent):
        for intent in pack.intents.values():
            yield from (Sentence(intent.id, one.batch, one.text) for one in intent.examples)


def pack_tests() -> Iterator[Sentence]:
    for path in sorted(SERVICES.glob("*/tests.yml")):
        tests = yaml.load(path.read_text(encoding="utf-8"), LOADER)
        for intent, said in tests["sentences"].items():
            yield from (Sentence(intent, "tests", one if isinstance(one, str) else one["text"]) for one in said)


def disagreed() -> dict[str, set[str]]:
    raw = yaml.safe_load((HERE / "disagreed.yml").read_text(encoding="utf-8"))
    return {name: {entry["text"] for entry in raw[name]} for name in ("danger", "harmless")}


def figures(sentences: list[Sentence]) -> Figures:
    other = disagreed()
    spoken = [(said, said.intent in DANGERS) for said in sentences if said.intent not in EITHER]
    dangers = [s for s, label in spoken if (label or s.text in other["danger"]) and s.text not in other["harmless"]]
    harmless = [said for said, _ in spoken if said not in dangers]
    return Figures(
        [said.text for said in dangers if not is_danger(said.text)],
        len(dangers),
        [f"{said.intent}: {said.text}" for said in harmless if is_danger(said.text)],
        len(harmless),
    )


def is_danger(text: str) -> bool:
    found = read(text)
    return found is not None and found.danger


EXAMPLES = list(examples())
NOT_LEARNED: dict[str, list[str]] = yaml.safe_load((HERE / "not_learned.yml").read_text(encoding="utf-8"))
LEARNED = {said.writer for said in EXAMPLES} - {writer for writers in NOT_LEARNED.values() for writer in writers}
SETS = {
    "tuned_on": [said for said in EXAMPLES if said.writer in TUNED_ON],
    "other_writers": [said for said in EXAMPLES if said.writer in LEARNED - TUNED_ON],
    **{name: [said for said in EXAMPLES if said.writer in set(writers)] for name, writers in NOT_LEARNED.items()},
    "pack_tests": list(pack_tests()),
}
LEAST_RECALL = {"strangers": 0.89, "beside_the_point": 0.73}  # the classifier hears the rest
MOST_FALSE = {"strangers": 0.025, "beside_the_point": 0.12}  # among them people who wrote what only sounds like danger


@pytest.mark.parametrize("name", SETS)
def test_recall_and_false_alarms(name: str) -> None:
    found = figures(SETS[name])
    print(f"{name}: {found}")
    assert found.recall >= LEAST_RECALL.get(name, 0.97)
    assert found.false_alarms <= MOST_FALSE.get(name, 0.02)


def test_first_sight_is_learned() -> None:
    groups = yaml.safe_load((HERE / "first_sight.yml").read_text(encoding="utf-8"))
    said = [(text, group["danger"]) for group in groups for text in group["sentences"]]
    missed = [text for text, danger in said if danger and not is_danger(text)]
    alarmed = [text for text, danger in said if not danger and is_danger(text)]
    print(f"missed {missed}, alarmed {alarmed}, of {len(said)}")
    assert len(missed) <= 0.01 * sum(danger for _, danger in said)
    assert len(alarmed) <= 0.03 * sum(not danger for _, danger in said)


@pytest.mark.parametrize(
    "text",
    [
        "esta muy hondo",
        "se tira mucha agua desde ayer",
        "se rompio el tubo y se va toda el agua",
        "me toca el martes",
        "estoy preñada y quiero entrar al programa",
        "es caro pero me pega el sol",
        "se me rompió la fuente, mi fecha era ayer",
    ],
)
def test_no_danger(text: str) -> None:
    assert not is_danger(text)


@pytest.mark.parametrize(
    "text",
    [
        "se me tira mucha agua desde ayer",
        "me salio agua",
        "m pega mi novio pero lo kiero",
        "se me rompio la fuente y no es mi fecha",
        "ya estoy en fecha, se rompio la fuente y sale verde",
        "tiene los ojos hundidos",
    ],
)
def test_danger_said_in_nearly_the_same_words(text: str) -> None:
    assert is_danger(text)


def test_disagreements_are_still_examples() -> None:
    known = {said.text for said in [*EXAMPLES, *SETS["pack_tests"]]}
    listed = disagreed()
    assert listed["danger"] | listed["harmless"] <= known
