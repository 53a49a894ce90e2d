"""What flows tell departments: listed, and marked as seen. One filter of departments in every query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import Address
from backend.conversations.models import Conversation
from backend.conversations.service import Departments, visible
from backend.flows.models import StaffNote

MOST = 100  # notes shown at once


@dataclass(frozen=True)
class Note:
    """A note with whose conversation it is about. `reachable`: the reader may open the conversation."""

    id: int
    conversation_id: int
    department: str
    at: datetime
    subject: str
    sealed_text: str
    seen_at: datetime | None
    seen_by: int | None
    channel: str
    sealed_address: str
    reachable: bool


def addressed_to(departments: Departments) -> ColumnElement[bool]:
    """The one filter: notes for these departments."""
    return true() if departments.everything else StaffNote.department.in_(list(departments))


async def unseen(session: AsyncSession, departments: Departments) -> int:
    """How many nobody has seen."""
    waiting = select(func.count()).select_from(StaffNote).where(addressed_to(departments), StaffNote.seen_at.is_(None))
    return await session.scalar(waiting) or 0


async def list_notes(session: AsyncSession, departments: Departments, department: str | None = None) -> list[Note]:
    """Those nobody has seen, the oldest first; then the others, the newest first. `department` narrows to one."""
    query = _notes(departments)
    if department is not None:
        query = query.where(StaffNote.department == department)
    new = await session.execute(query.where(StaffNote.seen_at.is_(None)).order_by(StaffNote.id).limit(MOST))
    old = await session.execute(query.where(StaffNote.seen_at.is_not(None)).order_by(StaffNote.id.desc()).limit(MOST))
    return [_note(row) for row in (*new, *old)][:MOST]


async def notes_of(session: AsyncSession, conversation_id: int, departments: Departments) -> list[Note]:
    """Those about one conversation, oldest first."""
    query = _notes(departments).where(StaffNote.conversation_id == conversation_id)
    return [_note(row) for row in await session.execute(query.order_by(StaffNote.id).limit(MOST))]


async def see(
    session: AsyncSession, note_id: int, operator_id: int, departments: Departments, at: datetime
) -> int | None:
    """Mark one as seen, whoever saw it first; answers its conversation, None where there is no such note."""
    known = select(StaffNote.conversation_id).where(StaffNote.id == note_id, addressed_to(departments))
    conversation_id = await session.scalar(known)
    if conversation_id is not None:
        first = update(StaffNote).where(StaffNote.id == note_id, StaffNote.seen_at.is_(None))
        await session.execute(first.values(seen_at=at, seen_by=operator_id))
    return conversation_id


def _notes(departments: Departments) -> Select[StaffNote, str, str, bool]:
    return (
        select(StaffNote, Conversation.channel, Address.sealed, visible(departments))
        .join(Conversation, Conversation.id == StaffNote.conversation_id)
        .join(Address, Address.id == Conversation.address_id)
        .where(addressed_to(departments))
    )


def _note(row: Row[StaffNote, str, str, bool]) -> Note:
    note, channel, sealed_address, reachable = row
    return Note(
        note.id, note.conversation_id, note.department, note.at, note.subject, note.sealed_text,
        note.seen_at, note.seen_by, channel, sealed_address, reachable,
    )  # fmt: skip
