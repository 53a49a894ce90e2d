"""The memory behind the fakes, and what puts it into the main app."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import phonenumbers
import pytest
from fastapi import FastAPI

from backend.settings import Settings
from backend.simulator import SimulatorSettings, install
from backend.simulator.provider import Provider


def clock() -> datetime:
    return datetime(2026, 11, 22, tzinfo=UTC)


def note(provider: Provider, sid: str, status: str = "queued"):
    return provider.add(
        sid, "+525500001001", "twilio_sms", direction="to_phone", line="+525500000000", text="hola", status=status
    )


def test_numbers_are_fictitious_but_valid():
    provider = Provider(SimulatorSettings(), clock)
    people = [provider.add_person("twilio_sms") for _ in range(3)]
    assert [person.name for person in people] == [f"Teléfono de prueba {number}" for number in (2, 3, 4)]
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(person.id)) for person in people)
    assert all(person.id.startswith("+52550000") for person in people)


def test_a_state_never_goes_backwards():
    provider = Provider(SimulatorSettings(), clock)
    note(provider, "SM1")
    for status in ("delivered", "sent", "queued"):
        provider.move("SM1", status)
    assert provider.messages["SM1"].status == "delivered"
    assert provider.move("SM9", "sent") is None


def test_changes_since_a_revision():
    provider = Provider(SimulatorSettings(), clock)
    note(provider, "SM1")
    note(provider, "SM2")
    seen = provider.revision
    assert provider.changed_since(seen) == []
    provider.move("SM1", "sent")
    assert [message.sid for message in provider.changed_since(seen)] == ["SM1"]
    assert len(provider.changed_since(0)) == 2


def test_the_oldest_are_forgotten():
    provider = Provider(SimulatorSettings(keep_messages=3), clock)
    for number in range(6):
        note(provider, f"SM{number}")
    assert [message.sid for message in provider.of_phone("+525500001001")] == ["SM3", "SM4", "SM5"]


def test_a_reset_starts_another_epoch():
    provider = Provider(SimulatorSettings(), clock)
    before = provider.epoch
    note(provider, "SM1")
    provider.reset()
    assert provider.epoch != before and not provider.messages


@pytest.mark.parametrize("word", ["STOP", "stop", " Unsubscribe\n", "CANCEL"])
def test_stop_words_are_whole_messages(word):
    provider = Provider(SimulatorSettings(), clock)
    assert provider.keyword(word) == "STOP"
    assert provider.keyword(word + " ya") is None


def settings(**values) -> Settings:
    return Settings(_env_file=None, **values)


async def test_installed_in_development_with_the_desks_own_secrets():
    app = FastAPI()
    channels = {"twilio_sms": {"account_sid": "AC1", "auth_token": "secreto", "from_number": "+525500000007"}}
    simulator = install(app, settings(channels=channels, public_base_url="http://127.0.0.1:8123"))
    assert simulator is not None
    assert (simulator.settings.account_sid, simulator.settings.auth_token) == ("AC1", "secreto")
    assert simulator.settings.twilio_webhook == "http://127.0.0.1:8123/webhooks/twilio_sms"
    async with simulator, httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://desk") as http:
        assert (await http.get("/simulator")).status_code == 200


async def test_absent_in_production():
    app = FastAPI()
    assert install(app, settings(env="production")) is None
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://desk") as http:
        assert (await http.get("/simulator")).status_code == 404
