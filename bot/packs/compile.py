"""Packs as the Rasa data that they become: domain, training sentences, gazetteers and rules, as plain values.

`bot.importer` hands them to Rasa and `ventanilla pack show` prints them. Forms ask, check and answer
through generic actions, so every form compiles to the same two rules.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.packs.merge import Catalogue, merge
from bot.packs.model import Fault, Field, Intent, Pack
from bot.packs.references import dangling
from bot.packs.yaml_file import File, PackError

COMMON = "comun"
FALLBACK = f"{COMMON}.fuera_de_alcance"
ANSWER, FORM_DONE = "action_answer", "action_form_done"
CONFIRM = "confirm"
ENTITIES: Mapping[str, str] = {     # entity -> type of its slot
    "tramite": "text", "tipo_reporte": "text", "servicio": "text", "curp": "text", "folio": "text", "fecha": "any",
    "semanas_embarazo": "any", "telefono": "text", "municipio": "text", "nombre": "text",
}  # fmt: skip
BOOKKEEPING = ("pending_intent", "misunderstandings", "last_replies", "last_folio", "suspended")
_EXTRA_KEYS = ("intents", "entities", "slots", "forms", "actions", "responses", "rules")

Rasa = dict[str, Any]
EntityUses = Mapping[str, tuple[str, ...]]  # entity -> the ids that are preferred, none in particular where empty


@dataclass(frozen=True)
class Compiled:
    """`domain` and `rules` are Rasa YAML as plain values; `nlu` holds the examples per intent."""

    domain: Rasa
    nlu: Mapping[str, tuple[str, ...]]
    lookups: Mapping[str, Mapping[str, tuple[str, ...]]]  # entity -> id -> names
    wordings: Mapping[str, Mapping[str, tuple[str, ...]]]  # entity -> id -> wordings
    uses: Mapping[str, EntityUses]  # intent -> entities with names that it has a use for
    rules: list[Rasa]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all of it, the same for the same packs in any order of loading."""
        every = [self.domain, self.nlu, self.lookups, self.wordings, self.uses, self.rules]
        parts = json.dumps(every, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(parts.encode()).hexdigest()


def form_action(form: str) -> str:
    """Rasa's name of the form `<pack>.<form>`."""
    pack, _, name = form.partition(".")
    return f"form_{pack}_{name}"


def slot_name(form: str, field: str) -> str:
    """The slot that holds the answer to one question of the form `<pack>.<form>`."""
    return f"{form.replace('.', '__')}__{field}"


def confirm_slot(form: str) -> str:
    """The slot of the last yes or no of a form with `confirm`."""
    return slot_name(form, CONFIRM)


def field_slots(catalogue: Catalogue, form: str) -> list[str]:
    """The slots of a form in the order of its questions."""
    wanted = catalogue.forms[form]
    slots = [slot_name(form, field.name) for field in wanted.fields]
    return [*slots, confirm_slot(form)] if wanted.confirm else slots


def compile_packs(packs: Iterable[Pack]) -> Compiled:
    """The Rasa data of all packs; `PackError` when two clash, a reference dangles, or nothing is left to train."""
    packs = sorted(packs, key=lambda pack: pack.id)
    catalogue = merge(packs)
    faults = [fault for pack in packs for fault in dangling(pack)]
    if not catalogue.intents:
        faults.append(Fault("services", "(packs)", "no queda ninguna intención; nunca se entrena un bot vacío"))
    if faults:
        raise PackError(faults)
    domain, rules = _domain(catalogue), _rules(catalogue)
    for pack in packs:
        _add_extra(pack, domain, rules)
    nlu = {key: tuple(example.text for example in intent.examples) for key, intent in sorted(catalogue.intents.items())}
    entities = {entity: dict(sorted(entries.items())) for entity, entries in sorted(catalogue.entities.items())}
    lookups = {entity: {key: entry.names for key, entry in entries.items()} for entity, entries in entities.items()}
    wordings = {entity: {key: entry.wordings for key, entry in entries.items()} for entity, entries in entities.items()}
    uses = {key: _uses(catalogue, intent) for key, intent in sorted(catalogue.intents.items())}
    return Compiled(domain, nlu, lookups, wordings, uses, rules)


def _uses(catalogue: Catalogue, intent: Intent) -> EntityUses:
    """What its fact is about and its form asks; else whatever its service names. `comun` has a use for everything."""
    if intent.service == COMMON:
        return dict.fromkeys(sorted(catalogue.entities), ())
    form = catalogue.forms.get(f"{catalogue.pack_of[intent.id]}.{intent.form}")
    asked = {field.from_entity: _preferred(field) for field in form.fields if field.from_entity} if form else {}
    said = {intent.about: (), **asked} if intent.about else asked
    declared = {key: ids for key, ids in said.items() if key in catalogue.entities}
    packs = [pack for pack in catalogue.packs.values() if pack.service == intent.service]
    named: EntityUses = declared or {entity: () for pack in packs for entity in pack.entities}
    return dict(sorted(named.items()))


def _preferred(field: Field) -> tuple[str, ...]:
    return tuple(option.value for option in field.options) if field.prefers_options else ()


def as_rasa(compiled: Compiled) -> Rasa:
    """Everything as one Rasa document, for people to read."""
    nlu: list[Rasa] = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in examples)}
        for intent, examples in compiled.nlu.items()
    ]
    for entity, entries in compiled.lookups.items():
        nlu += [
            {"synonym": f"{entity}.{key}", "examples": "".join(f"- {name}\n" for name in names)}
            for key, names in entries.items()
        ]
    for entity, entries in compiled.wordings.items():
        nlu += [
            {"regex": f"{entity}.{key}", "examples": "".join(f"- {wording}\n" for wording in wordings)}
            for key, wordings in entries.items()
            if wordings
        ]
    return {"version": "3.1", **compiled.domain, "nlu": nlu, "rules": compiled.rules}


def _domain(catalogue: Catalogue) -> Rasa:
    intents = sorted({*catalogue.intents, FALLBACK})
    entities = {**ENTITIES, **{entity: "text" for entity in catalogue.entities if entity not in ENTITIES}}
    slots = {entity: _slot(kind, {"type": "from_entity", "entity": entity}) for entity, kind in entities.items()}
    slots |= {name: _slot("any", {"type": "custom"}) for name in BOOKKEEPING}
    forms: Rasa = {}
    actions = [ANSWER, FORM_DONE]
    for form in sorted(catalogue.forms):
        action, names = form_action(form), field_slots(catalogue, form)
        forms[action] = {"required_slots": names}
        slots |= {name: _slot("any", _asked(action, name)) for name in names}
        actions += [f"validate_{action}", *(f"action_ask_{name}" for name in names)]
    return {
        "intents": [{intent: {"use_entities": []}} for intent in intents],
        "entities": list(entities),
        "slots": slots,
        "forms": forms,
        "actions": actions,
        "responses": {},
        "session_config": {"session_expiration_time": 0, "carry_over_slots_to_new_session": True},
    }


def _slot(kind: str, mapping: Rasa) -> Rasa:
    return {"type": kind, "influence_conversation": False, "mappings": [mapping]}


def _asked(form: str, slot: str) -> Rasa:
    return {"type": "from_text", "conditions": [{"active_loop": form, "requested_slot": slot}]}


def _rules(catalogue: Catalogue) -> list[Rasa]:
    rules = [_intent_rule(catalogue, catalogue.intents[key]) for key in sorted(catalogue.intents)]
    if FALLBACK not in catalogue.intents:
        rules.append(_answered(FALLBACK))
    return rules + [_done_rule(form_action(form)) for form in sorted(catalogue.forms)]


def _intent_rule(catalogue: Catalogue, intent: Intent) -> Rasa:
    if intent.form is None:
        return _answered(intent.id)
    form = form_action(f"{catalogue.pack_of[intent.id]}.{intent.form}")
    steps = [{"intent": intent.id}, {"action": form}, {"active_loop": form}]
    return {"rule": f"{intent.id} abre {form}", "steps": steps}


def _answered(intent: str) -> Rasa:
    return {"rule": f"{intent} se responde", "steps": [{"intent": intent}, {"action": ANSWER}]}


def _done_rule(form: str) -> Rasa:
    steps: list[Rasa] = [
        {"action": form},
        {"active_loop": None},
        {"slot_was_set": [{"requested_slot": None}]},
        {"action": FORM_DONE},
    ]
    return {"rule": f"{form} termina", "condition": [{"active_loop": form}], "steps": steps}


def _add_extra(pack: Pack, domain: Rasa, rules: list[Rasa]) -> None:
    """Adds the pack's own `rasa.yml`; it may bring new names, never take over one of the compiled ones."""
    if pack.rasa is None:
        return
    file = File(pack.rasa, f"services/{pack.id}/rasa.yml")
    top = file.read()
    top.only("version", *_EXTRA_KEYS)
    known: Rasa = {**domain, "rules": rules}
    for key in _EXTRA_KEYS:
        if key not in top:
            continue
        if not isinstance(top.values[key], type(known[key])):
            top.fault(key, "tiene otra forma que en un dominio de Rasa")
            continue
        taken = _names(known[key])
        clashes = sorted(_names(top.values[key]) & taken)
        for name in clashes:
            top.fault(f"{key}.{name}", "ya sale de los servicios; elige otro nombre")
        if isinstance(known[key], dict):
            known[key].update(top.values[key])
        else:
            known[key].extend(top.values[key])
    if file.faults:
        raise PackError(file.faults)


def _names(part: object) -> set[str]:
    """What a list or mapping of a domain names; a rule is named by its `rule`."""
    if isinstance(part, dict):
        return set(part)
    items = part if isinstance(part, list) else []
    return {str(item.get("rule", next(iter(item), ""))) if isinstance(item, dict) else str(item) for item in items}
