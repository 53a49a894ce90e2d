"""One way of understanding: the bot's own parts without Rasa around them, each of which can be left out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.understanding.folds import Corpus, Example
from bot import safety
from bot.nlu import OUT_OF_SCOPE, urgency
from bot.nlu.doubt import Limits
from bot.nlu.gazetteer import Gazetteer, Name, Uses, useful
from bot.nlu.intent_model import Settings
from bot.nlu.text_model import TextModel
from bot.text import words

Config = Mapping[str, Mapping[str, float]]  # component of config.yml -> its numbers


@dataclass(frozen=True)
class Variant:
    """What is left out, by name."""

    title: str
    normaliser: bool = True
    characters: bool = True
    together: bool = True
    encoder: bool = True


FULL = Variant("whole")
ABLATION = (
    Variant("without the normaliser", normaliser=False),
    Variant("without character n-grams", characters=False),
    Variant("without words near each other", together=False),
    Variant("without the sentence encoder", encoder=False),
)


@dataclass(frozen=True)
class Read:
    """What was understood of one text."""

    intent: str
    confidence: float
    entities: dict[str, str]
    unsure: bool  # asked about instead of answered
    danger: bool
    by_rule: bool
    asked_twice: bool
    ms: float  # of CPU


@dataclass(frozen=True)
class Reader:
    """Trained on examples; reads texts as the pipeline of config.yml does, whose numbers are `config`."""

    model: TextModel
    gazetteer: Gazetteer
    uses: Uses
    config: Config

    @classmethod
    def train(
        cls, examples: Sequence[Example], corpus: Corpus, variant: Variant, config: Config, cache: Path
    ) -> Reader:
        parts = {part: getattr(variant, part) for part in ("characters", "together", "encoder")}
        settings = Settings(**parts, **config["PackIntents"])
        labels = [urgency.taught_as(e.intent, e.text) for e in examples]
        model = TextModel.train(
            [e.text for e in examples], labels, settings, names=[n for _, _, n in corpus.names],
            groups=[e.batch for e in examples], unknown=OUT_OF_SCOPE, cache=cache, normaliser=variant.normaliser,
        )  # fmt: skip
        right = Counter(word for e in examples for word in words(model.repair(e.text)))
        gazetteer = Gazetteer([Name(*n) for n in corpus.names], right, wordings=[Name(*w) for w in corpus.wordings])
        return cls(model, gazetteer, corpus.uses, config)

    def read(self, text: str) -> Read:
        started = time.process_time()
        repaired = self.model.repair(text)
        pair = (text, repaired)
        ranking = self.model.model.ranking(pair)
        intents = urgency.intents(ranking, len(ranking))
        scope = Limits(**self.config["ScopeThreshold"])
        ((intent, confidence), *_), unsure = intents, scope.unsure(intents)
        doubtful = confidence < scope.threshold
        if doubtful:
            intent, unsure = OUT_OF_SCOPE, False
        found = safety.read(text)
        by_rule = bool(found and found.danger)
        rules = self.config["DangerReader"]
        limits = urgency.Limits(rules["sure"], rules["sure_leaving"])
        if found and limits.lends(found, intent, 0.0 if doubtful else confidence):
            intent, confidence, unsure = found.intent, found.confidence, False
        danger = by_rule or intent in urgency.ALWAYS or urgency.danger(ranking) >= rules["share"]
        entities = useful(self.gazetteer.find(repaired), intent, confidence, self.uses)
        spent = 1000 * (time.process_time() - started)
        return Read(intent, confidence, entities, unsure, danger, by_rule, self.model.model.asks_twice(pair), spent)
