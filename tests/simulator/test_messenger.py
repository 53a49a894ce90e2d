"""The fake Graph API against our own Messenger channel."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from backend.simulator import NothingToTap
from channels.base import Choice, SendError

CHOICES = (Choice("Actas", "ir:tramites.requisitos"), Choice("Baches", "ir:reportes.levantar"))


async def greeted(bench):
    """A phone that has just written, so that the page may answer."""
    phone = bench.simulator.phone("messenger")
    await phone.send("hola")
    return phone


def answer(bench, phone, text, **values):
    return bench.message(phone.id, text, line=bench.simulator.settings.page_id, last_inbound_at=bench.clock(), **values)


async def test_a_message_is_signed_over_escaped_unicode(bench):
    phone = bench.simulator.phone("messenger")
    await phone.send("¿Dónde saco el acta de mi niño? 👶 a/b")
    (request,) = bench.desk.requests
    assert b"\\u00bfD\\u00f3nde" in request.body and b"\\ud83d\\udc76 a\\/b" in request.body
    secret = bench.simulator.settings.app_secret.encode()
    expected = hmac.new(secret, request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-hub-signature-256"] == f"sha256={expected}"
    (inbound,) = bench.desk.inbound
    assert (inbound.text, inbound.sender, inbound.line) == (
        "¿Dónde saco el acta de mi niño? 👶 a/b",
        phone.id,
        bench.simulator.settings.page_id,
    )
    assert inbound.sent_at == bench.clock()


async def test_a_batch_of_three_in_two_entries(bench):
    phone = bench.simulator.phone("messenger")
    await phone.send_batch(["uno", "dos", "tres"], per_entry=2)
    (request,) = bench.desk.requests
    assert [len(entry["messaging"]) for entry in json.loads(request.body)["entry"]] == [2, 1]
    assert [inbound.text for inbound in bench.desk.inbound] == ["uno", "dos", "tres"]
    assert {message.status for message in phone.messages} == {"delivered"}


async def test_photo_voice_and_pin(bench):
    phone = bench.simulator.phone("messenger")
    await phone.send_photo()
    await phone.send_voice()
    await phone.send_location(25.6714, -100.3095)
    photo, voice, pin = bench.desk.inbound
    assert [item.attachments[0].kind for item in (photo, voice)] == ["image", "audio"]
    assert (pin.kind, pin.location) == ("location", (25.6714, -100.3095))


async def test_options_are_tapped_once(bench):
    phone = await greeted(bench)
    await bench.messenger.send(answer(bench, phone, "¿Qué necesitas?", choices=CHOICES), bench.http)
    await bench.simulator.drain()
    assert [option.title for option in phone.options] == ["Actas", "Baches"]
    tapped = await phone.tap("ir:reportes.levantar")
    assert tapped.text == "Baches"
    assert (bench.desk.inbound[-1].kind, bench.desk.inbound[-1].choice) == ("choice", "ir:reportes.levantar")
    if tapped.choice_kind == "quick_reply":
        with pytest.raises(NothingToTap):
            await phone.tap("ir:tramites.requisitos")


async def test_buttons_stay_and_come_back_as_postbacks(bench):
    phone = await greeted(bench)
    button = {"type": "postback", "title": "Ver mi folio", "payload": "ir:tramites.estado_solicitud"}
    payload = {"template_type": "button", "text": "¿Algo más?", "buttons": [button]}
    await post(bench, {"message": {"attachment": {"type": "template", "payload": payload}}}, phone.id)
    await bench.simulator.drain()
    for _ in range(2):
        await phone.tap("Ver mi folio")
    assert [i.choice for i in bench.desk.inbound[-2:]] == ["ir:tramites.estado_solicitud"] * 2
    assert "postback" in json.loads(bench.desk.requests[-1].body)["entry"][0]["messaging"][0]


async def test_delivery_read_and_own_echo(bench):
    phone = await greeted(bench)
    receipt = await bench.messenger.send(answer(bench, phone, "Hola, soy el asistente."), bench.http)
    await bench.simulator.drain()
    assert await phone.read() == 1 and await phone.read() == 0
    echo, delivery, read = bench.desk.statuses
    assert (echo.status, echo.own_id, echo.provider_id) == ("sent", "ob-1", receipt.provider_id)
    assert (delivery.status, delivery.provider_id) == ("delivered", receipt.provider_id)
    assert (read.status, read.watermark) == ("read", bench.clock())
    # our own echo is no message of a person
    assert [inbound.kind for inbound in bench.desk.inbound] == ["text"]
    assert any(b"is_echo" in request.body for request in bench.desk.requests)


async def test_typing_shows_until_the_answer(bench):
    phone = await greeted(bench)
    await bench.messenger.typing(answer(bench, phone, ""), bench.http)
    assert bench.simulator.provider.is_typing(phone.id)
    await bench.messenger.send(answer(bench, phone, "Listo."), bench.http)
    assert not bench.simulator.provider.is_typing(phone.id)


async def test_a_document_is_a_file(bench):
    phone = await greeted(bench)
    url = "https://ventanilla.example/documentos/guia.pdf"
    await bench.messenger.send(answer(bench, phone, "Aquí está tu guía.", document_url=url), bench.http)
    await bench.simulator.drain()
    files = [item for message in phone.received for item in message.attachments]
    assert [(item.kind, item.url) for item in files] == [("file", url)]


async def test_after_24_hours_the_window_is_closed(bench):
    phone = await greeted(bench)
    bench.clock.forward(hours=24, seconds=1)
    assert await refusal(bench, {"messaging_type": "RESPONSE", "message": {"text": "hola"}}, phone.id) == (10, 2018278)
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": {"text": "Soy Ana."}}
    assert (await post(bench, tagged, phone.id)).status_code == 200
    bench.clock.forward(days=7)
    assert await refusal(bench, tagged, phone.id) == (10, 2018278)


async def test_the_channel_reads_the_refusals(bench):
    phone = await greeted(bench)
    bench.simulator.provider.set_faults(bench.simulator.provider.faults.with_changes({"unreachable": [phone.id]}))
    with pytest.raises(SendError) as refused:
        await bench.messenger.send(answer(bench, phone, "hola"), bench.http)
    assert (refused.value.effect, refused.value.retryable) == ("bad_address", False)


QUICK = {"content_type": "text", "title": "Sí", "payload": "si"}
BUTTON = {"type": "postback", "title": "Sí", "payload": "si"}


def template(**payload):
    return {"message": {"attachment": {"type": "template", "payload": payload}}}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"message": {"text": "a" * 2001}}, (100, None)),
        ({"message": {"text": ""}}, (100, None)),
        ({"message": {"text": "a", "quick_replies": [QUICK] * 14}}, (100, None)),
        ({"message": {"text": "a", "quick_replies": [{**QUICK, "payload": "p" * 1001}]}}, (100, None)),
        ({"message": {"text": "a", "metadata": "m" * 1001}}, (100, None)),
        (template(template_type="button", text="a" * 641, buttons=[BUTTON]), (100, None)),
        (template(template_type="button", text="a", buttons=[BUTTON] * 4), (100, None)),
        (template(template_type="button", text="a", buttons=[]), (100, None)),
        ({"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE", "message": {"text": "a"}}, (100, 1893061)),
        ({"sender_action": "typing_on", "message": {"text": "a"}}, (100, 2018048)),
        ({"recipient": {"id": "1"}, "message": {"text": "a"}}, (100, 2018001)),
        ({"access_token": "otro", "message": {"text": "a"}}, (190, None)),
        ({"appsecret_proof": "0" * 64, "message": {"text": "a"}}, (100, None)),
    ],
)
async def test_limits_and_refusals(bench, wrong, code):
    phone = await greeted(bench)
    assert await refusal(bench, wrong, phone.id) == code
    assert not phone.received


async def post(bench, payload, phone):
    settings = bench.simulator.settings
    body = {
        "recipient": {"id": phone},
        "messaging_type": "RESPONSE",
        "access_token": settings.page_access_token,
        **payload,
    }
    return await bench.http.post(f"/simulator/graph/v24.0/{settings.page_id}/messages", json=body)


async def refusal(bench, payload, phone):
    answered = await post(bench, payload, phone)
    assert answered.status_code >= 400
    error = answered.json()["error"]
    return error["code"], error.get("error_subcode")
