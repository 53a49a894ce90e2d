"""The words of the wire: form fields that Twilio posts, events and bodies that Messenger posts, and their signatures.

Facts: Twilio's webhook request guide and Meta's Messenger Platform reference, as noted in the project's channel notes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import phonenumbers

from backend.simulator.messages import Attachment, PhoneMessage
from backend.simulator.settings import SimulatorSettings

API_VERSION = "2010-04-01"
# quick replies come back as messages with a payload, buttons as postbacks
TAPPED_AS = {"quick_reply": "message", "postback": "postback", "web_url": "postback"}


def inbound_fields(message: PhoneMessage, settings: SimulatorSettings, opt_out_type: str | None) -> dict[str, str]:
    """A received SMS or MMS as form fields; the places that Twilio does not know are blank, as in life."""
    fields = {
        "ToCountry": country(message.line),
        "ToState": "",
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(message.attachments)),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message.sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": message.text,
        "FromCountry": country(message.phone),
        "To": message.line,
        "ToZip": "",
        "NumSegments": str(message.segments),
        "MessageSid": message.sid,
        "AccountSid": settings.account_sid,
        "From": message.phone,
        "ApiVersion": API_VERSION,
    }
    for index, attachment in enumerate(message.attachments):
        fields[f"MediaUrl{index}"] = attachment.url
        fields[f"MediaContentType{index}"] = attachment.content_type
    if settings.messaging_service_sid:
        fields["MessagingServiceSid"] = settings.messaging_service_sid
    return {**fields, "OptOutType": opt_out_type} if opt_out_type else fields


def status_fields(message: PhoneMessage, settings: SimulatorSettings) -> dict[str, str]:
    """A status callback as form fields."""
    fields = {
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "MessageStatus": message.status,
        "To": message.phone,
        "MessageSid": message.sid,
        "AccountSid": settings.account_sid,
        "From": message.line,
        "ApiVersion": API_VERSION,
    }
    if message.service:
        fields["MessagingServiceSid"] = message.service
    if message.error_code:
        fields["ErrorCode"] = str(message.error_code)
    if message.status in ("delivered", "undelivered"):
        fields["RawDlrDoneDate"] = message.updated_at.strftime("%y%m%d%H%M")
    return fields


def country(number: str) -> str:
    """ISO code of a number's country, blank where it has none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def twilio_signature(url: str, fields: Mapping[str, str], token: str) -> str:
    """X-Twilio-Signature: the address and every field, sorted, blank ones too."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def messenger_signature(body: bytes, secret: str) -> str:
    """X-Hub-Signature-256 over the raw bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def messenger_body(events: Iterable[Mapping[str, Any]], page_id: str, moment: datetime, per_entry: int = 0) -> bytes:
    """A batch in Meta's spelling: escaped unicode in lower-case hex, escaped slashes, no spaces."""
    listed = list(events)
    size = per_entry or len(listed) or 1
    entries = [
        {"id": page_id, "time": milliseconds(moment), "messaging": listed[start : start + size]}
        for start in range(0, len(listed), size)
    ]
    text = json.dumps({"object": "page", "entry": entries}, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode("ascii")


def person_event(message: PhoneMessage) -> dict[str, Any]:
    """What a person did on Messenger: text, a tapped option, attachments or a pin."""
    moment = milliseconds(message.created_at)
    event: dict[str, Any] = {
        "sender": {"id": message.phone},
        "recipient": {"id": message.line},
        "timestamp": moment,
    }
    if message.choice is not None and TAPPED_AS[message.choice_kind] == "postback":
        return {**event, "postback": {"title": message.text, "payload": message.choice, "mid": message.sid}}
    body: dict[str, Any] = {"mid": message.sid}
    if message.choice is not None:
        body["quick_reply"] = {"payload": message.choice}
    if message.text and not message.location:
        body["text"] = message.text
    attachments = [_attachment(item) for item in message.attachments]
    if message.location:
        latitude, longitude = message.location
        pin = {"type": "location", "payload": {"coordinates": {"lat": latitude, "long": longitude}}}
        attachments.append(pin)
    if attachments:
        body["attachments"] = attachments
    return {**event, "message": body}


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {"type": attachment.kind, "payload": {"url": attachment.url}}


def echo_event(message: PhoneMessage, app_id: str) -> dict[str, Any]:
    """The copy of its own message that an app subscribed to echoes gets."""
    body: dict[str, Any] = {"mid": message.sid, "is_echo": True, "app_id": int(app_id)}
    if message.text:
        body["text"] = message.text
    if message.metadata:
        body["metadata"] = message.metadata
    if message.attachments:
        body["attachments"] = [_attachment(item) for item in message.attachments]
    return {
        "sender": {"id": message.line},
        "recipient": {"id": message.phone},
        "timestamp": milliseconds(message.created_at),
        "message": body,
    }


def delivery_event(message: PhoneMessage) -> dict[str, Any]:
    moment = milliseconds(message.updated_at)
    delivery = {"mids": [message.sid], "watermark": moment}
    return {
        "sender": {"id": message.phone},
        "recipient": {"id": message.line},
        "timestamp": moment,
        "delivery": delivery,
    }


def read_event(phone: str, page_id: str, moment: datetime) -> dict[str, Any]:
    """Everything up to `moment` was read; Messenger names no message here."""
    at = milliseconds(moment)
    return {"sender": {"id": phone}, "recipient": {"id": page_id}, "timestamp": at, "read": {"watermark": at}}
