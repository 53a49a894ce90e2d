"""Number words to digits, in a list of folded words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.text.tables import tables


def digits(tokens: Sequence[str], articles: bool = False) -> list[str]:
    """`[treinta, y, dos, semanas]` -> `[32, semanas]`. `un`, `una`, `uno` alone change only with `articles`."""
    known = tables().numbers
    if not any(token in known or token == "mil" for token in tokens):
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


def _read(tokens: Sequence[str], start: int) -> tuple[int, int]:
    """The number that begins at `start` and how many words it takes; (0, 0) when none does."""
    known = tables().numbers
    total, last, at = 0, 0, start
    while at < len(tokens):
        word = tokens[at]
        if word == "mil" and (last or at == start):
            total, last, at = (total or 1) * 1000, 1000, at + 1
            continue
        joined = word == "y" and 20 < last + 1 <= 91 and last % 10 == 0 and at + 1 < len(tokens)
        word = tokens[at + 1] if joined else word
        value = known.get(word)
        if value is None or not _fits(last, value, joined, at == start):
            break
        total, last, at = total + value, value, at + (2 if joined else 1)
    return total, at - start


def _fits(last: int, value: int, joined: bool, first: bool) -> bool:
    if first:
        return True
    if joined:
        return 0 < value < 10
    return last >= 100 and 0 < value < last
