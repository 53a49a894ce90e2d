"""What may go wrong on demand: a frozen description, checked when it comes from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

LARGEST = 100_000


class BadFault(ValueError):
    """A fault that does not exist or a value that it cannot take; the message is for people."""


@dataclass(frozen=True)
class Faults:
    """Everything is off by default. `*_every: n` means the n-th, 2n-th, 3n-th … API call or callback; 0 is never."""

    latency: float = 0.0  # seconds before an API call is answered
    too_many_every: int = 0  # refused with 429 (Twilio 20429) or 613 (Graph)
    server_error_every: int = 0  # refused with 500, nothing kept
    timeout_every: int = 0  # accepted and delivered, but the caller never hears of it
    opted_out: frozenset[str] = frozenset()  # phones that answer 21610, on top of those that sent STOP
    opt_out_in_callback: bool = False  # 21610 comes as a callback after a 201, as with a Messaging Service
    unreachable: frozenset[str] = frozenset()  # phones that end in undelivered, 30003
    repeat_webhooks: int = 0  # further copies of each webhook
    reorder: int = 0  # messages of people are held and posted shuffled, in groups of this size;
    # callbacks of one message come last one first
    drop_callbacks_every: int = 0  # lost status callbacks; 1 loses all
    forge_signatures: bool = False  # webhooks signed with a wrong secret

    def to_json(self) -> dict[str, Any]:
        return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(self).items()}

    def with_changes(self, changes: Mapping[str, Any]) -> Faults:
        """A copy with `changes` in it. Raises BadFault."""
        known = {field.name: getattr(Faults(), field.name) for field in fields(Faults)}
        unknown = sorted(set(changes) - set(known))
        if unknown:
            raise BadFault(f"No existe la falla «{unknown[0]}». Las que hay: {', '.join(known)}.")
        return replace(self, **{name: _read(name, value, known[name]) for name, value in changes.items()})


def _read(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        return _checked(name, value, isinstance(value, bool), "verdadero o falso")
    if isinstance(default, frozenset):
        texts = isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(item, str) for item in value)
        return frozenset(_checked(name, value, texts, "una lista de teléfonos"))
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= LARGEST
    if isinstance(default, float):
        return float(_checked(name, value, number, "segundos, desde 0"))
    return int(_checked(name, value, number and value == int(value), "un entero, desde 0"))


def _checked(name: str, value: Any, fits: bool, wanted: str) -> Any:
    if not fits:
        raise BadFault(f"{name}: se esperaba {wanted}.")
    return value
