"""What an imported question expects, and yes or no that were read by their first letter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from backend.flows.model import Branch, Test
from backend.rapidpro.books import Desk
from bot.text.folding import fold

_NUMBERS = frozenset({"eq", "lt", "lte", "gt", "gte", "between", "number"})
_DATES = frozenset({"date", "date_eq", "date_before", "date_after"})
_YES_LETTERS, _NO_LETTERS = frozenset({"s", "si", "y"}), frozenset({"n", "no"})
_YES, _NO = frozenset({"si", "yes", "y", "s"}), frozenset({"no", "n"})


def expected(branches: Sequence[Branch], on: str | None) -> str:
    """The type of answer that the branches tell apart, so that `1` or `sí` is read as an answer."""
    kinds = {branch.test.kind for branch in branches if branch.test.kind != "never"}
    if not kinds or on is not None:
        return "text"
    if kinds <= _DATES:
        return "date"
    if kinds <= {"yes", "no"}:
        return "yes_no"
    return "number" if kinds <= _NUMBERS else "text"


def without_first_letters(branches: Iterable[Branch], desk: Desk) -> list[Branch]:
    """Branches in which yes and no are read as words: `starts: s` takes "sangrado" for a yes."""
    branches = list(branches)
    found = [_meaning(branch) for branch in branches]
    if not any(found):
        return branches
    desk.warn("sí/no por la primera letra", "«sangrado» era sí y «necesito ayuda» era no; ahora se leen las palabras")
    return [replace(branch, test=Test(kind)) if kind else branch for branch, kind in zip(branches, found, strict=True)]


def _meaning(branch: Branch) -> str | None:
    if branch.test.kind != "starts":
        return None
    letters = {fold(letter) for letter in branch.test.arguments}
    if not any(len(letter) == 1 for letter in letters):
        return None
    category = fold(branch.category)
    if letters <= _YES_LETTERS and (category in _YES or letters <= {"s", "si"}):
        return "yes"
    return "no" if letters <= _NO_LETTERS else None
