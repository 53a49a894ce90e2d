"""Turns: a citizen's message and the state before it in, replies and the state after it out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.engine.processor import TurnFailed, TurnProcessor
from bot.engine.state import State, state_of, tracker_from, unpack
from bot.engine.wishes import told_apart
from bot.text import wishes

logger = logging.getLogger(__name__)

Json = Mapping[str, Any]


class BadTurn(ValueError):
    """A turn that cannot be read; the message says which field."""


@dataclass(frozen=True)
class Turn:
    """What the backend asks. `version` is only echoed."""

    turn_id: str
    conversation: str
    channel: str
    text: str
    choice: str | None = None
    location: Json | None = None
    expect: Json | None = None
    state: str | None = None
    version: int | None = None
    context: Json | None = None

    @classmethod
    def read(cls, value: object) -> Turn:
        """A turn from JSON. Raises BadTurn."""
        if not isinstance(value, Mapping):
            raise BadTurn("a turn must be an object")
        for key in ("turn_id", "conversation", "channel"):
            if not isinstance(value.get(key), str) or not value[key]:
                raise BadTurn(f"{key}: must be a text")
        for key, kinds in _OPTIONAL.items():
            if value.get(key) is not None and not isinstance(value[key], kinds):
                raise BadTurn(f"{key}: is of the wrong type")
        known = {key: value.get(key) for key in ("turn_id", "conversation", "channel", *_OPTIONAL)}
        return cls(**{**known, "text": value.get("text") or ""})  # type: ignore[arg-type]  # checked above


_OPTIONAL: dict[str, type] = {
    "text": str, "choice": str, "location": Mapping, "expect": Mapping, "state": str, "version": int,
    "context": Mapping,
}  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """A turn that could be read, and its message as Rasa takes it."""

    turn: Turn
    message: UserMessage


def _asked(value: object) -> _Asked | BadTurn:
    try:
        turn = Turn.read(value)
    except BadTurn as error:
        return error
    message = UserMessage(
        turn.text, sender_id=turn.conversation, input_channel=turn.channel, message_id=turn.turn_id,
        metadata=_metadata(turn),
    )  # fmt: skip
    return _Asked(turn, message)


class Turns:
    """Answers turns with a loaded model; keeps nothing between them."""

    def __init__(
        self, processor: TurnProcessor, model: str, notice: Callable[[Turn], dict[str, Any]],
        passing: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """`notice` is the reply that a form has lapsed; the slots in `passing` are of this turn only."""
        self._processor = processor
        self._model = model
        self._passing = passing
        self._notice = notice

    @property
    def domain(self) -> Domain:
        return self._processor.domain

    async def run(self, turns: Sequence[object]) -> list[dict[str, Any]]:
        """All turns at once, in the order given; one that fails does not fail its neighbours."""
        asked = [_asked(value) for value in turns]
        ready = iter(self._ahead([each.message for each in asked if isinstance(each, _Asked)]))
        read = [next(ready) if isinstance(each, _Asked) else None for each in asked]
        return list(await asyncio.gather(*map(self._one, turns, asked, read)))

    def _ahead(self, messages: list[UserMessage]) -> Sequence[Message | None]:
        try:
            return self._processor.ahead(messages)
        except Exception as error:
            # one text that cannot be read: each is read by itself, and only that one fails
            logger.warning("%d turns are read one by one: %s", len(messages), type(error).__name__)
            return [None] * len(messages)

    async def _one(self, value: object, asked: _Asked | BadTurn, read: Message | None) -> dict[str, Any]:
        echo = {key: value.get(key) if isinstance(value, Mapping) else None for key in ("turn_id", "version")}
        try:
            if isinstance(asked, BadTurn):
                raise asked
            return {**echo, "ok": True, **await self._answer(asked.turn, asked.message, read)}
        except Exception as error:
            # no traceback: its frames hold the citizen's words
            logger.warning("turn %s failed: %s", echo["turn_id"], type(error).__name__)
            return {**echo, "ok": False, "error": _reason(error)}

    async def _answer(self, turn: Turn, message: UserMessage, read: Message | None) -> dict[str, Any]:
        state = unpack(turn.state)
        lapsed = bool(state.form and (turn.context or {}).get("form_expired"))
        if lapsed:
            state = expired(state)
        tracker = tracker_from(state, turn.conversation, self.domain)
        parsed = self._processor.parse([message], tracker, read)[0]
        message.parse_data = parsed = self._told_apart(turn, parsed, tracker)
        before = len(tracker.events)
        await self._processor.turn(tracker, message)
        said = [event for event in list(tracker.events)[before:] if isinstance(event, BotUttered) and event.text]
        if not said:
            raise TurnFailed("nothing was answered")
        result = self._result(turn, tracker, parsed, said)
        return self._with_notice(turn, result) if lapsed else result

    def _told_apart(self, turn: Turn, parsed: Json, tracker: DialogueStateTracker) -> Any:
        """What was read, with the wishes of a message that has several; a button or a place has one."""
        parts = wishes(turn.text) if turn.choice is None and turn.location is None else ()
        if not parts:
            return parsed
        alone = {"context": turn.context, "expect": None}  # a part answers no question
        read = self._processor.parse([UserMessage(part, metadata=alone) for part in parts], tracker)
        return told_apart(parsed, read, tracker.active_loop_name is not None)

    def _with_notice(self, turn: Turn, result: dict[str, Any]) -> dict[str, Any]:
        """Tell that the form lapsed; what only its question made sense of needs no further answer."""
        notice = self._notice(turn)
        lost = result["evidence"]["decision"] in ("out_of_scope", "misunderstood", "no_question")
        if lost:
            return {**result, "replies": [notice], "expect": None}
        return {**result, "replies": [notice, *result["replies"]]}

    def _result(
        self, turn: Turn, tracker: DialogueStateTracker, parsed: Json, said: Sequence[BotUttered]
    ) -> dict[str, Any]:
        replies = [_reply(event) for event in said]
        kept = state_of(tracker)
        slots = {name: value for name, value in kept.slots.items() if name not in self._passing}
        if not any(event.metadata.get("decision") == "repeat" for event in said):
            slots["last_replies"] = [_remembered(event) for event in said]
        return {
            "replies": replies,
            "expect": _expect(said),
            "floor": next((event.metadata["floor"] for event in said if event.metadata.get("floor")), None),
            "effects": [effect for event in said for effect in event.metadata.get("effects") or ()],
            "evidence": self._evidence(turn, parsed, said),
            "state": replace(kept, slots=slots).pack(),
        }

    def _evidence(self, turn: Turn, parsed: Json, said: Sequence[BotUttered]) -> dict[str, Any]:
        intent = parsed["intent"]
        return {
            **understanding(parsed),
            "confidence": round(float(intent.get("confidence") or 0.0), 4),
            "ranking": [[i["name"], round(i["confidence"], 4)] for i in parsed.get("intent_ranking", ())],
            "danger": bool(parsed.get("danger")),
            "decision": said[0].metadata.get("decision", "answer"),
            "model": self._model,
        }


def expired(state: State) -> State:
    """The state without the form that was under way."""
    if not state.form:
        return state
    prefix = state.form.removeprefix("form_")
    slots = {
        name: value for name, value in state.slots.items() if not _of_form(name, prefix) and name != "requested_slot"
    }
    return State({**slots}, None)


def _of_form(slot: str, form: str) -> bool:
    return slot.count("__") >= 2 and "_".join(slot.split("__")[:2]) == form


def understanding(parsed: Json) -> dict[str, Any]:
    """Intent, its service, and the entities by name."""
    name = parsed["intent"].get("name") or ""
    entities = {entity["entity"]: entity["value"] for entity in reversed(parsed["entities"])}
    return {"intent": name, "service": name.partition(".")[0], "entities": entities}


def _metadata(turn: Turn) -> dict[str, Any]:
    return {
        "turn_id": turn.turn_id,
        "conversation": turn.conversation,
        "channel": turn.channel,
        "choice": turn.choice,
        "location": turn.location,
        "expect": turn.expect,
        "context": dict(turn.context or {}),
    }


def _reply(event: BotUttered) -> dict[str, Any]:
    metadata = event.metadata
    return {
        "text": event.text,
        "ref": metadata.get("ref"),
        "options": metadata.get("options") or [],
        "document": metadata.get("document"),
    }


def _remembered(event: BotUttered) -> dict[str, Any]:
    kept = {**_reply(event), "expect": event.metadata.get("expect")}
    return {key: value for key, value in kept.items() if value}


def _expect(said: Sequence[BotUttered]) -> dict[str, Any] | None:
    """The last question asked; options without a question of a form are a question too."""
    for event in reversed(said):
        if event.metadata.get("expect"):
            return dict(event.metadata["expect"])
        if event.metadata.get("options"):
            asked = (event.metadata.get("ref") or {}).get("say")
            return {
                "type": "options",
                "options": event.metadata["options"],
                "form": None,
                "field": None,
                "asked": asked,
            }
    return None


def _reason(error: Exception) -> str:
    """Why a turn failed, without the citizen's words: only our own errors speak."""
    own = isinstance(error, (BadTurn, TurnFailed)) or type(error).__module__.startswith(("bot.", "actions."))
    return f"{type(error).__name__}: {error}" if own else type(error).__name__
