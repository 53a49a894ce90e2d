"""Facts of a jurisdiction: where they were read, until when they hold, and which ones the packs still miss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from bot.packs.model import Fact, Fault, Jurisdiction, Pack, Phone
from bot.packs.yaml_file import nearest

PENDING = "pending"
Level = Literal["error", "warning"]


def facts_file(jurisdiction: Jurisdiction, key: str) -> str:
    """How faults name the file of a fact."""
    return "/".join((*jurisdiction.path.parts[-3:], "facts", f"{key.partition('.')[0]}.yml"))


def check_facts(packs: Sequence[Pack], jurisdiction: Jurisdiction, today: date) -> Iterator[Fault]:
    """Facts without source or date, facts that nothing asks for, and answers that would have none."""
    wanted = {intent.id: intent.about for pack in packs for intent in pack.intents.values() if intent.fact}
    ids: dict[str, list[str]] = defaultdict(list)
    for pack in packs:
        for entity, entries in pack.entities.items():
            ids[entity] += [entry.id for entry in entries]
    services = {pack.service for pack in packs}
    for fact in jurisdiction.facts:
        path, key = facts_file(jurisdiction, fact.key), f"{fact.key}.{fact.about or '_'}"
        yield from (Fault(path, key, advice, level) for advice, level in _source(fact, today))
        if fact.key.partition(".")[0] not in services:
            continue
        if fact.key not in wanted:
            yield Fault(path, fact.key, f"ninguna intención contesta con este dato{nearest(fact.key, wanted)}")
        elif fact.about is not None and fact.about not in ids[wanted[fact.key] or ""]:
            known = ids[wanted[fact.key] or ""]
            yield Fault(path, key, f"no hay {wanted[fact.key] or 'entidad'} '{fact.about}'{nearest(fact.about, known)}")
    yield from _missing(wanted, ids, jurisdiction)


def _source(fact: Fact, today: date) -> Iterator[tuple[str, Level]]:
    if not fact.source:
        yield "no tiene fuente; di qué se leyó, o escribe source: pending", "error"
    elif fact.source != PENDING and fact.verified_on is None:
        yield "tiene fuente pero no verified_on; escribe el día en que se leyó", "error"
    if fact.verified_on and fact.verified_on > today:
        yield f"se verificó en el futuro ({fact.verified_on})", "error"
    if fact.valid_until and fact.valid_until < today:
        yield f"valía hasta {fact.valid_until}; verifícalo otra vez", "warning"


def _missing(wanted: dict[str, str | None], ids: dict[str, list[str]], jurisdiction: Jurisdiction) -> Iterator[Fault]:
    there = {(fact.key, fact.about) for fact in jurisdiction.facts}
    for key, about in sorted(wanted.items()):
        needed: list[str | None] = [*ids[about]] if about in ids else [None]
        missing = [item or "_" for item in needed if (key, item) not in there]
        if missing:
            advice = f"faltan {len(missing)} de {len(needed)} datos: {', '.join(missing)}"
            yield Fault(facts_file(jurisdiction, key), key, advice, "warning")


def check_phones(path: str, phones: Sequence[Phone]) -> Iterator[Fault]:
    """Every telephone names where it was read, and when."""
    for phone in phones:
        if phone.source != PENDING and phone.verified_on is None:
            yield Fault(path, f"phones.{phone.id}", "tiene fuente pero no verified_on; escribe el día en que se leyó")
