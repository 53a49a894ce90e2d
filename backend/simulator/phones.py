"""A phone in the hand of a test, a script or the page: send, tap, wait and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend.simulator import payloads
from backend.simulator.messages import Attachment, Option, Person, PhoneMessage
from backend.simulator.provider import KEYWORD_ANSWERS

if TYPE_CHECKING:
    from backend.simulator.core import Simulator

# a square that exists in every town plan, not the place of anybody
EXAMPLE_PLACE = (25.6714, -100.3095)
MEDIA = {
    "photo": ("image", "foto.png", "image/png"),
    "voice": ("audio", "voz.wav", "audio/wav"),
    "file": ("file", "documento.pdf", "application/pdf"),
}


class NothingToTap(LookupError):
    """No message on this phone offers that option any more."""


@dataclass(frozen=True)
class Phone:
    """One simulated phone. Sending returns when the desk has answered the webhook, or when
    the message is held for reordering.

    >>> await phone.send("cuanto cuesta el acta")
    >>> (answer,) = await phone.wait_for(1)
    """

    simulator: Simulator
    id: str

    @property
    def person(self) -> Person:
        return self.simulator.provider.people[self.id]

    @property
    def messages(self) -> tuple[PhoneMessage, ...]:
        """Both directions, in order, whether they arrived or not."""
        return self.simulator.provider.of_phone(self.id)

    @property
    def received(self) -> tuple[PhoneMessage, ...]:
        """What arrived from the desk, in order."""
        return tuple(m for m in self.messages if m.direction == "to_phone" and m.arrived)

    @property
    def options(self) -> tuple[Option, ...]:
        """What can be tapped now: buttons of any message, quick replies only under the last one."""
        messages = self.messages
        buttons = [o for m in messages if m.arrived for o in m.options if o.kind == "postback"]
        quick = [o for m in messages[-1:] if m.direction == "to_phone" for o in m.options if o.kind == "quick_reply"]
        return (*quick, *reversed(buttons))

    async def send(self, text: str) -> PhoneMessage:
        """Write `text`. A whole-message STOP, START or HELP by SMS is answered by the provider itself."""
        provider = self.simulator.provider
        message = self._add(text)
        keyword = provider.keyword(text) if message.channel == "twilio_sms" else None
        if keyword is None:
            return await self._post(message)
        provider.obey(self.id, keyword)
        sent = await self._post(message, opt_out_type=keyword)
        self._add(KEYWORD_ANSWERS[keyword], direction="to_phone", status="delivered")
        return sent

    async def send_batch(self, texts: Sequence[str], per_entry: int = 0) -> list[PhoneMessage]:
        """Write several texts that reach the desk in one Messenger request, `per_entry` in each entry."""
        messages = [self._add(text) for text in texts]
        await self.simulator.webhooks.from_people(messages, per_entry)
        return messages

    async def tap(self, value: str) -> PhoneMessage:
        """Tap the option with this value or title; an SMS handset just writes it. Raises NothingToTap."""
        if self.person.channel == "twilio_sms":
            return await self.send(value)
        option = next((o for o in self.options if value in (o.value, o.title)), None)
        if option is None:
            raise NothingToTap(f"Ningún mensaje ofrece «{value}».")
        return await self._post(self._add(option.title, choice=option.value, choice_kind=option.kind))

    async def send_location(self, latitude: float, longitude: float) -> PhoneMessage:
        """Share a place, in degrees: a pin on Messenger, the link that a handset writes by SMS."""
        if self.person.channel == "twilio_sms":
            return await self.send(f"https://maps.google.com/?q={latitude},{longitude}")
        return await self._post(self._add("", location=(latitude, longitude)))

    async def send_photo(self) -> PhoneMessage:
        return await self._send_media("photo")

    async def send_voice(self) -> PhoneMessage:
        return await self._send_media("voice")

    async def send_file(self) -> PhoneMessage:
        return await self._send_media("file")

    async def read(self) -> int:
        """Open the chat: what arrived counts as read, and Messenger tells the desk so. Returns how many."""
        provider = self.simulator.provider
        waiting = provider.receipts(self.id) if self.person.channel == "messenger" else []
        if waiting:
            event = payloads.read_event(self.id, self.simulator.settings.page_id, provider.clock())
            for message_id in waiting:
                provider.move(message_id, "read")
            await self.simulator.webhooks.messenger([event])
        return len(waiting)

    async def wait_for(self, count: int, timeout: float = 5.0) -> tuple[PhoneMessage, ...]:
        """Wait until `count` messages have arrived since the phone was new; returns all that arrived.

        Raises TimeoutError, which names what did arrive, after `timeout` seconds."""
        if not await self.simulator.wait_until(lambda: len(self.received) >= count, timeout):
            texts = [message.text for message in self.received]
            raise TimeoutError(f"{len(texts)} de {count} mensajes en {timeout} s: {texts}")
        return self.received

    def _add(self, text: str, **values: Any) -> PhoneMessage:
        provider, person = self.simulator.provider, self.person
        sms = person.channel == "twilio_sms"
        prefix = "MM" if values.get("attachments") else "SM"
        return provider.add(
            provider.sid(prefix if sms else "m_"),
            person.id,
            person.channel,
            **{
                "direction": "from_phone",
                "status": "sent",
                "text": text,
                "line": self.simulator.settings.line if sms else self.simulator.settings.page_id,
                **values,
            },
        )

    async def _send_media(self, name: str) -> PhoneMessage:
        kind, file, content_type = MEDIA[name]
        url = f"{self.simulator.settings.target_base_url.rstrip('/')}/simulator/static/media/{file}"
        return await self._post(self._add("", attachments=(Attachment(kind, url, content_type),)))

    async def _post(self, message: PhoneMessage, opt_out_type: str | None = None) -> PhoneMessage:
        await self.simulator.webhooks.from_person(message, opt_out_type)
        return self.simulator.provider.messages.get(message.sid, message)
