"""Graph component: which intent a message has, by a linear model of words and character n-grams."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import NORMALISED
from bot.nlu.linear import Linear, train
from bot.nlu.normaliser import SpanishNormaliser


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent):
    """Sets `intent` and `intent_ranking`. A model that cannot be read raises: an untrained one never answers."""

    def __init__(
        self, config: Dict[str, Any], storage: ModelStorage, resource: Resource, model: Optional[Linear] = None
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`strength` is scikit-learn's C; `ranking_length` intents are kept in the evidence."""
        return {"strength": 0.5, "ranking_length": 3}

    @classmethod
    def required_components(cls) -> List[Type]:
        return [SpanishNormaliser]

    @staticmethod
    def required_packages() -> List[str]:
        return ["sklearn"]

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, Linear.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        pairs = [(e.get(TEXT), e.get(NORMALISED)) for e in examples]
        labels = [e.get(INTENT) for e in examples]
        self._model = train(pairs, labels, self._config["strength"])
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        if self._model is None:
            raise RuntimeError("the intent classifier is not trained")
        for message in messages:
            ranking = self._model.ranking(
                message.get(TEXT) or "", message.get(NORMALISED) or "", self._config["ranking_length"]
            )
            ranked = [{"name": name, "confidence": probability} for name, probability in ranking]
            message.set(INTENT, ranked[0], add_to_output=True)
            message.set("intent_ranking", ranked, add_to_output=True)
        return messages
