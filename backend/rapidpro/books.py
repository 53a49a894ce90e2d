"""What one flow needs to know of the others while it is converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.flows.model import Unsupported, Words
from backend.rapidpro.loose import language, localised, mapping, slug, text
from backend.rapidpro.notes import Notes
from bot.packs.model import Option


@dataclass(frozen=True)
class Book:
    """The names of an import: which flow a reference means."""

    pack: str
    by_uuid: Mapping[str, str]  # uuid or number in RapidPro -> flow id here
    by_name: Mapping[str, str]  # name in lower case -> flow id here

    def flow(self, reference: object) -> str | None:
        """The id of a flow that is named by uuid, number, name, or a mapping of them; None for one not brought."""
        part = mapping(reference) if isinstance(reference, Mapping) else {"uuid": reference, "name": reference}
        for key in ("uuid", "id", "name"):
            value = text(part.get(key)).strip()
            found = self.by_uuid.get(value) or self.by_name.get(value.lower())
            if value and found:
                return found
        return None

    def wanted(self, reference: object) -> str:
        """An id for a reference to a flow that was not brought."""
        part = mapping(reference) if isinstance(reference, Mapping) else {"name": reference}
        return f"{self.pack}/{slug(text(part.get('name')) or text(part.get('uuid')), 'sin_nombre')}"


@dataclass
class Desk:
    """Where one flow is converted: its names, its language, and the notes."""

    book: Book
    notes: Notes
    flow: str  # its name in RapidPro
    base: str  # base language, three letters
    node: str = ""

    def lost(self, what: str, why: str) -> Unsupported:
        self.notes.lost(self.flow, self.node, what, why)
        return Unsupported(what, why)

    def warn(self, what: str, why: str) -> None:
        self.notes.warn(self.flow, self.node, what, why)

    def other_flow(self, reference: object) -> str:
        found = self.book.flow(reference)
        if found is None:
            wanted = self.book.wanted(reference)
            self.warn("flujo que no vino", f"se nombra {wanted.partition('/')[2]}, que no está en lo importado")
            return wanted
        return found

    def words(self, message: object, media: object = None, replies: list[Any] | None = None) -> Words:
        """A text with its translations, attachments and quick replies."""
        plain, languages = localised(message, self.base)
        options = [localised(reply, self.base)[0] for reply in replies or []]
        return Words(
            text=plain.strip(),
            languages={code: words.strip() for code, words in languages.items() if words.strip()},
            options=tuple(Option(title, title) for title in dict.fromkeys(options) if title.strip()),
            media=self.media(media),
        )

    def media(self, value: object) -> tuple[str, ...]:
        """`image/jpeg:https://…` as its address, for each of the attachments in the base language."""
        found = localised(value, self.base)[0] if isinstance(value, Mapping) else value
        listed = found if isinstance(found, list) else [found]
        return tuple(address_of(text(one)) for one in listed if text(one).strip())

    def language(self) -> str:
        return language(self.base)


def address_of(attachment: str) -> str:
    """The address without its content type."""
    kind, colon, rest = attachment.partition(":")
    return rest if colon and not kind.startswith("http") and not kind.startswith("@") else attachment
