"""Bring texts from packs and jurisdictions into the store. What somebody edited is never overwritten."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.content.models import ContentItem
from bot.packs.merge import Catalogue
from bot.packs.model import Fact, Jurisdiction, Option, Text


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
            for part in ("done", "confirm", "missing", "gave_up", "not_ours", "elsewhere")
            if (said := getattr(form, part))
        }
        texts |= {f"{place}.refused.{field}": said for field, said in form.refused.items()}
        for asked in form.fields:
            texts[f"{place}.{asked.name}.ask"] = asked.ask
            texts |= {f"{place}.{asked.name}.{name}": said for name, said in asked.retorts.items()}
    return texts
