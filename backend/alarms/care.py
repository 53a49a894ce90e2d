"""What the person hears after the first answer, by kind of danger. Never that somebody read it when nobody did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

TELL_AFTER = timedelta(minutes=10)  # without anybody having read it
FOLLOW_UP_AFTER: Mapping[str | None, timedelta | None] = {
    None: timedelta(hours=4),
    "danger": timedelta(hours=4),
    "worry": timedelta(hours=24),
    "mistake": None,
}
ASKED_FOR = timedelta(days=3)  # how long «¿Recibiste ayuda?» may be answered


@dataclass(frozen=True)
class Care:
    """Notices of `bot.packs.notices`; None: nothing is said."""

    searching: str | None = "alarma_buscamos"  # when the first telephone rings
    nobody: str | None = "alarma_nadie_contesta"
    read: str = "alarma_leida"
    follow_up: str | None = "alarma_ayuda"


# whoever hurts her may hold the telephone: the less it receives, the better
_BY_KIND: Mapping[str, Care] = {"violence": Care(None, None, "alarma_leida_discreta", None)}


def care_of(kind: str) -> Care:
    return _BY_KIND.get(kind, Care())
