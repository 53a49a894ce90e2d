"""What the templates draw: rows and messages with names instead of numbers, and nothing unmasked by accident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.alarms.service import AlarmRow
from backend.conversations.floor import too_late
from backend.conversations.service import Item, Row, Thread
from backend.crypto import CannotDecrypt, Vault
from backend.dashboard import words
from backend.flows.notes import Note
from backend.office import FrontDesk
from backend.privacy.redact import redact

# what these say is about the service, never about the person
SHOWN_ENTITIES = frozenset({"tramite", "tipo_reporte", "servicio", "municipio", "fecha", "semanas_embarazo"})


@dataclass(frozen=True)
class RowView:
    """A row of the list."""

    row: Row
    who: str
    channel: str
    department: str
    holder: str  # name of whoever holds it, empty: nobody
    mine: bool


@dataclass(frozen=True)
class Evidence:
    """Why the assistant said what it said."""

    intent: str
    confidence: str
    decision: str
    entities: tuple[tuple[str, str], ...]
    ranking: tuple[tuple[str, str], ...]
    model: str
    error: str


@dataclass(frozen=True)
class Bubble:
    """A message of the thread."""

    key: str
    item: Item
    author: str
    note: str  # what was sent where it is not text
    state: str  # delivery or arrival
    troubled: bool
    evidence: Evidence | None


def row_view(row: Row, vault: Vault, names: Mapping[int, str], departments: Mapping[str, str], me: int) -> RowView:
    return RowView(
        row=row,
        who=masked_address(row.sealed_address, vault),
        channel=words.CHANNELS.get(row.channel, row.channel),
        department=departments.get(row.department or "", row.department or ""),
        holder=names.get(row.operator_id, "otra persona") if row.operator_id is not None else "",
        mine=row.operator_id == me,
    )


def masked_address(sealed: str, vault: Vault) -> str:
    """The last four signs of the telephone or page id."""
    try:
        return f"•••• {vault.open(sealed)[-4:]}"
    except CannotDecrypt:
        return "••••"


@dataclass(frozen=True)
class AlarmView:
    """An alarm of the list or of a thread."""

    row: AlarmRow
    who: str
    channel: str
    department: str
    reader: str  # who has read it, empty: nobody


def alarm_view(row: AlarmRow, vault: Vault, names: Mapping[int, str], departments: Mapping[str, str]) -> AlarmView:
    reader = ""
    if row.acknowledged_at is not None:
        reader = row.answered_by or names.get(row.acknowledged_by or 0, "otra persona")
    return AlarmView(
        row=row,
        who=masked_address(row.sealed_address, vault),
        channel=words.CHANNELS.get(row.channel, row.channel),
        department=departments.get(row.department or "", row.department or ""),
        reader=reader,
    )


@dataclass(frozen=True)
class NoteView:
    """What a flow tells a department, with nothing personal in it."""

    row: Note
    subject: str
    text: str
    department: str
    who: str
    channel: str
    reader: str  # who has seen it, empty: nobody


def note_view(row: Note, desk: FrontDesk, names: Mapping[int, str]) -> NoteView:
    public = desk.content.public_numbers
    return NoteView(
        row=row,
        subject=redact(row.subject, public),
        text=redact(_opened(row.sealed_text, desk.vault), public),
        department=desk.government.institution.departments.get(row.department, row.department),
        who=masked_address(row.sealed_address, desk.vault),
        channel=words.CHANNELS.get(row.channel, row.channel),
        reader=names.get(row.seen_by or 0, "otra persona") if row.seen_at else "",
    )


def _opened(sealed: str, vault: Vault) -> str:
    try:
        return vault.open(sealed)
    except CannotDecrypt:
        return "No se puede descifrar; avisa a soporte."


def bubbles(thread: Thread, names: Mapping[int, str], original: bool) -> list[Bubble]:
    return [_bubble(item, names, original) for item in thread.items]


def _bubble(item: Item, names: Mapping[int, str], original: bool) -> Bubble:
    kind = item.kind if item.side == "citizen" else "text"
    return Bubble(
        key=f"{'e' if item.side == 'citizen' else 's'}{item.id}",
        item=item,
        author=_author(item, names),
        note=words.KINDS.get(kind, ""),
        state=(words.ARRIVAL if item.side == "citizen" else words.DELIVERY).get(item.status, ""),
        troubled=item.status in ("failed", "undelivered"),
        evidence=evidence(item, original) if item.evidence else None,
    )


def _author(item: Item, names: Mapping[int, str]) -> str:
    if item.side == "citizen":
        return "Ciudadanía"
    if item.side == "operator":
        return names.get(item.operator_id or 0, "Persona operadora")
    return words.CLASSES.get(item.outbound_class or "reply", "Asistente")


def evidence(item: Item, original: bool) -> Evidence:
    """The evidence of a turn; entities that tell of the person are named, not told, unless `original`."""
    known = item.evidence or {}
    decision = str(known.get("decision") or "")
    return Evidence(
        intent=str(known.get("intent") or ""),
        confidence=_percent(known.get("confidence")),
        decision=words.DECISIONS.get(decision, decision.replace("_", " ")),
        entities=tuple(_entities(known.get("entities") or {}, original)),
        ranking=tuple((str(one[0]), _percent(one[1])) for one in known.get("ranking") or () if len(one) == 2),
        model=str(known.get("model") or "")[:12],
        error=str(known.get("error") or item.error or ""),
    )


def _entities(found: Mapping[str, Any], original: bool) -> Iterable[tuple[str, str]]:
    for name, value in found.items():
        shown = str(value.get("text", value)) if isinstance(value, dict) else str(value)
        yield name, shown if original or name in SHOWN_ENTITIES else f"[{name}]"


def _percent(value: Any) -> str:
    return f"{float(value):.0%}" if isinstance(value, int | float) else ""


@dataclass(frozen=True)
class ReplyBox:
    """Whether and how the operator may answer. `until` and `late` only on channels with a reply window."""

    open: bool
    sms: bool
    late: bool
    closed: bool
    until: datetime | None


def reply_box(thread: Thread, may: bool, moment: datetime) -> ReplyBox:
    """`may`: the role allows answering and the operator holds the conversation."""
    closed = too_late(thread.row.channel, thread.row.last_inbound_at)
    late = thread.reply_until is not None and moment > thread.reply_until and not closed
    return ReplyBox(may and not closed, thread.row.channel == "twilio_sms", late, closed, thread.reply_until)
