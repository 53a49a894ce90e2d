"""PostgreSQL is away for a minute: every webhook is answered at once, and all arrives afterwards, in order."""

from __future__ import annotations

import time

import pytest

from tests.installation.house import House
from tests.installation.scripts import CHANNELS, QUESTIONS
from tests.installation.street import webhook_seconds

MINUTE = 60.0  # seconds
FAST = 2.0  # seconds in which a webhook must answer; Twilio waits for 15


@pytest.mark.timeout(400)
def test_everything_is_taken_and_arrives_in_order(house: House) -> None:
    expected = {channel: house.undisturbed(channel, QUESTIONS) for channel in CHANNELS}
    street, server = house.street(), house.installation.postgres
    phones = [(channel, street.phone(channel)) for channel in CHANNELS * 3]
    assert server is not None
    server.stop()
    try:
        stopped = time.monotonic()
        for number, words in enumerate(QUESTIONS):
            for _, phone in phones:
                phone.say(words)
            time.sleep(max(0.0, stopped + MINUTE * (number + 1) / len(QUESTIONS) - time.monotonic()))
        street.look()
        taken = [message for _, phone in phones for message in phone.sent]
        assert not (left := [one for one in taken if one["status"] != "delivered"]), f"{left}: {street.refused()}"
        slowest, away = max(webhook_seconds(message) for message in taken), time.monotonic() - stopped
    finally:
        server.start()
    back = time.monotonic()
    whole = {channel: [text for answers in expected[channel] for text in answers] for channel in CHANNELS}
    street.wait_until(lambda: all(len(p.received) >= len(whole[c]) for c, p in phones), 90, "answers after the outage")
    print(
        f"\nPostgreSQL away for {away:.0f} s: {len(taken)} webhooks, {slowest:.3f} s at most; "
        f"all answered {time.monotonic() - back:.1f} s after its return"
    )
    house.settle()
    street.look()
    for channel, phone in phones:
        assert phone.received == whole[channel]
    assert slowest < FAST
