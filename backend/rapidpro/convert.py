"""A whole import: flows, campaigns and triggers, and everything there is to say about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.flows.model import Flow
from backend.rapidpro.books import Book
from backend.rapidpro.campaigns import CampaignDefinition, convert_campaigns
from backend.rapidpro.export import Export, identity, is_goflow, metadata, read_exports
from backend.rapidpro.goflow import convert_goflow
from backend.rapidpro.legacy import convert_legacy
from backend.rapidpro.loose import slug, text, unique
from backend.rapidpro.notes import Notes
from backend.rapidpro.triggers import TriggerDefinition, convert_triggers


@dataclass(frozen=True)
class Import:
    """What exports became. Flow ids are `<pack>/<name>`."""

    flows: dict[str, Flow]
    campaigns: list[CampaignDefinition]
    triggers: list[TriggerDefinition]
    notes: Notes
    nodes: int  # that the flows have now
    files: int


def import_exports(paths: Iterable[Path], pack: str) -> Import:
    """Convert every export below the paths. Nothing raises: what cannot be brought is in `notes.unconverted`."""
    notes = Notes()
    return convert(read_exports(paths, notes), pack, notes)


def convert(export: Export, pack: str, notes: Notes) -> Import:
    named = _named(export.flows, pack)
    book = Book(
        pack,
        {identity(raw): flow_id for flow_id, raw in named.items() if identity(raw)},
        {_name(raw).lower(): flow_id for flow_id, raw in reversed(named.items())},
    )
    flows = {flow_id: _flow(raw, flow_id, book, notes) for flow_id, raw in named.items()}
    campaigns, said = convert_campaigns(export.campaigns, book, notes)
    flows |= {flow.id: flow for flow in said}
    return Import(
        flows=flows,
        campaigns=campaigns,
        triggers=convert_triggers(export.triggers, book, notes),
        notes=notes,
        nodes=sum(len(flow.steps) for flow in flows.values()),
        files=export.files,
    )


def _named(raws: list[dict[str, Any]], pack: str) -> dict[str, dict[str, Any]]:
    """An id for each flow: its name as a file can be called."""
    named: dict[str, dict[str, Any]] = {}
    for raw in raws:
        named[unique(f"{pack}/{slug(_name(raw), 'flujo')}", named)] = raw
    return named


def _name(raw: dict[str, Any]) -> str:
    return text(raw.get("name")) or text(metadata(raw).get("name")) or identity(raw) or "flujo"


def _flow(raw: dict[str, Any], flow_id: str, book: Book, notes: Notes) -> Flow:
    turn = convert_goflow if is_goflow(raw) else convert_legacy
    return turn(raw, flow_id, _name(raw), book, notes)
