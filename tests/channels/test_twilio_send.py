"""What goes to Twilio, and what each of its answers means. Twilio's own client speaks; the far end is played here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from channels.base import Choice, Outbound, Receipt, SendError
from channels.failures import retry_after
from channels.twilio_sms import FAILURES, TwilioSms

SMS = TwilioSms(
    account_sid="AC" + "1" * 32,
    auth_token="token-secreto",
    from_number="+525500000001",
    api_base_url="https://twilio.example/",
    public_base_url="https://ventanilla.example/mesa",
)
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=timezone.utc)
Answer = Callable[[httpx.Request], httpx.Response]


def message(text: str = "¿Está listo?", **more: Any) -> Outbound:
    return Outbound(**{"id": "81", "to": "+525500001234", "line": "", "text": text, **more})


def run(action: Callable[[httpx.AsyncClient], Any], answer: Answer) -> Any:
    async def talk() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            return await action(http)

    return asyncio.run(talk())


def sent(outbound: Outbound, sms: TwilioSms = SMS) -> tuple[Receipt, httpx.Request]:
    seen: list[httpx.Request] = []

    def accept(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"sid": "SM1", "status": "accepted", "num_segments": "0"})

    receipt = run(lambda http: sms.send(outbound, http), accept)
    assert len(seen) == 1
    return receipt, seen[0]


def refused(answer: Answer | httpx.Response | Exception, outbound: Outbound | None = None) -> SendError:
    def play(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    with pytest.raises(SendError) as caught:
        run(lambda http: SMS.send(outbound or message(), http), play)
    return caught.value


def fields(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def test_a_message_as_twilio_wants_it() -> None:
    receipt, request = sent(message(choices=(Choice("Sí", "si"), Choice("No", "no"))))
    assert receipt == Receipt("SM1", "queued", 1)
    assert str(request.url) == f"https://twilio.example/2010-04-01/Accounts/{SMS.account_sid}/Messages.json"
    assert fields(request) == {
        "To": "+525500001234",
        "From": "+525500000001",
        "Body": "¿Esta listo?\n1 Si\n2 No",
        "StatusCallback": "https://ventanilla.example/mesa/webhooks/twilio_sms/status?id=81",
    }
    assert request.headers["authorization"].startswith("Basic ")


def test_the_line_written_to_answers() -> None:
    assert fields(sent(message(line="+525500000009"))[1])["From"] == "+525500000009"


def test_a_messaging_service_chooses_the_number() -> None:
    sms = TwilioSms(
        "AC1",
        "t",
        "+525500000001",
        messaging_service_sid="MG1",
        content_retention="discard",
        address_retention="obfuscate",
    )
    found = fields(sent(message(), sms)[1])
    assert found["MessagingServiceSid"] == "MG1"
    assert (found["ContentRetention"], found["AddressRetention"]) == ("discard", "obfuscate")
    assert "From" not in found
    assert "StatusCallback" not in found


@pytest.mark.parametrize(
    ("charset", "body"), [("gsm7", "El año está".replace("á", "a")), ("ascii", "El anio esta"), ("ucs2", "El año está")]
)
def test_charset(charset: Any, body: str) -> None:
    sms = TwilioSms("AC1", "t", "+525500000001", charset=charset)
    assert sms.render(message("El año está")) == body


def test_a_document_goes_as_a_link() -> None:
    assert (
        SMS.render(message("Aquí está", document_url="https://a.example/d/ñ1")) == "Aqui esta\nhttps://a.example/d/ñ1"
    )


@pytest.mark.parametrize(
    ("code", "status", "effect", "retryable"),
    [
        (21610, 400, "opt_out", False),
        (21211, 400, "bad_address", False),
        (21614, 400, "bad_address", False),
        (20003, 401, "configuration", False),
        (20429, 429, "none", True),
        (21606, 400, "configuration", False),
        (99999, 400, "none", False),
        (20500, 500, "none", True),
        (20001, 403, "configuration", False),
    ],
)
def test_refusals(code: int, status: int, effect: str, retryable: bool) -> None:
    error = refused(
        httpx.Response(
            status, json={"code": code, "message": "The number +525500001234 token-secreto", "status": status}
        )
    )
    assert (error.code, error.effect, error.retryable, error.maybe_accepted) == (str(code), effect, retryable, False)
    assert "5500001234" not in f"{error} {error!r}"
    assert "token-secreto" not in f"{error} {error!r}"


def test_too_many_says_when() -> None:
    error = refused(httpx.Response(429, headers={"Retry-After": "7"}, json={"code": 20429, "message": "x"}))
    assert error.retry_after == 7.0


@pytest.mark.parametrize(("status", "doubtful"), [(500, False), (502, True), (503, False), (504, True)])
def test_an_outage(status: int, doubtful: bool) -> None:
    error = refused(httpx.Response(status, text="<html>"))
    assert (error.retryable, error.maybe_accepted) == (True, doubtful)


@pytest.mark.parametrize(
    ("error", "doubtful"),
    [
        (httpx.ConnectError("x"), False),
        (httpx.ConnectTimeout("x"), False),
        (httpx.PoolTimeout("x"), False),
        (httpx.ReadTimeout("x"), True),
        (httpx.WriteTimeout("x"), True),
        (httpx.RemoteProtocolError("x"), True),
    ],
)
def test_no_answer(error: Exception, doubtful: bool) -> None:
    found = refused(error)
    assert (found.retryable, found.maybe_accepted) == (True, doubtful)


@pytest.mark.parametrize("answer", [httpx.Response(201, text="no JSON"), httpx.Response(201, json={})])
def test_an_answer_that_says_nothing_is_doubtful(answer: httpx.Response) -> None:
    error = refused(answer)
    assert (error.retryable, error.maybe_accepted) == (True, True)


@pytest.mark.parametrize(
    ("outbound", "code"), [(message("a" * 1601), "21617"), (message(" "), "21602"), (message(to=""), "21604")]
)
def test_refused_before_it_costs_anything(outbound: Outbound, code: str) -> None:
    assert refused(httpx.Response(500), outbound).code == code


def test_an_address_that_is_none() -> None:
    sms = TwilioSms("AC1", "t", "+525500000001", api_base_url="nada://x")
    with pytest.raises(SendError) as caught:
        asyncio.run(_send_really(sms))
    assert caught.value.effect == "configuration"


async def _send_really(sms: TwilioSms) -> Receipt:
    async with httpx.AsyncClient() as http:
        return await sms.send(message(), http)


def listed(*found: dict[str, Any]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        by_date = any(name.startswith("DateSent") for name in request.url.params)
        kept = [one for one in found if one["date_sent"] or not by_date]
        return httpx.Response(200, json={"messages": kept, "page": 0, "page_size": 50})

    return answer


def row(sid: str, body: str, at: str, date_sent: bool = True, status: str = "sent") -> dict[str, Any]:
    when = f"Sun, 22 Nov 2026 {at} +0000"
    return {"sid": sid, "body": body, "status": status, "date_created": when, "date_sent": when if date_sent else None}


@pytest.mark.parametrize(
    ("rows", "sid"),
    [
        ([row("SM1", "Otra cosa", "03:00:05")], None),
        ([row("SM1", "¿Esta listo?", "02:00:00")], None),
        ([row("SM1", "¿Esta listo?", "03:00:05"), row("SM2", "Otra", "03:00:06")], "SM1"),
        ([row("SM1", "¿Esta listo?", "03:00:05", date_sent=False, status="queued")], "SM1"),
        ([row("SM1", "¿Esta listo?", "03:00:05"), row("SM2", "¿Esta listo?", "03:01:00")], "SM2"),
        ([], None),
    ],
)
def test_find_what_was_doubtful(rows: list[dict[str, Any]], sid: str | None) -> None:
    found = run(lambda http: SMS.find(message(), NOW, http), listed(*rows))
    assert (found.provider_id if found else None) == sid


def test_find_that_cannot_ask_does_not_say_no() -> None:
    with pytest.raises(SendError) as caught:
        run(lambda http: SMS.find(message(), NOW, http), lambda request: httpx.Response(503))
    assert caught.value.maybe_accepted


def test_retry_after() -> None:
    soon = datetime.now(timezone.utc) + timedelta(seconds=30)
    assert retry_after({"Retry-After": soon.strftime("%a, %d %b %Y %H:%M:%S GMT")}) == pytest.approx(30, abs=3)
    assert retry_after({"retry-after": "x"}) is None
    assert retry_after({}) is None


def test_the_error_table_is_complete_enough() -> None:
    assert {code for code, one in FAILURES.items() if one.effect == "opt_out"} == {"21610"}
    assert all(not (one.retryable and one.effect != "none") for one in FAILURES.values())
