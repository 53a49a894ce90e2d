"""The fixtures: an export beside what must come of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from backend.flows.model import Trial
from backend.flows.read_tests import read_trials
from backend.rapidpro.convert import Import, import_exports
from bot.packs.yaml_file import File, Section

EXPORTS = Path(__file__).parent / "exports"
PACK = "importado"


@dataclass(frozen=True)
class Case:
    """One export, and what its `.yml` says: conversations by flow, notes, campaigns and triggers."""

    name: str
    wanted: dict[str, Any]
    talks: dict[str, tuple[Trial, ...]]

    def brought(self) -> Import:
        return import_exports([EXPORTS / f"{self.name}.json"], PACK)


def cases() -> list[Case]:
    return [_case(path) for path in sorted(EXPORTS.glob("*.yml"))]


def _case(path: Path) -> Case:
    file = File(path, path.name)
    talks = file.read().section("talks")
    read = {flow: read_trials(Section(file, ("talks", flow), {"tests": talks.values[flow]})) for flow in talks}
    assert not file.faults, "\n".join(map(str, file.faults))
    return Case(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")), read)
