"""The fake Twilio against the real client library, the real validator and our own channel."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from backend.simulator import Faults
from channels.base import SendError

STOPPED = "21610"


async def test_an_sms_reaches_the_desk_signed_for_its_public_address(bench):
    phone = bench.simulator.phone()
    await phone.send(" ¿Cuánto cuesta el acta de mi niño? 👶")

    (request,) = bench.desk.requests
    fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    validator = RequestValidator(bench.simulator.settings.auth_token)
    signature = request.headers["x-twilio-signature"]
    assert validator.validate("https://ventanilla.example/webhooks/twilio_sms", fields, signature)
    assert not validator.validate("http://desk.internal:8000/webhooks/twilio_sms", fields, signature)
    assert fields["FromCity"] == "" and fields["FromCountry"] == "MX" and fields["NumSegments"] == "1"

    (inbound,) = bench.desk.inbound
    assert inbound.text == " ¿Cuánto cuesta el acta de mi niño? 👶"
    assert (inbound.sender, inbound.line, inbound.kind) == (phone.id, "+525500000000", "text")
    assert inbound.provider_id == phone.messages[0].sid
    assert phone.messages[0].status == "delivered"


async def test_photo_voice_and_place(bench):
    phone = bench.simulator.phone()
    await phone.send_photo()
    await phone.send_voice()
    await phone.send_location(25.6714, -100.3095)
    photo, voice, place = bench.desk.inbound
    assert (photo.kind, photo.attachments[0].content_type) == ("media", "image/png")
    assert (voice.kind, voice.attachments[0].kind) == ("media", "audio")
    assert "25.6714,-100.3095" in place.text


async def test_a_reply_arrives_and_its_callbacks_carry_our_own_id(bench):
    phone = bench.simulator.phone()
    receipt = await bench.twilio.send(bench.message(phone.id, "Cuesta 68 pesos, señora.", id="ob-42"), bench.http)
    assert receipt.status == "queued"
    await bench.simulator.drain()

    (message,) = await phone.wait_for(1)
    assert message.text == "Cuesta 68 pesos, señora."
    assert (message.encoding, message.segments, message.cost) == ("GSM-7", 1, 0.5)
    assert [(s.provider_id, s.status, s.own_id) for s in bench.desk.statuses] == [
        (receipt.provider_id, "sent", "ob-42"),
        (receipt.provider_id, "delivered", "ob-42"),
    ]
    assert bench.desk.forged == 0


async def test_costs_count_segments_and_encoding(bench):
    phone = bench.simulator.phone()
    await phone.send("á" * 71)
    (message,) = phone.messages
    assert (message.encoding, message.segments, message.cost) == ("UCS-2", 2, 1.0)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"From": "+525500000000", "Body": "hola"}, 400, 21604),
        ({"To": "+525500001001", "Body": "hola"}, 400, 21603),
        ({"To": "+525500001001", "From": "+525500000000"}, 400, 21602),
        ({"To": "+525500001001", "From": "+525500000000", "Body": "a" * 1601}, 400, 21617),
        ({"To": "5500001001", "From": "+525500000000", "Body": "hola"}, 400, 21211),
        ({"To": "+5215500001001", "From": "+525500000000", "Body": "hola"}, 400, 21211),
        ({"To": "+525500001001", "From": "+525500009999", "Body": "hola"}, 400, 21606),
        ({"To": "+525500001001", "MessagingServiceSid": "MG1", "Body": "hola"}, 400, 21701),
    ],
)
async def test_refusals_look_like_twilios(bench, fields, status, code):
    settings = bench.simulator.settings
    answer = await bench.http.post(
        f"/simulator/twilio/2010-04-01/Accounts/{settings.account_sid}/Messages.json",
        data=fields,
        auth=(settings.account_sid, settings.auth_token),
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert not bench.simulator.phone("twilio_sms", "+525500001001").messages


async def test_a_wrong_token_is_refused(bench):
    settings = bench.simulator.settings
    url = f"/simulator/twilio/2010-04-01/Accounts/{settings.account_sid}/Messages.json"
    for auth in [None, (settings.account_sid, "otro")]:
        answer = await bench.http.get(url, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)


async def test_stop_closes_the_number_until_start(bench):
    phone = bench.simulator.phone()
    await phone.send("Stop")
    assert bench.desk.inbound[-1].kind == "opt_out"
    assert "START" in phone.received[-1].text

    with pytest.raises(SendError) as refused:
        await bench.twilio.send(bench.message(phone.id, "Tu folio está listo."), bench.http)
    assert (refused.value.code, refused.value.effect) == (STOPPED, "opt_out")
    assert len(phone.received) == 1

    await phone.send("START")
    await bench.twilio.send(bench.message(phone.id, "Tu folio está listo."), bench.http)
    await bench.simulator.drain()
    assert phone.received[-1].text.startswith("Tu folio")


async def test_the_same_refusal_as_a_callback(bench):
    phone = bench.simulator.phone()
    await phone.send("STOP")
    bench.simulator.provider.set_faults(Faults(opt_out_in_callback=True))
    receipt = await bench.twilio.send(bench.message(phone.id, "Aviso"), bench.http)
    await bench.simulator.drain()
    (status,) = bench.desk.statuses
    assert (status.provider_id, status.status, status.error_code) == (receipt.provider_id, "failed", STOPPED)
    assert not [m for m in phone.received if m.text == "Aviso"]


async def test_stop_inside_a_sentence_is_just_a_sentence(bench):
    phone = bench.simulator.phone()
    await phone.send("stop por favor")
    await phone.send("cancelar")
    assert [inbound.kind for inbound in bench.desk.inbound] == ["text", "text"]
    assert not bench.simulator.provider.refuses(phone.id)


async def test_find_by_recipient_and_time(bench):
    phone = bench.simulator.phone()
    start = bench.clock()
    sent = await bench.twilio.send(bench.message(phone.id, "Tu cita es el lunes."), bench.http)
    await bench.simulator.drain()
    found = await bench.twilio.find(bench.message(phone.id, "Tu cita es el lunes."), start, bench.http)
    assert found is not None and found.provider_id == sent.provider_id
    assert await bench.twilio.find(bench.message(phone.id, "Otra cosa."), start, bench.http) is None
    bench.clock.forward(hours=1)
    assert await bench.twilio.find(bench.message(phone.id, "Tu cita es el lunes."), bench.clock(), bench.http) is None


async def test_listing_goes_page_by_page(bench):
    phone, settings = bench.simulator.phone(), bench.simulator.settings
    for number in range(5):
        await phone.send(f"mensaje {number}")
    url = f"/simulator/twilio/2010-04-01/Accounts/{settings.account_sid}/Messages.json"
    auth = (settings.account_sid, settings.auth_token)
    seen, query = [], {"From": phone.id, "PageSize": "2"}
    first = (await bench.http.get(url, params=query, auth=auth)).json()
    seen += [message["body"] for message in first["messages"]]
    following = first
    while following["next_page_uri"]:
        following = (await bench.http.get("/simulator/twilio" + following["next_page_uri"], auth=auth)).json()
        seen += [message["body"] for message in following["messages"]]
    assert seen == [f"mensaje {number}" for number in (4, 3, 2, 1, 0)]
    one = (await bench.http.get("/simulator/twilio" + first["messages"][0]["uri"], auth=auth)).json()
    assert (one["body"], one["direction"], one["status"]) == ("mensaje 4", "inbound", "received")
