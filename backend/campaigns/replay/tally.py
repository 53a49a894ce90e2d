"""What a replay came to: the provider's record, the database, and the calendar worked out once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.enrolment import INSTANT
from backend.campaigns.permission import REASONS
from backend.campaigns.programme import DUE_DATE, Programme
from backend.campaigns.replay.on_call import Rung, rung
from backend.campaigns.replay.people import Woman
from backend.campaigns.replay.road import Road
from backend.campaigns.schedule import QuietHours, occurrence

CHECKED = 300  # women whose every message is worked out again, one by one
STATUSES = "SELECT status, coalesce(error_code, ''), outbound_class, count(*) FROM outbound_messages GROUP BY 1, 2, 3"
UNANSWERED = "SELECT count(*) FROM inbound_messages WHERE status = 'pending'"
HELD = """
    SELECT a.fingerprint FROM enrolments e JOIN addresses a ON a.contact_id = e.contact_id WHERE e.status = 'paused'
"""
KEYS = """
    SELECT a.fingerprint, o.ref->>'event' FROM outbound_messages o JOIN conversations c ON c.id = o.conversation_id
    JOIN addresses a ON a.id = c.address_id WHERE o.outbound_class = 'campaign' AND a.fingerprint = ANY(:who)
"""


@dataclass(frozen=True)
class Tally:
    """The figures. Everything from `lost_in` to `outside_hours` must be 0, but for what `in_doubt` explains."""

    people: int
    sent: int
    received: int
    seconds: float
    days: float
    lost_in: int
    unanswered: int
    lost_out: int
    missing: int
    duplicated: int
    in_doubt: int
    after_leaving: int
    outside_hours: int
    unconfirmed: int
    alarms: Rung
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return (self.sent + self.received) / self.seconds

    @property
    def faultless(self) -> bool:
        lost = self.lost_in + self.unanswered + self.lost_out + self.missing
        wrong = self.after_leaving + self.outside_hours + self.alarms.silent
        return lost + wrong == 0 and self.duplicated <= self.in_doubt

    def lines(self) -> list[str]:
        """For a terminal, in Spanish."""
        refused = ", ".join(f"{reason}: {times:,}" for reason, times in sorted(self.refused.items())) or "ninguno"
        return [
            f"{self.people:,} personas, {self.days:.1f} días en {self.seconds:.0f} s",
            f"enviados                    {self.sent:,}",
            f"recibidos                   {self.received:,}",
            f"mensajes por segundo        {self.per_second:.1f}",
            f"perdidos, recibidos         {self.lost_in:,}  (sin contestar: {self.unanswered:,})",
            f"perdidos, por enviar        {self.lost_out:,}  (faltan en el calendario: {self.missing:,})",
            f"repetidos                   {self.duplicated:,}  (en duda, contados: {self.in_doubt:,})",
            f"aceptados sin confirmar     {self.unconfirmed:,}",
            f"escritos tras darse de baja {self.after_leaving:,}",
            f"fuera de horario            {self.outside_hours:,}",
            f"alarmas                     {self.alarms.alarms:,}  (sin leer un rato: {self.alarms.unread:,}; "
            f"no sonaron: {self.alarms.silent:,})",
            f"SMS a la guardia            {self.alarms.rings:,}  (a quien nadie había leído: {self.alarms.told:,})",
            f"no enviados, con su motivo  {refused}",
        ]


EXPLAINED = frozenset({*REASONS, "en_duda", "21610", "30003"})  # why a message may end without being delivered


async def tally(
    road: Road,
    programmes: Sequence[Programme],
    everybody: Sequence[Woman],
    began: datetime,
    ended: datetime,
    seconds: float,
) -> Tally:
    """Count. `began` and `ended` are moments of the virtual clock between which campaigns ran."""
    record = road.street.record
    async with road.sessions() as session:
        rows = [tuple(row) for row in await session.execute(text(STATUSES))]
        stored = await session.scalar(text("SELECT count(*) FROM inbound_messages")) or 0
        unanswered = await session.scalar(text(UNANSWERED)) or 0
        repeated = await session.scalar(text("SELECT coalesce(sum(in_doubt), 0) FROM outbound_messages")) or 0
        alarms = await rung(session)
        missing = await _differences(session, road, programmes, everybody, began, ended)
    unsent = sum(times for status, _, _, times in rows if status in ("queued", "sending"))  # there was time for all
    refused = Counter[str]()
    for status, code, _, times in rows:
        if status in ("failed", "undelivered"):
            refused[code] += times
    return Tally(
        people=len(everybody),
        sent=record.accepted.total(),
        received=record.written,
        seconds=seconds,
        days=(ended - began).total_seconds() / 86400,
        lost_in=record.written - stored,
        unanswered=unanswered,
        lost_out=unsent + sum(times for code, times in refused.items() if code not in EXPLAINED),
        missing=missing,
        duplicated=sum(times - 1 for times in record.accepted.values()),
        in_doubt=int(repeated),
        after_leaving=record.after_leaving,
        outside_hours=record.outside_hours,
        unconfirmed=sum(times for status, _, _, times in rows if status == "sent") + refused["en_duda"],
        alarms=alarms,
        refused=refused,
    )


async def _differences(
    session: AsyncSession,
    road: Road,
    programmes: Sequence[Programme],
    everybody: Sequence[Woman],
    began: datetime,
    ended: datetime,
) -> int:
    """Messages too few or too many in the outbox of women who never left, by the calendar worked out one by one.

    Whom something holds (she told of a loss) rightly gets nothing, and is left out."""
    held = set(await session.scalars(text(HELD)))
    stayed = {road.desk.vault.fingerprint("twilio_sms", one.phone): one for one in everybody if one.stayed}
    prints = dict(islice(((one, woman) for one, woman in stayed.items() if one not in held), CHECKED))
    checked = list(prints.values())
    got: dict[str, Counter[str]] = {one.phone: Counter() for one in checked}
    for fingerprint, event in await session.execute(text(KEYS), {"who": list(prints)}):
        got[prints[fingerprint].phone][event] += 1
    expected = {one.phone: Counter(_expected(one, programmes, began, ended)) for one in checked}
    return sum(((got[p] - expected[p]) + (expected[p] - got[p])).total() for p in got)


def _expected(woman: Woman, programmes: Sequence[Programme], began: datetime, ended: datetime) -> Iterator[str]:
    zone, quiet = ZoneInfo(woman.zone), QuietHours()
    began -= INSTANT  # a message of that very moment is still to come
    for programme in programmes:
        pregnancy = programme.relative_to == DUE_DATE
        anchor = woman.due if pregnancy else woman.born
        if anchor is None or (pregnancy and woman.born_told is None and woman.born is not None):
            continue
        first, last = (began, woman.born_told or ended) if pregnancy else (woman.born_told or began, ended)
        for event in programme.events:
            if first < occurrence(event, anchor, zone, quiet).moment <= last:
                yield event.id
