"""Refusals, errors, time-outs after accepting, repeated and reordered webhooks, lost callbacks: nothing is lost."""

from __future__ import annotations

import pytest

from tests.installation.house import House
from tests.installation.scripts import CHANNELS, QUESTIONS, REPORT
from tests.installation.street import FOLIO, Errand, masked, once, run

FAULTS = {
    "latency": 0.02,
    "too_many_every": 7,
    "server_error_every": 9,
    "timeout_every": 13,
    "repeat_webhooks": 2,
    "reorder": 3,
    "drop_callbacks_every": 2,
}
UNFINISHED = """
    SELECT json_agg(json_build_object('id', id, 'conversation', conversation_id, 'n', n, 'status', status,
                                      'attempts', attempts, 'error', error_code, 'doubt', in_doubt, 'ref', ref))
    FROM outbound_messages WHERE status NOT IN ('delivered', 'read') AND channel = 'messenger'
       OR status IN ('queued', 'sending', 'failed')
"""
PEOPLE = tuple((channel, lines) for lines in (QUESTIONS, REPORT) for channel in CHANNELS) * 5


@pytest.mark.timeout(400)
def test_nothing_is_lost_and_nothing_comes_twice_but_what_is_counted(house: House) -> None:
    expected = {person: house.undisturbed(*person) for person in PEOPLE}
    reports, doubts = house.one("SELECT count(*) FROM service_requests"), _doubts(house)
    street = house.street()
    errands = [Errand(street.phone(c), lines, [len(one) for one in expected[c, lines]]) for c, lines in PEOPLE]
    street.faults(**FAULTS)
    try:
        took = run(street, errands, 240)
        house.settle()
    except AssertionError as late:
        raise AssertionError(f"{late}\n{house.one(UNFINISHED)}") from None
    finally:
        street.faults()
    street.look()
    repeated = 0
    for errand, person in zip(errands, PEOPLE, strict=True):
        whole = [text for answers in expected[person] for text in answers]
        assert once(masked(errand.phone.received)) == masked(whole), errand.phone.id
        repeated += len(errand.phone.received) - len(whole)
    counted = _doubts(house) - doubts
    print(f"\n{len(errands)} phones, {took:.0f} s, {repeated} messages came twice, {counted} were in doubt")
    assert repeated <= counted
    assert house.one("SELECT count(*) FROM inbound_messages WHERE status = 'pending'") == 0
    assert house.one("SELECT count(*) FROM outbound_messages WHERE status = 'failed'") == 0
    made = sum(lines == REPORT for _, lines in PEOPLE)
    assert house.one("SELECT count(*) FROM service_requests") - reports == made
    assert len({f for errand in errands for text in errand.phone.received for f in FOLIO.findall(text)}) == made


def _doubts(house: House) -> int:
    return int(house.one("SELECT coalesce(sum(in_doubt), 0) FROM outbound_messages"))
