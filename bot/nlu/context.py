"""Graph component: reads a message in the light of what was said last.

A number or a button picks an option, and a message that only names a procedure answers "¿De qué trámite?".
The circumstances come as metadata of the message (`expect`, `choice`); in `rasa shell` from the last utterance.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.components import TableLearner
from bot.nlu.payloads import chosen, read

CERTAIN = 1.0


def _expected(message: Message, tracker: Optional[DialogueStateTracker]) -> Mapping[str, Any]:
    given = message.get("metadata") or {}
    if "expect" in given:
        return given["expect"] or {}
    said = tracker.latest_bot_utterance if tracker else None
    metadata = said.metadata if said else {}
    return metadata.get("expect") or {"options": metadata.get("options") or []}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ContextReader(TableLearner):
    """Overrules the classifier where the last question makes the meaning certain."""

    def learn(self, training_data: TrainingData) -> Dict[str, Any]:
        ids: Dict[str, List[str]] = {}
        for table in training_data.lookup_tables:
            entity, _, key = table["name"].partition(":")
            ids.setdefault(entity, []).append(key)
        return {"intents": sorted(training_data.intents), "ids": ids}

    def use(self, learnt: Dict[str, Any]) -> None:
        self._names = learnt

    def process(self, messages: List[Message], tracker: DialogueStateTracker) -> List[Message]:
        for message in messages:
            expect = _expected(message, tracker)
            self._pick(message, expect)
            if not message.get("choice"):
                self._complete(message, tracker)
        return messages

    def _pick(self, message: Message, expect: Mapping[str, Any]) -> None:
        """`choice`: the option picked. A payload becomes the intent, a form's option stays a value."""
        offered = (message.get("metadata") or {}).get("choice")
        value = chosen(message.get(TEXT) or "", offered, expect.get("options") or ())
        value = value or (offered if isinstance(offered, str) else None)
        if value is None:
            return
        payload = read(value, self._names["intents"], self._names["ids"])
        if payload:
            message.set(INTENT, {"name": payload.intent, "confidence": CERTAIN}, add_to_output=True)
            named = [{"entity": payload.entity, "value": payload.id}] if payload.entity else []
            message.set(ENTITIES, named, add_to_output=True)
        known = payload or value in {option["value"] for option in expect.get("options") or ()}
        if known:
            message.set("choice", value, add_to_output=True)

    def _complete(self, message: Message, tracker: Optional[DialogueStateTracker]) -> None:
        """A message that only names something is about the question left open, or asks the last one again of this."""
        if tracker is None or tracker.active_loop_name or not message.get("only_names"):
            return
        open_question = _slot(tracker, "pending_intent") or _last_fact(tracker)
        if open_question in self._names["intents"]:
            message.set(INTENT, {"name": open_question, "confidence": CERTAIN}, add_to_output=True)


def _slot(tracker: DialogueStateTracker, name: str) -> Any:
    return tracker.get_slot(name) if name in tracker.slots else None


def _last_fact(tracker: DialogueStateTracker) -> Optional[str]:
    """The intent of the fact that was told last: "y el de matrimonio?" asks it again."""
    said = _slot(tracker, "last_replies") or []
    refs = [reply.get("ref") or {} for reply in said if isinstance(reply, dict)]
    return next((ref["fact"] for ref in reversed(refs) if ref.get("fact")), None)
