"""The stored words of danger, `data/common/danger.yml`: said to a person, each one GSM-7 segment, and read by staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.text.tables import read_yaml


@dataclass(frozen=True)
class SafetyText:
    """`text` is said first; `further` while an alarm is already open. `reviewed_by` is empty until somebody signed."""

    text: str
    further: str
    source: str
    reviewed_by: str


@lru_cache(maxsize=1)
def load() -> Mapping[str, SafetyText]:
    """Text key -> its words."""
    raw = read_yaml("danger.yml")
    return {key: SafetyText(**entry) for key, entry in raw["texts"].items()}


@lru_cache(maxsize=1)
def titles() -> Mapping[str, str]:
    """What staff reads of a sign, by its id; of an intent where only the trained detector heard danger."""
    found: Mapping[str, str] = read_yaml("danger.yml")["titles"]
    return found


def title(sign: str) -> str:
    """A sign as staff reads it: «el bebé no se mueve en el vientre». A flow's alarm: as the flow is named."""
    return titles().get(sign) or sign.rpartition(".")[2].replace("_", " ")


def say(text_key: str, further: bool = False) -> str:
    """What is said for a reading's `text_key`. Raises KeyError for an unknown key."""
    found = load()[text_key]
    return found.further if further else found.text
