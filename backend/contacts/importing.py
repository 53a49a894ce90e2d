"""People from a CSV, with a report. Who left stays out, who took consent back has taken it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from backend.contacts.fields import known_fields, set_values
from backend.contacts.groups import add_to_groups
from backend.contacts.models import Address, Consent, Contact
from backend.contacts.rows import PersonRow, Problem, read_file
from backend.contacts.service import addresses_of, among, fingerprints
from backend.conversations.models import Conversation
from backend.crypto import Vault
from backend.db import Sessions, recordset

CHANNEL = "twilio_sms"
BATCH = 500


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
    address_id: int
    contact_id: int
    is_new: bool
    opted_out_at: datetime | None
    consented_at: datetime | None
    withdrawn_at: datetime | None

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
        everybody = await self._known(session, rows)
        gone = [one for one in everybody if one.opted_out_at]
        report.left += len(gone)
        report.notes += [_left(one, self.zone) for one in gone]
        people = [one for one in everybody if not one.opted_out_at]
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

    async def _known(self, session: AsyncSession, rows: Sequence[PersonRow]) -> list[Known]:
        prints = fingerprints(self.vault, [(CHANNEL, row.phone) for row in rows])
        old = set((await session.scalars(select(Address.contact_id).where(among(prints)))).all())
        addresses = await addresses_of(session, self.vault, prints.values(), self.jurisdiction)
        ids = [address.contact_id for address in addresses.values()]
        withdrawn = (
            select(func.max(Consent.at)).where(Consent.contact_id == Contact.id, ~Consent.given).scalar_subquery()
        )
        state = select(Contact.id, Contact.opted_out_at, Contact.consented_at, withdrawn).where(Contact.id.in_(ids))
        states = {id_: (left, agreed, back) for id_, left, agreed, back in await session.execute(state)}
        found = [(row, addresses[(CHANNEL, row.phone)]) for row in rows]
        return [
            Known(row, address.id, address.contact_id, address.contact_id not in old, *states[address.contact_id])
            for row, address in found
        ]

    async def _enrol(self, session: AsyncSession, people: Sequence[Known], report: Report, at: datetime) -> None:
        wanting = [one for one in people if one.row.programme]
        report.notes += [_without_consent(one) for one in wanting if not one.agrees]
        coming = [one for one in wanting if one.agrees]
        conversations = await self._conversations(session, coming)
        for programme in {one.row.programme for one in coming if one.row.programme}:
            pairs = [
                (one.contact_id, conversations[one.address_id]) for one in coming if one.row.programme == programme
            ]
            report.enrolled += await enrol_new(session, programme, pairs, at)

    async def _conversations(self, session: AsyncSession, people: Sequence[Known]) -> Mapping[int, int]:
        """The conversation of each address on our line, made where there is none."""
        if not people:
            return {}
        rows = [
            {"contact_id": one.contact_id, "address_id": one.address_id, "channel": CHANNEL, "line": self.line}
            for one in people
        ]
        await session.execute(
            insert(Conversation).on_conflict_do_nothing(constraint="uq_conversations_address_line"), rows
        )
        mine = select(Conversation.address_id, Conversation.id).where(
            Conversation.line == self.line, Conversation.address_id.in_([one.address_id for one in people])
        )
        return dict((await session.execute(mine)).all())


def _batches(rows: Sequence[PersonRow]) -> Iterator[Sequence[PersonRow]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


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


def _left(one: Known, zone: ZoneInfo) -> Problem:
    assert one.opted_out_at
    day = one.opted_out_at.astimezone(zone).strftime("%d/%m/%Y")
    return Problem(one.row.number, "", f"se dio de baja el {day}; no se toca. Solo ella puede volver: que escriba ALTA")


def _took_back(one: Known, zone: ZoneInfo) -> Problem:
    assert one.withdrawn_at
    day = one.withdrawn_at.astimezone(zone).strftime("%d/%m/%Y")
    return Problem(one.row.number, "consentimiento_fecha", f"retiró su consentimiento el {day}; no se registra")


def _without_consent(one: Known) -> Problem:
    return Problem(one.row.number, "programa", "no se inscribe: falta consentimiento_fecha, el día en que aceptó")
