"""A danger is answered on the phone within two seconds, whoever is away or holds the conversation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.installation.house import House
from tests.installation.scripts import CHANNELS, DANGER

SOON = 2.0  # seconds from the person's tap to the words on the phone


@pytest.fixture
def no_bots(house: House) -> Iterator[None]:
    """They load again during whatever comes next; who asks them earlier only waits longer."""
    bots = [part for part in house.installation.parts if part.name.startswith("bot")]
    for part in bots:
        part.stop()
    yield
    for part in bots:
        part.start()


@pytest.mark.timeout(400)
def test_with_an_operator_holding_the_conversation(house: House) -> None:
    street = house.street()
    for channel in CHANNELS:
        phone = street.phone(channel)
        phone.say("hola")
        phone.seconds_until("Municipio", 60)
        house.settle()
        newest = "(SELECT max(id) FROM conversations WHERE channel = :channel)"
        house.change(f"UPDATE conversations SET floor = 'operator' WHERE id = {newest}", channel=channel)
        phone.say(DANGER)
        seconds = phone.seconds_until("911")
        print(f"\n{channel}, an operator holds the conversation: {seconds:.2f} s")
        assert seconds < SOON


@pytest.mark.timeout(400)
def test_with_a_provider_that_leaves_other_calls_hanging(house: House) -> None:
    street = house.street()
    others = [street.phone() for _ in range(6)]
    street.faults(timeout_every=1)
    for phone in others:
        phone.say("voy a denunciar mi mala suerte")
    street.wait_until(lambda: all(phone.received for phone in others), 60, "calls that hang")
    street.faults()
    phone = street.phone()
    phone.say(DANGER)
    seconds = phone.seconds_until("911")
    print(f"\ntwilio_sms, {len(others)} calls hang: {seconds:.2f} s")
    assert seconds < SOON
    house.settle()


@pytest.mark.timeout(400)
def test_with_the_bot_stopped(house: House, no_bots: None) -> None:
    street = house.street()
    for channel in CHANNELS:
        phone = street.phone(channel)
        phone.say(DANGER)
        seconds = phone.seconds_until("911")
        print(f"\n{channel}, the bot is stopped: {seconds:.2f} s")
        assert seconds < SOON
