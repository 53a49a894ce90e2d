"""Graph component: what is below the threshold is `comun.fuera_de_alcance`, never nothing."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, Dict, List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu import NORMALISED, OUT_OF_SCOPE
from bot.nlu.components import Part
from bot.nlu.doubt import Limits


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ScopeThreshold(Part):
    """Replaces a doubtful or wordless message's intent; the ranking keeps what the classifier thought.

    An intent that stands and is no better than a guess is marked `unsure`.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return asdict(Limits())

    def process(self, messages: List[Message]) -> List[Message]:
        limits = Limits(**{each.name: float(self._config[each.name]) for each in fields(Limits)})
        for message in messages:
            intent = message.get(INTENT) or {}
            wordless = not (message.get(NORMALISED) or "").strip(" ?")
            confidence = 0.0 if wordless else float(intent.get("confidence", 0.0))
            if confidence < limits.threshold:
                message.set(INTENT, {"name": OUT_OF_SCOPE, "confidence": 1.0 - confidence}, add_to_output=True)
                message.set("doubtful", True, add_to_output=True)
            elif limits.unsure([(each["name"], each["confidence"]) for each in message.get("intent_ranking") or ()]):
                message.set("unsure", True, add_to_output=True)
        return messages
