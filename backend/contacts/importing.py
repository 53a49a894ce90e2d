"""People from a CSV, with a report. Who left stays out, who took consent back has taken it back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Text, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.enrolment import enrol_new
from backend.campaigns.models import Campaign
from backend.campaigns.moving import zone_changed
from backend.contacts.consent import Agreement, agree
from backend.contacts.fields import NAME, known_fields, set_values
from backend.contacts.groups import add_to_groups
from backend.contacts.household import Member, another_on_phone_of, homes_of, may_be
from backend.contacts.models import Address, Consent, Contact
from backend.contacts.rows import PHONE, PersonRow, Problem, read_file
from backend.contacts.service import addresses_of, among, fingerprints
from backend.conversations.models import Conversation
from backend.crypto import Vault
from backend.db import Sessions, recordset

CHANNEL = "twilio_sms"
BATCH = 500
UNCLEAR = "puede ser más de una persona de ese teléfono; escribe nombre y apellidos"


@dataclass
class Report:
    """What an import did, or would do; `problems` are rows that were left out, `notes` rows taken in part."""

    new: int = 0
    updated: int = 0
    left: int = 0
    enrolled: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """Somebody of a batch as the database has them."""

    row: PersonRow
    address: Address
    contact_id: int
    is_new: bool
    consented_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def agreement(self) -> Agreement | None:
        """The row's consent, where it is news and was not taken back since."""
        given = self.row.consent
        if given is None or given.at == self.consented_at or self.took_back:
            return None
        return Agreement(self.contact_id, given.at, given.channel, given.version, given.text)

    @property
    def took_back(self) -> bool:
        given = self.row.consent
        return given is not None and self.withdrawn_at is not None and self.withdrawn_at >= given.at

    @property
    def agrees(self) -> bool:
        return self.consented_at is not None or self.agreement is not None


class _Undo(Exception):
    """Ends the transaction of a dry run."""


@dataclass(frozen=True)
class Importer:
    """Brings people in by their telephone; `line` is the number from which they will be written to."""

    sessions: Sessions
    vault: Vault
    line: str
    jurisdiction: str
    zone: ZoneInfo

    async def run(self, data: bytes, at: datetime, dry_run: bool = False) -> Report:
        """Read the file and store its people, 500 to a transaction. Raises UnreadableFile.

        Running the same file again changes nothing. A dry run does the same work and undoes it.
        """
        report = Report()
        async with self.sessions() as session:
            fields = await known_fields(session)
            campaigns = list((await session.scalars(select(Campaign.key))).all())
        rows = [_with_programme(row, campaigns) for row in read_file(data, fields, self.zone)]
        report.problems += [row for row in rows if isinstance(row, Problem)]
        for batch in _batches([row for row in rows if isinstance(row, PersonRow)]):
            try:
                async with self.sessions.begin() as session:
                    await self._store(session, batch, report, at)
                    if dry_run:
                        raise _Undo
            except _Undo:
                pass
        return report

    async def _store(self, session: AsyncSession, rows: Sequence[PersonRow], report: Report, at: datetime) -> None:
        people = await self._people(session, rows, report)
        report.new += sum(one.is_new for one in people)
        report.updated += sum(not one.is_new for one in people)
        report.notes += [_took_back(one, self.zone) for one in people if one.took_back]
        await _set_columns(session, people)
        await zone_changed(session, [one.contact_id for one in people if one.row.timezone], at)
        await set_values(session, self.vault, {one.contact_id: one.row.values for one in people}, at)
        for name in {name for one in people for name in one.row.groups}:
            await add_to_groups(session, [name], [one.contact_id for one in people if name in one.row.groups])
        await agree(session, [one.agreement for one in people if one.agreement])
        await self._enrol(session, people, report, at)

    async def _people(self, session: AsyncSession, rows: Sequence[PersonRow], report: Report) -> list[Known]:
        """Whom the rows are about, made where they are new; not those whose telephone left, nor where it is unclear."""
        prints = fingerprints(self.vault, [(CHANNEL, row.phone) for row in rows])
        old = set((await session.scalars(select(Address.contact_id).where(among(prints)))).all())
        addresses = await addresses_of(session, self.vault, prints.values(), self.jurisdiction)
        left = await _who_left(session, old)
        homes = await homes_of(session, self.vault, {one.contact_id for one in addresses.values()} - left.keys())
        found: list[Known] = []
        for phone, mine in _by_phone(rows).items():
            address = addresses[CHANNEL, phone]
            if gone_at := left.get(address.contact_id):
                report.left += len(mine)
                report.notes += [_left(row, gone_at, self.zone) for row in mine]
            else:
                home = homes[address.contact_id]
                found += await _identified(session, address, home, mine, report, address.contact_id not in old)
        return await _with_consents(session, found)

    async def _enrol(self, session: AsyncSession, people: Sequence[Known], report: Report, at: datetime) -> None:
        wanting = [one for one in people if one.row.programme]
        report.notes += [_without_consent(one) for one in wanting if not one.agrees]
        coming = [one for one in wanting if one.agrees]
        conversations = await self._conversations(session, coming)
        for programme in {one.row.programme for one in coming if one.row.programme}:
            pairs = [
                (one.contact_id, conversations[one.address.id]) for one in coming if one.row.programme == programme
            ]
            report.enrolled += await enrol_new(session, programme, pairs, at)

    async def _conversations(self, session: AsyncSession, people: Sequence[Known]) -> Mapping[int, int]:
        """The conversation of each address on our line, made where there is none."""
        if not people:
            return {}
        rows = [
            {"contact_id": one.contact_id, "address_id": one.id, "channel": CHANNEL, "line": self.line}
            for one in {one.address for one in people}
        ]
        await session.execute(
            insert(Conversation).on_conflict_do_nothing(constraint="uq_conversations_address_line"), rows
        )
        mine = select(Conversation.address_id, Conversation.id).where(
            Conversation.line == self.line, Conversation.address_id.in_([one.address.id for one in people])
        )
        return dict((await session.execute(mine)).all())


def _batches(rows: Sequence[PersonRow]) -> Iterator[Sequence[PersonRow]]:
    """The rows of a telephone together: whom each is about is found among them all."""
    batch: list[PersonRow] = []
    for home in _by_phone(rows).values():
        batch += home
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _by_phone(rows: Sequence[PersonRow]) -> Mapping[str, Sequence[PersonRow]]:
    homes: defaultdict[str, list[PersonRow]] = defaultdict(list)
    for row in rows:
        homes[row.phone].append(row)
    return homes


async def _identified(
    session: AsyncSession,
    address: Address,
    home: Sequence[Member],
    rows: Sequence[PersonRow],
    report: Report,
    is_new: bool,
) -> list[Known]:
    """The rows of one telephone with the person of each, made where she is new to it; what is unclear is reported."""
    found: list[Known] = []
    for row, who in _whose(home, rows):
        if isinstance(who, Problem):
            report.problems.append(who)
        elif who is not None:
            found.append(Known(row, address, who.contact_id, is_new))
        else:
            report.notes.append(_shares(row))
            found.append(Known(row, address, await another_on_phone_of(session, address.contact_id), True))
    return found


def _whose(people: Sequence[Member], rows: Sequence[PersonRow]) -> Iterator[tuple[PersonRow, Member | Problem | None]]:
    """Whom of a telephone's people each of its rows is about; None: somebody new to it."""
    fitting = {row.number: may_be(people, row.name) for row in rows}
    wanted = Counter(one.contact_id for found in fitting.values() for one in found)
    nameless = [one for one in people if not one.name and not wanted[one.contact_id]]
    for row in rows:
        found = fitting[row.number]
        if len(found) > 1 or any(wanted[one.contact_id] > 1 for one in found):
            yield row, Problem(row.number, NAME, UNCLEAR)
        else:
            yield row, found[0] if found else nameless.pop(0) if nameless else None


async def _who_left(session: AsyncSession, owners: Collection[int]) -> dict[int, datetime]:
    """Whose telephone left, and when."""
    left = select(Contact.id, Contact.opted_out_at).where(Contact.id.in_(owners), Contact.opted_out_at.is_not(None))
    return {id_: at for id_, at in await session.execute(left) if at}


async def _with_consents(session: AsyncSession, people: Sequence[Known]) -> list[Known]:
    """With when each of them agreed, and last took it back."""
    withdrawn = select(func.max(Consent.at)).where(Consent.contact_id == Contact.id, ~Consent.given).scalar_subquery()
    state = select(Contact.id, Contact.consented_at, withdrawn)
    rows = await session.execute(state.where(Contact.id.in_([one.contact_id for one in people])))
    dates = {id_: (agreed, back) for id_, agreed, back in rows}
    return [Known(one.row, one.address, one.contact_id, one.is_new, *dates[one.contact_id]) for one in people]


def _with_programme(row: PersonRow | Problem, campaigns: Sequence[str]) -> PersonRow | Problem:
    """The row with the whole key of its campaign; a short name will do where only one campaign has it."""
    if isinstance(row, Problem) or row.programme is None:
        return row
    fitting = [key for key in campaigns if row.programme in (key, key.partition(".")[2])]
    if len(fitting) != 1:
        return Problem(row.number, "programa", f"«{row.programme}» no existe; hay: {', '.join(sorted(campaigns))}")
    return PersonRow(**{**vars(row), "programme": fitting[0]})


async def _set_columns(session: AsyncSession, people: Sequence[Known]) -> None:
    rows = [
        {"id": one.contact_id, "language": one.row.language, "timezone": one.row.timezone}
        for one in people
        if one.row.language or one.row.timezone
    ]
    if not rows:
        return
    given = recordset(rows, id=BigInteger(), language=Text(), timezone=Text())
    kept = {name: func.coalesce(given.c[name], getattr(Contact, name)) for name in ("language", "timezone")}
    await session.execute(
        update(Contact).where(Contact.id == given.c.id).values(**kept).execution_options(synchronize_session=False)
    )


def _left(row: PersonRow, at: datetime, zone: ZoneInfo) -> Problem:
    day = at.astimezone(zone).strftime("%d/%m/%Y")
    return Problem(row.number, "", f"se dio de baja el {day}; no se toca. Solo ella puede volver: que escriba ALTA")


def _shares(row: PersonRow) -> Problem:
    return Problem(row.number, PHONE, "es el de otra persona; entra aparte y cada mensaje dirá para quién es")


def _took_back(one: Known, zone: ZoneInfo) -> Problem:
    assert one.withdrawn_at
    day = one.withdrawn_at.astimezone(zone).strftime("%d/%m/%Y")
    return Problem(one.row.number, "consentimiento_fecha", f"retiró su consentimiento el {day}; no se registra")


def _without_consent(one: Known) -> Problem:
    return Problem(one.row.number, "programa", "no se inscribe: falta consentimiento_fecha, el día en que aceptó")
