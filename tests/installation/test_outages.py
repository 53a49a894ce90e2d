"""Redis or everything stops for a while: nothing is lost, order holds, a form goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping

import pytest

from tests.installation.house import House
from tests.installation.scripts import CHANNELS, DANGER, QUESTIONS, REPORT
from tests.installation.street import FOLIO, Handset, Street, masked, webhook_seconds

FAST = 2.0  # seconds in which a webhook must answer whatever is away; Twilio waits for 15


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
    first, later = REPORT[:2], REPORT[2:]
    street = house.street()
    phones = {channel: _first_of(street, channel) for channel in CHANNELS}
    heard = _talk(house, phones, first)
    house.restart()
    street = house.street()
    went_on = _talk(house, {channel: Handset(street, phone.id) for channel, phone in phones.items()}, later)
    for channel in CHANNELS:
        assert masked(heard[channel] + went_on[channel]) == expected[channel]
    folios = [FOLIO.search(went_on[channel][-1]) for channel in CHANNELS]
    assert len({folio.group() for folio in folios if folio}) == len(CHANNELS)


def _first_of(street: Street, channel: str) -> Handset:
    """The phone that every simulator begins with: the only person who is still known after a restart."""
    people = street.http.get(f"{street.base_url}/simulator/api/state").json()["people"]
    return Handset(street, next(person["id"] for person in people if person["channel"] == channel))


def _talk(house: House, phones: Mapping[str, Handset], lines: tuple[str, ...]) -> dict[str, list[str]]:
    """What each phone hears while all of them say the lines."""
    street = next(iter(phones.values())).street
    street.look()
    before = {channel: len(phone.received) for channel, phone in phones.items()}
    for words in lines:
        heard = {channel: len(phone.received) for channel, phone in phones.items()}
        for phone in phones.values():
            phone.say(words)
        street.wait_until(
            lambda: all(len(phones[c].received) > heard[c] for c in phones),  # noqa: B023  (called at once)
            60, words,
        )  # fmt: skip
        house.settle()
        time.sleep(0.5)
        street.look()
    return {channel: phone.received[before[channel] :] for channel, phone in phones.items()}
