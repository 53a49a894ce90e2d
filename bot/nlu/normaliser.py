"""Graph component: gives each message its repaired spelling, learnt from the words of the training examples."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import NORMALISED
from bot.nlu.vocabulary import vocabulary
from bot.text import Normaliser

FILE = "vocabulary.json"


def _vocabulary(training_data: TrainingData) -> Dict[str, int]:
    sentences = [example.get(TEXT, "") for example in training_data.intent_examples]
    return vocabulary(sentences, [name for table in training_data.lookup_tables for name in table["elements"]])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SpanishNormaliser(GraphComponent):
    """Sets the attribute `normalised` on messages; only words unknown to the packs are rewritten."""

    def __init__(self, storage: ModelStorage, resource: Resource, vocabulary: Dict[str, int]) -> None:
        self._storage = storage
        self._resource = resource
        self._vocabulary = vocabulary
        self._normalise = Normaliser(Counter(vocabulary).elements())

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpanishNormaliser:
        return cls(model_storage, resource, {})

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SpanishNormaliser:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, json.loads((folder / FILE).read_text(encoding="utf-8")))

    def train(self, training_data: TrainingData) -> Resource:
        self._vocabulary = _vocabulary(training_data)
        self._normalise = Normaliser(Counter(self._vocabulary).elements())
        with self._storage.write_to(self._resource) as folder:
            (folder / FILE).write_text(json.dumps(self._vocabulary, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            message.set(NORMALISED, self._normalise((message.get(TEXT) or "")[:4000]))
        return messages
