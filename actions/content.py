"""What the actions can say: the packs' answers and forms, and the facts of the jurisdictions, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml

from bot import installed
from bot.packs.compile import form_action, slot_name
from bot.packs.load import load_jurisdiction, load_packs, load_phones
from bot.packs.merge import Catalogue, merge
from bot.packs.model import Entry, Form, Jurisdiction, Pack, Phone, Text

COMMON = "comun"
EMERGENCY = "911"


@dataclass(frozen=True)
class FormOf:
    """A form with what is known about it from outside: its key `<pack>.<form>` and its pack."""

    key: str
    form: Form
    pack: Pack

    @property
    def action(self) -> str:
        """Rasa's name of the form."""
        return form_action(self.key)

    def slot(self, field: str) -> str:
        return slot_name(self.key, field)


@dataclass(frozen=True)
class Content:
    """The installation's catalogue and its jurisdictions by id."""

    catalogue: Catalogue
    jurisdictions: Mapping[str, Jurisdiction]
    phones: tuple[Phone, ...]
    forms: Mapping[str, FormOf]  # Rasa's name of the form -> form
    intent_titles: Mapping[str, str]  # intent -> how it is offered to whom was not understood

    def answer(self, key: str) -> Text:
        """The text `<pack>/<answer>`. Raises KeyError."""
        return self.catalogue.answers[key]

    def system(self, key: str) -> Text | None:
        """A text that the machinery says, from the pack `comun`."""
        return self.catalogue.answers.get(f"{COMMON}/{key}")

    def entries(self, entity: str) -> Mapping[str, Entry]:
        return self.catalogue.entities.get(entity, {})

    def title(self, entity: str, key: str) -> str:
        """How an id of an entity is called before citizens; the id itself where nobody named it."""
        entry = self.entries(entity).get(key)
        return entry.title if entry else key

    def fact(self, jurisdiction: str, key: str, about: str | None) -> Text | None:
        """The fact's text as the jurisdiction's files have it; the backend's store may have a newer one."""
        where = self.jurisdictions.get(jurisdiction)
        facts = where.facts if where else ()
        return next((fact.text for fact in facts if (fact.key, fact.about) == (key, about)), None)

    def places(self, jurisdiction: str) -> dict[str, str]:
        """The placeholders that every text may use."""
        where = self.jurisdictions.get(jurisdiction)
        return {
            "institucion": where.institution.name if where else "",
            "aviso_url": where.institution.notice_url if where else "",
            "telefono_emergencias": EMERGENCY,
        }

    @cached_property
    def topics(self) -> frozenset[str]:
        """Entities that facts are about: they carry over from one message to the next."""
        return frozenset(intent.about for intent in self.catalogue.intents.values() if intent.about)


def read(data: Path, services: list[str] | None) -> Content:
    """Read `data/`. Raises PackError."""
    catalogue = merge(load_packs(data, services))
    folder = data / "jurisdictions"
    ids = (
        sorted(path.name for path in folder.iterdir() if (path / "institution.yml").is_file())
        if folder.is_dir()
        else []
    )
    forms = {}
    for key, form in catalogue.forms.items():
        forms[form_action(key)] = FormOf(key, form, catalogue.packs[key.partition(".")[0]])
    jurisdictions = {id: load_jurisdiction(data, id) for id in ids}
    titles = yaml.safe_load((data / "common" / "intent_titles.yml").read_text(encoding="utf-8"))
    return Content(catalogue, jurisdictions, tuple(load_phones(data)), forms, titles)


@lru_cache(maxsize=1)
def installed_content() -> Content:
    """The content of this installation."""
    return read(installed.data_dir(), installed.services())
