"""Wordings of the packs: words that together mean an entity, in any order and with others between them.

They are rules of `bot.safety.patterns` over the words of a message, singular on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from bot.safety.patterns import Book, Masks, Rule, parse
from bot.text import fold


class Wordings:
    """Finds which wordings fit; they are numbered in the order given.

    `stem` makes a word singular; `fillers` must stand where a wording has them, but make it no more telling.
    """

    def __init__(self, texts: Iterable[str], stem: Callable[[str], str], fillers: frozenset[str]) -> None:
        self._book = Book(_singular(parse(fold(text), {}, {}), stem) for text in texts)
        self._telling = tuple(sum(not item.forms <= fillers for item in rule.items) for rule in self._book.rules)

    @property
    def words(self) -> frozenset[str]:
        return self._book.forms

    def find(self, said: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Number of a wording that fits, how many telling words it has, and where its words stand, as a mask."""
        masks: Masks = {}
        for at, word in enumerate(said):
            masks[word] = masks.get(word, 0) | 1 << at
        for number in self._book.possible(masks):
            places = self._book.rules[number].match(masks)
            if places:
                yield number, self._telling[number], places


def _singular(rule: Rule, stem: Callable[[str], str]) -> Rule:
    sides = tuple(
        tuple(replace(item, forms=frozenset(stem(form) for form in item.forms)) for item in side) for side in rule.sides
    )
    return replace(rule, sides=sides)
