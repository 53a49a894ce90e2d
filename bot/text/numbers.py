"""Number words to digits, in a list of folded words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from bot.text.folding import key
from bot.text.tables import tables

_SHORTEST_SOUND = 4
_FIRST_HALF = "inti"  # "veinti tres"
_BEFORE_AND = range(10, 100, 10)  # "treinta y dos", "diez y ocho"


def digits(tokens: Sequence[str], articles: bool = False) -> list[str]:
    """`[treinta, y, dos, semanas]` -> `[32, semanas]`. `un`, `una`, `uno` alone change only with `articles`."""
    if not any(value_of(token) is not None or token == "mil" for token in tokens):
        return list(tokens)
    out: list[str] = []
    at = 0
    while at < len(tokens):
        value, used = _read(tokens, at)
        if used == 0 or (used == 1 and not articles and tokens[at] in tables().articles):
            out.append(tokens[at])
            at += 1
        else:
            out.append(str(value))
            at += used
    return out


def value_of(word: str) -> int | None:
    """What a folded word counts, however it is spelt (`kinse`, `beintidos`, `treintaicinco`); None for other words."""
    known = tables()
    if word in known.numbers:
        return known.numbers[word]
    if len(word) < _SHORTEST_SOUND or word in known.common_words or word.isdigit():
        return None
    return _sounds().get(key(word))


@lru_cache(maxsize=1)
def _sounds() -> Mapping[str, int]:
    """The sounds of the number words, and of those that people write together: `treintaiuno`, `ventidos`."""
    numbers = tables().numbers
    tens = {word: value for word, value in numbers.items() if value in range(20, 100, 10)}
    units = {word: value for word, value in numbers.items() if 0 < value < 10}
    together = {f"{ten}i{unit}": tens[ten] + units[unit] for ten in tens for unit in units}
    twenties = {f"venti{unit}": 20 + value for unit, value in units.items()}
    words = {**together, **twenties, **{word: value for word, value in numbers.items() if len(word) >= _SHORTEST_SOUND}}
    return {key(word): value for word, value in words.items()}


def _read(tokens: Sequence[str], start: int) -> tuple[int, int]:
    """The number that begins at `start` and how many words it takes; (0, 0) when none does."""
    total, last, at = 0, 0, start
    while at < len(tokens):
        word = tokens[at]
        if word == "mil" and (last or at == start):
            total, last, at = (total or 1) * 1000, 1000, at + 1
            continue
        joined = word == "y" and last in _BEFORE_AND and at + 1 < len(tokens)
        value = value_of(tokens[at + 1] if joined else word)
        apart = at > start and tokens[at - 1].endswith(_FIRST_HALF)
        if value is None or not _fits(last, value, joined or apart, at == start):
            break
        total, last, at = total + value, value, at + (2 if joined else 1)
    return total, at - start


def _fits(last: int, value: int, joined: bool, first: bool) -> bool:
    if first:
        return True
    if joined:
        return (6 if last == 10 else 1) <= value < 10
    return last >= 100 and 0 < value < last
