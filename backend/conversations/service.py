"""What the desk sees: lists and threads. One filter of departments in every query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import Address, Contact
from backend.conversations.models import Alarm, Conversation, InboundMessage, OutboundMessage
from backend.crypto import Vault

State = Literal["todas", "sin_atender", "mias", "alarma"]
MESSENGER_WINDOW = timedelta(hours=24)
THREAD = 200  # messages shown at once


class Departments(frozenset[str]):
    """The departments whose conversations an operator may see; `everything` where there is no limit.

    `unassigned`: also those that are no department's yet, which the reception looks after.
    """

    everything: bool = False
    unassigned: bool = False

    @classmethod
    def of(cls, names: Iterable[str], reception: str) -> Departments:
        made = cls(names)
        made.unassigned = reception in made
        return made

    @classmethod
    def all(cls) -> Departments:
        made = cls()
        made.everything = True
        return made


@dataclass(frozen=True)
class OpenAlarm:
    """A danger that is not over. `acknowledged_by` None: nobody has read it."""

    id: int
    kind: str
    sign: str
    signs: int
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: int | None


@dataclass(frozen=True)
class Row:
    """A conversation in the list."""

    id: int
    channel: str
    floor: str
    floor_reason: str | None
    floor_since: datetime | None
    operator_id: int | None
    department: str | None
    last_inbound_at: datetime | None
    last_text: str  # redacted
    waiting_since: datetime | None  # a person waits for an operator since
    sealed_address: str
    opted_out: bool
    alarm: OpenAlarm | None


@dataclass(frozen=True)
class Page:
    """A part of the list; `following` asks for the next part, None where there is none."""

    rows: tuple[Row, ...]
    following: tuple[datetime, int] | None


@dataclass(frozen=True)
class Counts:
    """What waits for people of these departments."""

    waiting: int
    alarms: int


@dataclass(frozen=True)
class Item:
    """A message in a thread."""

    id: int
    side: Literal["citizen", "bot", "operator"]
    text: str
    at: datetime
    status: str
    kind: str
    outbound_class: str | None = None
    operator_id: int | None = None
    evidence: Mapping[str, Any] | None = None
    danger: str | None = None
    choices: tuple[str, ...] = ()
    error: str | None = None
    segments: int | None = None


@dataclass(frozen=True)
class Thread:
    """A conversation with its messages, oldest first."""

    row: Row
    items: tuple[Item, ...]
    version: int
    reply_until: datetime | None  # Messenger: end of the reply window; None: no limit


def visible(departments: Departments) -> ColumnElement[bool]:
    """The one filter: conversations of these departments, and for the reception those that are nobody's yet."""
    if departments.everything:
        return true()
    own = Conversation.department.in_(list(departments))
    return or_(own, Conversation.department.is_(None)) if departments.unassigned else own


async def list_conversations(
    session: AsyncSession,
    departments: Departments,
    state: State = "todas",
    operator_id: int | None = None,
    department: str | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> Page:
    """Alarms that nobody has read, then the newest; of those that wait for a person, the longest wait first.

    `department` narrows to one; `before` is the `following` of the page before."""
    query = _rows().where(visible(departments), *_of_state(state, operator_id))
    if department is not None:
        query = query.where(Conversation.department == department)
    unread = and_(Alarm.id.is_not(None), Alarm.acknowledged_at.is_(None))
    first = [] if before else (await session.execute(query.where(unread).order_by(Alarm.opened_at).limit(limit))).all()
    moment = Conversation.floor_since if state == "sin_atender" else Conversation.last_inbound_at
    key = tuple_(moment, Conversation.id)
    query = query.where(moment.is_not(None), or_(Alarm.id.is_(None), Alarm.acknowledged_at.is_not(None)))
    if state == "sin_atender":
        query = query.where(key > before) if before else query
        query = query.order_by(moment, Conversation.id)
    else:
        query = query.where(key < before) if before else query
        query = query.order_by(moment.desc(), Conversation.id.desc())
    rest = (await session.execute(query.limit(limit + 1))).all()
    more = rest[limit - 1][0] if len(rest) > limit else None
    following = None if more is None else (getattr(more, moment.key), more.id)
    return Page(tuple(_row(*values) for values in (*first, *rest[:limit])), following)


async def newest_of(
    session: AsyncSession, departments: Departments, which: ColumnElement[bool], limit: int
) -> tuple[Row, ...]:
    """The conversations of which something holds, the newest first."""
    query = _rows().where(visible(departments), which).order_by(Conversation.last_inbound_at.desc().nulls_last())
    return tuple(_row(*values) for values in (await session.execute(query.limit(limit))).all())


async def counts(session: AsyncSession, departments: Departments) -> Counts:
    """How many wait for a person, and how many alarms nobody has read."""
    waits = and_(Conversation.floor == "operator", Conversation.operator_id.is_(None))
    waiting = await session.scalar(select(func.count()).select_from(Conversation).where(visible(departments), waits))
    alarms = await session.scalar(
        select(func.count())
        .select_from(Alarm)
        .join(Conversation, Conversation.id == Alarm.conversation_id)
        .where(visible(departments), Alarm.closed_at.is_(None), Alarm.acknowledged_at.is_(None))
    )
    return Counts(waiting or 0, alarms or 0)


def _rows() -> Select[Conversation, str | None, str, datetime | None, Alarm | None]:
    last = (
        select(InboundMessage.redacted_text)
        .where(InboundMessage.conversation_id == Conversation.id)
        .order_by(InboundMessage.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    open_alarm = and_(Alarm.conversation_id == Conversation.id, Alarm.closed_at.is_(None))
    return (
        select(Conversation, last, Address.sealed, Contact.opted_out_at, Alarm)
        .join(Address, Address.id == Conversation.address_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .outerjoin(Alarm, open_alarm)
    )


def _of_state(state: State, operator_id: int | None) -> list[ColumnElement[bool]]:
    waits = and_(Conversation.floor == "operator", Conversation.operator_id.is_(None))
    unread = and_(Alarm.id.is_not(None), Alarm.acknowledged_at.is_(None))
    tables: dict[State, list[ColumnElement[bool]]] = {
        "todas": [],
        "sin_atender": [or_(waits, unread)],
        "mias": [Conversation.operator_id == operator_id],
        "alarma": [Alarm.id.is_not(None)],
    }
    return tables[state]


def _row(
    conversation: Conversation, last: str | None, address: str, opted_out: datetime | None, alarm: Alarm | None
) -> Row:
    waits = conversation.floor == "operator" and conversation.operator_id is None
    return Row(
        id=conversation.id,
        channel=conversation.channel,
        floor=conversation.floor,
        floor_reason=conversation.floor_reason,
        floor_since=conversation.floor_since,
        operator_id=conversation.operator_id,
        department=conversation.department,
        last_inbound_at=conversation.last_inbound_at,
        last_text=last or "",
        waiting_since=conversation.floor_since if waits else None,
        sealed_address=address,
        opted_out=opted_out is not None,
        alarm=None if alarm is None else _open_alarm(alarm),
    )


def _open_alarm(alarm: Alarm) -> OpenAlarm:
    return OpenAlarm(
        alarm.id, alarm.kind, alarm.sign, alarm.signs, alarm.opened_at, alarm.acknowledged_at, alarm.acknowledged_by
    )


async def thread(
    session: AsyncSession, vault: Vault, conversation_id: int, departments: Departments, original: bool
) -> Thread | None:
    """The newest messages; None where there is no such conversation for this operator. `original`: unredacted."""
    found = (await session.execute(_rows().where(Conversation.id == conversation_id, visible(departments)))).first()
    if found is None:
        return None
    conversation = found[0]
    inbound = await _newest(session, InboundMessage, conversation_id)
    outbound = await _newest(session, OutboundMessage, conversation_id)
    items = [_came(row, vault, original) for row in inbound] + [_went(row, vault, original) for row in outbound]
    items.sort(key=lambda item: (item.at, item.side != "citizen", item.id))
    return Thread(_row(*found), tuple(items[-THREAD:]), conversation.version, _window(conversation))


async def _newest(session: AsyncSession, table: Any, conversation_id: int) -> Sequence[Any]:
    rows = select(table).where(table.conversation_id == conversation_id).order_by(table.id.desc()).limit(THREAD)
    return (await session.scalars(rows)).all()


def _came(row: InboundMessage, vault: Vault, original: bool) -> Item:
    text = vault.open(row.sealed_text) if original else row.redacted_text
    kinds = [one["kind"] for one in row.extra.get("attachments", ())]
    return Item(
        row.id, "operator" if row.kind == "echo" else "citizen", text, row.received_at, row.status,
        kinds[0] if kinds else row.kind, evidence=row.evidence, danger=row.danger, error=row.last_error,
    )  # fmt: skip


def _went(row: OutboundMessage, vault: Vault, original: bool) -> Item:
    return Item(
        row.id,
        "operator" if row.outbound_class == "operator" else "bot",
        vault.open(row.sealed_text) if original else row.redacted_text,
        row.created_at,
        row.status,
        "text",
        outbound_class=row.outbound_class,
        operator_id=row.operator_id,
        choices=tuple(choice["title"] for choice in row.choices),
        error=row.error_text if row.status in ("failed", "undelivered") else None,
        segments=row.segments,
    )


def _window(conversation: Conversation) -> datetime | None:
    if conversation.channel != "messenger" or conversation.last_inbound_at is None:
        return None
    return conversation.last_inbound_at + MESSENGER_WINDOW
