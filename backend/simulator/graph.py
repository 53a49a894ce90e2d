"""A fake of the Graph API's Send API for one page, with its limits and error codes.

Limits: Messenger Platform reference, Graph API v25/v26; error texts are ours, their numbers Meta's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from backend.simulator.core import Simulator
from backend.simulator.messages import Attachment, Option, PhoneMessage
from backend.simulator.twilio import FAULT_HEADER, hang
from channels.text import utf16_length

router = APIRouter(prefix="/simulator/graph/{version}", include_in_schema=False)

TEXT_MAX, QUICK_REPLIES_MAX, TITLE_MAX, PAYLOAD_MAX = 2000, 13, 20, 1000
TEMPLATE_TEXT_MAX, BUTTONS_MAX, ELEMENTS_MAX = 640, 3, 10
WINDOW, AGENT_WINDOW = timedelta(hours=24), timedelta(days=7)
MESSAGING_TYPES = frozenset({"RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"})
SENDER_ACTIONS = frozenset({"typing_on", "typing_off", "mark_seen"})
ATTACHMENT_KINDS = frozenset({"image", "audio", "video", "file"})


@dataclass
class Refused(Exception):
    """An answer with an error: Meta's code and subcode, and the HTTP status."""

    code: int
    subcode: int | None
    message: str
    status: int = 400


# name: (Meta's code, subcode, wording, HTTP status)
REFUSALS: dict[str, tuple[int, int | None, str, int]] = {
    "token": (190, None, "Invalid OAuth access token", 401),
    "proof": (100, None, "Invalid appsecret_proof", 400),
    "page": (100, 33, "The page does not exist or the token cannot see it", 400),
    "window": (10, 2018278, "Message sent outside of the allowed window", 400),
    "person": (100, 2018001, "No matching user found", 400),
    "unavailable": (551, None, "This person is not available right now", 400),
    "too_many": (613, None, "Calls to this API have exceeded the rate limit", 400),
    "server_error": (2, None, "Service temporarily unavailable", 500),
    "tag": (100, 1893061, "This message tag is no longer supported", 400),
    "action": (100, 2018048, "Sender action failed", 400),
}


@router.post("/{page_id}/messages")
async def send(request: Request, page_id: str) -> JSONResponse:
    """Send a message or a sender action to a person who wrote to the page."""
    simulator: Simulator = request.app.state.simulator
    try:
        payload = await _payload(request)
        _check_access(request, payload, page_id, simulator)
        await simulator.sleep(simulator.provider.faults.latency)
        if "sender_action" in payload:
            return JSONResponse(_act(payload, simulator))
        return await _send(request, payload, simulator)
    except Refused as refused:
        return _refusal(refused, simulator)


@router.get("/{page_id}")
async def page(request: Request, page_id: str) -> JSONResponse:
    """The page itself: what a check of the configuration asks for."""
    simulator: Simulator = request.app.state.simulator
    try:
        _check_access(request, {}, page_id, simulator)
    except Refused as refused:
        return _refusal(refused, simulator)
    return JSONResponse({"id": simulator.settings.page_id, "name": "Página de prueba"})


async def _send(request: Request, payload: Mapping[str, Any], simulator: Simulator) -> JSONResponse:
    verdict = simulator.provider.verdict("messenger")
    if verdict in ("too_many", "server_error"):
        raise Refused(*REFUSALS[verdict])
    message = _accept(payload, simulator)
    simulator.spawn(simulator.deliver_messenger(message))
    if verdict == "timeout":
        await hang(request, simulator)
        return JSONResponse({}, status_code=504, headers={FAULT_HEADER: "timeout"})
    return JSONResponse({"recipient_id": message.phone, "message_id": message.sid})


async def _payload(request: Request) -> dict[str, Any]:
    """The body, JSON or a form whose values may be JSON."""
    body = await request.body()
    if "form" in request.headers.get("content-type", ""):
        return {name: _json_or_text(value) for name, value in parse_qsl(body.decode(errors="replace"))}
    try:
        payload = json.loads(body or b"{}")
    except ValueError:
        raise _invalid("the body is not JSON") from None
    if not isinstance(payload, dict):
        raise _invalid("the body is not an object")
    return payload


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value) if value[:1] in "{[" else value
    except ValueError:
        return value


def _check_access(request: Request, payload: Mapping[str, Any], page_id: str, simulator: Simulator) -> None:
    settings = simulator.settings
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    given = request.query_params.get("access_token") or payload.get("access_token") or bearer
    token = settings.page_access_token
    if not hmac.compare_digest(str(given).encode(), token.encode()):
        raise Refused(*REFUSALS["token"])
    proof = request.query_params.get("appsecret_proof") or payload.get("appsecret_proof")
    expected = hmac.new(settings.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    if proof is not None and not hmac.compare_digest(str(proof).encode(), expected.encode()):
        raise Refused(*REFUSALS["proof"])
    if page_id not in (settings.page_id, "me"):
        raise Refused(*REFUSALS["page"])


def _recipient(payload: Mapping[str, Any], simulator: Simulator) -> str:
    recipient = payload.get("recipient")
    phone = recipient.get("id") if isinstance(recipient, dict) else None
    person = simulator.provider.people.get(str(phone))
    if person is None or person.channel != "messenger":
        raise Refused(*REFUSALS["person"])
    if simulator.provider.refuses(person.id) or person.id in simulator.provider.faults.unreachable:
        raise Refused(*REFUSALS["unavailable"])
    return person.id


def _act(payload: Mapping[str, Any], simulator: Simulator) -> dict[str, str]:
    action = payload["sender_action"]
    if action not in SENDER_ACTIONS or "message" in payload:
        raise Refused(*REFUSALS["action"])
    phone = _recipient(payload, simulator)
    if action != "mark_seen":
        simulator.provider.set_typing(phone, action == "typing_on")
    return {"recipient_id": phone}


def _accept(payload: Mapping[str, Any], simulator: Simulator) -> PhoneMessage:
    phone = _recipient(payload, simulator)
    _check_window(payload, phone, simulator)
    message = payload.get("message")
    if not isinstance(message, dict):
        raise _invalid("message is missing")
    text, options, attachments = _content(message)
    return simulator.provider.add(
        simulator.provider.sid("m_"),
        phone,
        "messenger",
        direction="to_phone",
        status="sent",
        line=simulator.settings.page_id,
        text=text,
        options=(*options, *_quick_replies(message)),
        attachments=attachments,
        metadata=_short(message.get("metadata"), PAYLOAD_MAX, "metadata") or None,
    )


def _check_window(payload: Mapping[str, Any], phone: str, simulator: Simulator) -> None:
    kind, tag = payload.get("messaging_type", "RESPONSE"), payload.get("tag")
    if kind not in MESSAGING_TYPES:
        raise _invalid("messaging_type")
    if kind == "MESSAGE_TAG" and tag != "HUMAN_AGENT":
        raise Refused(*REFUSALS["tag"])
    last = simulator.provider.last_inbound.get(phone)
    allowed = AGENT_WINDOW if kind == "MESSAGE_TAG" else WINDOW
    if kind != "UTILITY" and (last is None or simulator.provider.clock() - last > allowed):
        raise Refused(*REFUSALS["window"])


def _content(message: Mapping[str, Any]) -> tuple[str, tuple[Option, ...], tuple[Attachment, ...]]:
    attachment = message.get("attachment")
    if attachment is None:
        text = _short(message.get("text"), TEXT_MAX, "text")
        if not text:
            raise _invalid("message needs text or an attachment")
        return text, (), ()
    kind, payload = attachment.get("type"), attachment.get("payload") or {}
    if kind == "template":
        return _template(payload)
    if kind not in ATTACHMENT_KINDS or not (payload.get("url") or payload.get("attachment_id")):
        raise _invalid("attachment")
    return "", (), (Attachment(kind, str(payload.get("url") or payload["attachment_id"])),)


def _template(payload: Mapping[str, Any]) -> tuple[str, tuple[Option, ...], tuple[Attachment, ...]]:
    if payload.get("template_type") == "button":
        text = _short(payload.get("text"), TEMPLATE_TEXT_MAX, "template text")
        return text, _buttons(payload.get("buttons"), at_least=1), ()
    elements = payload.get("elements") or []
    if payload.get("template_type") != "generic" or not 1 <= len(elements) <= ELEMENTS_MAX:
        raise _invalid("template")
    lines = [line for e in elements for line in (e.get("title"), e.get("subtitle")) if line]
    return "\n".join(lines), tuple(o for e in elements for o in _buttons(e.get("buttons"), at_least=0)), ()


def _buttons(buttons: Any, at_least: int) -> tuple[Option, ...]:
    listed = buttons or []
    if not at_least <= len(listed) <= BUTTONS_MAX:
        raise _invalid("1 to 3 buttons")
    return tuple(_button(button) for button in listed)


def _button(button: Mapping[str, Any]) -> Option:
    kind: Literal["postback", "web_url"] = "web_url" if button.get("type") == "web_url" else "postback"
    value = str(button.get("url") if kind == "web_url" else button.get("payload") or "")
    if not button.get("title") or not value:
        raise _invalid("a button needs a title and a payload or url")
    return Option(str(button["title"])[:TITLE_MAX], _short(value, PAYLOAD_MAX, "payload"), kind)


def _quick_replies(message: Mapping[str, Any]) -> tuple[Option, ...]:
    replies = message.get("quick_replies") or []
    if len(replies) > QUICK_REPLIES_MAX:
        raise _invalid("at most 13 quick replies")
    texts = [reply for reply in replies if reply.get("content_type") == "text"]
    if any(not reply.get("title") or not reply.get("payload") for reply in texts):
        raise _invalid("a quick reply needs a title and a payload")
    return tuple(
        Option(str(reply["title"])[:TITLE_MAX], _short(reply["payload"], PAYLOAD_MAX, "payload")) for reply in texts
    )


def _short(value: Any, limit: int, name: str) -> str:
    text = "" if value is None else str(value)
    if utf16_length(text) > limit:
        raise _invalid(f"{name} is longer than {limit} characters")
    return text


def _invalid(what: str) -> Refused:
    return Refused(100, None, f"Invalid parameter: {what}")


def _refusal(refused: Refused, simulator: Simulator) -> JSONResponse:
    error: dict[str, Any] = {
        "message": f"(#{refused.code}) {refused.message}",
        "type": "OAuthException",
        "code": refused.code,
        "fbtrace_id": simulator.provider.sid("A")[:23],
    }
    if refused.subcode is not None:
        error["error_subcode"] = refused.subcode
    return JSONResponse({"error": error}, status_code=refused.status)
