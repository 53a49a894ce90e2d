"""Facebook Messenger: webhooks signed over their raw bytes, and the Send API of one page.

Choices go out as quick replies: they vanish after one tap, so nobody answers a question of last week by mistake;
the words or the number typed instead mean the same. Facts: Meta's Messenger Platform pages (2026); limits, errors
and versions with their sources in channels/data.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import httpx

from channels.base import BadSignature, Inbound, Limits, Outbound, Receipt, SendError, StatusUpdate, WebhookRequest
from channels.failures import from_answer, from_transport, load, load_failures
from channels.messenger_events import METADATA_PREFIX, NAME, in_order, inbound, items, other_parts, statuses
from channels.text import transliterate, utf16_length

LIMITS: Mapping[str, Any] = {name: value for name, value, _source in load("messenger_limits.json")["limits"]}
FAILURES = load_failures("messenger_errors.json")
VERSIONS_END: Mapping[str, str | None] = load("messenger_versions.json")["ends_on"]
REPLY_WINDOW = timedelta(hours=LIMITS["standard_window_hours"])
AGENT_WINDOW = timedelta(days=LIMITS["human_agent_window_days"])
GRAPH = "https://graph.facebook.com"


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Messenger:
    """Settings of one page and its app. Without `app_id`, echoes of our own are known by their metadata alone."""

    page_id: str = ""
    page_access_token: str = field(default="", repr=False)
    app_secret: str = field(default="", repr=False)
    verify_token: str = field(default="", repr=False)
    app_id: str = ""
    graph_version: str = "v25.0"
    api_base_url: str = GRAPH
    human_agent: bool = True  # the app was granted Meta's Human Agent feature
    rate_per_second: float = 40.0  # above this the page's inbox stops working
    clock: Callable[[], datetime] = field(default=_now, repr=False, compare=False)

    @property
    def name(self) -> str:
        return NAME

    @property
    def limits(self) -> Limits:
        return Limits(
            text=LIMITS["text.max_chars"],
            choices=LIMITS["quick_replies.max"],
            choice_title=LIMITS["quick_replies.title_max_chars"],
            reply_window=REPLY_WINDOW,
            rate_per_second=self.rate_per_second,
        )

    def warnings(self, today: date) -> list[str]:
        """What the person who installs should know about the version, in Spanish."""
        if self.graph_version not in VERSIONS_END:
            return [f"Graph API {self.graph_version}: versión desconocida; usa {max(VERSIONS_END)}."]
        ends = VERSIONS_END[self.graph_version]
        if ends is None or date.fromisoformat(ends) - today > timedelta(days=90):
            return []
        word = "terminó" if date.fromisoformat(ends) <= today else "termina"
        return [f"Graph API {self.graph_version} {word} el {ends}; cambia a {max(VERSIONS_END)}."]

    def verify(self, request: WebhookRequest) -> None:
        """Raise BadSignature unless Meta signed these bytes; a GET needs the right verify token instead."""
        if request.method.upper() == "GET":
            if self.handshake(request) is None:
                raise BadSignature("the verify token does not match")
            return
        scheme, _, given = request.headers.get("x-hub-signature-256", "").partition("=")
        if scheme != "sha256" or not given or not self.app_secret:
            raise BadSignature("no signature or no secret to check it with")
        expected = hmac.new(self.app_secret.encode(), request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            raise BadSignature("X-Hub-Signature-256 does not match")

    def handshake(self, request: WebhookRequest) -> str | None:
        """The challenge of Meta's verification request; None for a wrong token and for everything else."""
        query = request.query
        if request.method.upper() != "GET" or query.get("hub.mode") != "subscribe" or not self.verify_token:
            return None
        given = query.get("hub.verify_token", "").encode("utf-8", "replace")
        return query.get("hub.challenge") if hmac.compare_digest(self.verify_token.encode(), given) else None

    def receive(self, request: WebhookRequest) -> list[Inbound]:
        """Messages, choices and referrals of people, and what others answered for the page (echo).
        An echo's `sender` is the person who got it. Raises Unreadable."""
        found = (inbound(item, self.app_id) for item in items(request.body))
        return in_order(one for one in found if one is not None)

    def status(self, request: WebhookRequest) -> list[StatusUpdate]:
        """Deliveries by message id, reads by watermark, our own echoes with our id. Raises Unreadable."""
        return [update for item in items(request.body) for update in statuses(item, self.app_id)]

    def ignored(self, request: WebhookRequest) -> list[str]:
        """Names of the events that are neither. Raises Unreadable."""
        unknown = [
            item.name()
            for item in items(request.body)
            if inbound(item, self.app_id) is None and not statuses(item, self.app_id)
        ]
        return unknown + other_parts(request.body)

    def acknowledgement(self) -> tuple[str, str]:
        return "EVENT_RECEIVED", "text/plain"

    def render(self, outbound: Outbound) -> str:
        """The text; choices whose titles do not fit a quick reply stand in it as numbered lines."""
        text = transliterate(outbound.text, "ucs2")
        if not outbound.choices or self._fits(outbound):
            return text
        return "\n".join([text, *(f"{number} {choice.title}" for number, choice in enumerate(outbound.choices, 1))])

    def _fits(self, outbound: Outbound) -> bool:
        titles = [choice.title for choice in outbound.choices]
        return len(titles) <= self.limits.choices and all(
            0 < utf16_length(title) <= self.limits.choice_title for title in titles
        )

    async def send(self, outbound: Outbound, http: httpx.AsyncClient) -> Receipt:
        """Send the document, if any, and then the words with their choices. Raises SendError."""
        mode = self._mode(outbound)
        text, extra = self.render(outbound), self._extra(outbound)
        self._check(outbound, text)
        if outbound.document_url and not text.strip():
            message_id = await self._post_message(outbound, mode, {**_file(outbound.document_url), **extra}, http)
        else:
            if outbound.document_url:
                text = await self._send_document(outbound, mode, text, http)
            message_id = await self._post_message(outbound, mode, {"text": text, **extra}, http)
        return Receipt(message_id, "sent")

    async def _send_document(
        self,
        outbound: Outbound,
        mode: dict[str, str],
        text: str,
        http: httpx.AsyncClient,
    ) -> str:
        """The words to send after it: with the link, where Meta could not fetch the document."""
        url = outbound.document_url or ""
        try:
            await self._post_message(outbound, mode, {**_file(url), "metadata": METADATA_PREFIX}, http)
        except SendError as error:
            linked = f"{text}\n{url}"
            if error.retryable or error.effect != "none" or utf16_length(linked) > self.limits.text:
                raise
            return linked
        return text

    def _mode(self, outbound: Outbound) -> dict[str, str]:
        """How Meta wants this message named. An unknown last message is left to Meta to judge."""
        last = outbound.last_inbound_at
        age = timedelta(0) if last is None else self.clock() - _aware(last)
        if age <= REPLY_WINDOW:
            own_initiative = outbound.outbound_class in ("notice", "campaign")
            return {"messaging_type": "UPDATE" if own_initiative else "RESPONSE"}
        if outbound.outbound_class == "operator" and self.human_agent and age <= AGENT_WINDOW:
            return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        raise SendError("10/2018278", FAILURES["10/2018278"].meaning, effect="window_closed")

    def _extra(self, outbound: Outbound) -> dict[str, Any]:
        extra: dict[str, Any] = {"metadata": METADATA_PREFIX + outbound.id}
        numbered = not self._fits(outbound)
        replies = [
            {
                "content_type": "text",
                "title": str(number) if numbered else choice.title,
                "payload": choice.value or choice.title,
            }
            for number, choice in enumerate(outbound.choices[: self.limits.choices], 1)
        ]
        return {**extra, "quick_replies": replies} if replies else extra

    def _check(self, outbound: Outbound, text: str) -> None:
        if not (self.page_access_token and (self.page_id or outbound.line)):
            raise SendError("190", "no page or token configured", effect="configuration")
        if not outbound.to:
            raise SendError("100/2018001", "message without a recipient", effect="bad_address")
        if not text.strip() and not outbound.document_url:
            raise SendError("100", "message without words")
        if utf16_length(text) > self.limits.text:
            raise SendError("100", f"text longer than {self.limits.text} characters")
        if any(utf16_length(choice.value) > LIMITS["quick_replies.payload_max_chars"] for choice in outbound.choices):
            raise SendError("100", "value of a choice too long")
        if utf16_length(METADATA_PREFIX + outbound.id) >= LIMITS["metadata.max_chars"]:
            raise SendError("100", "outbound id too long")

    async def _post_message(
        self,
        outbound: Outbound,
        mode: dict[str, str],
        message: dict[str, Any],
        http: httpx.AsyncClient,
    ) -> str:
        answer = await self._post(outbound, {**mode, "message": message}, http)
        message_id = answer.get("message_id")
        if not isinstance(message_id, str) or not message_id:
            raise SendError("answer", "no message id in the answer", retryable=True, maybe_accepted=True)
        return message_id

    async def _post(self, outbound: Outbound, payload: dict[str, Any], http: httpx.AsyncClient) -> dict[str, Any]:
        page = quote(outbound.line or self.page_id, safe="")
        proof = hmac.new(self.app_secret.encode(), self.page_access_token.encode(), hashlib.sha256).hexdigest()
        try:
            answer = await http.post(
                f"{(self.api_base_url or GRAPH).rstrip('/')}/{self.graph_version}/{page}/messages",
                json={"recipient": {"id": outbound.to}, **payload},
                params={"appsecret_proof": proof} if self.app_secret else None,
                headers={"Authorization": f"Bearer {self.page_access_token}"},
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise from_transport(error) from None
        return _read(answer)

    async def typing(self, outbound: Outbound, http: httpx.AsyncClient) -> None:
        """Seen, and an answer on its way: two requests, because an action goes alone."""
        for action in ("mark_seen", "typing_on"):
            try:
                await self._post(outbound, {"sender_action": action}, http)
            except SendError:
                return

    async def find(self, outbound: Outbound, since: datetime, http: httpx.AsyncClient) -> Receipt | None:
        """Not possible; the echo of an accepted message brings our id within seconds instead (see status)."""
        return None


def _file(url: str) -> dict[str, Any]:
    return {"attachment": {"type": "file", "payload": {"url": url, "is_reusable": False}}}


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=timezone.utc)


def _read(answer: httpx.Response) -> dict[str, Any]:
    """The JSON of an answer. Raises SendError for an error in it."""
    try:
        document = answer.json()
    except (ValueError, RecursionError):
        document = None
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict):
        raise _refusal(error, answer)
    if not answer.is_success:
        raise from_answer(str(answer.status_code), answer.status_code, FAILURES, answer.headers)
    if not isinstance(document, dict):
        raise SendError("answer", "unreadable answer", retryable=True, maybe_accepted=True)
    return document


def _refusal(error: Mapping[str, Any], answer: httpx.Response) -> SendError:
    code, subcode = str(error.get("code", answer.status_code))[:20], error.get("error_subcode")
    exact = f"{code}/{str(subcode)[:20]}"
    refusal = from_answer(exact if exact in FAILURES else code, answer.status_code, FAILURES, answer.headers)
    if error.get("is_transient") is True:
        refusal.retryable = True
    return refusal
