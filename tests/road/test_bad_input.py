"""Whatever a telephone can send: a clear answer, nothing lost, no stack trace."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote_from_bytes

import httpx
import pytest
from starlette.datastructures import FormData
from twilio.request_validator import RequestValidator

from tests.fixtures_road import PUBLIC, SECRET, Town

ODD = {
    "emoji only": "😀🎉",
    "empty": "",
    "spaces": "   \n ",
    "right to left": "\u202eسلام\u202c",
    "control characters": "hola\x07\x1b[31m",
    "a NUL byte": "ho\x00la",
    "a slash": "/restart",
    "a payload": '/comun.saludo{"tramite": "x"}',
    "a template": "{institucion} {0} %s",
    "markup": "<script>alert(1)</script>",
    "one word of a megabyte": "a" * 1_000_000,
    "many words of a megabyte": "bache " * 170_000,
}


@pytest.mark.parametrize("words", ODD.values(), ids=ODD.keys())
async def test_every_text_is_kept_and_answered(town: Town, words: str) -> None:
    status = await _deliver(town, words.encode("utf-8", "surrogatepass"))
    assert status == 200
    await town.work()
    assert await town.rows("SELECT status, last_error FROM inbound_messages") == [("done", None)]
    assert await town.one("SELECT count(*) FROM outbound_messages WHERE status IN ('sent', 'delivered')") >= 1


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"a=1", b"{", b"%%%=&&&=;;"])
async def test_a_signed_body_that_says_nothing_is_refused_and_the_reason_kept(town: Town, body: bytes) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=town.app), base_url=PUBLIC) as http:
        answer = await http.post("/webhooks/twilio_sms", content=body, headers=_signed(body))
    assert answer.status_code in (400, 403)
    assert "Traceback" not in answer.text
    assert await town.one("SELECT count(*) FROM webhook_rejections WHERE reason <> ''") == 1


async def test_a_body_of_six_megabytes_is_refused(town: Town) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=town.app), base_url=PUBLIC) as http:
        answer = await http.post("/webhooks/messenger", content=b"x" * 6_000_000)
    assert answer.status_code == 413


async def test_an_api_call_with_unknown_fields_is_told_which(town: Town) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=town.app), base_url=PUBLIC) as http:
        headers = {"Authorization": f"Bearer {SECRET}", "Idempotency-Key": "t1:1"}
        answer = await http.post("/api/v1/requests", json={"kind": "report", "sorpresa": 1}, headers=headers)
        without_token = await http.post("/api/v1/requests", json={})
    assert answer.status_code == 422 and "sorpresa" in answer.text
    assert without_token.status_code == 401


async def _deliver(town: Town, words: bytes) -> int:
    form = {
        b"MessageSid": b"SM" + b"1" * 32,
        b"AccountSid": b"AC" + b"5" * 32,
        b"From": b"+525512345678",
        b"To": b"+525500000000",
        b"Body": words,
        b"NumMedia": b"0",
        b"FromCity": b"",
    }
    body = b"&".join(key + b"=" + _quoted(value) for key, value in form.items())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=town.app), base_url=PUBLIC) as http:
        answer = await http.post("/webhooks/twilio_sms", content=body, headers=_signed(body))
    return answer.status_code


def _quoted(value: bytes) -> bytes:
    return quote_from_bytes(value).encode()


def _signed(body: bytes) -> dict[str, str]:
    pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="utf-8", errors="replace")
    signature = RequestValidator(SECRET).compute_signature(f"{PUBLIC}/webhooks/twilio_sms", FormData(pairs))
    return {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
