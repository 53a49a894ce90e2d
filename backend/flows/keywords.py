"""Words that begin a flow when somebody writes them: the keyword triggers of `triggers.yml`, beside `flows/`.

Danger, leaving and a wish for a person are read before; an open form, and an answer that the flow in hand waits for,
keep the message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.flows.model import Flow
from backend.flows.read_verbs import flow_id
from bot.packs.model import Fault
from bot.packs.yaml_file import File, Section
from bot.text.folding import words

FILE = "triggers.yml"


@dataclass(frozen=True)
class Keyword:
    """`said` begins the message, or with `only` is all of it; `groups` and `without` limit it to their members."""

    said: tuple[str, ...]
    flow: str
    only: bool = False
    groups: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    def fits(self, text: str) -> bool:
        spoken = tuple(words(text))
        return spoken == self.said if self.only else spoken[: len(self.said)] == self.said

    def is_for(self, groups: frozenset[str]) -> bool:
        folded = frozenset(map(str.lower, groups))
        return not (self.groups and self.groups.isdisjoint(folded)) and self.without.isdisjoint(folded)


def fitting(keywords: Sequence[Keyword], text: str) -> list[Keyword]:
    """Those that a message may mean, whole messages and those of groups first."""
    found = [one for one in keywords if one.fits(text)]
    return sorted(found, key=lambda one: (not one.only, not one.groups))


def read_keywords(
    data_dir: Path, imported: Path | None, flows: Mapping[str, Flow]
) -> tuple[tuple[Keyword, ...], list[Fault]]:
    """The keywords of every pack, and what is wrong with them. One whose flow is not there begins nothing."""
    keywords: list[Keyword] = []
    faults: list[Fault] = []
    for root in [data_dir / "services", *([imported] if imported else [])]:
        for path in sorted(root.glob(f"*/{FILE}")):
            file = File(path, "/".join(path.parts[-3:]))
            for keys, value in file.read().items("triggers"):
                if isinstance(value, dict) and value.get("kind") == "keyword":
                    keywords += _of(Section(file, keys, value), path.parent.name)
            faults += file.faults
    return tuple(one for one in keywords if one.flow in flows), faults


def _of(section: Section, pack: str) -> list[Keyword]:
    section.only("kind", "flow", "keywords", "match", "groups", "exclude_groups")
    flow = flow_id(section.required("flow"), pack)
    only = section.one_of("match", ("first", "only")) == "only"
    groups, without = (frozenset(map(str.lower, section.texts(key))) for key in ("groups", "exclude_groups"))
    said = [tuple(words(one)) for one in section.texts("keywords")]
    return [Keyword(one, flow, only, groups, without) for one in said if one]
