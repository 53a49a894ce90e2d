"""The packs' sentences, split so that what one imagined person wrote is never on both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist
from sklearn.model_selection import StratifiedGroupKFold

from bot.packs.compile import EntityUses, compile_packs
from bot.packs.model import Pack, Sentence
from bot.text import fold, words

FOLDS = 5
# two sentences of the same intent are near-duplicates when this alike, in letters
ALIKE = 95.0
# courtesies and bare words of few letters are the same whoever writes them
SHORT = 20


@dataclass(frozen=True)
class Example:
    """A training sentence with its label and who wrote it."""

    text: str
    intent: str
    batch: str


@dataclass(frozen=True)
class Fold:
    """Sentences to learn from and to ask."""

    train: tuple[Example, ...]
    test: tuple[Example, ...]


@dataclass(frozen=True)
class Corpus:
    """Everything that the packs say about understanding; `names` and `wordings` as (entity, id, text).

    `uses`: the entities that an intent has a use for.
    """

    examples: tuple[Example, ...]
    tests: tuple[Sentence, ...]
    names: tuple[tuple[str, str, str], ...]
    wordings: tuple[tuple[str, str, str], ...]
    uses: Mapping[str, EntityUses]

    @classmethod
    def of(cls, packs: Sequence[Pack]) -> Corpus:
        examples = [
            Example(example.text, intent.id, example.batch)
            for pack in packs
            for intent in pack.intents.values()
            for example in intent.examples
        ]
        entries = [(entity, one) for pack in packs for entity, some in pack.entities.items() for one in some]
        return cls(
            examples=tuple(examples),
            tests=tuple(sentence for pack in packs for sentence in pack.sentences),
            names=tuple((entity, entry.id, name) for entity, entry in entries for name in entry.names),
            wordings=tuple((entity, entry.id, wording) for entity, entry in entries for wording in entry.wordings),
            uses=compile_packs(packs).uses,
        )

    def folds(self) -> Iterator[Fold]:
        """Five folds of whole batches, intents spread evenly; near-duplicates of tested sentences are not learnt."""
        labels, batches = [e.intent for e in self.examples], [e.batch for e in self.examples]
        splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
        for train, test in splitter.split(labels, labels, batches):
            asked = [self.examples[i] for i in test]
            learnt = without_copies([self.examples[i] for i in train], [example.text for example in asked])
            yield Fold(tuple(learnt), tuple(asked))


def without_copies(examples: Sequence[Example], asked: Sequence[str]) -> list[Example]:
    """The examples that resemble none of the texts asked; short ones may."""
    if not asked:
        return list(examples)
    known, others = [_plain(example.text) for example in examples], [_plain(text) for text in asked]
    kept: list[Example] = []
    for start in range(0, len(known), 500):
        alike = cdist(known[start : start + 500], others, scorer=ratio, score_cutoff=ALIKE).max(axis=1)
        kept += [
            example
            for example, text, score in zip(examples[start:], known[start : start + 500], alike, strict=False)
            if len(text) < SHORT or score < ALIKE
        ]
    return kept


def _plain(text: str) -> str:
    return " ".join(words(fold(text)))
