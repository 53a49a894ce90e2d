"""The client for providers' calls says the same as httpx's own, and fails with the same words."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from backend.lean_client import LeanClient
from channels.failures import from_transport

Play = Callable[[asyncio.StreamWriter], None]
FORM = {"To": "+525500001234", "Body": "¿Está listo?\n1 Sí & más", "StatusCallback": "https://example.mx/s?id=81"}
POSTS: tuple[dict[str, Any], ...] = (
    {"data": FORM, "auth": ("AC1", "secreto"), "headers": {"Accept": "application/json"}},
    {"json": {"recipient": {"id": "5500"}, "message": {"text": "¿Sí?"}}, "params": {"appsecret_proof": "a b"}},
    {"content": b"a=1&b=2", "headers": {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}},
)


@dataclass
class Provider:
    """A far end that plays one answer and keeps what it was asked."""

    url: str = ""
    asked: list[tuple[bytes, dict[bytes, bytes], bytes]] = field(default_factory=list)


@asynccontextmanager
async def provider(play: Play) -> AsyncIterator[Provider]:
    made = Provider()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        made.asked.append((first, headers, await reader.readexactly(int(headers[b"content-length"]))))
        play(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/Messages.json"
    async with server:
        yield made


def answer(status: str, body: bytes = b"{}", *headers: bytes) -> Play:
    head = b"\r\n".join([b"HTTP/1.1 " + status.encode(), b"Content-Length: %d" % len(body), *headers])

    def play(writer: asyncio.StreamWriter) -> None:
        writer.write(head + b"\r\n\r\n" + body)
        writer.close()

    return play


@pytest.mark.parametrize("given", POSTS, ids=["form", "json", "bytes"])
async def test_it_says_what_httpx_says(given: dict[str, Any]) -> None:
    async with provider(answer("201 Created")) as far, LeanClient(2, timeout=2) as lean, httpx.AsyncClient() as own:
        for client in (own, lean):
            assert (await client.post(far.url, **given)).json() == {}
        (first, headers, body), (lean_first, lean_headers, lean_body) = far.asked
    assert lean_first == first
    assert {lean_headers.get(name) for name in (b"authorization", b"content-type")} == {
        headers.get(name) for name in (b"authorization", b"content-type")
    }
    assert lean_body == body


async def test_an_answer_is_read_as_httpx_reads_it() -> None:
    told = gzip.compress('{"message": "línea ocupada"}'.encode())
    refusal = answer("429 Too Many Requests", told, b"Content-Encoding: gzip", b"Retry-After: 7")
    async with provider(refusal) as far, LeanClient(2, timeout=2) as client:
        got = await client.post(far.url, data=FORM)
    assert (got.status_code, got.json(), got.headers["retry-after"]) == (429, {"message": "línea ocupada"}, "7")


async def test_it_is_not_sent_on_to_another_address() -> None:
    sends_on = answer("307 Temporary Redirect", b"", b"Location: /other")
    async with provider(sends_on) as far, LeanClient(2, timeout=2) as client:
        assert (await client.post(far.url, data=FORM)).status_code == 307
    assert len(far.asked) == 1


@pytest.mark.parametrize(
    ("play", "kind"),
    [(lambda writer: writer.close(), httpx.ReadError), (lambda writer: None, httpx.ReadTimeout)],
    ids=["hangs up", "keeps silent"],
)
async def test_what_was_sent_and_not_answered_may_have_been_accepted(play: Play, kind: type[Exception]) -> None:
    async with provider(play) as far, LeanClient(2, timeout=0.2) as client:
        with pytest.raises(kind) as caught:
            await client.post(far.url, data=FORM)
    assert from_transport(caught.value).maybe_accepted


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/Messages.json", "http://no-existe.invalid/Messages.json"])
async def test_what_never_left_was_not_accepted(url: str) -> None:
    async with LeanClient(2, timeout=2) as client:
        with pytest.raises(httpx.ConnectError) as caught:
            await client.post(url, data=FORM)
    assert not from_transport(caught.value).maybe_accepted


async def test_who_finds_no_place_in_time_has_sent_nothing() -> None:
    async with provider(lambda writer: None) as far, LeanClient(1, timeout=0.3) as client:
        first = asyncio.create_task(client.post(far.url, data=FORM, timeout=1.0))
        await asyncio.sleep(0.05)
        with pytest.raises(httpx.ConnectTimeout):
            await client.post(far.url, data=FORM)
        with pytest.raises(httpx.ReadTimeout):
            await first
    assert len(far.asked) == 1
