"""One way of understanding: the bot's own parts without Rasa around them, each of which can be left out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.understanding.folds import Corpus, Example
from bot import safety
from bot.nlu import OUT_OF_SCOPE
from bot.nlu.danger import alarming
from bot.nlu.gazetteer import Gazetteer, Name
from bot.nlu.intent_model import Settings
from bot.nlu.text_model import TextModel
from bot.text import words


@dataclass(frozen=True)
class Variant:
    """What is left out, by name."""

    title: str
    normaliser: bool = True
    characters: bool = True
    encoder: bool = True
    gazetteer: bool = True


FULL = Variant("whole")
ABLATION = (
    FULL,
    Variant("without the normaliser", normaliser=False),
    Variant("without character n-grams", characters=False),
    Variant("without the sentence encoder", encoder=False),
    Variant("without the gazetteer's fuzzy matching", gazetteer=False),
)


@dataclass(frozen=True)
class Read:
    """What was understood of one text."""

    intent: str
    confidence: float
    entities: dict[str, str]
    danger: bool
    by_rule: bool
    asked_twice: bool
    ms: float


@dataclass(frozen=True)
class Reader:
    """Trained on examples; reads texts as the pipeline of config.yml does."""

    model: TextModel
    gazetteer: Gazetteer
    threshold: float
    mass: float

    @classmethod
    def train(
        cls, examples: Sequence[Example], corpus: Corpus, variant: Variant, config: dict[str, float], cache: Path
    ) -> Reader:
        known = {"sure", "most_refused"} & config.keys()
        settings = Settings(
            characters=variant.characters, encoder=variant.encoder, **{name: config[name] for name in known}
        )
        model = TextModel.train(
            [e.text for e in examples], [e.intent for e in examples], settings, names=[n for _, _, n in corpus.names],
            groups=[e.batch for e in examples], unknown=OUT_OF_SCOPE, cache=cache, normaliser=variant.normaliser,
        )  # fmt: skip
        right = Counter(word for e in examples for word in words(model.repair(e.text)))
        # with every word known none is taken for a slip of a name
        names = [Name(*name) for name in corpus.names]
        gazetteer = Gazetteer(names, right, mend=variant.gazetteer)
        return cls(model, gazetteer, config["threshold"], config["mass"])

    def read(self, text: str) -> Read:
        started = time.perf_counter()
        repaired = self.model.repair(text)
        pair = (text, repaired)
        ranking = self.model.model.ranking(pair, 3)
        intent, confidence = ranking[0]
        if confidence < self.threshold:
            intent = OUT_OF_SCOPE
        found = safety.read(text)
        by_rule = bool(found and found.danger)
        danger = by_rule or alarming(ranking, self.mass)
        entities = dict(self.gazetteer.find(repaired))
        spent = 1000 * (time.perf_counter() - started)
        return Read(intent, confidence, entities, danger, by_rule, self.model.model.asks_twice(pair), spent)
