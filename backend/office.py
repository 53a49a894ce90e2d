"""The parts that intake, turns and deliveries share, made once per process from settings and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.content.service import Content
from backend.crypto import Vault, vault
from backend.settings import Settings
from bot.packs.load import COMMON, load_jurisdiction, load_packs, load_phones
from bot.packs.merge import Catalogue, merge
from bot.packs.model import Jurisdiction


@dataclass(frozen=True)
class FrontDesk:
    """Keys, texts and the jurisdiction. Frozen: a change of files needs a new process."""

    settings: Settings
    vault: Vault
    content: Content
    catalogue: Catalogue = field(repr=False)  # thousands of sentences, which no log or debugger wants
    government: Jurisdiction

    @property
    def jurisdiction(self) -> str:
        return self.government.id

    @property
    def timezone(self) -> str:
        return self.government.institution.timezone or self.settings.timezone

    @property
    def reception(self) -> str:
        """The department that greets everybody: conversations that are no other's yet are its own."""
        return self.catalogue.packs[COMMON].owner

    def owner_of(self, pack: str | None) -> str | None:
        """The department of a pack; None for what all services share."""
        known = self.catalogue.packs.get(pack or "")
        return known.owner if known and known.id != COMMON else None

    def department_of(self, intent: str) -> str | None:
        """Whose matter an intent is; None for what all services share."""
        return self.owner_of(self.catalogue.pack_of.get(intent))

    @property
    def folio_prefix(self) -> str:
        return self.government.id[:2].upper()


def open_desk(settings: Settings) -> FrontDesk:
    """Read packs and jurisdiction; raises PackError where they are wrong, so nothing starts on a broken folder."""
    catalogue = merge(load_packs(settings.content_dir, settings.service_ids))
    government = load_jurisdiction(settings.content_dir, settings.jurisdiction)
    return FrontDesk(
        settings=settings,
        vault=vault(settings),
        content=Content(_everywhere(settings, government), _public_numbers(settings, government), _titles(catalogue)),
        catalogue=catalogue,
        government=government,
    )


def _everywhere(settings: Settings, government: Jurisdiction) -> Mapping[str, str]:
    emergency = next((phone.number for phone in load_phones(settings.content_dir) if phone.id == "emergencias"), "911")
    return {
        "institucion": government.institution.name,
        "aviso_url": government.institution.notice_url,
        "telefono_emergencias": emergency,
    }


def _public_numbers(settings: Settings, government: Jurisdiction) -> frozenset[str]:
    phones = (*load_phones(settings.content_dir), *government.phones)
    return frozenset("".join(letter for letter in phone.number if letter.isdigit()) for phone in phones)


def _titles(catalogue: Catalogue) -> Mapping[str, str]:
    return {id_: entry.title for entries in catalogue.entities.values() for id_, entry in entries.items()}
