"""What the fields of a Twilio webhook mean. No signature and no network here.

Facts: Twilio's pages on message webhooks and status callbacks (2026).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from channels.base import Attachment, Inbound, InboundKind, StatusUpdate, Unreadable, WebhookRequest
from channels.failures import load_failures
from channels.forms import Form, clean, parse_form, parse_json
from channels.phone import as_address

TEXT_KEPT = 10_000  # characters of an inbound text; no telephone sends more
MEDIA_MAX = 10
ID_MAX = 255
FAILURES = load_failures("twilio_errors.json")
OPT_OUT_KINDS: Mapping[str, InboundKind] = {"STOP": "opt_out", "START": "opt_in", "HELP": "help"}
# Twilio's words -> ours; None is no message of ours
STATUSES: Mapping[str, str | None] = {
    "accepted": "queued", "scheduled": "queued", "queued": "queued", "sending": "sending", "sent": "sent",
    "partially_delivered": "sent", "delivered": "delivered", "read": "read", "undelivered": "undelivered",
    "failed": "failed", "canceled": "failed", "received": None, "receiving": None,
}  # fmt: skip
_MEDIA_FIELD = re.compile(r"MediaUrl([0-9]{1,3})")


def is_json(request: WebhookRequest) -> bool:
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == "application/json"


def query_of(request: WebhookRequest) -> Form:
    try:
        return parse_form(urlsplit(request.url).query.encode("utf-8", "replace"))
    except ValueError:
        return Form()


def form_of(request: WebhookRequest) -> Form:
    """The fields, parsed once for signature, message and status. Raises Unreadable."""
    if "form" not in request.parsed:
        request.parsed["form"] = _parsed(request)
    form: Form = request.parsed["form"]
    return form


def _parsed(request: WebhookRequest) -> Form:
    if request.method.upper() == "GET":
        return query_of(request)
    return parse_json(request.body) if is_json(request) else parse_form(request.body)


def status_word(form: Form) -> str:
    """ "" for an inbound message, which says received or nothing."""
    word = (form.first("MessageStatus") or form.first("SmsStatus")).strip().lower()
    return "" if word in ("received", "receiving") else clean(word)


def read_status(channel: str, request: WebhookRequest) -> StatusUpdate | None:
    """What became of a message of ours, with our own id from the query; None where it tells of no such thing.
    Raises Unreadable."""
    form = form_of(request)
    status = STATUSES.get(status_word(form))
    if status is None:
        return None
    code = form.first("ErrorCode").strip()
    code = "" if code == "0" else code[:ID_MAX]
    failure = FAILURES.get(code)
    return StatusUpdate(
        channel=channel,
        provider_id=_provider_id(form),
        status=status,
        error_code=code or None,
        own_id=clean(query_of(request).first("id"))[:ID_MAX] or None,
        recipient=as_address(form.first("To")) or None,
        effect=failure.effect if failure else "none",
        retryable=bool(failure and failure.retryable),
    )


def _provider_id(form: Form) -> str:
    found = next(
        (value for name in ("MessageSid", "SmsSid", "SmsMessageSid") if (value := clean(form.first(name)).strip())), ""
    )
    if not found or len(found) > ID_MAX:
        raise Unreadable("no usable MessageSid")
    return found


def read_message(channel: str, form: Form, own_number: str) -> Inbound:
    """The message in the fields, to `own_number` where they do not say to whom. Raises Unreadable."""
    sender = as_address(clean(form.first("From")))
    line = as_address(clean(form.first("To") or form.first("MessagingServiceSid") or own_number))
    if not sender or not line or max(len(sender), len(line)) > ID_MAX:
        raise Unreadable("no usable From or To")
    text, notes = _text(form)
    attachments, location = _attachments(form), _location(form)
    choice = clean(form.first("ButtonPayload"))[:ID_MAX] or None
    return Inbound(
        channel=channel,
        provider_id=_provider_id(form),
        sender=sender,
        line=line,
        kind=_kind(form, text, choice, attachments, location),
        text=text,
        choice=choice,
        attachments=attachments,
        location=location,
        note="; ".join(notes) or None,
    )


def _text(form: Form) -> tuple[str, list[str]]:
    notes = [form.note] if form.note else []
    received = form.first("Body")
    text = clean(received)
    if text != received:
        notes.append("NUL removed")
    if len(text) > TEXT_KEPT:
        notes.append(f"cut from {len(text)} to {TEXT_KEPT} characters")
    return text[:TEXT_KEPT], notes


def _kind(
    form: Form,
    text: str,
    choice: str | None,
    attachments: tuple[Attachment, ...],
    location: tuple[float, float] | None,
) -> InboundKind:
    opted = OPT_OUT_KINDS.get(form.first("OptOutType").strip().upper())
    if opted:
        return opted
    if choice:
        return "choice"
    if text.strip():
        return "text"
    if location:
        return "location"
    return "media" if attachments else "empty"


def _attachments(form: Form) -> tuple[Attachment, ...]:
    numbers = sorted(int(match.group(1)) for name in form if (match := _MEDIA_FIELD.fullmatch(name)))
    found = []
    for number in numbers[:MEDIA_MAX]:
        content_type = clean(form.first(f"MediaContentType{number}"))[:ID_MAX]
        major = content_type.split("/")[0].lower()
        kind = major if major in ("image", "audio", "video") else "file"
        found.append(Attachment(kind, clean(form.first(f"MediaUrl{number}")) or None, content_type or None))
    return tuple(found)


def _location(form: Form) -> tuple[float, float] | None:
    try:
        latitude, longitude = float(form.first("Latitude")), float(form.first("Longitude"))
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
