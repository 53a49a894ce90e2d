"""Protocols as they are written: `services/<pack>/experiments/<id>.yml`, checked before anybody is assigned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from backend.campaigns.programme import Programme, load_programmes
from backend.contacts.fields import Field, load_fields
from backend.experiments.protocol import (
    BLOCKS,
    KEEP,
    KINDS,
    MISSING,
    UNITS,
    Clinic,
    Criterion,
    Factor,
    Outcome,
    Protocol,
)
from bot.packs.yaml_file import File, PackError, Section, nearest

KEYS = (
    "experiment", "title", "question", "unit", "campaigns", "include_enrolled", "arms", "strata", "blocks", "eligible",
    "clinic_field", "clinics", "baseline", "seed", "starts_on", "ends_on", "alpha", "outcomes", "ethics_approval",
    "reviewed_by", "example",
)  # fmt: skip
OUTCOME_KEYS = (
    "title", "kind", "primary", "positive", "missing", "keep", "days", "answer", "flow", "result",
)  # fmt: skip
ATTENDED = ("kept",)
FIELDS_OF_CLINICS = "clinica"


def load_protocols(data_dir: Path) -> tuple[Protocol, ...]:
    """Every protocol of the installation. Raises PackError with all the faults, those of fields and campaigns too."""
    fields = {field.key: field for field in load_fields(data_dir)}
    programmes = {programme.key: programme for programme in load_programmes(data_dir)}
    protocols: list[Protocol] = []
    faults = []
    for path in sorted(data_dir.glob("services/*/experiments/*.yml")):
        file = File(path, path.relative_to(data_dir).as_posix())
        top = file.read()
        made = _protocol(top)
        _check(top, made, fields, programmes)
        if made.key != path.stem:
            top.fault("experiment", f"debe llamarse como su archivo: {path.stem}")
        if made.key in {one.key for one in protocols}:
            top.fault("experiment", f"'{made.key}' ya existe en otro servicio; elige otro nombre")
        protocols.append(made)
        faults += file.faults
    if faults:
        raise PackError(faults)
    return tuple(protocols)


def _protocol(top: Section) -> Protocol:
    top.only(*KEYS)
    unit = top.one_of("unit", UNITS) or "person"
    return Protocol(
        key=top.required("experiment"),
        title=top.required("title"),
        question=top.required("question"),
        unit="clinic" if unit == "clinic" else "person",
        arms=tuple((arm, _whole(top.section("arms"), arm, 1)) for arm in top.section("arms")),
        seed=_whole(top, "seed", 0),
        starts_on=_day(top, "starts_on"),
        ends_on=_day(top, "ends_on"),
        campaigns=top.texts("campaigns"),
        outcomes=tuple(_outcome(name, one) for name, one in top.section("outcomes").sections()),
        factors=tuple(_factors(top)),
        baseline=top.texts("baseline"),
        eligible=tuple(_criterion(name, top) for name in top.section("eligible")),
        clinics=tuple(_clinics(top)),
        clinic_field=(top.text("clinic_field") or FIELDS_OF_CLINICS) if unit == "clinic" else "",
        blocks=tuple(int(one) for one in top.texts("blocks") if one.isdecimal()) or BLOCKS,
        include_enrolled=top.flag("include_enrolled"),
        alpha=_number(top, "alpha", 0.05),
        ethics_approval=str(top.values.get("ethics_approval") or ""),
        reviewed_by=str(top.values.get("reviewed_by") or ""),
        example=top.flag("example"),
    )


def _outcome(name: str, section: Section) -> Outcome:
    section.only(*OUTCOME_KEYS)
    kind = next((one for one in KINDS if one == section.one_of("kind", KINDS)), None)
    if kind is None and "kind" not in section:
        section.fault("kind", f"falta; una de: {', '.join(KINDS)}")
    positive = section.texts("positive") or (ATTENDED if kind == "attendance" else ())
    missing = next((one for one in MISSING if one == section.one_of("missing", MISSING)), None)
    if positive and missing is None:
        section.fault("missing", "di qué es quien no contesta: failure (cuenta como que no) o exclude (no se cuenta)")
    if not positive and missing == "failure":
        section.fault("missing", "un promedio no tiene «no»: escribe exclude, o `positive` con los valores que cuentan")
    if kind == "survey" and not (section.text("flow") and section.text("result")):
        section.fault("flow", "una encuesta necesita flow y result: qué flujo y qué respuesta")
    return Outcome(
        name=name,
        title=section.text("title") or name,
        kind=kind or "answer",
        primary=section.flag("primary"),
        positive=positive,
        missing=missing or "exclude",
        keep="last" if section.one_of("keep", KEEP) == "last" else "first",
        days=_whole(section, "days", 1) if "days" in section else None,
        answer=(section.text("answer") or name) if kind == "answer" else "",
        flow=section.text("flow") or "",
        result=section.text("result") or "",
    )


def _factors(top: Section) -> Iterator[Factor]:
    for place, item in top.items("strata"):
        if isinstance(item, str):
            yield Factor(item)
        elif isinstance(item, dict):
            section = Section(top.file, place, item)
            section.only("field", "cuts")
            yield Factor(section.required("field"), tuple(sorted(_numbers(section, "cuts"))))
        else:
            top.file.note(place, "escribe un campo, o {field: edad, cuts: [20, 35]}")


def _criterion(name: str, top: Section) -> Criterion:
    if not isinstance(top.section("eligible").values[name], dict):
        return Criterion(name, top.section("eligible").texts(name))
    section = top.section("eligible").section(name)
    section.only("from", "to")
    low, high = (_number(section, key, 0) if key in section else None for key in ("from", "to"))
    return Criterion(name, (), low, high)


def _clinics(top: Section) -> Iterator[Clinic]:
    for name, traits in top.section("clinics").sections():
        yield Clinic(name, tuple((trait, traits.text(trait) or "") for trait in traits))


def _check(top: Section, made: Protocol, fields: Mapping[str, Field], programmes: Mapping[str, Programme]) -> None:
    if len(made.arms) < 2:
        top.fault("arms", "escribe dos brazos o más con su peso: {control: 1, mensajes: 1}; el primero es el control")
    if sum(one.primary for one in made.outcomes) != 1:
        top.fault("outcomes", "marca exactamente un resultado con `primary: true`; los demás son exploratorios")
    if made.ends_on < made.starts_on:
        top.fault("ends_on", "termina antes de empezar")
    if not 0 < made.alpha < 0.5:
        top.fault("alpha", "debe estar entre 0 y 0.5; lo usual es 0.05")
    if min(made.blocks) < 1:
        top.fault("blocks", "números enteros de 1 en adelante")
    _check_fields(top, made, fields)
    _check_clinics(top, made)
    _check_campaigns(top, made, programmes)


def _check_fields(top: Section, made: Protocol, fields: Mapping[str, Field]) -> None:
    for name in made.fields:
        if name not in fields:
            top.fault(name, f"ese campo de la persona no existe{nearest(name, fields)}")
    for factor in made.factors if made.unit == "person" else ():
        kind = fields[factor.field].kind if factor.field in fields else "choice"
        if kind == "date" or (kind == "number") != bool(factor.cuts):
            top.fault(
                "strata", f"'{factor.field}': usa opciones o texto, o un número con cortes ({{field: …, cuts: [20]}})"
            )
    for one in made.eligible:
        if not one.values and one.low is None and one.high is None:
            top.fault("eligible", f"'{one.field}': una lista de valores, o {{from: 18, to: 40}}")


def _check_clinics(top: Section, made: Protocol) -> None:
    if made.unit == "person":
        return
    if len(made.clinics) < 2 * len(made.arms):
        top.fault("clinics", "hacen falta al menos dos clínicas por brazo; escríbelas antes de empezar")
    for clinic in made.clinics:
        lacking = [factor.field for factor in made.factors if factor.field not in dict(clinic.traits)]
        if lacking:
            top.fault("clinics", f"'{clinic.name}': falta {', '.join(lacking)}")


def _check_campaigns(top: Section, made: Protocol, programmes: Mapping[str, Programme]) -> None:
    if not made.campaigns:
        top.fault("campaigns", "escribe al menos una campaña: salud_materna.embarazo")
    arms = {arm for arm, _ in made.arms}
    for key in made.campaigns:
        if key not in programmes:
            top.fault("campaigns", f"'{key}' no existe{nearest(key, programmes)}")
            continue
        strange = {arm for event in programmes[key].events for arm, _ in event.arms} - arms
        if strange:
            top.fault("arms", f"los mensajes de {key} tienen brazos que aquí no están: {', '.join(sorted(strange))}")


def _day(top: Section, key: str) -> date:
    if key not in top:
        top.fault(key, "falta; escríbela así: 2026-01-31")
    return top.day(key) or date.min


def _whole(section: Section, key: str, least: int) -> int:
    written = section.required(key)
    if written and not (written.isdecimal() and int(written) >= least):
        section.fault(key, f"'{written}' debe ser un número entero, {least} o más")
        return least
    return int(written or least)


def _number(section: Section, key: str, default: float) -> float:
    return next(iter(_floats(section, key, [section.text(key)] if key in section else [])), default)


def _numbers(section: Section, key: str) -> list[float]:
    return _floats(section, key, section.texts(key))


def _floats(section: Section, key: str, written: Iterable[str | None]) -> list[float]:
    found = []
    for one in written:
        try:
            found.append(float(one or ""))
        except ValueError:
            section.fault(key, f"'{one}' no es un número")
    return found
