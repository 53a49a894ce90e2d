"""Does what a run wants done, in the transaction of its turn. What cannot be done is logged; the person never waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.appointments.service import from_flow
from backend.campaigns import life
from backend.campaigns.enrolment import UnknownCampaign
from backend.contacts.fields import NAME, BadValue, known_fields, read_value, set_timezone, set_values
from backend.contacts.forgetting import forget_person
from backend.contacts.groups import add_to_groups, members, remove_from_groups
from backend.contacts.models import Contact as Person
from backend.conversations.alarms import open_alarm
from backend.conversations.models import Conversation, InboundMessage
from backend.conversations.outbox import Draft, Letter, put_all
from backend.experiments.outcomes import answered
from backend.flows import effects as made
from backend.flows.models import FlowRun, StaffNote
from backend.flows.state import World
from backend.office import FrontDesk

log = structlog.get_logger()
FLOW_WAITS = timedelta(hours=24)  # for a conversation to be free


@dataclass
class Turn:
    """One event of one run: whose it is, what brought it, and what it came to so far."""

    session: AsyncSession
    desk: FrontDesk
    conversation: Conversation
    world: World
    flow: str  # <pack>/<name>
    inbound: InboundMessage | None
    outbound_class: str
    drafts: list[Draft] = field(default_factory=list)
    expected: made.Expected | None = None
    ended: made.Ended | None = None
    contact_id: int = field(init=False)  # whom it is about; a flow that asks who writes changes it

    def __post_init__(self) -> None:
        self.contact_id = int(self.world.contact.id)

    @property
    def pack(self) -> str:
        return self.flow.partition("/")[0]

    @property
    def department(self) -> str:
        """The owner of the flow's pack."""
        pack = self.desk.catalogue.packs.get(self.pack)
        return pack.owner if pack else self.conversation.department or ""

    @property
    def service(self) -> str:
        pack = self.desk.catalogue.packs.get(self.pack)
        return pack.service if pack else self.pack


async def carry_out(turn: Turn, effects: Sequence[made.Effect]) -> None:
    """Everything in its order; what is said and expected is left in the turn for whoever stores it."""
    for effect in effects:
        await DOERS[type(effect)](turn, effect)


async def _said(turn: Turn, effect: made.Said) -> None:
    options = tuple({"title": one.title, "value": one.value} for one in effect.options)
    document = effect.media[0] if effect.media else None
    draft = Draft(text=effect.text, options=options, document=document, outbound_class=turn.outbound_class)
    turn.drafts.append(draft)


async def _saved(turn: Turn, effect: made.FieldSaved) -> None:
    known = (await known_fields(turn.session)).get(effect.field)
    if known is None:
        log.warning("a flow saves a field that nobody has defined", pack=turn.pack, field=effect.field)
        return
    try:
        value = read_value(known, effect.value) if effect.value.strip() else None
    except BadValue as error:
        log.warning("a flow saves what the field does not take", pack=turn.pack, field=effect.field, why=str(error))
        return
    await set_values(turn.session, turn.desk.vault, {turn.contact_id: {effect.field: value}}, turn.world.now)


async def _contact_set(turn: Turn, effect: made.ContactSet) -> None:
    if effect.what == "name":
        await _saved(turn, made.FieldSaved(NAME, effect.value))
    elif effect.what == "language":
        await turn.session.execute(
            update(Person).where(Person.id == turn.contact_id).values(language=effect.value or None)
        )
    elif effect.what == "timezone":
        await set_timezone(turn.session, turn.contact_id, effect.value, turn.world.now)
    else:
        log.warning("a flow changes what flows may not change", pack=turn.pack, what=effect.what)


async def _about(turn: Turn, effect: made.AboutPerson) -> None:
    turn.contact_id = int(effect.contact_id)


async def _groups(turn: Turn, effect: made.GroupsChanged) -> None:
    if effect.add:
        await add_to_groups(turn.session, effect.names, [turn.contact_id])
    else:
        await remove_from_groups(turn.session, turn.contact_id, None if effect.everything else effect.names)


async def _notified(turn: Turn, effect: made.Notified) -> None:
    departments = turn.desk.government.institution.departments
    department = effect.to if effect.to in departments else turn.department
    note = StaffNote(
        conversation_id=turn.conversation.id,
        department=department,
        at=turn.world.now,
        subject=effect.subject or "Aviso de un flujo",
        sealed_text=turn.desk.vault.seal(effect.text),
    )
    turn.session.add(note)


async def _sent_to(turn: Turn, effect: made.SentTo) -> None:
    draft = Draft(text=effect.text, outbound_class="notice")
    people = await _people(turn, effect.groups)
    letters = [Letter(conversation, [draft]) for conversation in people]
    await put_all(turn.session, turn.desk, letters)


async def _started_for(turn: Turn, effect: made.StartedFor) -> None:
    for conversation in await _people(turn, effect.groups):
        turn.session.add(queued(effect.flow, conversation.contact_id, conversation.id, turn.world.now))


async def _people(turn: Turn, groups: Sequence[str]) -> list[Conversation]:
    """The latest conversation of each member who has not left, by the telephone that they use."""
    ids = {one for name in groups for one in await members(turn.session, name)}
    owners = select(func.coalesce(Person.shares_with, Person.id)).where(Person.id.in_(ids))
    rows = await turn.session.scalars(
        select(Conversation)
        .join(Person, Person.id == Conversation.contact_id)
        .where(Conversation.contact_id.in_(owners), Person.opted_out_at.is_(None))
        .order_by(Conversation.contact_id, Conversation.last_inbound_at.desc().nulls_last(), Conversation.id)
        .distinct(Conversation.contact_id)
    )
    return list(rows)


def queued(flow: str, contact_id: int, conversation_id: int, at: datetime, sealed_params: str | None = None) -> FlowRun:
    """A run that begins as soon as the conversation is free, with `@trigger.params` where it is given some."""
    return FlowRun(
        flow=flow,
        contact_id=contact_id,
        conversation_id=conversation_id,
        sealed_state=sealed_params,
        created_at=at,
        wakes_at=at,
        begin_by=at + FLOW_WAITS,
    )


async def _labelled(turn: Turn, effect: made.Labelled) -> None:
    log.info("a flow labels a message", pack=turn.pack, labels=list(effect.names))


async def _expected(turn: Turn, effect: made.Expected) -> None:
    turn.expected = effect


async def _problem(turn: Turn, effect: made.Problem) -> None:
    log.warning("something in a flow does not work", flow=effect.flow, step=effect.step, reason=effect.reason)


async def _ended(turn: Turn, effect: made.Ended) -> None:
    turn.ended = effect
    turn.expected = None


async def _hooked(turn: Turn, effect: made.Hooked) -> None:
    try:
        await HOOKS[effect.name](turn, effect.values)
    except (UnknownCampaign, ValueError) as error:
        log.warning("a flow asks for what cannot be done", pack=turn.pack, hook=effect.name, why=str(error))


async def _enrol(turn: Turn, values: Mapping[str, str]) -> None:
    campaign = values.get("campaign") or values.get("programme") or ""
    await life.joined(turn.session, turn.contact_id, turn.conversation.id, turn.pack, campaign, turn.world.now)


async def _leave(turn: Turn, values: Mapping[str, str]) -> None:
    await life.went(turn.session, turn.contact_id, values.get("reason", ""), turn.world.now)


async def _confirm(turn: Turn, values: Mapping[str, str]) -> None:
    await life.confirmed(turn.session, turn.contact_id, turn.world.now)


async def _forget(turn: Turn, values: Mapping[str, str]) -> None:
    await forget_person(turn.session, turn.contact_id, turn.conversation.channel, turn.world.now)


async def _loss(turn: Turn, values: Mapping[str, str]) -> None:
    await life.lost(turn.session, turn.contact_id, turn.world.now)


async def _birth(turn: Turn, values: Mapping[str, str]) -> None:
    day = date.fromisoformat(values.get("date", "")[:10])
    await life.born(turn.session, turn.desk.vault, turn.contact_id, day, turn.world.now)


async def _appointment(turn: Turn, values: Mapping[str, str]) -> None:
    await from_flow(turn.session, turn.desk, turn.conversation, turn.contact_id, turn.service, values)


async def _alarm(turn: Turn, values: Mapping[str, str]) -> None:
    """A danger or a worry that she told the flow; staff read in a note what it is about.

    The sign names the service, whose telephones ring. Without a message of hers there is nothing to point at."""
    await _notified(turn, made.Notified(values.get("text", ""), subject="Algo le preocupa"))
    if turn.inbound is not None:
        sign = f"{turn.service}.{turn.flow.rpartition('/')[2]}"
        await open_alarm(turn.session, turn.inbound, turn.conversation, values.get("kind") or "worry", sign)


async def _outcome(turn: Turn, values: Mapping[str, str]) -> None:
    name, value = values.get("name", ""), values.get("value", "")
    world = turn.world
    await answered(turn.session, turn.desk.vault, turn.contact_id, name, value, world.now, world.zone)


HOOKS: Mapping[str, Callable[[Turn, Mapping[str, str]], Awaitable[None]]] = {
    "enrol": _enrol,
    "leave": _leave,
    "confirm": _confirm,
    "forget": _forget,
    "loss": _loss,
    "birth": _birth,
    "appointment": _appointment,
    "alarm": _alarm,
    "outcome": _outcome,
}
DOERS: Mapping[type[Any], Callable[[Turn, Any], Awaitable[None]]] = {
    made.Said: _said,
    made.FieldSaved: _saved,
    made.ContactSet: _contact_set,
    made.AboutPerson: _about,
    made.GroupsChanged: _groups,
    made.Notified: _notified,
    made.SentTo: _sent_to,
    made.StartedFor: _started_for,
    made.Hooked: _hooked,
    made.Labelled: _labelled,
    made.Expected: _expected,
    made.Problem: _problem,
    made.Ended: _ended,
}
