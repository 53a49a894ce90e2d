"""SMS through Twilio: form-encoded webhooks signed with the account's token, and the Messages API.

Facts: Twilio's pages on webhook security, message webhooks, status callbacks and error codes (2026).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlparse, urlsplit

import httpx
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator, add_port, get_signature_algorithm, remove_port
from twilio.rest import Client

from channels.base import (
    BadSignature,
    Inbound,
    Limits,
    Outbound,
    Receipt,
    SendError,
    StatusUpdate,
    Unreadable,
    WebhookRequest,
)
from channels.failures import from_answer, from_transport, load_failures
from channels.forms import Form
from channels.text import Charset, segments, transliterate, utf16_length
from channels.twilio_fields import STATUSES, form_of, is_json, query_of, read_message, read_status, status_word

API = "https://api.twilio.com"
BODY_MAX = 1600  # Twilio refuses more with 21617
FAILURES = load_failures("twilio_errors.json")


@dataclass(frozen=True)
class TwilioSms:
    """Settings of one Twilio account. `public_base_url` is what Twilio calls, whatever a proxy makes of it."""

    account_sid: str = ""
    auth_token: str = field(default="", repr=False)
    from_number: str = ""
    messaging_service_sid: str = ""
    api_base_url: str = API
    charset: Charset = "gsm7"
    public_base_url: str = ""
    status_path: str = "/webhooks/twilio_sms/status"
    content_retention: str = ""  # "discard": Twilio keeps no text, and find() finds nothing
    address_retention: str = ""  # "obfuscate": Twilio keeps no whole number
    rate_per_second: float = 1.0  # segments; one for a long number, 100 for a short code

    @property
    def name(self) -> str:
        return "twilio_sms"

    @property
    def limits(self) -> Limits:
        return Limits(text=BODY_MAX, choices=9, choice_title=60, rate_per_second=self.rate_per_second)

    def verify(self, request: WebhookRequest) -> None:
        """Raise BadSignature unless Twilio signed this URL with these fields, or this body hash."""
        signature = request.headers.get("x-twilio-signature", "")
        if not signature or not self.auth_token:
            raise BadSignature("no signature or no token to check it with")
        try:
            url = self._signed_url(request)
            expected = self._signatures(url, _signed_params(request), request.headers)
            given = signature.encode("utf-8", "replace")
            matches = any(hmac.compare_digest(one.encode(), given) for one in expected)
        except (ValueError, Unreadable):
            raise BadSignature("the request cannot be checked") from None
        if not matches:
            raise BadSignature("X-Twilio-Signature does not match")

    def _signatures(self, url: str, params: Form | None, headers: Mapping[str, str]) -> Iterator[str]:
        algorithm = get_signature_algorithm(headers.get("x-twilio-webhooks-signature-settings", ""))
        validator, parsed = RequestValidator(self.auth_token), urlparse(url)
        # Twilio signs now with the port, now without
        return (validator.compute_signature(one(parsed), params, algorithm) for one in (remove_port, add_port))

    def _signed_url(self, request: WebhookRequest) -> str:
        if not self.public_base_url:
            return request.url
        got, base = urlsplit(request.url), urlsplit(self.public_base_url.rstrip("/"))
        inside = not base.path or got.path == base.path or got.path.startswith(base.path + "/")
        path = got.path if inside else base.path + got.path
        return f"{base.scheme}://{base.netloc}{path}" + (f"?{got.query}" if got.query else "")

    def handshake(self, request: WebhookRequest) -> str | None:
        """Twilio has none."""
        return None

    def receive(self, request: WebhookRequest) -> list[Inbound]:
        """The message in the request; none when it is a status callback. Raises Unreadable."""
        form = form_of(request)
        return [] if status_word(form) else [read_message(self.name, form, self.from_number)]

    def status(self, request: WebhookRequest) -> list[StatusUpdate]:
        """The status in the request, with our own id from its query. Raises Unreadable."""
        one = read_status(self.name, request)
        return [] if one is None else [one]

    def ignored(self, request: WebhookRequest) -> list[str]:
        """Status words that we do not know."""
        word = status_word(form_of(request))
        return [f"status:{word[:40]}"] if word and word not in STATUSES else []

    def acknowledgement(self) -> tuple[str, str]:
        """Empty TwiML: anything else raises alarms 11200 or 12300 in the account."""
        return '<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml"

    def render(self, outbound: Outbound) -> str:
        """Text, numbered choices and the document's link, in the charset of this line."""
        lines = [f"{number} {choice.title}" for number, choice in enumerate(outbound.choices, 1)]
        words = transliterate("\n".join([outbound.text, *lines]), self.charset)
        return f"{words}\n{outbound.document_url}".strip() if outbound.document_url else words

    async def send(self, outbound: Outbound, http: httpx.AsyncClient) -> Receipt:
        """Create the message. Raises SendError."""
        body = self.render(outbound)
        self._check(outbound, body)
        optional = {
            "content_retention": self.content_retention,
            "address_retention": self.address_retention,
            "messaging_service_sid": self.messaging_service_sid,
            "status_callback": self._callback(outbound),
        }
        sender = {} if self.messaging_service_sid else {"from_": outbound.line or self.from_number}
        chosen = {name: value for name, value in optional.items() if value}
        bridge = _Bridge(http)
        try:
            message = await self._client(bridge).messages.create_async(to=outbound.to, body=body, **sender, **chosen)
        except Exception as error:
            raise _send_error(error, bridge) from None
        if not message.sid:
            raise SendError("answer", "no message id in the answer", retryable=True, maybe_accepted=True)
        return _receipt(message.sid, message.status, body)

    def _check(self, outbound: Outbound, body: str) -> None:
        if not body.strip():
            raise SendError("21602", FAILURES["21602"].meaning)
        if utf16_length(body) > BODY_MAX:
            raise SendError("21617", FAILURES["21617"].meaning)
        if not outbound.to:
            raise SendError("21604", FAILURES["21604"].meaning, effect="bad_address")
        if not (self.messaging_service_sid or outbound.line or self.from_number):
            raise SendError("21603", FAILURES["21603"].meaning, effect="configuration")
        if not (self.account_sid and self.auth_token):
            raise SendError("20003", "no credentials configured", effect="configuration")

    def _callback(self, outbound: Outbound) -> str:
        if not self.public_base_url:
            return ""
        return f"{self.public_base_url.rstrip('/')}{self.status_path}?id={quote(outbound.id, safe='')}"

    def _client(self, bridge: _Bridge) -> Client:
        client = Client(self.account_sid, self.auth_token, http_client=bridge)
        client.api.base_url = (self.api_base_url or API).rstrip("/")
        return client

    async def typing(self, outbound: Outbound, http: httpx.AsyncClient) -> None:
        """SMS shows nothing."""

    async def find(self, outbound: Outbound, since: datetime, http: httpx.AsyncClient) -> Receipt | None:
        """The newest message to this person with these very words, sent or created since then.
        Raises SendError, still `maybe_accepted`, when Twilio cannot be asked: "not found" would mean sending again."""
        body = self.render(outbound)
        since = since if since.tzinfo else since.replace(tzinfo=timezone.utc)
        since = since.replace(microsecond=0) - timedelta(seconds=1)  # Twilio's clock has whole seconds
        bridge = _Bridge(http)
        try:
            messages = self._client(bridge).messages
            sent = await messages.list_async(to=outbound.to, date_sent_after=since, limit=100)
            # one still in the queue has no date of sending yet, so it escapes the filter
            newest = [] if _match(sent, body, since) else await messages.list_async(to=outbound.to, limit=50)
        except Exception as error:
            failed = _send_error(error, bridge)
            failed.maybe_accepted = True
            raise failed from None
        found = _match(sent, body, since) or _match(newest, body, since)
        return _receipt(found.sid, found.status, body) if found else None


class _Bridge(AsyncHttpClient):  # type: ignore[misc]  # the library is untyped
    """Lets Twilio's client speak through the httpx client that the desk shares and limits."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.is_async = True
        self.http = http
        self.headers: Mapping[str, str] = {}

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        answer = await self.http.request(
            method,
            url,
            params=params or None,
            data=data or None,
            headers=headers,
            auth=auth or httpx.USE_CLIENT_DEFAULT,
            timeout=timeout or httpx.USE_CLIENT_DEFAULT,
            follow_redirects=allow_redirects,
        )
        self.headers = answer.headers
        return Response(answer.status_code, answer.text, answer.headers)


def _send_error(error: Exception, bridge: _Bridge) -> SendError:
    if isinstance(error, TwilioRestException | TwilioServiceException):
        code = error.code if error.code is not None else error.status
        return from_answer(str(code), error.status, FAILURES, bridge.headers)
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL):
        return from_transport(error)
    if isinstance(error, TwilioException):
        return SendError("client", "Twilio's client refuses the settings", effect="configuration")
    return SendError("answer", f"unreadable answer ({type(error).__name__})", retryable=True, maybe_accepted=True)


def _receipt(sid: str, status: Any, body: str) -> Receipt:
    return Receipt(sid, STATUSES.get(str(status or "queued")) or "queued", segments(body).count)


def _match(messages: list[Any], body: str, since: datetime) -> Any | None:
    def when(message: Any) -> datetime:
        date: datetime | None = message.date_created or message.date_sent
        return date or since

    same = [one for one in messages if (one.body or "").strip() == body.strip() and when(one) >= since]
    return max(same, key=when, default=None)


def _signed_params(request: WebhookRequest) -> Form | None:
    """The fields that are signed beside the URL. A JSON body is signed through its hash in the query instead."""
    if request.method.upper() == "GET":
        return None
    if not is_json(request):
        return form_of(request)
    claimed = query_of(request).first("bodySHA256").encode("utf-8", "replace")
    if not hmac.compare_digest(hashlib.sha256(request.body).hexdigest().encode(), claimed):
        raise BadSignature("bodySHA256 does not match")
    return None
