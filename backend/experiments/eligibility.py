"""Who may take part, in which stratum and clinic: pure functions over what is known of a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from backend.contacts.fields import Value
from backend.experiments.protocol import Clinic, Criterion, Factor, Protocol
from bot.text.folding import fold

WHOLE = "todas"  # the stratum of a trial that has none
UNKNOWN = "sin dato"

Known = Mapping[str, Value]


def takes_part(protocol: Protocol, known: Known) -> bool:
    """A field that says nothing keeps a person out."""
    return all(_meets(one, known.get(one.field)) for one in protocol.eligible)


def _meets(criterion: Criterion, value: Value | None) -> bool:
    if value is None:
        return False
    if criterion.values:
        return fold(str(value)) in {fold(one) for one in criterion.values}
    found = _number(value)
    low, high = criterion.low, criterion.high
    return found is not None and (low is None or found >= low) and (high is None or found <= high)


def stratum_of(protocol: Protocol, known: Known) -> str:
    """«etapa=embarazo, edad=20 a 34»: words folded, so that writing alike is being alike."""
    parts = [f"{factor.field}={_level(factor, known.get(factor.field))}" for factor in protocol.factors]
    return ", ".join(parts) or WHOLE


def clinic_stratum(protocol: Protocol, clinic: Clinic) -> str:
    return stratum_of(protocol, dict(clinic.traits))


def clinic_of(protocol: Protocol, known: Known) -> str | None:
    """The clinic of the trial that a person goes to, by its name in the protocol."""
    said = known.get(protocol.clinic_field)
    if not isinstance(said, str):
        return None
    return next((one.name for one in protocol.clinics if fold(one.name) == fold(said)), None)


def _level(factor: Factor, value: Value | None) -> str:
    if value is None:
        return UNKNOWN
    if not factor.cuts:
        return fold(str(value)) or UNKNOWN
    found = _number(value)
    return UNKNOWN if found is None else _band(factor.cuts, found)


def _band(cuts: tuple[float, ...], value: float) -> str:
    """A cut belongs to the band above it."""
    below = [cut for cut in cuts if cut <= value]
    above = [cut for cut in cuts if cut > value]
    if not below:
        return f"menos de {above[0]:g}"
    return f"{below[-1]:g} o más" if not above else f"{below[-1]:g} a menos de {above[0]:g}"


def _number(value: Value) -> float | None:
    if isinstance(value, date):
        return None
    try:
        return float(value)
    except ValueError:
        return None
