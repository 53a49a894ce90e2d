"""The page with the phones, and the small JSON API behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import phonenumbers
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse

from backend.simulator.core import Simulator
from backend.simulator.faults import BadFault, Faults
from backend.simulator.messages import Person, PhoneMessage
from backend.simulator.phones import EXAMPLE_PLACE, NothingToTap, Phone
from channels.text import GSM7, segments

router = APIRouter(prefix="/simulator", include_in_schema=False)

PAGE = Path(__file__).parent / "templates" / "simulator.html"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# a stream ends by itself and the browser comes back, so that stopping the server never waits long
STREAM_SECONDS = 8.0
SHOWN_PEOPLE = 50
LONGEST_TEXT = 1600

Verb = Callable[[Phone, Any], Awaitable[Any]]


async def _place(phone: Phone, place: Any) -> None:
    latitude, longitude = place if isinstance(place, list) else EXAMPLE_PLACE
    await phone.send_location(latitude, longitude)


def _is_place(value: Any) -> bool:
    """A pair of degrees, or anything else that just means the example place."""
    if not isinstance(value, list):
        return True
    numbers = len(value) == 2 and all(isinstance(part, int | float) for part in value)
    return numbers and abs(value[0]) <= 90 and abs(value[1]) <= 180


VERBS: dict[str, Verb] = {
    "text": lambda phone, text: phone.send(str(text)),
    "tap": lambda phone, value: phone.tap(str(value)),
    "location": _place,
    "photo": lambda phone, _: phone.send_photo(),
    "voice": lambda phone, _: phone.send_voice(),
    "file": lambda phone, _: phone.send_file(),
}


class BadRequest(ValueError):
    """What was asked cannot be done; the message is for people."""


@router.get("")
async def show() -> HTMLResponse:
    """The page."""
    return HTMLResponse(PAGE.read_text(encoding="utf-8"), headers=HEADERS)


@router.get("/api/state")
async def state(request: Request, since: int = 0) -> JSONResponse:
    """People, faults, and the messages that changed after revision `since`."""
    return JSONResponse(snapshot(request.app.state.simulator, since))


@router.get("/api/events")
async def events(request: Request, since: int = 0) -> StreamingResponse:
    """The same as it changes, as Server-Sent Events."""
    epoch, _, last = request.headers.get("last-event-id", "").rpartition(":")
    seen = int(last) if last.isdigit() and epoch == request.app.state.simulator.provider.epoch else since
    stream = _stream(request.app.state.simulator, seen)
    return StreamingResponse(stream, media_type="text/event-stream", headers=HEADERS)


@router.get("/api/segments")
async def count_segments(text: str = "") -> JSONResponse:
    """What `text` would cost by SMS, and the characters that take it out of GSM-7."""
    outside = list(dict.fromkeys(char for char in text if char not in GSM7))
    return JSONResponse({**asdict(segments(text)), "outside": outside[:5]})


@router.post("/api/phones")
async def add_phone(request: Request) -> JSONResponse:
    """One more fictitious person: {"channel": "twilio_sms" | "messenger", "name"?}."""
    return await _answer(request, _add_phone, status=201)


@router.post("/api/phones/{phone_id}/messages")
async def act(request: Request, phone_id: str) -> JSONResponse:
    """Do one thing with a phone: {"text": …}, {"tap": value}, {"location": [lat, lon]} or {"photo": true}, voice, file.

    Answers before the desk does, as a phone would; what became of it is in the state."""
    return await _answer(request, lambda simulator, wanted: _act(simulator, phone_id, wanted), status=202)


@router.post("/api/phones/{phone_id}/read")
async def read(request: Request, phone_id: str) -> JSONResponse:
    """The chat is on the screen."""
    return await _answer(request, lambda simulator, _: _read(simulator, phone_id), status=202)


@router.get("/faults")
async def faults(request: Request) -> JSONResponse:
    """The faults in force."""
    return JSONResponse(request.app.state.simulator.provider.faults.to_json())


@router.put("/faults")
async def set_faults(request: Request) -> JSONResponse:
    """Replace the faults: {"timeout_every": 3, …}; what is not named is off."""
    return await _answer(request, _set_faults, status=200)


@router.post("/api/reset")
async def reset(request: Request) -> JSONResponse:
    """Empty both phones and forget the faults."""
    return await _answer(request, _reset, status=200)


def _set_faults(simulator: Simulator, wanted: dict[str, Any]) -> dict[str, Any]:
    simulator.provider.set_faults(Faults().with_changes(wanted))
    return simulator.provider.faults.to_json()


def _reset(simulator: Simulator, _: dict[str, Any]) -> dict[str, Any]:
    simulator.provider.reset()
    return snapshot(simulator, 0)


def _add_phone(simulator: Simulator, wanted: dict[str, Any]) -> dict[str, Any]:
    channel = wanted.get("channel")
    if channel not in ("twilio_sms", "messenger"):
        raise BadRequest("channel: twilio_sms o messenger.")
    return _person(simulator, simulator.provider.add_person(channel, str(wanted.get("name") or "")[:40]))


def _act(simulator: Simulator, phone_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
    verb = next((name for name in VERBS if wanted.get(name) not in (None, False, "")), None)
    if verb is None or len(str(wanted[verb])) > LONGEST_TEXT:
        raise BadRequest(f"Se espera uno de estos: {', '.join(VERBS)}, con {LONGEST_TEXT} caracteres a lo más.")
    if verb == "location" and not _is_place(wanted[verb]):
        raise BadRequest("location: [latitud, longitud] en grados.")
    phone = _phone(simulator, phone_id)
    if verb == "tap" and phone.person.channel == "messenger" and not _offers(phone, str(wanted[verb])):
        raise NothingToTap("Esa opción ya no está en la pantalla.")
    simulator.spawn(_do(VERBS[verb], phone, wanted[verb]))
    return {"accepted": verb}


async def _do(verb: Verb, phone: Phone, value: Any) -> None:
    await verb(phone, value)


def _offers(phone: Phone, value: str) -> bool:
    return any(value in (option.value, option.title) for option in phone.options)


def _read(simulator: Simulator, phone_id: str) -> dict[str, Any]:
    simulator.spawn(_phone(simulator, phone_id).read())
    return {"accepted": "read"}


def _phone(simulator: Simulator, phone_id: str) -> Phone:
    if phone_id not in simulator.provider.people:
        raise BadRequest("No existe ese teléfono de prueba.")
    return Phone(simulator, phone_id)


async def _answer(
    request: Request, work: Callable[[Simulator, dict[str, Any]], dict[str, Any]], status: int
) -> JSONResponse:
    """Only JSON is taken: a form of another site cannot send it."""
    if "application/json" not in request.headers.get("content-type", ""):
        return JSONResponse({"error": "Se espera application/json."}, status_code=415)
    try:
        wanted = json.loads(await request.body() or b"{}")
        if not isinstance(wanted, dict):
            raise BadRequest("Se espera un objeto JSON.")
        return JSONResponse(work(request.app.state.simulator, wanted), status_code=status)
    except json.JSONDecodeError:
        return JSONResponse({"error": "El cuerpo no es JSON."}, status_code=400)
    except (BadRequest, BadFault) as problem:
        return JSONResponse({"error": str(problem)}, status_code=422)
    except NothingToTap as problem:
        return JSONResponse({"error": str(problem)}, status_code=409)


async def _stream(simulator: Simulator, seen: int) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    ends = loop.time() + STREAM_SECONDS
    yield "retry: 400\n\n"
    while (left := ends - loop.time()) > 0:
        if await simulator.wait_until(partial(_is_newer, simulator, seen), left):
            news = snapshot(simulator, seen)
            seen = news["revision"]
            yield f"id: {news['epoch']}:{seen}\ndata: {json.dumps(news, ensure_ascii=False)}\n\n"


def _is_newer(simulator: Simulator, revision: int) -> bool:
    return simulator.provider.revision > revision


def snapshot(simulator: Simulator, since: int) -> dict[str, Any]:
    """Everything that the page draws."""
    provider = simulator.provider
    recent = list(provider.people.values())[-SHOWN_PEOPLE:]
    return {
        "epoch": provider.epoch,  # another one: forget all that was drawn
        "revision": provider.revision,
        "line": _readable(simulator.settings.line),
        "price": simulator.settings.example_price,
        "people": [_person(simulator, person) for person in recent],
        "messages": [_message(message) for message in provider.changed_since(since)],
        "faults": provider.faults.to_json(),
        "attempts": [{**asdict(attempt), "at": attempt.at.isoformat()} for attempt in list(provider.attempts)[-30:]],
    }


def _person(simulator: Simulator, person: Person) -> dict[str, Any]:
    return {
        **asdict(person),
        "shown": _readable(person.id) if person.channel == "twilio_sms" else person.id,
        "typing": simulator.provider.is_typing(person.id),
        "opted_out": simulator.provider.refuses(person.id),
    }


def _readable(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def _message(message: PhoneMessage) -> dict[str, Any]:
    return {
        **asdict(message),
        "created_at": message.created_at.isoformat(),
        "updated_at": message.updated_at.isoformat(),
    }
