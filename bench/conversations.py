"""What people write during a bench: questions about facts, reports with a folio, greetings, from the packs' own tests.

The same texts go to both systems. Every conversation is another person's, so nobody passes ten messages a minute.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bot.safety
from bot.packs.load import load_packs
from bot.packs.merge import merge
from bot.packs.model import Sentence

GREETINGS = ("hola", "buenas tardes", "ola ke tal", "holis buenas noches", "que tal buen dia")
THANKS = ("gracias", "ok grasias por todo", "muchas gracias", "va grax")
PLACES = (
    "calle Juárez 14 colonia Centro",
    "Hidalgo y Morelos, frente a la tienda",
    "Av. Reforma 200, colonia La Loma",
    "Calle Pino esquina con Roble, colonia El Bosque",
)
DESCRIPTIONS = (
    "lleva un mes y ya se ponchó un carro",
    "está así desde el lunes",
    "cuando llueve no se ve y ya se cayeron dos motos",
    "ya avisamos y nadie viene",
)
REPORT = "municipio.reportar"
# of ten conversations: three questions about facts; a report; a greeting, a question and thanks
MIX = ("facts",) * 5 + ("report",) * 3 + ("greeting",) * 2


@dataclass(frozen=True)
class Conversation:
    """One person's messages; each is written when the one before was answered."""

    kind: str
    texts: tuple[str, ...]


def conversations(data: Path, messages: int, seed: int = 7) -> list[Conversation]:
    """Conversations of `messages` messages together, or a few more; the same for the same seed and packs."""
    facts, reports = _sentences(data)
    chance = random.Random(seed)
    made: list[Conversation] = []
    while sum(len(one.texts) for one in made) < messages:
        kind = MIX[len(made) % len(MIX)]
        made.append(Conversation(kind, _texts(kind, chance, facts, reports)))
    return made


def _texts(kind: str, chance: random.Random, facts: Sequence[str], reports: Sequence[str]) -> tuple[str, ...]:
    if kind == "facts":
        return tuple(chance.sample(facts, 3))
    if kind == "report":
        return chance.choice(reports), chance.choice(PLACES), chance.choice(DESCRIPTIONS), "no"
    return chance.choice(GREETINGS), chance.choice(facts), chance.choice(THANKS)


def _sentences(data: Path) -> tuple[list[str], list[str]]:
    """Test sentences about facts, and those that open a report and say of what."""
    packs = load_packs(data)
    intents = merge(packs).intents
    calm = [one for pack in packs for one in pack.sentences if not bot.safety.read_all(one.text)]
    facts = [one.text for one in calm if one.intent in intents and intents[one.intent].fact]
    reports = [one.text for one in calm if one.intent == REPORT and _names_type(one)]
    return facts, reports


def _names_type(sentence: Sentence) -> bool:
    return "tipo_reporte" in sentence.entities
