"""Graph component: gives each message its repaired spelling, learnt from the words of the training examples."""

from __future__ import annotations

from collections import Counter
from typing import Dict, List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import NORMALISED
from bot.nlu.components import TableLearner
from bot.nlu.vocabulary import vocabulary
from bot.text import Normaliser


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SpanishNormaliser(TableLearner):
    """Sets the attribute `normalised` on messages; only words unknown to the packs are rewritten."""

    def learn(self, training_data: TrainingData) -> Dict[str, int]:
        """How often each word is met in the packs."""
        sentences = [example.get(TEXT, "") for example in training_data.intent_examples]
        return vocabulary(sentences, [name for table in training_data.lookup_tables for name in table["elements"]])

    def use(self, learnt: Dict[str, int]) -> None:
        self._normalise = Normaliser(Counter(learnt).elements())

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            message.set(NORMALISED, self._normalise((message.get(TEXT) or "")[:4000]))
        return messages
