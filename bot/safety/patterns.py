"""Rules over words, matched on bit masks: bit n of a mask is the n-th word of the message.

A step of a rule costs a few integer operations whatever the message holds, so matching is linear in its length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_NEAR: Final = 2  # words that may stand between two items
_FAR: Final = 8  # ... before an item marked ~
_TOGETHER: Final = 10  # words between the sides of A & B
_WHOLE: Final = "= "  # marks a rule that must be the whole message

Masks = dict[str, int]


@dataclass(frozen=True)
class Item:
    """One place of a rule: any of `forms`, after at most `gap` other words."""

    forms: frozenset[str]
    gap: int

    def mask(self, masks: Masks) -> int:
        """Where the item stands in the message."""
        found = 0
        for form in self.forms & masks.keys():
            found |= masks[form]
        return found


@dataclass(frozen=True)
class Scope:
    """What limits a match: where a sentence begins, words not to be stepped over, words that a "no" denies."""

    breaks: int = 0
    barriers: int = 0
    denied: int = 0


ANYWHERE: Final = Scope()
Side = tuple[Item, ...]


@dataclass(frozen=True)
class Rule:
    """One pattern: its sides must all fit, each in order, near each other; `whole`: and leave no other word."""

    sides: tuple[Side, ...]
    text: str
    whole: bool = False

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for side in self.sides for item in side)

    def match(self, masks: Masks, scope: Scope = ANYWHERE) -> int:
        """The words that fit, as a mask; 0 when the rule does not."""
        whole = 0
        for side in self.sides:
            found = _match_side(side, masks, scope)
            if not found or (whole and not _spread_both(whole) & found):
                return 0
            whole |= found
        return whole

    def starts(self, masks: Masks) -> int:
        """Where the first item of a fitting rule stands."""
        found = _match_side(self.sides[0], masks, ANYWHERE)
        return found & self.sides[0][0].mask(masks)


class Book:
    """Rules filed under the words of their rarest place, so that most are never tried."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: Final = tuple(rules)
        self._forms: Final = tuple(tuple(item.forms for item in rule.items) for rule in self.rules)
        used = Counter(form for places in self._forms for forms in places for form in forms)
        anchors: dict[str, list[int]] = {}
        for number, places in enumerate(self._forms):
            for form in min(places, key=lambda forms: max(used[form] for form in forms)):
                anchors.setdefault(form, []).append(number)
        self._anchors: Final = {form: tuple(numbers) for form, numbers in anchors.items()}

    @property
    def anchors(self) -> frozenset[str]:
        return frozenset(self._anchors)

    @property
    def forms(self) -> frozenset[str]:
        return frozenset().union(*(forms for places in self._forms for forms in places))

    def match(self, masks: Masks) -> int:
        """The words of every fitting rule, as a mask."""
        whole = 0
        for number in self.possible(masks):
            whole |= self.rules[number].match(masks)
        return whole

    def possible(self, masks: Masks) -> list[int]:
        """Numbers, in order, of the rules all of whose places occur somewhere in the message."""
        present = frozenset(masks)
        near: set[int] = set()
        for form in self._anchors.keys() & present:
            near.update(self._anchors[form])
        return sorted(n for n in near if not any(map(present.isdisjoint, self._forms[n])))


Words = Mapping[str, frozenset[str]]


def parse(text: str, families: Words, verbs: Words) -> Rule:
    """A rule from the words of `danger_rules.yml`. Raises ValueError for an empty one."""
    whole = text.startswith(_WHOLE)
    body = text[len(_WHOLE) :] if whole else text
    sides = tuple(tuple(_item(word, families, verbs) for word in side.split()) for side in body.split(" & "))
    if not all(sides):
        raise ValueError(f"empty rule: {text!r}")
    return Rule(sides, text, whole)


def _item(text: str, families: Words, verbs: Words) -> Item:
    gap = {"+": 0, "~": _FAR}.get(text[0], _NEAR)
    named = (_meant(name, families, verbs) for name in text.lstrip("+~").split("|"))
    return Item(frozenset[str]().union(*named), gap)


def _meant(name: str, families: Words, verbs: Words) -> frozenset[str]:
    if name in families:
        return families[name]
    return verbs.get(name) or frozenset({name.lstrip("=")})


def _match_side(side: Side, masks: Masks, scope: Scope) -> int:
    reached = side[0].mask(masks) & ~scope.denied
    steps = [reached]
    for item in side[1:]:
        reached = _ahead(reached, item.gap, scope) & item.mask(masks)
        if not reached:
            return 0
        steps.append(reached)
    for at in range(len(side) - 1, 0, -1):
        steps[at - 1] &= _behind(steps[at], side[at].gap, scope)
    whole = 0
    for step in steps:
        whole |= step
    return whole


def _ahead(mask: int, gap: int, scope: Scope) -> int:
    """Places that a match may go on to after `mask`, within the sentence."""
    step = (mask << 1) & ~scope.breaks
    reach = step
    for _ in range(gap):
        step = ((step & ~scope.barriers) << 1) & ~scope.breaks
        if not step:
            break
        reach |= step
    return reach


def _behind(mask: int, gap: int, scope: Scope) -> int:
    step = (mask & ~scope.breaks) >> 1
    reach = step
    for _ in range(gap):
        step = (step & ~scope.barriers & ~scope.breaks) >> 1
        reach |= step
    return reach


def _spread_both(mask: int) -> int:
    reach = mask
    for shift in range(1, _TOGETHER + 1):
        reach |= mask << shift | mask >> shift
    return reach
