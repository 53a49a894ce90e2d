"""Names of a pack and of a jurisdiction: what points nowhere, what nothing points to, what two things share."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.packs.check_sentences import plain
from bot.packs.model import CHECKS, Fault, Field, Institution, IntentList, Jurisdiction, Option, Pack, Text
from bot.packs.references import dangling
from bot.packs.yaml_file import nearest, service_file

COMMON = "comun"
# answers of `comun` that the machinery says by itself
SYSTEM_ANSWERS = (
    "retomar", "seguimos", "corregido", "cancelado", "no_confirmado", "nada_que_cancelar", "formulario_vencido",
    "repetir_nada", "sin_pregunta", "opcional", "no_entendi_1", "quisiste_decir", "no_entendi_menu",
    "no_entendi_persona", "tras_alarma", "sin_dato", "dato_vencido", "muchos_mensajes", "voz", "foto", "sticker",
    "archivo", "ubicacion", "vacio", "fallo", "te_comunico", "espera_persona", "espera_horario", "persona_devuelve",
    "presentacion", "telefono_compartido", "borrar_pregunta", "borrar_hecho",
)  # fmt: skip
# placeholders that one of them alone may have
ANSWER_BLANKS: Mapping[str, frozenset[str]] = {"espera_horario": frozenset({"horario"})}
DEFAULT_INVALID = "invalido_"  # + check: said where a field has no `invalid` of its own
ASK_ENTITY = "pregunta_"  # + entity, in its own pack: asked when a fact needs to know about which one
COMMON_ASK, COMMON_NAMED = "de_que_", "que_de_"  # + entity, in `comun`: the same, and what is said to a bare name
FREE_CHECKS = ("text",)  # nothing typed is refused
_ID = re.compile(r"[a-z][a-z0-9_]*")
_CHOICE = re.compile(r"ir:(?P<intent>[^:=]+)(?::(?P<entity>[^:=]+)=(?P<value>[^:=]+))?")


def texts_of(pack: Pack) -> Iterator[tuple[str, Text, frozenset[str]]]:
    """Every text of a pack: its key, the text, and the placeholders that only this text may have."""
    for key, text in pack.answers.items():
        yield f"answers.{key}", text, ANSWER_BLANKS.get(key, frozenset())
    for form in pack.forms.values():
        asked = frozenset(field.name for field in form.fields)
        place = f"forms.{form.name}"
        for field in form.fields:
            ask = replace(field.ask, options=field.options) if field.options else field.ask
            yield f"{place}.fields.{field.name}.ask", ask, asked
            for name, retort in field.retorts.items():
                yield f"{place}.fields.{field.name}.{name}", retort, asked
        yield f"{place}.done", form.done, asked | {"folio", "estado"}
        for name, said in (("confirm", form.confirm), ("missing", form.missing), ("gave_up", form.gave_up)):
            if said:
                yield f"{place}.{name}", said, asked | {"folio"}
        for name, said in form.refused.items():
            yield f"{place}.refused.{name}", said, asked
        for name, said, blank in (
            ("not_ours", form.not_ours, "autoridad"),
            ("elsewhere", form.elsewhere, "municipio"),
        ):
            if said:
                yield f"{place}.{name}", said, asked | {blank}


def check_names(packs: Sequence[Pack], names: IntentList) -> list[Fault]:
    """References inside and between packs."""
    known = _Known(packs, names)
    faults = [fault for pack in packs for fault in (*dangling(pack), *_unused(pack, known), *_pack(pack, known))]
    return faults + _shared_names(packs) + _left_out(packs, names)


class _Known:
    """What packs may refer to."""

    def __init__(self, packs: Sequence[Pack], names: IntentList) -> None:
        self.names = names
        self.intents = {intent.id for pack in packs for intent in pack.intents.values()}
        self.facts = {intent.id for pack in packs for intent in pack.intents.values() if intent.fact}
        self.ids: dict[str, set[str]] = defaultdict(set)
        for pack in packs:
            for entity, entries in pack.entities.items():
                self.ids[entity] |= {entry.id for entry in entries}
        self.entities = {*names.gazetteers, *names.rules, *self.ids}
        self.common = next((pack.answers for pack in packs if pack.id == COMMON), None)


def _pack(pack: Pack, known: _Known) -> Iterator[Fault]:
    path = service_file(pack)
    for key in (pack.id, *pack.intents, *pack.answers, *pack.forms):
        if not _ID.fullmatch(key):
            yield Fault(path, key, "los nombres llevan solo minúsculas, números y _ (sin ñ ni acentos)")
    if pack.health and pack.reviewed_by is None:
        yield Fault(path, "reviewed_by", "un servicio de salud dice quién lo revisó; escribe '' mientras nadie firme")
    for entity, entries in pack.entities.items():
        listed = known.names.gazetteers.get(entity, ())
        strange = [entry.id for entry in entries if listed and entry.id not in listed]
        if strange and pack.jurisdiction is None:
            advice = f"no está en data/common/intents.yml: {', '.join(strange)}{nearest(strange[0], listed)}"
            yield Fault(path, entity, advice, "warning")
    for intent in pack.intents.values():
        if intent.about is not None and intent.about not in known.entities:
            advice = f"no hay una entidad '{intent.about}'{nearest(intent.about, known.entities)}"
            yield Fault(path, f"intents.{intent.name}.about", advice)
    asked = {intent.about for intent in pack.intents.values() if intent.about}
    for entity in sorted(asked & set(pack.entities)):
        if f"{ASK_ENTITY}{entity}" not in pack.answers and f"{COMMON_ASK}{entity}" not in (known.common or {}):
            advice = f"falta: se pregunta cuando nadie dijo cuál {entity}"
            yield Fault(path, f"answers.{ASK_ENTITY}{entity}", advice)
    for form in pack.forms.values():
        for field in form.fields:
            for key, advice in _field(field, known):
                yield Fault(path, f"forms.{form.name}.fields.{field.name}{key}", advice)
    for key, text, _ in texts_of(pack):
        for advice in _choices(text.options, known):
            yield Fault(path, f"{key}.options", advice)


def _field(field: Field, known: _Known) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(field.name):
        yield "", "los nombres llevan solo minúsculas, números y _ (sin ñ ni acentos)"
    if field.from_entity is not None and field.from_entity not in known.entities:
        yield ".from_entity", f"no hay una entidad '{field.from_entity}'{nearest(field.from_entity, known.entities)}"
    if field.prefers_options and not (field.from_entity and field.options):
        yield ".prefers_options", "solo va con `from_entity` y opciones"
    for value, intent in field.told.items():
        if intent not in known.facts:
            yield f".told.{value}", f"no hay un dato '{intent}'{nearest(intent, known.facts)}"
        elif field.from_entity and value not in known.ids[field.from_entity]:
            ids = known.ids[field.from_entity]
            yield f".told.{value}", f"no hay {field.from_entity} '{value}'{nearest(value, ids)}"
    default = f"{DEFAULT_INVALID}{field.check}"
    if field.check in FREE_CHECKS or field.invalid or (known.common is not None and default in known.common):
        return
    yield ".invalid", f"falta: qué se dice cuando la respuesta no es {field.check}"


def _choices(options: Sequence[Option], known: _Known) -> Iterator[str]:
    values = [option.value for option in options]
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield f"'{value}' se ofrece dos veces"
    said = [name for option in options for name in (option.title, *option.also)]
    for name in sorted({name for name in said if said.count(name) > 1}):
        yield f"'{name}' se dice de dos maneras: es título o está en `also` más de una vez"
    for value in values:
        if not value.startswith("ir:"):
            continue
        match = _CHOICE.fullmatch(value)
        if match is None:
            yield f"'{value}' debe ser ir:<servicio>.<intención> o ir:<servicio>.<intención>:<entidad>=<id>"
        elif match["intent"] not in known.intents:
            intent = match["intent"]
            yield f"'{value}': ningún servicio tiene la intención {intent}{nearest(intent, known.intents)}"
        elif match["entity"] and match["entity"] not in known.ids:
            yield f"'{value}': '{match['entity']}' no es una entidad{nearest(match['entity'], known.ids)}"
        elif match["entity"] and match["value"] not in known.ids[match["entity"]]:
            ids = known.ids[match["entity"]]
            yield f"'{value}': no hay {match['entity']} '{match['value']}'{nearest(match['value'], ids)}"


def _unused(pack: Pack, known: _Known) -> Iterator[Fault]:
    """Answers and forms that nothing leads to, and in `comun` the ones that the machinery misses."""
    path = service_file(pack)
    said = {intent.say for intent in pack.intents.values()} | {f"{ASK_ENTITY}{entity}" for entity in pack.entities}
    if pack.id == COMMON:
        said |= {*SYSTEM_ANSWERS, *(f"{DEFAULT_INVALID}{check}" for check in CHECKS)}
        said |= {f"{prefix}{entity}" for prefix in (COMMON_ASK, COMMON_NAMED) for entity in known.ids}
        for key in SYSTEM_ANSWERS:
            if key not in pack.answers:
                yield Fault(path, f"answers.{key}", "falta: la dice el programa")
    for key in pack.answers:
        if key not in said:
            yield Fault(path, f"answers.{key}", "ninguna intención la dice; úsala o quítala", "warning")
    for name in pack.forms:
        if name not in {intent.form for intent in pack.intents.values()}:
            yield Fault(path, f"forms.{name}", "ninguna intención lo abre; úsalo o quítalo", "warning")


def _shared_names(packs: Sequence[Pack]) -> list[Fault]:
    """One name for two ids: the bot could not know which is meant."""
    faults = []
    owners: dict[tuple[str, str], str] = {}
    for pack in packs:
        for entity, entries in pack.entities.items():
            for entry in entries:
                for name in (*entry.names, *entry.wordings):
                    first = owners.setdefault((entity, plain(name)), entry.id)
                    if first != entry.id:
                        advice = f"'{name}' también es nombre de {first}; deja uno"
                        faults.append(Fault(service_file(pack), f"{entity}.{entry.id}", advice))
    return faults


def _left_out(packs: Sequence[Pack], names: IntentList) -> list[Fault]:
    """Intents and ids of data/common/intents.yml that the packs of their service do not bring."""
    faults = []
    for service in sorted({pack.service for pack in packs}):
        own = [pack for pack in packs if pack.service == service]
        missing = set(names.services.get(service, ())) - {name for pack in own for name in pack.intents}
        if missing and any(pack.jurisdiction is None for pack in own):
            advice = f"del servicio {service} faltan: {', '.join(sorted(missing))}"
            faults.append(Fault(service_file(own[0]), "intents", advice, "warning"))
    return faults


def check_departments(packs: Sequence[Pack], jurisdiction: Jurisdiction) -> list[Fault]:
    """Owners, hand-overs, offices and competences name departments of the institution."""
    institution, where = jurisdiction.institution, "/".join(jurisdiction.path.parts[-3:])
    faults: list[Fault] = []
    for pack in packs:
        named: dict[str, str] = {"owner": pack.owner}
        named |= {f"intents.{i.name}.hand_over": i.hand_over for i in pack.intents.values() if i.hand_over}
        faults += _departments(service_file(pack), named, institution, ("owner",))
    for office in jurisdiction.offices:
        named = {f"offices.{office.id}.departments.{n}": name for n, name in enumerate(office.departments, 1)}
        faults += _departments(f"{where}/offices.yml", named, institution)
    named = {key: name for key, name in jurisdiction.competences.items() if not name.startswith(("otro:", "other:"))}
    faults += _departments(f"{where}/competences.yml", named, institution)
    types = {entry.id for pack in packs for entry in pack.entities.get("tipo_reporte", ())}
    for key in sorted(set(jurisdiction.competences) - types) if types else ():
        faults.append(Fault(f"{where}/competences.yml", key, f"no es un tipo_reporte{nearest(key, types)}"))
    if missing := types - set(jurisdiction.competences):
        advice = f"nadie atiende: {', '.join(sorted(missing))}"
        faults.append(Fault(f"{where}/competences.yml", "competences", advice, "warning"))
    return faults


def _departments(
    path: str, named: Mapping[str, str], institution: Institution, also: Iterable[str] = ()
) -> Iterator[Fault]:
    for key, name in named.items():
        if name not in institution.departments and name not in also:
            advice = f"no hay un departamento '{name}' en institution.yml{nearest(name, institution.departments)}"
            yield Fault(path, key, advice)
