"""What goes to the Send API, in which window, and what each answer means. The far end is played here."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from channels.base import Choice, Outbound, Receipt, SendError
from channels.messenger import FAILURES, Messenger

PAGE = Messenger(
    page_id="55",
    page_access_token="token-secreto",
    app_secret="secreto",
    verify_token="v",
    app_id="777",
    api_base_url="https://graph.example",
    graph_version="v25.0",
)
Answer = Callable[[httpx.Request], httpx.Response]


def message(text: str = "¿Está listo?", age: timedelta | None = timedelta(minutes=1), **more: Any) -> Outbound:
    last = None if age is None else datetime.now(timezone.utc) - age
    return Outbound(**{"id": "81", "to": "9001", "line": "", "text": text, "last_inbound_at": last, **more})


def run(action: Callable[[httpx.AsyncClient], Any], answer: Answer) -> Any:
    async def talk() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            return await action(http)

    return asyncio.run(talk())


def sent(outbound: Outbound) -> tuple[Receipt, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def accept(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"recipient_id": "9001", "message_id": f"m_{len(seen)}"})

    return run(lambda http: PAGE.send(outbound, http), accept), seen


def payload(request: httpx.Request) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.content)
    return found


def error_answer(code: int, subcode: int | None = None, status: int = 400, **more: Any) -> httpx.Response:
    return httpx.Response(
        status,
        json={
            "error": {
                "message": "token-secreto 9001",
                "type": "OAuthException",
                "code": code,
                "error_subcode": subcode,
                **more,
            }
        },
    )


def refused(answer: httpx.Response | Exception, outbound: Outbound | None = None) -> SendError:
    def play(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(SendError) as caught:
        run(lambda http: PAGE.send(outbound or message(), http), play)
    return caught.value


def test_a_message_as_meta_wants_it() -> None:
    receipt, [request] = sent(message("Año nuevo, ¿está listo? 😀", choices=(Choice("Sí", "si"), Choice("No", "no"))))
    assert receipt == Receipt("m_1", "sent")
    assert request.url.path == "/v25.0/55/messages"
    assert request.headers["authorization"] == "Bearer token-secreto"
    proof = hmac.new(b"secreto", b"token-secreto", hashlib.sha256).hexdigest()
    assert dict(request.url.params) == {"appsecret_proof": proof}
    assert "token-secreto" not in str(request.url)
    assert payload(request) == {
        "recipient": {"id": "9001"},
        "messaging_type": "RESPONSE",
        "message": {
            "text": "Año nuevo, ¿está listo? 😀",
            "metadata": "ventanilla:81",
            "quick_replies": [
                {"content_type": "text", "title": "Sí", "payload": "si"},
                {"content_type": "text", "title": "No", "payload": "no"},
            ],
        },
    }


def test_titles_that_do_not_fit_become_numbers() -> None:
    outbound = message("¿Cuál?", choices=(Choice("Acta de nacimiento certificada", "a"), Choice("CURP", "b")))
    _, [request] = sent(outbound)
    found = payload(request)["message"]
    assert found["text"] == PAGE.render(outbound) == "¿Cuál?\n1 Acta de nacimiento certificada\n2 CURP"
    assert [(one["title"], one["payload"]) for one in found["quick_replies"]] == [("1", "a"), ("2", "b")]


def test_more_choices_than_meta_takes() -> None:
    outbound = message("¿Cuál?", choices=tuple(Choice(f"c{n}", str(n)) for n in range(1, 16)))
    _, [request] = sent(outbound)
    found = payload(request)["message"]
    assert len(found["quick_replies"]) == 13
    assert found["text"].endswith("\n15 c15")


def test_a_document_goes_first_and_the_words_with_their_choices_after() -> None:
    receipt, [file, words] = sent(message(document_url="https://a.example/d/1.pdf", choices=(Choice("Gracias", "g"),)))
    assert receipt.provider_id == "m_2"
    assert payload(file)["message"] == {
        "attachment": {"type": "file", "payload": {"url": "https://a.example/d/1.pdf", "is_reusable": False}},
        "metadata": "ventanilla:",
    }
    assert payload(words)["message"]["quick_replies"][0]["title"] == "Gracias"


def test_a_document_without_words() -> None:
    receipt, [file] = sent(message("", document_url="https://a.example/d/1.pdf"))
    assert receipt.provider_id == "m_1"
    assert payload(file)["message"]["metadata"] == "ventanilla:81"


def test_a_document_that_meta_cannot_fetch_goes_as_a_link() -> None:
    seen: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(payload(request)["message"])
        return error_answer(100, 2018047) if len(seen) == 1 else httpx.Response(200, json={"message_id": "m_2"})

    receipt = run(lambda http: PAGE.send(message("Tu acta", document_url="https://a.example/1.pdf"), http), answer)
    assert receipt.provider_id == "m_2"
    assert seen[1]["text"] == "Tu acta\nhttps://a.example/1.pdf"


@pytest.mark.parametrize(
    ("kind", "age", "mode"),
    [
        ("reply", timedelta(hours=23), {"messaging_type": "RESPONSE"}),
        ("alarm", timedelta(hours=23), {"messaging_type": "RESPONSE"}),
        ("reply", None, {"messaging_type": "RESPONSE"}),
        ("notice", timedelta(hours=23), {"messaging_type": "UPDATE"}),
        ("campaign", timedelta(hours=1), {"messaging_type": "UPDATE"}),
        ("operator", timedelta(hours=1), {"messaging_type": "RESPONSE"}),
        ("operator", timedelta(days=6), {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
    ],
)
def test_inside_its_window(kind: str, age: timedelta | None, mode: dict[str, str]) -> None:
    _, [request] = sent(message(age=age, outbound_class=kind))
    found = payload(request)
    assert {name: found[name] for name in ("messaging_type", "tag") if name in found} == mode


@pytest.mark.parametrize(
    ("kind", "age"),
    [
        ("reply", timedelta(hours=25)),
        ("alarm", timedelta(hours=25)),
        ("notice", timedelta(hours=25)),
        ("campaign", timedelta(days=3)),
        ("operator", timedelta(days=8)),
    ],
)
def test_outside_its_window_nothing_is_sent(kind: str, age: timedelta) -> None:
    error = refused(httpx.Response(500), message(age=age, outbound_class=kind))
    assert (error.effect, error.retryable) == ("window_closed", False)


def test_without_the_human_agent_feature_an_operator_has_a_day() -> None:
    page = Messenger(page_id="55", page_access_token="t", human_agent=False)
    with pytest.raises(SendError) as caught:
        run(
            lambda http: page.send(message(age=timedelta(days=2), outbound_class="operator"), http),
            lambda request: httpx.Response(500),
        )
    assert caught.value.effect == "window_closed"


@pytest.mark.parametrize(
    ("code", "subcode", "effect", "retryable"),
    [
        (190, 460, "configuration", False),
        (10, 2018278, "window_closed", False),
        (10, None, "configuration", False),
        (551, None, "bad_address", False),
        (100, 2018001, "bad_address", False),
        (100, None, "none", False),
        (613, None, "none", True),
        (4, 1, "none", True),
        (2, None, "none", True),
        (2, 2018344, "configuration", False),
        (200, None, "configuration", False),
        (987654, None, "none", False),
    ],
)
def test_refusals(code: int, subcode: int | None, effect: str, retryable: bool) -> None:
    error = refused(error_answer(code, subcode))
    assert (error.effect, error.retryable, error.maybe_accepted) == (effect, retryable, False)
    assert "token-secreto" not in f"{error} {error!r}"


def test_an_unknown_error_that_passes_is_tried_again() -> None:
    assert refused(error_answer(987654, is_transient=True)).retryable


def test_limits_and_outages_by_status_alone() -> None:
    assert refused(httpx.Response(429, text="x", headers={"Retry-After": "3"})).retry_after == 3.0
    assert refused(httpx.Response(503, text="x")).retryable
    assert refused(httpx.Response(504, text="x")).maybe_accepted
    assert refused(httpx.Response(200, text="x")).maybe_accepted
    assert refused(httpx.Response(200, json={"recipient_id": "9001"})).maybe_accepted
    assert refused(httpx.Response(200, json=[])).maybe_accepted


def test_no_answer() -> None:
    assert not refused(httpx.ConnectError("x")).maybe_accepted
    assert refused(httpx.ReadTimeout("x")).maybe_accepted


@pytest.mark.parametrize(
    "outbound",
    [
        message("a" * 2001),
        message("😀" * 1001),
        message(" "),
        message(choices=(Choice("a", "b" * 1001),)),
        message(id="9" * 1000),
        message(to=""),
    ],
    ids=["long", "emoji", "empty", "payload", "id", "nobody"],
)
def test_refused_before_it_is_sent(outbound: Outbound) -> None:
    assert not refused(httpx.Response(500), outbound).retryable


def test_typing_is_two_requests_and_never_fails() -> None:
    seen: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(payload(request))
        return httpx.Response(200, json={"recipient_id": "9001"})

    run(lambda http: PAGE.typing(message(), http), answer)
    assert [one["sender_action"] for one in seen] == ["mark_seen", "typing_on"]
    assert all("message" not in one for one in seen)
    run(lambda http: PAGE.typing(message(), http), lambda request: httpx.Response(500))


def test_find_is_not_possible() -> None:
    now = datetime.now(timezone.utc)
    assert run(lambda http: PAGE.find(message(), now, http), lambda request: httpx.Response(500)) is None


@pytest.mark.parametrize(
    ("version", "today", "words"),
    [
        ("v25.0", date(2026, 11, 22), ""),
        ("v26.0", date(2030, 1, 1), ""),
        ("v21.0", date(2026, 11, 22), "termina"),
        ("v20.0", date(2026, 11, 22), "terminó"),
        ("v2.12", date(2026, 11, 22), "desconocida"),
    ],
)
def test_versions_end(version: str, today: date, words: str) -> None:
    found = Messenger(graph_version=version).warnings(today)
    assert bool(found) == bool(words)
    assert all(words in one for one in found)


def test_only_one_error_means_a_closed_window() -> None:
    assert [code for code, one in FAILURES.items() if one.effect == "window_closed"] == ["10/2018278"]
