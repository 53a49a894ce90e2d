"""What the program says unasked (`notices.yml` of a pack): in danger, to the staff on call, about appointments.

`comun` has all of them; another pack has its own words for those of its service that should differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.packs.model import Fault, Pack

COMMON = "comun"
_WHEN = frozenset({"cuando", "lugar"})
# notice -> placeholders that it may have besides the common ones
NOTICES: Mapping[str, frozenset[str]] = {
    "alarma_buscamos": frozenset(),
    "alarma_nadie_contesta": frozenset(),
    "alarma_leida": frozenset(),
    "alarma_leida_discreta": frozenset(),
    "alarma_ayuda": frozenset(),
    "alarma_ayuda_si": frozenset(),
    "alarma_ayuda_no": frozenset(),
    "guardia_alarma": frozenset({"servicio", "senal", "enlace"}),
    "guardia_gracias": frozenset({"enlace"}),
    "guardia_paso": frozenset(),
    "guardia_ya_atendida": frozenset({"quien"}),
    "cita_en_tres_dias": _WHEN,
    "cita_manana": _WHEN,
    "cita_confirmada": _WHEN,
    "cita_nueva_fecha": frozenset(),
    "cita_cambiada": _WHEN,
    "cita_cancelada": frozenset(),
    "cita_asistencia": _WHEN,
    "cita_trato": frozenset(),
    "cita_trato_bueno": frozenset(),
    "cita_trato_malo": frozenset(),
    "cita_faltaste": frozenset(),
    "cita_sin_fecha": frozenset(),
}


def notices_file(pack: Pack) -> str:
    """How faults name the file."""
    return "/".join((*pack.path.parts[-3:], "notices.yml"))


def check_notices(packs: Sequence[Pack]) -> Iterator[Fault]:
    """Notices that nobody has words for."""
    for pack in packs:
        if pack.id == COMMON:
            missing = [key for key in NOTICES if key not in pack.notices]
            yield from (Fault(notices_file(pack), key, "falta: lo dice el programa") for key in missing)
