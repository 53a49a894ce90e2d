"""Shortcuts through Rasa 3.6.21 that change no outcome; that version is frozen, so what they replace stays as it is."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

import rasa.core.actions.forms
import rasa.core.policies.rule_policy
import rasa.core.processor
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot


class _NoDeepCopies:
    """Stands for `copy` where Rasa deep-copies only to fill lines of a debug log that nobody reads."""

    copy = staticmethod(copy.copy)

    @staticmethod
    def deepcopy(value: Any) -> Any:
        return value


def _copy_slot(slot: Slot) -> Slot:
    twin = slot.__class__.__new__(slot.__class__)
    twin.__dict__.update(slot.__dict__)
    return twin


def install() -> None:
    """Take the shortcuts, once per process."""
    if "__copy__" in Slot.__dict__:
        return
    # every tracker copies every slot, five trackers a turn; `copy.copy` goes the long way through pickling
    Slot.__copy__ = _copy_slot  # type: ignore[attr-defined]  # Rasa is patched on purpose
    # looks through all subclasses of Event for each event of each action
    cached = staticmethod(lru_cache(maxsize=256)(Event.resolve_by_type))
    Event.resolve_by_type = cached  # type: ignore[method-assign]  # Rasa is patched on purpose
    for module in (rasa.core.processor, rasa.core.policies.rule_policy, rasa.core.actions.forms):
        module.copy = _NoDeepCopies  # type: ignore[attr-defined]  # Rasa is patched on purpose
