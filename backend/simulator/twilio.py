"""A fake of Twilio's Messages resource, close enough for the real client library.

Error numbers and their HTTP status are Twilio's; the wording is ours. Plain routes: it shares the processor with what
a bench measures.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from backend.simulator.core import Simulator
from backend.simulator.messages import Attachment, PhoneMessage
from backend.simulator.payloads import API_VERSION
from channels.phone import to_e164
from channels.text import utf16_length

RESOURCE = f"/simulator/twilio/{API_VERSION}/Accounts/{{account}}/Messages"
LONGEST_BODY = 1600
UNSENT = ("accepted", "queued")
FAULT_HEADER = "X-Simulator-Fault"
# code: (HTTP status, what it says)
ERRORS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too many requests"),
    20500: (500, "Internal server error"),
    21211: (400, "Invalid 'To' phone number: {To}"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' or 'MessagingServiceSid' is required"),
    21604: (400, "'To' phone number is required"),
    21606: (400, "'From' {From} cannot send messages"),
    21610: (400, "Recipient {To} has unsubscribed"),
    21617: (400, "Body is longer than 1600 characters"),
    21701: (400, "Unknown Messaging Service {MessagingServiceSid}"),
}


class _Fields(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return ""


def refusal(code: int, fields: Mapping[str, str] | None = None) -> JSONResponse:
    """An error as Twilio tells it."""
    status, message = ERRORS[code]
    headers = {"Retry-After": "1"} if status == 429 else {}
    return JSONResponse(
        {
            "code": code,
            "message": message.format_map(_Fields(fields or {})),
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        },
        status_code=status,
        headers=headers,
    )


async def hang(request: Request, simulator: Simulator) -> None:
    """Keep the caller waiting until it gives up, a second at a time."""
    for _ in range(int(simulator.settings.hang_seconds)):
        if await request.is_disconnected():
            return
        await simulator.sleep(1.0)


async def create(request: Request) -> JSONResponse:
    """Send a message; its states follow as callbacks."""
    simulator: Simulator = request.app.state.simulator
    if not _signed_in(request, simulator):
        return refusal(20003)
    await simulator.sleep(simulator.provider.faults.latency)
    verdict = simulator.provider.verdict("twilio_sms")
    if verdict in ("too_many", "server_error"):
        return refusal(20429 if verdict == "too_many" else 20500)
    pairs = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
    code = _fault_in(dict(pairs), simulator)
    if code:
        return refusal(code, dict(pairs))
    message = _accept(pairs, simulator)
    simulator.spawn(simulator.deliver_sms(message))
    if verdict == "timeout":
        await hang(request, simulator)
        return JSONResponse({}, status_code=504, headers={FAULT_HEADER: "timeout"})
    return JSONResponse(resource(message, simulator), status_code=201)


async def listing(request: Request) -> JSONResponse:
    """Messages, newest first, by To, From and day or moment of sending."""
    simulator: Simulator = request.app.state.simulator
    if not _signed_in(request, simulator):
        return refusal(20003)
    query = dict(request.query_params)
    size, page = _number(query.get("PageSize"), 50, 1000), _number(query.get("Page"), 0, 10**6)
    found = [m for m in _searched(query, simulator) if _matches(m, query)]
    shown = found[page * size : (page + 1) * size]
    more = len(found) > (page + 1) * size
    path = request.url.path.removeprefix("/simulator/twilio")
    return JSONResponse(
        {
            "messages": [resource(message, simulator) for message in shown],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(shown) - 1, 0),
            "uri": f"{path}?{urlencode(query)}",
            "first_page_uri": _page_uri(path, query, 0),
            "previous_page_uri": _page_uri(path, query, page - 1) if page else None,
            "next_page_uri": _page_uri(path, query, page + 1) if more else None,
        }
    )


async def fetch(request: Request) -> JSONResponse:
    """One message."""
    simulator: Simulator = request.app.state.simulator
    if not _signed_in(request, simulator):
        return refusal(20003)
    message = simulator.provider.messages.get(request.path_params["sid"])
    if message is None or message.channel != "twilio_sms":
        return refusal(20404)
    return JSONResponse(resource(message, simulator))


routes = [
    Route(f"{RESOURCE}.json", create, methods=["POST"]),
    Route(f"{RESOURCE}.json", listing, methods=["GET"]),
    Route(f"{RESOURCE}/{{sid}}.json", fetch, methods=["GET"]),
]


def _signed_in(request: Request, simulator: Simulator) -> bool:
    settings = simulator.settings
    expected = base64.b64encode(f"{settings.account_sid}:{settings.auth_token}".encode()).decode()
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(), expected.encode())
    return scheme.lower() == "basic" and same and request.path_params["account"] == settings.account_sid


def _fault_in(fields: Mapping[str, str], simulator: Simulator) -> int | None:
    settings, service = simulator.settings, fields.get("MessagingServiceSid", "")
    sender, phone, body = fields.get("From", ""), fields.get("To", ""), fields.get("Body", "")
    late = simulator.provider.faults.opt_out_in_callback
    checks = (
        (21604, not phone),
        (21603, not sender and not service),
        (21602, not body and "MediaUrl" not in fields),
        (21617, utf16_length(body) > LONGEST_BODY),
        (21211, to_e164(phone) != phone),
        (21606, bool(sender) and sender != settings.line),
        (21701, bool(service) and service != settings.messaging_service_sid),
        (21610, simulator.provider.refuses(phone) and not late),
    )
    return next((code for code, wrong in checks if wrong), None)


def _accept(pairs: list[tuple[str, str]], simulator: Simulator) -> PhoneMessage:
    fields = dict(pairs)
    media = tuple(Attachment("file", value) for name, value in pairs if name == "MediaUrl")
    service = fields.get("MessagingServiceSid") or None
    return simulator.provider.add(
        simulator.provider.sid("MM" if media else "SM"),
        fields["To"],
        "twilio_sms",
        direction="to_phone",
        line=fields.get("From") or simulator.settings.line,
        text=fields.get("Body", ""),
        status="accepted" if service else "queued",
        attachments=media,
        service=service,
        status_callback=fields.get("StatusCallback") or None,
    )


def _searched(query: Mapping[str, str], simulator: Simulator) -> list[PhoneMessage]:
    """Newest first; by recipient where one is given, because a long run holds many."""
    provider = simulator.provider
    phone = next((query[end] for end in ("To", "From") if query.get(end) in provider.people), None)
    listed = provider.of_phone(phone) if phone else tuple(provider.messages.values())
    return [message for message in reversed(listed) if message.channel == "twilio_sms"]


def _matches(message: PhoneMessage, query: Mapping[str, str]) -> bool:
    sender, recipient = _ends(message)
    return query.get("To") in (None, recipient) and query.get("From") in (None, sender) and _in_time(message, query)


def _in_time(message: PhoneMessage, query: Mapping[str, str]) -> bool:
    """A message still in the queue has no date of sending, so no filter by date finds it."""
    day, after, before = (_moment(query.get(name)) for name in ("DateSent", "DateSent>", "DateSent<"))
    if message.status in UNSENT:
        return day is after is before is None
    sent = message.created_at
    whole_day = timedelta(days=1) if "T" not in query.get("DateSent<", "") else timedelta()
    return all(
        (
            day is None or sent.date() == day.date(),
            after is None or sent >= after,
            before is None or sent <= before + whole_day,
        )
    )


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else datetime.fromisoformat(moment.isoformat() + "+00:00")


def _number(text: str | None, default: int, largest: int) -> int:
    return min(int(text), largest) if text and text.isdigit() else default


def _page_uri(path: str, query: Mapping[str, str], page: int) -> str:
    return f"{path}?{urlencode({**query, 'Page': page})}"


def _ends(message: PhoneMessage) -> tuple[str, str]:
    out = message.direction == "to_phone"
    return (message.line, message.phone) if out else (message.phone, message.line)


def resource(message: PhoneMessage, simulator: Simulator) -> dict[str, Any]:
    """A message as the API shows it."""
    sender, recipient = _ends(message)
    out = message.direction == "to_phone"
    uri = f"/{API_VERSION}/Accounts/{simulator.settings.account_sid}/Messages/{message.sid}"
    unsized = message.status == "accepted"
    return {
        "account_sid": simulator.settings.account_sid,
        "api_version": API_VERSION,
        "body": message.text,
        "date_created": format_datetime(message.created_at),
        "date_updated": format_datetime(message.updated_at),
        "date_sent": None if message.status in UNSENT else format_datetime(message.updated_at),
        "direction": "outbound-api" if out else "inbound",
        "error_code": message.error_code,
        "error_message": None,
        "from": None if unsized else sender,
        "messaging_service_sid": message.service,
        "num_media": str(len(message.attachments)),
        "num_segments": "0" if unsized else str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status if out else "received",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": recipient,
        "uri": f"{uri}.json",
    }
