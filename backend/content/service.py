"""Words from the store, rendered for a channel. A missing fact is admitted, never invented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Text, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

import bot.safety.texts
from backend.clock import now
from backend.content.models import ContentItem, ContentMiss
from backend.db import recordset

MISSING = "comun/sin_dato"
EXPIRED = "comun/dato_vencido"
OWN_WORDS: Mapping[str, str] = {"twilio_sms": "sms", "messenger": "messenger"}

Ref = Mapping[str, Any]  # {"say": key} | {"fact": key, "about": id} | {"danger": key}
Place = tuple[str, str, str]  # kind, key, about


_asked = recordset(kind=Text, key=Text, about=Text)
TEXTS = (
    select(ContentItem.kind, ContentItem.key, ContentItem.about, ContentItem.body, ContentItem.valid_until)
    .join(
        _asked,
        (ContentItem.kind == _asked.c.kind) & (ContentItem.key == _asked.c.key) & (ContentItem.about == _asked.c.about),
    )
    .where(ContentItem.jurisdiction.in_((bindparam("jurisdiction"), "")))
    .order_by(ContentItem.jurisdiction)  # the jurisdiction's own text comes last and stays
)


@dataclass(frozen=True)
class Rendered:
    """Words for one channel and the options that go with them."""

    text: str
    options: tuple[Mapping[str, str], ...] = ()


class UnknownText(Exception):
    """A reply refers to a text that neither the store nor the reply itself has."""


class _Open(dict[str, Any]):
    """Placeholders without a value stay visible, so that a fault in a text never loses the answer."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@dataclass(frozen=True)
class Content:
    """What every text may name. Placeholders of the institution are the same everywhere."""

    everywhere: Mapping[str, str] = field(default_factory=dict)
    public_numbers: frozenset[str] = frozenset()  # telephones of data/, digits only
    titles: Mapping[str, str] = field(default_factory=dict)  # entity id -> name shown to citizens

    async def shelf(self, session: AsyncSession, refs: Iterable[Ref | None], jurisdiction: str) -> Shelf:
        """The texts that a batch of replies refers to, read in one statement."""
        places = {place for ref in refs if ref and (place := _place(ref))}
        if not places:
            return Shelf(self, {}, jurisdiction)
        if any(kind == "fact" for kind, _, _ in places):
            places |= {("answer", MISSING, ""), ("answer", EXPIRED, "")}
        wanted = [{"kind": kind, "key": key, "about": about} for kind, key, about in sorted(places)]
        rows = await session.execute(TEXTS, {"given": wanted, "jurisdiction": jurisdiction})
        return Shelf(self, {(kind, key, about): (body, until) for kind, key, about, body, until in rows}, jurisdiction)

    def values(self, ref: Ref, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the placeholders of a text stand for."""
        about = ref.get("about")
        named = {str(ref.get("about_entity", "tramite")): self.titles.get(str(about), str(about))} if about else {}
        return _Open({**self.everywhere, **named, **(ref.get("params") or {}), **params})


@dataclass(frozen=True)
class Shelf:
    """Texts at hand, and a count of the facts that were asked for and are not there or too old."""

    content: Content
    texts: Mapping[Place, tuple[Mapping[str, Any], date | None]]
    jurisdiction: str
    misses: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # key, about, reason

    def render(
        self,
        ref: Ref | None,
        text: str,
        options: Sequence[Mapping[str, str]],
        channel: str,
        params: Mapping[str, Any],
    ) -> Rendered:
        """The words of a reply: the store's where it refers to them, otherwise its own."""
        if not ref:
            return Rendered(text, tuple(options))
        if "danger" in ref:
            return Rendered(bot.safety.texts.say(ref["danger"], further=bool(ref.get("further"))))
        values = self.content.values(ref, params)
        if "fact" in ref:
            return self._fact(ref, channel, values)
        known = self.texts.get(("answer", ref["say"], ""))
        if known:
            return _rendered(known[0], channel, values, options)
        if not text:
            raise UnknownText(str(ref["say"]))
        return Rendered(text, tuple(options))

    def _fact(self, ref: Ref, channel: str, values: Mapping[str, Any]) -> Rendered:
        key, about = str(ref["fact"]), str(ref.get("about") or "")
        known = self.texts.get(("fact", key, about))
        if known is None:
            self.misses[key, about, "missing"] += 1
            return self._say(MISSING, channel, values)
        body, valid_until = known
        fact = _rendered(body, channel, values, ())
        if valid_until is None or valid_until >= now().date():
            return fact
        self.misses[key, about, "expired"] += 1
        return Rendered(f"{self._say(EXPIRED, channel, values).text} {fact.text}", fact.options)

    def _say(self, key: str, channel: str, values: Mapping[str, Any]) -> Rendered:
        known = self.texts.get(("answer", key, ""))
        if known is None:
            raise UnknownText(key)
        return _rendered(known[0], channel, values, ())

    async def count_misses(self, session: AsyncSession) -> None:
        """Add to the desk's list of what to write next."""
        for (key, about, reason), times in sorted(self.misses.items()):
            row = insert(ContentMiss).values(
                key=key, about=about, jurisdiction=self.jurisdiction, day=now().date(), times=times, reason=reason
            )
            await session.execute(
                row.on_conflict_do_update(
                    index_elements=["key", "about", "jurisdiction", "day"], set_={"times": ContentMiss.times + times}
                )
            )


def _place(ref: Ref) -> Place | None:
    if "fact" in ref:
        return "fact", str(ref["fact"]), str(ref.get("about") or "")
    return ("answer", str(ref["say"]), "") if "say" in ref else None


def _rendered(
    body: Mapping[str, Any], channel: str, values: Mapping[str, Any], options: Sequence[Mapping[str, str]]
) -> Rendered:
    own = body.get(OWN_WORDS.get(channel, ""))
    words = str(own if own is not None else body["text"]).format_map(values)
    return Rendered(words, tuple(body.get("options") or ()) or tuple(options))
