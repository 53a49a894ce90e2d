"""All packs of an installation as one catalogue, looked up by the names that replies and records carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.packs.model import Entry, Fault, Form, Intent, Pack, Text
from bot.packs.yaml_file import PackError, service_file


@dataclass(frozen=True)
class Catalogue:
    """What the packs say together. An intent's `say` and `form` are keys of the pack in `pack_of`."""

    packs: Mapping[str, Pack]  # pack id
    intents: Mapping[str, Intent]  # <service>.<intent>, with the examples of all packs
    pack_of: Mapping[str, str]  # <service>.<intent> -> pack id
    entities: Mapping[str, Mapping[str, Entry]]  # entity -> id
    forms: Mapping[str, Form]  # <pack>.<form>
    answers: Mapping[str, Text]  # <pack>/<answer>, the notices among them

    def owner(self, intent: str) -> str:
        """The department that sees conversations about this intent."""
        return self.packs[self.pack_of[intent]].owner


def merge(packs: Iterable[Pack]) -> Catalogue:
    """One catalogue. The same key in two packs is a fault, but intents with the same fact join their examples."""
    by_id: dict[str, Pack] = {}
    intents: dict[str, Intent] = {}
    pack_of: dict[str, str] = {}
    entities: dict[str, dict[str, Entry]] = {}
    owner_of: dict[tuple[str, str], str] = {}
    faults: list[Fault] = []
    for pack in packs:
        path = service_file(pack)
        by_id[pack.id] = pack
        for intent in pack.intents.values():
            other = intents.get(intent.id)
            if other is None:
                intents[intent.id], pack_of[intent.id] = intent, pack.id
            elif intent.fact and other.fact and intent.about == other.about:
                intents[intent.id] = replace(other, examples=other.examples + intent.examples)
            else:
                advice = (
                    f"también la contesta {pack_of[intent.id]}; solo se comparten datos (answer: fact) sobre lo mismo"
                )
                faults.append(Fault(path, f"intents.{intent.name}", advice))
        for entity, entries in pack.entities.items():
            for entry in entries:
                if (entity, entry.id) in owner_of:
                    advice = f"también está en {owner_of[entity, entry.id]}; deja uno"
                    faults.append(Fault(path, f"{entity}.{entry.id}", advice))
                owner_of[entity, entry.id] = pack.id
                entities.setdefault(entity, {})[entry.id] = entry
    if faults:
        raise PackError(faults)
    forms = {f"{pack.id}.{name}": form for pack in by_id.values() for name, form in pack.forms.items()}
    said = {pack.id: {**pack.answers, **pack.notices} for pack in by_id.values()}
    answers = {f"{name}/{key}": text for name, texts in said.items() for key, text in texts.items()}
    return Catalogue(by_id, intents, pack_of, entities, forms, answers)
