"""Trials for tests: a protocol, people who come into its campaign, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import text

from backend.appointments.models import Appointment
from backend.campaigns.enrolment import enrol_new, seed_programmes
from backend.campaigns.programme import Event, Programme
from backend.contacts.fields import Field, define, set_values
from backend.contacts.models import Address, Contact
from backend.conversations.models import Conversation
from backend.experiments import outcomes, service
from backend.experiments.allocation import Row
from backend.experiments.assignment import listed, take_in
from backend.experiments.material import gather
from backend.experiments.protocol import Clinic as TrialClinic
from backend.experiments.protocol import Criterion, Factor, Outcome, Protocol
from backend.experiments.report import Report, report
from tests.campaigns.clinic import Clinic

ZONE = ZoneInfo("America/Monterrey")
CAMPAIGN = "p.consejos"
GROWN: Mapping[str, date | str] = {"edad": "25", "etapa": "embarazo"}
FIELDS = (
    Field("edad", "Edad", "number"),
    Field("etapa", "Etapa", "choice", ("embarazo", "bebe")),
    Field("clinica", "Clínica"),
    Field("parto", "Parto", "date"),
)
ATTENDED = Outcome("asistencia", "Fue a su cita", "attendance", True, ("kept",), "failure", days=30)
TREATED = Outcome("trato", "Trato", "answer", keep="last", days=30, answer="trato")
KNOWS = Outcome("sabe", "Sabe las señales", "survey", False, ("si",), "exclude", days=30, flow="senales", result="sabe")
BY_PERSON = Protocol(
    key="tono",
    title="Tono",
    question="¿Sirve invitar?",
    unit="person",
    arms=(("informa", 1), ("invita", 1)),
    seed=20261122,
    starts_on=date(2027, 1, 11),
    ends_on=date(2027, 7, 11),
    campaigns=(CAMPAIGN,),
    outcomes=(ATTENDED, TREATED, KNOWS),
    factors=(Factor("etapa"),),
    baseline=("edad", "etapa", "parto"),
    eligible=(Criterion("edad", (), 18),),
)
BY_CLINIC = replace(
    BY_PERSON,
    key="clinicas",
    unit="clinic",
    factors=(Factor("zona"),),
    clinics=tuple(TrialClinic(f"Clínica {n}", (("zona", "norte" if n < 5 else "sur"),)) for n in range(1, 9)),
    clinic_field="clinica",
    blocks=(1, 2),
)


@dataclass
class Study:
    """Trials over a database; nothing moves until the test says so."""

    clinic: Clinic

    async def open(self) -> None:
        """The campaign and the fields that the trials of these tests use."""
        event = Event("c1", days=1, at=time(10), text="Hola.", arms=(("informa", "Toma agua."), ("invita", "¿Y hoy?")))
        async with self.clinic.sessions.begin() as session:
            await define(session, FIELDS)
            programme = Programme(CAMPAIGN, "Consejos", (event,), starts=date(2028, 1, 1))
            await seed_programmes(session, [programme], self.now)

    @property
    def now(self) -> datetime:
        return self.clinic.watch.moment

    async def see(self, *protocols: Protocol) -> list[str]:
        async with self.clinic.sessions.begin() as session:
            return await service.see_files(session, protocols, self.now)

    async def start(self, protocol: Protocol) -> None:
        await self.see(protocol)
        async with self.clinic.sessions.begin() as session:
            await service.start(session, protocol.key, "ana", self.now, production=False)

    async def end(self, protocol: Protocol) -> None:
        async with self.clinic.sessions.begin() as session:
            await service.end(session, protocol.key, "ana", "se cumplió el plazo", self.now)

    async def person(self, **known: date | str) -> int:
        return (await self.each([known]))[0]

    async def people(self, number: int, **known: date | str) -> list[int]:
        """Many alike, in one go."""
        return await self.each([known] * number)

    async def each(self, everybody: Sequence[Mapping[str, date | str]]) -> list[int]:
        """People of whom this is known, in this order."""
        vault = self.clinic.desk.vault
        async with self.clinic.sessions.begin() as session:
            contacts = [Contact(consented_at=self.now) for _ in everybody]
            session.add_all(contacts)
            await session.flush()
            ids = [one.id for one in contacts]
            addresses = [
                Address(contact_id=id_, channel="twilio_sms", fingerprint=f"x{id_}", sealed=vault.seal(f"+52{id_}"))
                for id_ in ids
            ]
            session.add_all(addresses)
            await session.flush()
            talks = [
                Conversation(contact_id=id_, address_id=one.id, channel="twilio_sms", line="+525500000000")
                for id_, one in zip(ids, addresses, strict=True)
            ]
            session.add_all(talks)
            await session.flush()
            known = {id_: {**GROWN, **one} for id_, one in zip(ids, everybody, strict=True)}
            await set_values(session, vault, known, self.now)
            await enrol_new(session, CAMPAIGN, [(one.contact_id, one.id) for one in talks], self.now)
        return ids

    async def take_in(self, contacts: Sequence[int]) -> dict[int, str]:
        """The arms of whoever may take part, by contact."""
        async with self.clinic.sessions.begin() as session:
            arms = await take_in(session, self.clinic.desk.vault, contacts, self.now, ZONE)
        return {contact: arm for (contact, campaign), arm in arms.items() if campaign == CAMPAIGN}

    async def answers(self, contact: int, name: str, value: str) -> int:
        async with self.clinic.sessions.begin() as session:
            return await outcomes.answered(session, self.clinic.desk.vault, contact, name, value, self.now, ZONE)

    async def survey(self, contact: int, flow: str, **results: str) -> int:
        async with self.clinic.sessions.begin() as session:
            return await outcomes.surveyed(session, self.clinic.desk.vault, contact, flow, results, self.now, ZONE)

    async def appointment(self, contact: int, day: date, status: str) -> None:
        query = "SELECT id FROM conversations WHERE contact_id = :c"
        conversation = await self.clinic.one(query, c=contact)
        async with self.clinic.sessions.begin() as session:
            session.add(
                Appointment(contact_id=contact, conversation_id=conversation, service="salud", day=day, status=status)
            )

    async def forget(self, contact: int) -> None:
        async with self.clinic.sessions.begin() as session:
            await session.execute(text("DELETE FROM contacts WHERE id = :c"), {"c": contact})

    async def listed(self, protocol: Protocol) -> list[Row]:
        async with self.clinic.sessions() as session:
            return await listed(session, protocol.key)

    async def report(self, protocol: Protocol) -> Report:
        async with self.clinic.sessions.begin() as session:
            trial = await service.find(session, protocol.key)
            assert trial is not None
            material = await gather(session, self.clinic.desk.vault, trial, ZONE, self.now)
        return report(material)
