"""Graph component: which intent a message has."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any, Dict, List, Optional, Type

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.installed import ROOT
from bot.nlu import DANGER_SHARE, NORMALISED, OUT_OF_SCOPE, urgency
from bot.nlu.components import Learner
from bot.nlu.intent_model import IntentModel, Settings, Training
from bot.nlu.normaliser import SpanishNormaliser

CACHE = "sentence-vectors.npz"
RANKED = 3


def _cache() -> Path:
    return Path(os.environ.get("VENTANILLA_DATA_DIR") or ROOT / "var") / CACHE


def _batch(example: Message) -> str:
    """Who wrote an example; calibration holds out whole batches."""
    return str(((example.get("metadata") or {}).get("example") or {}).get("batch") or "")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class PackIntents(Learner):
    """Sets `intent`, `intent_ranking` and `danger_share`.

    A model that cannot be read raises: an untrained one never answers.
    """

    _model: Optional[IntentModel] = None

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """The fields of `Settings`."""
        return {each.name: each.default for each in fields(Settings)}

    @classmethod
    def required_components(cls) -> List[Type]:
        return [SpanishNormaliser]

    @staticmethod
    def required_packages() -> List[str]:
        return ["sklearn"]

    @classmethod
    def read(cls, folder: Path) -> IntentModel:
        return IntentModel.load(folder)

    def use(self, learnt: IntentModel) -> None:
        self._model = learnt

    def train(self, training_data: TrainingData) -> Resource:
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        settings = Settings(**{each.name: self._config[each.name] for each in fields(Settings)})
        training = Training(
            pairs=[(example.get(TEXT), example.get(NORMALISED)) for example in examples],
            labels=[urgency.taught_as(example.get(INTENT), example.get(TEXT)) for example in examples],
            groups=[_batch(example) for example in examples],
            unknown=OUT_OF_SCOPE,
            cache=_cache(),
        )
        self._model = IntentModel.train(training, settings)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        if self._model is None:
            raise RuntimeError("the intent classifier is not trained")
        pairs = [(message.get(TEXT) or "", message.get(NORMALISED) or "") for message in messages]
        for message, ranking in zip(messages, self._model.rankings(pairs), strict=True):
            best = urgency.intents(ranking, RANKED)
            ranked = [{"name": name, "confidence": probability} for name, probability in best]
            message.set(DANGER_SHARE, urgency.danger(ranking))
            message.set(INTENT, ranked[0], add_to_output=True)
            message.set("intent_ranking", ranked, add_to_output=True)
        return messages
