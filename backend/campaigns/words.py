"""The words of a campaign's message for one person, as a row of the outbox."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.schedule import Occurrence
from backend.campaigns.steps import Person, Step
from backend.contacts.fields import Value, values_of
from backend.contacts.household import addressed, names, sharing
from backend.office import FrontDesk
from backend.privacy.redact import redact
from channels.text import segments, transliterate

_PLACEHOLDER = re.compile(r"(, )?\{(\w+)\}")
_GAP = re.compile(r" +(?=[,.;:!?])|(?<= ) +|^ +")


@dataclass(frozen=True)
class Message:
    """One message of a campaign to one person; `key` is unique to person, campaign, event and day."""

    person: Person
    occurrence: Occurrence

    @property
    def key(self) -> str:
        who = f"{self.person.contact_id}:{self.person.programme.key}:{self.person.occasion}"
        return f"{who}:{self.occurrence.event.id}:{self.occurrence.day}"

    @property
    def text(self) -> str:
        return self.occurrence.event.words(self.person.arm)

    @property
    def flow(self) -> str | None:
        """The flow that begins, by its whole name; a programme names those of its own pack without it."""
        flow = self.occurrence.event.flow
        return f"{self.person.programme.key.partition('.')[0]}/{flow}" if flow and "/" not in flow else flow


def messages(steps: Iterable[Step]) -> list[Message]:
    return [Message(one.person, occurrence) for one in steps for occurrence in one.messages]


async def rows(
    session: AsyncSession, desk: FrontDesk, sending: Iterable[Message], moment: datetime
) -> list[dict[str, Any]]:
    """Rows of the outbox for what has words; a flow speaks for itself."""
    spoken = [one for one in sending if one.text]
    personal = [one.person.contact_id for one in spoken if "{" in one.text]
    known = await values_of(session, desk.vault, personal) if personal else {}
    called = names(await sharing(session, desk.vault, {one.person.contact_id for one in spoken})) if spoken else {}
    return [_row(desk, one, known.get(one.person.contact_id, {}), called, moment) for one in spoken]


def _row(
    desk: FrontDesk, one: Message, known: Mapping[str, Value], called: Mapping[int, str], moment: datetime
) -> dict[str, Any]:
    person = one.person
    text = addressed(fill(one.text, {**desk.content.everywhere, **known}), called.get(person.contact_id, ""))
    return {
        "conversation_id": person.conversation_id,
        "campaign_key": one.key,
        "channel": person.channel,
        "outbound_class": person.programme.outbound_class,
        "ref": {
            "campaign": person.programme.key,
            "event": one.occurrence.event.id,
            "enrolment": person.enrolment_id,
            "epoch": person.epoch,
            "until": (one.occurrence.moment + one.occurrence.event.patience).isoformat(),
        },
        "sealed_text": desk.vault.seal(text),
        "redacted_text": redact(text, desk.content.public_numbers)[:2000],
        "segments": segments(transliterate(text)).count if person.channel == "twilio_sms" else 0,
        "created_at": moment,
        "next_attempt_at": moment,
        "status": "queued",
    }


def fill(text: str, values: Mapping[str, object]) -> str:
    """Put values in; what is not known leaves no gap: `Hola {nombre}, …` becomes `Hola, …`."""
    if "{" not in text:
        return text

    def value(found: re.Match[str]) -> str:
        return f"{found[1] or ''}{values[found[2]]}" if found[2] in values else ""

    return _GAP.sub("", _PLACEHOLDER.sub(value, text))
