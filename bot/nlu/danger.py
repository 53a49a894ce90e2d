"""Graph component: rules for danger go before the trained classifier, which may add one, never take one away."""

from __future__ import annotations

from typing import Any, Dict, List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import safety
from bot.nlu import DANGER_SHARE, urgency
from bot.nlu.components import Part


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DangerReader(Part):
    """Sets `danger`, and the intent of a rule for danger or leaving where the classifier is not sure of another.

    "se me rompió la fuente y ya estoy a término" stays what it is: labour, for which the rules have no ear.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {"sure": 0.95, "sure_leaving": 0.7, "share": 0.25}

    def process(self, messages: List[Message]) -> List[Message]:
        limits = urgency.Limits(float(self._config["sure"]), float(self._config["sure_leaving"]))
        for message in messages:
            reading = safety.read(message.get(TEXT) or "", describes=_describes(message))
            trained = message.get(INTENT) or {}
            heard = trained.get("name") in urgency.ALWAYS
            certainty = 0.0 if message.get("doubtful") else trained.get("confidence", 0.0)
            if reading and limits.lends(reading, trained.get("name") or "", certainty):
                intent = {"name": reading.intent, "confidence": reading.confidence}
                message.set(INTENT, intent, add_to_output=True)
            danger = heard or self._likely(message) or bool(reading and reading.danger)
            message.set("danger", danger, add_to_output=True)
        return messages

    def _likely(self, message: Message) -> bool:
        """Other classifiers than ours, as in config-diet.yml, say no more than their ranking."""
        ranking = ((each["name"], each["confidence"]) for each in message.get("intent_ranking") or ())
        share = message.get(DANGER_SHARE)
        return bool((urgency.danger(ranking) if share is None else share) >= float(self._config["share"]))


def _describes(message: Message) -> bool:
    """Whether a place or a description was asked for."""
    expected = (message.get("metadata") or {}).get("expect") or {}
    return expected.get("type") in safety.DESCRIBED
