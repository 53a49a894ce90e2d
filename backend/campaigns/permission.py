"""The last look before a message goes out: brake, opt-out, consent, pauses, quiet hours, budget.

Replies, alarms and operators' words always pass. What is queued may be hours old, so everything that bound it then is
asked again here, in the transaction that claims the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, DateTime, Row, Select, Text, case, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.budget import spend, spent_until, tally, used, wait_for_budget
from backend.campaigns.counts import count
from backend.campaigns.models import Enrolment
from backend.campaigns.rules import BULK, Rules, read_rules
from backend.campaigns.schedule import on_the_clock
from backend.contacts.models import Address, Contact
from backend.conversations.models import Conversation, OutboundMessage
from backend.db import recordset
from channels.base import Outbound
from channels.text import segments, transliterate

HELD_BY_BRAKE = timedelta(minutes=1)  # then looked at again; resuming wakes it at once
PATIENCE = timedelta(hours=24)  # of a notice that does not say how long it is worth sending
REASONS: Mapping[str, str] = {
    "baja": "la persona pidió no recibir mensajes",
    "sin_consentimiento": "la persona no ha aceptado recibir el programa",
    "pausa": "su programa está en pausa, terminó o cambió de fecha",
    "sin_linea": "ese teléfono ya no recibe mensajes",
    "tarde": "ya no era útil a esa hora",
}


class Claimed(Protocol):
    """What a claimed row must say of itself."""

    @property
    def id(self) -> int: ...
    @property
    def outbound(self) -> Outbound: ...
    @property
    def channel(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def unclear(self) -> bool: ...


P = TypeVar("P", bound=Claimed)


@dataclass(frozen=True)
class Verdict:
    """`until`: not now, then; `reason`: never. Neither: it goes."""

    until: datetime | None = None
    reason: str | None = None

    @property
    def goes(self) -> bool:
        return self.until is None and self.reason is None


GO = Verdict()


async def let_through(session: AsyncSession, parcels: Sequence[P], zone: ZoneInfo, moment: datetime) -> list[P]:
    """Those of the claimed rows that may go now. The others are put back or ended, with the reason; what goes is spent.

    A row that may have been accepted before passes: it is only looked up, never sent again.
    """
    if not parcels:
        return []
    bulk = [one for one in parcels if one.outbound.outbound_class in BULK and not one.unclear]
    day = moment.astimezone(zone).date()
    verdicts = await _judge(session, bulk, zone, moment) if bulk else {}
    passed = [one for one in parcels if verdicts.get(one.id, GO).goes]
    first = [(one.outbound.outbound_class, size(one)) for one in passed if one.attempts == 1]
    await spend(session, day, *tally(first))
    return passed


def size(parcel: Claimed) -> int:
    """Segments that a row costs; a page charges nothing."""
    return segments(transliterate(parcel.outbound.text)).count if parcel.channel == "twilio_sms" else 0


async def _judge(
    session: AsyncSession, bulk: Sequence[Claimed], zone: ZoneInfo, moment: datetime
) -> dict[int, Verdict]:
    rules = await read_rules(session)
    facts = {row.id: row for row in await session.execute(_facts([one.id for one in bulk]))}
    verdicts = {one.id: _verdict(facts[one.id], rules, zone, moment) for one in bulk}
    purse = await _purse(session, rules, zone, moment)
    for one in bulk:
        if verdicts[one.id].goes and one.attempts == 1 and (refill := purse.refused(size(one))):
            verdicts[one.id] = _not_before(refill, facts[one.id], rules, zone)
    await _hold_back(session, {id_: one for id_, one in verdicts.items() if not one.goes}, moment)
    refused = Counter((facts[id_].campaign or "aviso", one.reason) for id_, one in verdicts.items() if one.reason)
    await count(session, refused, moment.astimezone(zone).date())
    return verdicts


def _facts(ids: Sequence[int]) -> Select[Any]:
    """What binds each row now: the person, the address, the campaign."""
    enrolment = cast(OutboundMessage.ref["enrolment"].astext, BigInteger)
    return (
        select(
            OutboundMessage.id,
            OutboundMessage.outbound_class,
            OutboundMessage.created_at,
            OutboundMessage.ref["campaign"].astext.label("campaign"),
            OutboundMessage.ref["until"].astext.label("until"),
            cast(OutboundMessage.ref["epoch"].astext, BigInteger).is_distinct_from(Enrolment.epoch).label("outdated"),
            Contact.opted_out_at,
            Contact.consented_at,
            Contact.timezone,
            Address.bad_since,
        )
        .join(Conversation, Conversation.id == OutboundMessage.conversation_id)
        .join(Address, Address.id == Conversation.address_id)
        .outerjoin(Enrolment, Enrolment.id == enrolment)
        .join(Contact, Contact.id == func.coalesce(Enrolment.contact_id, Conversation.contact_id))
        .where(OutboundMessage.id.in_(ids))
    )


def _verdict(fact: Row[Any], rules: Rules, zone: ZoneInfo, moment: datetime) -> Verdict:
    refusals = (
        ("baja", fact.opted_out_at is not None),
        ("sin_consentimiento", fact.outbound_class == "campaign" and fact.consented_at is None),
        ("pausa", fact.outdated),
        ("sin_linea", fact.bad_since is not None),
        ("tarde", moment > _deadline(fact)),
    )
    reason = next((reason for reason, holds in refusals if holds), None)
    if reason:
        return Verdict(reason=reason)
    if rules.stopped:
        return Verdict(until=moment + HELD_BY_BRAKE)
    return _not_before(moment, fact, rules, zone) if _opening(moment, fact, rules, zone) > moment else GO


def _not_before(start: datetime, fact: Row[Any], rules: Rules, zone: ZoneInfo) -> Verdict:
    """The next allowed moment from `start` on, unless it is too late by then."""
    opening = _opening(start, fact, rules, zone)
    return Verdict(until=opening) if opening <= _deadline(fact) else Verdict(reason="tarde")


def _opening(start: datetime, fact: Row[Any], rules: Rules, zone: ZoneInfo) -> datetime:
    return rules.quiet.allowed_from(start, ZoneInfo(fact.timezone) if fact.timezone else zone)


def _deadline(fact: Row[Any]) -> datetime:
    deadline: datetime = datetime.fromisoformat(fact.until) if fact.until else fact.created_at + PATIENCE
    return deadline


@dataclass
class _Purse:
    """What may still be spent, and when each limit begins anew."""

    limits: list[tuple[int, datetime]]  # segments left, moment of the next day or month

    def refused(self, segments: int) -> datetime | None:
        """Pay; or the moment at which there is money again."""
        short = [refill for left, refill in self.limits if segments > left]
        if not short:
            self.limits = [(left - segments, refill) for left, refill in self.limits]
        return max(short, default=None)


async def _purse(session: AsyncSession, rules: Rules, zone: ZoneInfo, moment: datetime) -> _Purse:
    if rules.segments_per_day is None and rules.segments_per_month is None:
        return _Purse([])
    await wait_for_budget(session)
    today = moment.astimezone(zone).date()
    spent = await spent_until(session, today)
    next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    refills = {"día": today + timedelta(days=1), "mes": next_month}
    return _Purse(
        [
            (one.limit - one.spent, on_the_clock(refills[one.span], time(), zone))
            for one in used(rules, spent)
            if one.limit is not None
        ]
    )


async def _hold_back(session: AsyncSession, verdicts: Mapping[int, Verdict], moment: datetime) -> None:
    if not verdicts:
        return
    rows = [
        {"id": id_, "until": one.until.isoformat() if one.until else None, "reason": one.reason}
        for id_, one in verdicts.items()
    ]
    given = recordset(rows, id=BigInteger(), until=DateTime(timezone=True), reason=Text())
    ends = given.c.reason.is_not(None)
    await session.execute(
        update(OutboundMessage)
        .where(OutboundMessage.id == given.c.id)
        .values(
            status=case((ends, "failed"), else_="queued"),
            next_attempt_at=given.c.until,
            attempts=OutboundMessage.attempts - 1,
            sending_since=None,
            error_code=given.c.reason,
            error_text=case(REASONS, value=given.c.reason),
            status_at=moment,
        )
        .execution_options(synchronize_session=False)
    )
