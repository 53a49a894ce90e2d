"""The state of a conversation as the backend keeps it: a few slots, compressed, and nothing else.

It holds what the next turn depends on, not the history: a tracker rebuilt from it has a handful of events
however long the conversation is, so a returning citizen costs no more than a new one.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

FORMAT = 1
LARGEST = 256 * 1024

# Rasa's own, of no use to the next turn
PASSING_SLOTS = frozenset({"session_started_metadata"})


class BadState(ValueError):
    """The state is damaged or of another format; the turn fails rather than forget a form in silence."""


@dataclass(frozen=True)
class State:
    """Slots that differ from their initial value, and the form under way."""

    slots: Mapping[str, Any] = field(default_factory=dict)
    form: str | None = None

    def pack(self) -> str:
        """As base64 of compressed JSON."""
        value = {"v": FORMAT, "slots": dict(self.slots), "form": self.form}
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return base64.b64encode(zlib.compress(text.encode(), 6)).decode("ascii")


def unpack(text: str | None) -> State:
    """The state that `pack` wrote; an empty one for None. Raises BadState."""
    if not text:
        return State()
    try:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(base64.b64decode(text, validate=True), LARGEST)
        value = None if inflate.unconsumed_tail else json.loads(raw)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise BadState("the state cannot be read") from error
    if not isinstance(value, dict) or value.get("v") != FORMAT or not isinstance(value.get("slots"), dict):
        raise BadState("the state is of another format")
    return State(value["slots"], value.get("form"))


def tracker_from(state: State, conversation: str, domain: Domain) -> DialogueStateTracker:
    """A short tracker that stands where the conversation stood, without what the model no longer has."""
    known = {slot.name for slot in domain.slots}
    form = state.form if state.form in domain.form_names else None
    events: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    events += [SlotSet(name, value) for name, value in state.slots.items() if name in known]
    if form:
        events.append(ActiveLoop(form))
    elif state.form:
        events.append(SlotSet("requested_slot", None))
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    return DialogueStateTracker.from_events(conversation, events, domain.slots)


def state_of(tracker: DialogueStateTracker) -> State:
    """What the next turn needs of a tracker."""
    slots = {
        slot.name: slot.value
        for slot in tracker.slots.values()
        if slot.value != slot.initial_value and slot.name not in PASSING_SLOTS
    }
    return State(slots, tracker.active_loop_name)
