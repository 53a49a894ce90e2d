"""Reads `data/`: packs, a jurisdiction, telephones and the shared names, all or nothing.

Whatever is wrong ends in one `PackError` that lists every fault; nothing here ever gives an empty bot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.packs.model import Fact, Fault, Institution, IntentList, Jurisdiction, Office, OnCall, Pack, Phone, Text
from bot.packs.on_call import read_on_call
from bot.packs.read import read_pack
from bot.packs.yaml_file import File, PackError, Section, nearest

__all__ = [
    "COMMON",
    "PackError",
    "load_folder",
    "load_intents",
    "load_jurisdiction",
    "load_pack",
    "load_packs",
    "load_phones",
]

COMMON = "comun"
_Read = tuple[Pack, list[Fault]]
_JURISDICTION_FILES = ("institution", "offices", "phones", "competences", "on_call")
_PACK_FILES = ("service.yml", "examples.yml", "tests.yml", "notices.yml", "rasa.yml")


def load_packs(data_dir: Path, services: Sequence[str] | None = None) -> list[Pack]:
    """All packs of `data_dir/services`, or those of the named services (or folders); `comun` always comes along."""
    root = data_dir / "services"
    names = load_intents(data_dir)
    read = [_read_folder(data_dir, folder, names) for folder in _folders(root)]
    if not read:
        raise PackError(
            [Fault(_shown(data_dir, root), "(folder)", "no tiene ningún servicio; `ventanilla pack new ID` crea uno")]
        )
    if services is not None:
        read = _chosen(_shown(data_dir, root), read, services)
    faults = [fault for _, found in read for fault in found]
    if faults:
        raise PackError(faults)
    return [pack for pack, _ in read]


def load_pack(data_dir: Path, pack_id: str) -> Pack:
    """One pack by the name of its folder, whatever state the others are in."""
    folder = data_dir / "services" / pack_id
    known = [path.name for path in _folders(folder.parent)]
    if pack_id not in known:
        advice = f"no hay un servicio con ese nombre{nearest(pack_id, known)}"
        raise PackError([Fault(_shown(data_dir, folder), "(folder)", advice)])
    return load_folder(data_dir, folder)


def load_folder(data_dir: Path, folder: Path) -> Pack:
    """A pack in any folder, read with the shared names of `data_dir`."""
    pack, faults = _read_folder(data_dir, folder, load_intents(data_dir))
    if faults:
        raise PackError(faults)
    return pack


def load_intents(data_dir: Path) -> IntentList:
    """The names of `data/common/intents.yml`."""
    file = _file(data_dir, data_dir / "common" / "intents.yml")
    top = file.read()
    top.only("services", "entities")
    services = {name: _meanings(section) for name, section in top.section("services").sections()}
    if not any(services.values()):
        top.fault("services", "falta o está vacío: ahí se nombran las intenciones de cada servicio")
    entities = top.section("entities")
    gazetteers = {key: entities.texts(key) for key in entities if isinstance(entities.values[key], list)}
    rules = {key: entities.required(key) for key in entities if key not in gazetteers}
    _raise([file])
    return IntentList(services, gazetteers, rules)


def load_phones(data_dir: Path) -> tuple[Phone, ...]:
    """The national numbers of `data/common/phones.yml`."""
    file = _file(data_dir, data_dir / "common" / "phones.yml")
    phones = _phones(file.read())
    _raise([file])
    return phones


def load_jurisdiction(data_dir: Path, jurisdiction_id: str) -> Jurisdiction:
    """A folder of `data/jurisdictions`: institution.yml is needed, the other files where there is something to say."""
    folder = data_dir / "jurisdictions" / jurisdiction_id
    known = [path.name for path in _folders(folder.parent)]
    if jurisdiction_id not in known:
        advice = f"no existe esa jurisdicción{nearest(jurisdiction_id, known)}"
        raise PackError([Fault(_shown(data_dir, folder), "(folder)", advice)])
    facts = [_file(data_dir, path) for path in sorted((folder / "facts").glob("*.yml"))]
    parts = {name: _file(data_dir, folder / f"{name}.yml") for name in _JURISDICTION_FILES}
    parts = {name: file for name, file in parts.items() if name == "institution" or file.path.exists()}
    tops = {name: file.read() for name, file in parts.items()}
    jurisdiction = Jurisdiction(
        id=jurisdiction_id,
        path=folder,
        institution=_institution(tops["institution"]),
        facts=tuple(fact for file in facts for fact in _facts(file.read(), file.path.stem)),
        offices=_offices(tops["offices"]) if "offices" in tops else (),
        phones=_phones(tops["phones"]) if "phones" in tops else (),
        competences=_competences(tops["competences"]) if "competences" in tops else {},
        on_call=read_on_call(tops["on_call"]) if "on_call" in tops else OnCall(),
    )
    _raise([*parts.values(), *facts])
    return jurisdiction


def _read_folder(data_dir: Path, folder: Path, names: IntentList) -> _Read:
    shown = _shown(data_dir, folder)
    pack, files = read_pack(folder, shown, names)
    faults = [fault for file in files for fault in file.faults]
    strange = sorted(path.name for path in folder.glob("*.y*ml") if path.name not in _PACK_FILES)
    faults += [Fault(f"{shown}/{name}", "(file)", f"no se lee{nearest(name, _PACK_FILES)}") for name in strange]
    return pack, faults


def _chosen(shown: str, read: list[_Read], services: Sequence[str]) -> list[_Read]:
    known = {name for pack, _ in read for name in (pack.id, pack.service)}
    unknown = [name for name in services if name not in known]
    faults = [Fault(shown, name, f"ninguna carpeta ni servicio se llama así{nearest(name, known)}") for name in unknown]
    if not services:
        faults.append(Fault(shown, "(services)", "no se eligió ninguno; quita el ajuste para usarlos todos"))
    if faults:
        raise PackError(faults)
    wanted = {*services, COMMON}
    return [(pack, found) for pack, found in read if pack.id in wanted or pack.service in wanted]


def _folders(root: Path) -> list[Path]:
    """The folders in it that are meant as content; hidden ones and caches are not."""
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if path.is_dir() and path.name[0] not in "._")


def _shown(data_dir: Path, path: Path) -> str:
    inside = path.is_relative_to(data_dir)
    return str(Path(data_dir.name) / path.relative_to(data_dir)) if inside else path.name


def _file(data_dir: Path, path: Path) -> File:
    return File(path, _shown(data_dir, path))


def _raise(files: Iterable[File]) -> None:
    faults = [fault for file in files for fault in file.faults]
    if faults:
        raise PackError(faults)


def _meanings(section: Section) -> dict[str, str]:
    return {key: section.required(key) for key in section}


def _phones(top: Section) -> tuple[Phone, ...]:
    top.only("phones")
    phones = []
    for key, section in top.section("phones").sections():
        section.only("number", "name", "source", "verified_on")
        number, name, source = (section.required(part) for part in ("number", "name", "source"))
        phones.append(Phone(key, number, name, source, section.day("verified_on")))
    return tuple(phones)


def _competences(top: Section) -> dict[str, str]:
    top.only("competences")
    return _meanings(top.section("competences"))


def _institution(top: Section) -> Institution:
    top.only("name", "notice_url", "notice_version", "timezone", "colours", "departments", "links", "municipalities")
    return Institution(
        name=top.required("name"),
        notice_url=top.required("notice_url"),
        notice_version=top.required("notice_version"),
        timezone=top.required("timezone"),
        colours=_meanings(top.section("colours")),
        departments=_meanings(top.section("departments")),
        links=top.texts("links"),
        municipalities=top.texts("municipalities"),
    )


def _offices(top: Section) -> tuple[Office, ...]:
    top.only("offices")
    offices = []
    for key, section in top.section("offices").sections():
        section.only("name", "address", "hours", "departments", "phone")
        name, address, hours = (section.required(part) for part in ("name", "address", "hours"))
        offices.append(Office(key, name, address, hours, section.texts("departments"), section.text("phone")))
    return tuple(offices)


def _facts(top: Section, service: str) -> list[Fact]:
    """`<service>.<intent>`: {<id> or _: fact}; in `facts/<service>.yml` every key is of that service."""
    facts = []
    for key, section in top.sections():
        if key.partition(".")[0] != service:
            top.fault(key, f"en este archivo debe ser '{service}.<intención>'")
        facts += [_fact(key, about, part) for about, part in section.sections()]
    return facts


def _fact(key: str, about: str, section: Section) -> Fact:
    section.only("text", "sms", "messenger", "source", "verified_on", "valid_until", "example")
    return Fact(
        key=key,
        about=None if about == "_" else about,
        text=Text(section.required("text"), section.text("sms"), section.text("messenger")),
        source=section.text("source") or "",
        verified_on=section.day("verified_on"),
        valid_until=section.day("valid_until"),
        example=section.flag("example"),
    )
