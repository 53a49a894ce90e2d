"""Each fault does what it says, and only that."""

from __future__ import annotations

import time
from collections import Counter

import httpx
import pytest

from backend.simulator import BadFault, Faults
from channels.base import SendError


def set_faults(bench, **faults):
    bench.simulator.provider.set_faults(Faults().with_changes(faults))


async def send(bench, phone, text="Tu folio está listo."):
    return await bench.twilio.send(bench.message(phone.id, text), bench.http)


async def test_a_time_out_after_accepting_still_reaches_the_phone(bench):
    async def no_wait(_: float) -> None:
        pass

    bench.simulator.sleep = no_wait
    phone = bench.simulator.phone()
    set_faults(bench, timeout_every=1)
    with pytest.raises(SendError) as lost:
        await send(bench, phone)
    assert lost.value.maybe_accepted
    await bench.simulator.drain()
    (message,) = await phone.wait_for(1)
    assert message.status == "delivered"
    assert [status.status for status in bench.desk.statuses] == ["sent", "delivered"]
    found = await bench.twilio.find(bench.message(phone.id, "Tu folio está listo."), bench.clock(), bench.http)
    assert found is not None and found.provider_id == message.sid


async def test_a_time_out_really_takes_the_callers_time(bench):
    phone = bench.simulator.phone()
    set_faults(bench, timeout_every=1)
    bench.http.timeout = httpx.Timeout(0.2)
    began = time.monotonic()
    with pytest.raises(SendError):
        await send(bench, phone)
    assert 0.15 < time.monotonic() - began < 2
    await phone.wait_for(1)


async def test_time_out_on_messenger(bench):
    phone = bench.simulator.phone("messenger")
    await phone.send("hola")
    set_faults(bench, timeout_every=1)
    bench.http.timeout = httpx.Timeout(0.2)
    outbound = bench.message(phone.id, "Hola.", line=bench.simulator.settings.page_id, last_inbound_at=bench.clock())
    with pytest.raises(SendError) as lost:
        await bench.messenger.send(outbound, bench.http)
    assert lost.value.maybe_accepted
    await phone.wait_for(1)


async def test_every_third_call_is_too_many(bench):
    phone = bench.simulator.phone()
    set_faults(bench, too_many_every=3)
    outcomes = []
    for _ in range(6):
        try:
            await send(bench, phone)
            outcomes.append("sent")
        except SendError as error:
            assert error.retryable and error.retry_after == 1.0
            outcomes.append(error.code)
    assert outcomes == ["sent", "sent", "20429"] * 2
    await bench.simulator.drain()
    assert len(phone.received) == 4


async def test_a_server_error_keeps_nothing(bench):
    phone = bench.simulator.phone()
    set_faults(bench, server_error_every=1)
    with pytest.raises(SendError) as broken:
        await send(bench, phone)
    assert broken.value.retryable
    assert not phone.messages


async def test_opted_out_and_unreachable_by_schedule(bench):
    gone, silent = bench.simulator.phone(), bench.simulator.phone()
    set_faults(bench, opted_out=[gone.id], unreachable=[silent.id])
    with pytest.raises(SendError) as refused:
        await send(bench, gone)
    assert refused.value.effect == "opt_out"
    await send(bench, silent)
    await bench.simulator.drain()
    assert [(s.status, s.error_code) for s in bench.desk.statuses] == [("sent", None), ("undelivered", "30003")]
    assert not silent.received


async def test_repeats_are_the_same_request(bench):
    phone = bench.simulator.phone()
    set_faults(bench, repeat_webhooks=2)
    await phone.send("hola")
    assert Counter(inbound.provider_id for inbound in bench.desk.inbound) == {phone.messages[0].sid: 3}
    assert len({request.headers["i-twilio-idempotency-token"] for request in bench.desk.requests}) == 1


async def test_messages_of_people_come_in_another_order(bench):
    phone = bench.simulator.phone()
    set_faults(bench, reorder=3)
    for text in ("uno", "dos", "tres", "cuatro"):
        await phone.send(text)
    await bench.simulator.drain()
    arrived = [inbound.text for inbound in bench.desk.inbound]
    assert sorted(arrived[:3]) == ["dos", "tres", "uno"] and arrived[:3] != ["uno", "dos", "tres"]
    assert arrived[3:] == ["cuatro"]
    assert {message.status for message in phone.messages} == {"delivered"}


async def test_callbacks_come_backwards(bench):
    phone = bench.simulator.phone()
    set_faults(bench, reorder=2)
    await send(bench, phone)
    await bench.simulator.drain()
    assert [status.status for status in bench.desk.statuses] == ["delivered", "sent"]


async def test_lost_callbacks(bench):
    phone = bench.simulator.phone()
    set_faults(bench, drop_callbacks_every=2)
    for _ in range(2):
        await send(bench, phone)
    await bench.simulator.drain()
    assert [status.status for status in bench.desk.statuses] in (["sent", "sent"], ["sent", "delivered"])
    assert len(phone.received) == 2


async def test_forged_webhooks_are_refused(bench):
    async def no_wait(_: float) -> None:
        pass

    bench.simulator.webhooks.sleep = no_wait
    set_faults(bench, forge_signatures=True)
    for phone in (bench.simulator.phone(), bench.simulator.phone("messenger")):
        await phone.send("hola")
        assert phone.messages[0].status == "failed"
    # Messenger insists, Twilio does not
    assert bench.desk.forged == 1 + 6 and not bench.desk.inbound


async def test_latency_is_slept_before_the_answer(bench):
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    bench.simulator.sleep = sleep
    set_faults(bench, latency=2.5)
    await send(bench, bench.simulator.phone())
    assert slept[0] == 2.5


async def test_a_desk_that_is_down_gets_messenger_again_but_not_an_sms(bench):
    waits = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        bench.desk.down = len(waits) < 3

    bench.simulator.webhooks.sleep = sleep
    bench.desk.down = True
    chat, sms = bench.simulator.phone("messenger"), bench.simulator.phone()
    await sms.send("hola")
    assert sms.messages[0].status == "failed" and not waits
    await chat.send("hola")
    assert chat.messages[0].status == "delivered" and waits == [1.0, 2.0, 4.0]


async def test_the_same_seed_gives_the_same_run(bench):
    def run():
        bench.simulator.provider.reset()
        return [bench.simulator.provider.sid("SM") for _ in range(3)]

    assert run() == run()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"latencia": 1}, "No existe la falla «latencia»"),
        ({"latency": -1}, "latency"),
        ({"reorder": 1.5}, "reorder"),
        ({"reorder": True}, "reorder"),
        ({"opted_out": "+52"}, "lista"),
        ({"forge_signatures": 1}, "verdadero o falso"),
    ],
)
def test_a_wrong_fault_is_named(changes, says):
    with pytest.raises(BadFault, match=says):
        Faults().with_changes(changes)


def test_faults_go_through_json_and_back():
    faults = Faults(latency=1.5, opted_out=frozenset({"+525500001001"}), reorder=3, forge_signatures=True)
    assert Faults().with_changes(faults.to_json()) == faults
