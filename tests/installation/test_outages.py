"""PostgreSQL, Redis or everything stops for a while: nothing is lost, order holds, a form goes on."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.installation.house import House
from tests.installation.scripts import CHANNELS, DANGER, QUESTIONS, REPORT
from tests.installation.street import FOLIO, Handset, Street, masked, webhook_seconds

WITHOUT_DATABASE = 20.0  # seconds
FAST = 2.0  # seconds in which a webhook must answer whatever is away; Twilio waits for 15


@pytest.mark.timeout(400)
def test_without_postgresql_everything_is_taken_and_arrives_in_order(house: House) -> None:
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
            time.sleep(max(0.0, stopped + WITHOUT_DATABASE * (number + 1) / len(QUESTIONS) - time.monotonic()))
        street.look()
        taken = [message for _, phone in phones for message in phone.sent]
        assert [message["status"] for message in taken] == ["delivered"] * len(taken), "a webhook was not acknowledged"
        slowest = max(webhook_seconds(message) for message in taken)
    finally:
        server.start()
    back = time.monotonic()
    whole = {channel: [text for answers in expected[channel] for text in answers] for channel in CHANNELS}
    street.wait_until(lambda: all(len(p.received) >= len(whole[c]) for c, p in phones), 90, "answers after the outage")
    print(f"\nwebhooks without PostgreSQL: {slowest:.3f} s at most; answered {time.monotonic() - back:.1f} s after")
    house.settle()
    street.look()
    for channel, phone in phones:
        assert phone.received == whole[channel]
    assert slowest < FAST


@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_without_redis_webhooks_answer_fast_and_the_sweeper_finds_the_work(house: House, how: str) -> None:
    house.undisturbed("twilio_sms", QUESTIONS)  # every connection of the pools is open
    server, street = house.installation.redis, house.street()
    assert server is not None and server.pid is not None
    phones = [street.phone(channel) for channel in CHANNELS * 3]
    server.kill() if how == "killed" else os.kill(server.pid, signal.SIGSTOP)
    try:
        for phone in phones:
            phone.say(QUESTIONS[0])
        street.wait_until(lambda: all(len(phone.received) >= 2 for phone in phones), 60, "answers without Redis")
        endangered = street.phone()
        endangered.say(DANGER)
        alarm = endangered.seconds_until("911")
    finally:
        server.start() if how == "killed" else os.kill(server.pid, signal.SIGCONT)
    slowest = max(webhook_seconds(phone.sent[0]) for phone in phones)
    print(f"\nRedis {how}: webhooks {slowest:.3f} s at most, the alarm's answer on the phone after {alarm:.2f} s")
    assert slowest < FAST
    house.settle()


@pytest.mark.timeout(400)
def test_a_form_survives_a_restart_of_everything(house: House) -> None:
    expected = {channel: masked([t for a in house.undisturbed(channel, REPORT) for t in a]) for channel in CHANNELS}
    heard = {channel: [] for channel in CHANNELS}
    first, later = REPORT[:2], REPORT[2:]
    street, ids = house.street(), dict[str, str]()
    for channel in CHANNELS:
        phone = _first_of(street, channel)
        ids[channel] = phone.id
        heard[channel] += _talk(house, phone, first)
    house.restart()
    street = house.street()
    for channel in CHANNELS:
        heard[channel] += _talk(house, Handset(street, ids[channel]), later)
        assert masked(heard[channel]) == expected[channel]
    folios = [FOLIO.search(heard[channel][-1]) for channel in CHANNELS]
    assert len({folio.group() for folio in folios if folio}) == len(CHANNELS)


def _first_of(street: Street, channel: str) -> Handset:
    """The phone that every simulator begins with: the only person who is still known after a restart."""
    people = street.http.get(f"{street.base_url}/simulator/api/state").json()["people"]
    return Handset(street, next(person["id"] for person in people if person["channel"] == channel))


def _talk(house: House, phone: Handset, lines: tuple[str, ...]) -> list[str]:
    phone.street.look()
    before = len(phone.received)
    for number, words in enumerate(lines, len(phone.sent) + 1):
        heard = len(phone.received)
        phone.say(words)
        phone.street.wait_until(lambda: len(phone.received) > heard and len(phone.sent) >= number, 60, words)  # noqa: B023
        house.settle()
        time.sleep(0.5)
        phone.street.look()
    return phone.received[before:]
