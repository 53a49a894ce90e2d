"""People in campaigns, for tests: somebody enrolled, a scheduler that is run by hand, and a clock that is moved.

A folder of tests has one database, emptied before each test; its conftest says when its clock starts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.enrolment import enrol, seed_programmes
from backend.campaigns.programme import Programme
from backend.campaigns.scheduler import FlowStart, Scheduler, until_idle
from backend.clock import clock
from backend.contacts.fields import Field, define, set_values
from backend.contacts.models import Address, Contact
from backend.conversations.models import Conversation
from backend.crypto import vault
from backend.db import Sessions, create_engine, create_sessions
from backend.office import FrontDesk
from tests.fixtures_road import _files_read_once, town_settings

FIELDS = (
    Field("nombre", "Nombre"),
    Field("fecha_probable_parto", "Parto", "date"),
    Field("fecha_nacimiento", "Nacimiento", "date"),
)


@dataclass
class Watch:
    """A clock that stands still until it is moved."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment

    def at(self, text: str) -> None:
        """Move to a moment written as ISO; without an offset it is UTC."""
        moment = datetime.fromisoformat(text)
        self.moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def later(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


@dataclass
class Recorder:
    """Takes down which flows were to begin."""

    begun: list[FlowStart] = field(default_factory=list)

    async def start(self, session: AsyncSession, starts: Sequence[FlowStart]) -> None:
        self.begun += starts


@dataclass
class Clinic:
    """A database with campaigns; nothing moves until the test says so."""

    sessions: Sessions
    desk: FrontDesk
    watch: Watch
    flows: Recorder = field(default_factory=Recorder)
    numbers: count[int] = field(default_factory=lambda: count(1001))

    @property
    def scheduler(self) -> Scheduler:
        return Scheduler(self.desk, self.sessions, self.flows)

    async def seed(self, *programmes: Programme) -> None:
        async with self.sessions.begin() as session:
            await define(session, FIELDS)
            await seed_programmes(session, programmes, self.watch.moment)

    async def person(self, campaign: str, zone: str | None = None, consented: bool = True, **values: date | str) -> int:
        """Somebody with a phone who is in a campaign; answers the contact's id."""
        async with self.sessions.begin() as session:
            contact = Contact(timezone=zone, consented_at=self.watch.moment if consented else None)
            session.add(contact)
            await session.flush()
            conversation = await self._conversation(session, contact.id, f"+52550000{next(self.numbers)}")
            await set_values(session, self.desk.vault, {contact.id: values}, self.watch.moment)
            await enrol(session, contact.id, conversation, campaign, self.watch.moment)
            return contact.id

    async def _conversation(self, session: AsyncSession, contact: int, number: str) -> int:
        vault = self.desk.vault
        address = Address(
            contact_id=contact, channel="twilio_sms", fingerprint=vault.fingerprint("twilio_sms", number),
            sealed=vault.seal(number),
        )  # fmt: skip
        session.add(address)
        await session.flush()
        made = Conversation(contact_id=contact, address_id=address.id, channel="twilio_sms", line="+525500000000")
        session.add(made)
        await session.flush()
        return made.id

    async def work(self) -> None:
        """Queue what is due."""
        await until_idle(self.scheduler)

    async def queued(self) -> list[str]:
        """The events in the outbox, oldest first."""
        return [str(row[0]) for row in await self.rows("SELECT ref->>'event' FROM outbound_messages ORDER BY id")]

    async def words(self) -> list[str]:
        """The texts in the outbox, oldest first."""
        rows = await self.rows("SELECT sealed_text FROM outbound_messages ORDER BY id")
        return [self.desk.vault.open(str(row[0])) for row in rows]

    async def next_at(self, contact: int) -> datetime | None:
        found = await self.rows("SELECT next_at FROM enrolments WHERE contact_id = :c ORDER BY id", c=contact)
        moment = found[0][0]
        assert moment is None or isinstance(moment, datetime)
        return moment

    async def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        """What the database says, for assertions."""
        async with self.sessions() as session:
            return [tuple(row) for row in await session.execute(text(query), values)]

    async def one(self, query: str, **values: object) -> object:
        return (await self.rows(query, **values))[0][0]


@contextmanager
def clock_from(start: datetime) -> Iterator[Watch]:
    moved = Watch(start)
    with clock(moved):
        yield moved


@asynccontextmanager
async def open_clinic(
    database_url: str, redis_url: str, data_dir: Path, watch: Watch, empty: Sequence[str]
) -> AsyncIterator[Clinic]:
    """A clinic in a database that the statements of `empty` have emptied."""
    settings = town_settings(database_url, redis_url, data_dir)
    engine = create_engine(database_url)
    async with engine.begin() as connection:
        for statement in empty:
            await connection.execute(text(statement))
    desk = replace(_files_read_once(), settings=settings, vault=vault(settings))
    yield Clinic(create_sessions(engine), desk, watch)
    await engine.dispose()
