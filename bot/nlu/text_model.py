"""An intent model with the repair of spelling in front, for whoever has only texts: benchmarks and evaluation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.nlu.intent_model import DEFAULTS, IntentModel, Settings, Training
from bot.nlu.vocabulary import vocabulary
from bot.text import Normaliser, fold


@dataclass(frozen=True)
class TextModel:
    """Repairs and ranks. `repair` turns a text into what the model reads beside it."""

    repair: Callable[[str], str]
    model: IntentModel

    @classmethod
    def train(
        cls, texts: Sequence[str], labels: Sequence[str], settings: Settings = DEFAULTS, *,
        names: Iterable[str] = (), groups: Sequence[str] | None = None, unknown: str | None = None,
        cache: Path | None = None, normaliser: bool = True,
    ) -> TextModel:  # fmt: skip
        """Learn the words, then the labels. `normaliser=False` only folds, to measure what repairing is worth."""
        repair = Normaliser(Counter(vocabulary(texts, names)).elements()) if normaliser else fold
        pairs = [(text, repair(text)) for text in texts]
        return cls(repair, IntentModel.train(Training(pairs, labels, groups, unknown, cache), settings))

    def ranking(self, text: str, length: int) -> list[tuple[str, float]]:
        """The `length` most probable labels, best first."""
        return self.model.ranking((text, self.repair(text)), length)

    def asks_twice(self, text: str) -> bool:
        """Whether this text goes on to the sentence encoder."""
        return self.model.asks_twice((text, self.repair(text)))
