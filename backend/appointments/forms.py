"""What a finished form tells of an appointment, and whose it is."""

from __future__ import annotations

import json

from sqlalchemy.ext.asyncio import AsyncSession

from backend.appointments.models import Appointment
from backend.appointments.service import record, told
from backend.clock import now
from backend.contacts.household import people_on_phone
from backend.conversations.models import Conversation
from backend.flows.carrying_out import queued
from backend.office import FrontDesk
from backend.requests.models import ServiceRequest

WHOSE_FLOW = "comun/de_quien_cita"


async def record_request(session: AsyncSession, desk: FrontDesk, request: ServiceRequest) -> Appointment | None:
    """The appointment that a stored request tells of, in the transaction that stores it; None where it names no day.

    Where several take part by one telephone, it is the telephone's until a flow has asked whose it is."""
    fields = json.loads(desk.vault.open(request.sealed_fields))
    found = told(desk.catalogue.forms.get(request.form), fields)
    if found is None:
        return None
    people = [one for one in await people_on_phone(session, desk.vault, request.contact_id) if one.takes_part]
    several, person = len(people) > 1, people[0].contact_id if len(people) == 1 else request.contact_id
    conversation = await session.get_one(Conversation, request.conversation_id)
    made = await record(session, desk, conversation, request.service, found, person, of_telephone=several)
    made.request_id = request.id
    if several:
        params = desk.vault.seal(json.dumps({"folio": request.folio}))
        session.add(queued(WHOSE_FLOW, person, conversation.id, now(), params))
    return made
