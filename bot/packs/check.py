"""Judges packs and jurisdictions before anybody is answered with them: `path: key: what to do`.

Errors stop training and tests; warnings are work to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from bot.packs.check_facts import check_facts, check_phones, facts_file
from bot.packs.check_names import check_departments, check_names, texts_of
from bot.packs.check_sentences import check_sentences
from bot.packs.check_texts import Allowed, check_text, digits
from bot.packs.load import PackError, load_folder, load_intents, load_jurisdiction, load_packs, load_phones
from bot.packs.merge import merge
from bot.packs.model import Fault, IntentList, Jurisdiction, Pack, Phone, Text
from bot.packs.notices import NOTICES, check_notices, notices_file
from bot.packs.on_call import check_on_call
from bot.packs.yaml_file import File, nearest, service_file


def check_data(data_dir: Path, today: date, alone: Path | None = None) -> list[Fault]:
    """Everything under `data_dir`; with `alone`, that pack's folder among the others, and its own faults only."""
    try:
        names, phones = load_intents(data_dir), load_phones(data_dir)
        jurisdictions = [load_jurisdiction(data_dir, name) for name in _jurisdictions(data_dir)]
        packs = load_packs(data_dir) if alone is None else _with(data_dir, alone)
    except PackError as error:
        return list(error.faults)
    faults = check_packs(packs, names, jurisdictions, phones, today)
    if alone is None:
        return faults + _danger_texts(data_dir, phones)
    own = "/".join(alone.resolve().parts[-3:])
    return [fault for fault in faults if fault.path.startswith(f"{own}/")]


def check_packs(
    packs: Sequence[Pack],
    names: IntentList,
    jurisdictions: Sequence[Jurisdiction],
    phones: Sequence[Phone],
    today: date,
) -> list[Fault]:
    """The faults of loaded packs, errors first."""
    faults: list[Fault] = []
    try:
        merge(packs)
    except PackError as error:
        faults += error.faults
    faults += check_names(packs, names)
    faults += check_sentences(packs, names)
    faults += check_notices(packs)
    faults += check_phones("data/common/phones.yml", phones)
    known = [jurisdiction.id for jurisdiction in jurisdictions]
    for pack in packs:
        if pack.jurisdiction is not None and pack.jurisdiction not in known:
            advice = f"no hay una jurisdicción '{pack.jurisdiction}'{nearest(pack.jurisdiction, known)}"
            faults.append(Fault(service_file(pack), "jurisdiction", advice))
    for jurisdiction in jurisdictions:
        faults += _check_jurisdiction(packs, jurisdiction, phones, today)
    once = dict.fromkeys(faults)
    return sorted(once, key=lambda fault: fault.level)


def _check_jurisdiction(
    packs: Sequence[Pack], jurisdiction: Jurisdiction, phones: Sequence[Phone], today: date
) -> Iterator[Fault]:
    """A pack's texts are judged with the lists of the jurisdiction that will say them."""
    own = [pack for pack in packs if pack.jurisdiction in (None, jurisdiction.id)]
    allowed = allowed_in(jurisdiction, phones)
    where = "/".join(jurisdiction.path.parts[-3:])
    yield from check_departments(own, jurisdiction)
    yield from check_facts(own, jurisdiction, today)
    yield from check_phones(f"{where}/phones.yml", jurisdiction.phones)
    yield from check_on_call(own, jurisdiction)
    for pack in own:
        for key, text, placeholders in texts_of(pack):
            yield from check_text(service_file(pack), key, text, placeholders, allowed)
        for key, text in pack.notices.items():
            yield from check_text(notices_file(pack), key, text, NOTICES[key], allowed)
    for fact in jurisdiction.facts:
        key = f"{fact.key}.{fact.about or '_'}"
        yield from check_text(facts_file(jurisdiction, fact.key), key, fact.text, (), allowed)
    for office in jurisdiction.offices:
        phone = f"Tel. {office.phone}" if office.phone else ""
        said = ". ".join((office.name, office.address, office.hours, phone))
        yield from check_text(f"{where}/offices.yml", f"offices.{office.id}", Text(said), (), allowed)


def allowed_in(jurisdiction: Jurisdiction, phones: Sequence[Phone]) -> Allowed:
    """The links and telephones that texts of a jurisdiction may name."""
    numbers = frozenset(digits(phone.number) for phone in (*phones, *jurisdiction.phones))
    return Allowed((*jurisdiction.institution.links, jurisdiction.institution.notice_url), numbers)


def _danger_texts(data_dir: Path, phones: Sequence[Phone]) -> list[Fault]:
    """The stored texts of the safety room are the last place for a wrong telephone."""
    path = data_dir / "common" / "danger.yml"
    if not path.exists():
        return []
    file = File(path, f"{data_dir.name}/common/danger.yml")
    allowed = Allowed((), frozenset(digits(phone.number) for phone in phones))
    faults = [
        fault
        for key, words in _strings(file.read().values, ())
        if key[-1] in ("text", "further")
        for fault in check_text(file.shown, ".".join(key), Text(words), (), allowed)
    ]
    return [*file.faults, *faults]


def _strings(value: object, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str) and keys:
        yield keys, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _strings(part, (*keys, str(key)))
    elif isinstance(value, list):
        for number, part in enumerate(value, 1):
            yield from _strings(part, (*keys, str(number)))


def _jurisdictions(data_dir: Path) -> list[str]:
    root = data_dir / "jurisdictions"
    return sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def _with(data_dir: Path, folder: Path) -> list[Pack]:
    """The packs of `data_dir` with the one in `folder`, which may lie elsewhere."""
    own = load_folder(data_dir, folder)
    return [*(pack for pack in load_packs(data_dir) if pack.id != own.id), own]
