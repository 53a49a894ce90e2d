"""Words from the store: seeded from files, edited by people, rendered for a channel. A missing fact is admitted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

import bot.safety.texts
from backend.clock import now
from backend.content.models import ContentItem, ContentMiss
from bot.packs.merge import Catalogue
from bot.packs.model import Fact, Jurisdiction, Option, Text

MISSING = "comun/sin_dato"
EXPIRED = "comun/dato_vencido"


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
    """Renders references. Placeholders of the institution are the same in every text."""

    everywhere: Mapping[str, str] = field(default_factory=dict)
    public_numbers: frozenset[str] = frozenset()  # telephones of data/, digits only
    titles: Mapping[str, str] = field(default_factory=dict)  # entity id -> name shown to citizens

    async def render(
        self,
        session: AsyncSession,
        ref: Mapping[str, Any] | None,
        text: str,
        options: Sequence[Mapping[str, str]],
        channel: str,
        jurisdiction: str,
        params: Mapping[str, Any],
    ) -> Rendered:
        """The words of a reply: from the store where it refers to it, otherwise its own."""
        if not ref:
            return Rendered(text, tuple(options))
        if "danger" in ref:
            return Rendered(bot.safety.texts.say(ref["danger"], further=bool(ref.get("further"))))
        values = self._values(ref, params)
        if "fact" in ref:
            return await self._fact(session, ref, channel, jurisdiction, values)
        body = await self._body(session, "answer", ref["say"], "", jurisdiction)
        if body is None and not text:
            raise UnknownText(str(ref["say"]))
        if body is None:
            return Rendered(text, tuple(options))
        return _rendered(body, channel, values, options)

    def _values(self, ref: Mapping[str, Any], params: Mapping[str, Any]) -> Mapping[str, Any]:
        about = ref.get("about")
        named = {str(ref.get("about_entity", "tramite")): self.titles.get(str(about), str(about))} if about else {}
        return _Open({**self.everywhere, **named, **(ref.get("params") or {}), **params})

    async def _fact(
        self, session: AsyncSession, ref: Mapping[str, Any], channel: str, jurisdiction: str, values: Mapping[str, Any]
    ) -> Rendered:
        about = str(ref.get("about") or "")
        item = await self._item(session, "fact", ref["fact"], about, jurisdiction)
        if item is None:
            await _count_miss(session, ref["fact"], about, jurisdiction, "missing")
            return await self._say(session, MISSING, channel, jurisdiction, values)
        fact = _rendered(item.body, channel, values, ())
        if item.valid_until is None or item.valid_until >= now().date():
            return fact
        await _count_miss(session, ref["fact"], about, jurisdiction, "expired")
        softening = await self._say(session, EXPIRED, channel, jurisdiction, values)
        return Rendered(f"{softening.text} {fact.text}", fact.options)

    async def _say(
        self, session: AsyncSession, key: str, channel: str, jurisdiction: str, values: Mapping[str, Any]
    ) -> Rendered:
        body = await self._body(session, "answer", key, "", jurisdiction)
        if body is None:
            raise UnknownText(key)
        return _rendered(body, channel, values, ())

    async def _body(
        self, session: AsyncSession, kind: str, key: str, about: str, jurisdiction: str
    ) -> Mapping[str, Any] | None:
        item = await self._item(session, kind, key, about, jurisdiction)
        return None if item is None else item.body

    async def _item(
        self, session: AsyncSession, kind: str, key: str, about: str, jurisdiction: str
    ) -> ContentItem | None:
        """The jurisdiction's own text, or the one for everywhere."""
        return await session.scalar(
            select(ContentItem)
            .where(
                ContentItem.kind == kind,
                ContentItem.key == key,
                ContentItem.about == about,
                ContentItem.jurisdiction.in_((jurisdiction, "")),
            )
            .order_by(ContentItem.jurisdiction.desc())
            .limit(1)
        )


def _rendered(
    body: Mapping[str, Any], channel: str, values: Mapping[str, Any], options: Sequence[Mapping[str, str]]
) -> Rendered:
    own = body.get({"twilio_sms": "sms", "messenger": "messenger"}.get(channel, ""))
    words = str(own if own is not None else body["text"]).format_map(values)
    return Rendered(words, tuple(body.get("options") or ()) or tuple(options))


async def _count_miss(session: AsyncSession, key: str, about: str, jurisdiction: str, reason: str) -> None:
    day: date = now().date()
    row = insert(ContentMiss).values(key=key, about=about, jurisdiction=jurisdiction, day=day, times=1, reason=reason)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["key", "about", "jurisdiction", "day"], set_={"times": ContentMiss.times + 1}
        )
    )


@dataclass(frozen=True)
class Seeded:
    """What a seeding did: new texts, texts renewed from files, proposals where somebody had edited."""

    new: int
    renewed: int
    proposed: int


async def seed(session: AsyncSession, catalogue: Catalogue, jurisdiction: Jurisdiction) -> Seeded:
    """Bring files into the store. The store wins: a text that was edited gets the newer file as a proposal."""
    known = {
        (item.kind, item.key, item.about, item.jurisdiction): item
        for item in await session.scalars(select(ContentItem))
    }
    new = renewed = proposed = 0
    for values in (*_answers(catalogue), *_facts(jurisdiction)):
        place = (values["kind"], values["key"], values["about"], values["jurisdiction"])
        item = known.get(place)
        if item is None:
            session.add(ContentItem(**values))
            new += 1
        elif item.seeded_digest != values["seeded_digest"]:
            renewed += item.edited_at is None
            proposed += item.edited_at is not None
            _renew(item, values)
    return Seeded(new, renewed, proposed)


def _renew(item: ContentItem, values: Mapping[str, Any]) -> None:
    item.seeded_digest = values["seeded_digest"]
    if item.edited_at is not None:
        item.proposal = values["body"]
        return
    for name in ("body", "source", "verified_on", "valid_until", "example"):
        setattr(item, name, values.get(name))


def _answers(catalogue: Catalogue) -> Iterable[dict[str, Any]]:
    for key, text in texts_of(catalogue).items():
        yield _values("answer", key, "", "", text, example=False)


def _facts(jurisdiction: Jurisdiction) -> Iterable[dict[str, Any]]:
    for fact in jurisdiction.facts:
        yield _fact_values(jurisdiction.id, fact)


def _fact_values(jurisdiction: str, fact: Fact) -> dict[str, Any]:
    values = _values("fact", fact.key, fact.about or "", jurisdiction, fact.text, example=fact.example)
    dated = {"source": fact.source, "verified_on": fact.verified_on, "valid_until": fact.valid_until}
    return {**values, **dated, "seeded_digest": _digest([values["body"], dated])}


def _values(kind: str, key: str, about: str, jurisdiction: str, text: Text, example: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"text": text.text}
    body |= {name: own for name, own in (("sms", text.sms), ("messenger", text.messenger)) if own is not None}
    if text.options:
        body["options"] = [_option(option) for option in text.options]
    return {
        "kind": kind,
        "key": key,
        "about": about,
        "jurisdiction": jurisdiction,
        "body": body,
        "seeded_digest": _digest(body),
        "example": example,
    }


def _option(option: Option) -> dict[str, str]:
    return {"title": option.title, "value": option.value}


def _digest(body: Any) -> str:
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def texts_of(catalogue: Catalogue) -> dict[str, Text]:
    """Every text of the packs under the key by which replies refer to it."""
    texts = dict(catalogue.answers)
    for name, form in catalogue.forms.items():
        place = name.replace(".", "/", 1)
        texts |= {
            f"{place}.{part}": said
            for part, said in (("done", form.done), ("confirm", form.confirm), ("missing", form.missing))
            if said
        }
        texts |= {f"{place}.refused.{field}": said for field, said in form.refused.items()}
        for asked in form.fields:
            texts[f"{place}.{asked.name}.ask"] = asked.ask
            if asked.invalid:
                texts[f"{place}.{asked.name}.invalid"] = asked.invalid
    return texts
