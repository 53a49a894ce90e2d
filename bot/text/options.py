"""Which of the options offered: by number, ordinal or letter, or by the words of its title."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.text.bare import bare, clauses, plain_words
from bot.text.folding import key
from bot.text.hours import by_hour
from bot.text.normaliser import looks_like_question, one_edit
from bot.text.numbers import digits
from bot.text.tables import tables

_SHORTEST_STEM = 4
_MOST_BESIDE = 2  # words said beside a whole title
_SMALL_OR_BIG = re.compile(r"(.{4,}?)(?:[sk]?it|[sz]?ot|as)[oae]s?")
_MOST_CLAUSES = 3
_AFTER_PLACE = frozenset(map(key, ["opcion", "bien", "si", "esta"]))
_DENIALS = frozenset(["no", "ni", "nunca", "tampoco"])
_LETTERS = "abcdefgh"


def option(text: str, titles: Sequence[str]) -> int | None:
    """The index of the option chosen by number, ordinal or letter (`la 2`, `la primera`, `b)`) or by its words.

    None where none is, or several are: `las tres`, `bache y basura`.
    """
    if not titles:
        return None
    timed = by_hour(text, titles)
    if timed is not None:
        return timed
    plain = [digits(plain_words(title), articles=True) for title in titles]
    asks = looks_like_question(text)
    said = _joined(digits(bare(text).split(), articles=True), plain)
    chosen = _unless_denied(said, plain, asks)
    spoken = clauses(text)
    if chosen is not None or _are_several(said, plain) or not 1 < len(spoken) <= _MOST_CLAUSES:
        return chosen
    picked = {_unless_denied(digits(clause.split(), articles=True), plain, True) for clause in spoken} - {None}
    return picked.pop() if len(picked) == 1 else None


def said_option(text: str, names: Sequence[str]) -> int | None:
    """As `option`, by words alone: the names were not shown, so that they have no numbers."""
    plain = [digits(plain_words(name), articles=True) for name in names]
    said = digits(bare(text).split(), articles=True)
    if said in plain:
        return plain.index(said)
    chosen = None if looks_like_question(text) else _by_whole_title(said, plain)
    return None if chosen is None or _is_denied(said, plain[chosen]) else chosen


def _unless_denied(said: list[str], plain: list[list[str]], asks: bool) -> int | None:
    """The option that the words choose; `no ha nacido` is not "Ya nació", `no mejor la 2` is the second."""
    if len(said) > 1 and said[0] == "no" and (said[1] in tables().instead or said[-1].isdigit()):
        said = said[1:]
    chosen = _chosen(said, plain, asks)
    return None if chosen is None or _is_denied(said, plain[chosen]) else chosen


def _is_denied(said: list[str], title: list[str]) -> bool:
    return not _DENIALS.isdisjoint(said) and _DENIALS.isdisjoint(title)


def _chosen(said: list[str], plain: list[list[str]], asks: bool) -> int | None:
    if said and said in plain:  # "no recibir mensajes": as a title says it, before its first words are taken away
        return plain.index(said)
    ends = [at for at, title in enumerate(plain) if len(title) > 1 and said[-len(title) :] == title]
    if len(ends) == 1 and "y" not in said:  # "es para mi"
        return ends[0]
    while len(said) > 1 and said[0] in tables().before_option:
        if said[0] in ("las", "los") and said[1].isdigit():
            return None  # "las tres" are all of them
        said = said[1:]
    if not said or _are_several(said, plain):
        return None
    chosen = _by_position(said, len(plain))
    if chosen is None:
        chosen = _by_words(said, plain)
    return chosen if chosen is not None or asks else _by_whole_title(said, plain)


def _joined(said: list[str], plain: list[list[str]]) -> list[str]:
    """`medio dia` as the title writes it: `mediodia`."""
    written = {word for title in plain for word in title}
    out: list[str] = []
    for word in said:
        if out and out[-1] + word in written:
            out[-1] += word
        else:
            out.append(word)
    return out


def _are_several(said: list[str], plain: list[list[str]]) -> bool:
    return "tambien" in said or ("y" in said and len(_said_whole(said, plain)) > 1)


def _by_position(said: list[str], count: int) -> int | None:
    known = tables()
    word = said[0]
    if len(said) > 1 and (len(said) > 3 or key(said[-1]) not in _AFTER_PLACE):
        return None
    if word in ("medio", "enmedio") and count % 2:
        return count // 2
    place = int(word) if word.isdigit() and len(word) < 4 else known.ordinals.get(word)
    if place is None and word in _LETTERS and len(word) == 1:
        place = _LETTERS.index(word) + 1
    if place is not None and place < 0:
        place += count + 1
    return place - 1 if place is not None and 1 <= place <= count else None


def _by_words(said: list[str], plain: list[list[str]]) -> int | None:
    if said in plain:
        return plain.index(said)
    numbers = {word for word in said if word.isdigit()}
    scores = [_score(said, title, plain) for title in plain]
    best = max(scores)
    if len(numbers) == 1 and best == 0:
        return None
    winners = [at for at, score in enumerate(scores) if score == best]
    return winners[0] if best >= 0.5 and len(winners) == 1 else None


def _by_whole_title(said: list[str], plain: list[list[str]]) -> int | None:
    """`soy de hermosillo sonora`: the one title that is said whole, with hardly a word besides."""
    beside = sum(word not in tables().common_words for word in _telling(said))
    whole = [at for at in _said_whole(said, plain) if _stands_out(_wanted(plain[at], plain), beside)]
    return whole[0] if len(whole) == 1 else None


def _stands_out(wanted: list[str], beside: int) -> bool:
    return all(len(word) >= _SHORTEST_STEM for word in wanted) and beside - len(wanted) <= _MOST_BESIDE


def _said_whole(said: list[str], plain: list[list[str]]) -> list[int]:
    """The titles of which every telling word is said."""
    spoken = _telling(said)
    wanted = (_wanted(title, plain) for title in plain)
    return [
        at for at, words in enumerate(wanted)
        if words and all(any(_same(other, word) for other in spoken) for word in words)
    ]  # fmt: skip


def _wanted(title: list[str], titles: list[list[str]]) -> list[str]:
    """What tells a title from the others; words that every title has do not count."""
    shared = set.intersection(*(set(other) for other in titles)) if len(titles) > 1 else set[str]()
    return [word for word in _telling(title) if word not in shared]


def _telling(said: list[str]) -> list[str]:
    return [word for word in said if word not in tables().before_option]


def _score(said: list[str], title: list[str], titles: list[list[str]]) -> float:
    """How much of what was said the title holds."""
    wanted, spoken = _wanted(title, titles), _telling(said)
    hits = sum(any(_same(word, other) for other in wanted) for word in spoken)
    return hits / len(spoken) if spoken else 0.0


def _same(word: str, other: str) -> bool:
    one, two = key(word), key(other)
    sized = _SMALL_OR_BIG.fullmatch(one)
    if one == two or (sized and two.startswith(sized[1]) and len(two) - len(sized[1]) <= 2):
        return True
    if len(one) >= _SHORTEST_STEM and len(two) >= _SHORTEST_STEM and (one[:-1] == two or two[:-1] == one):
        return True
    if len(one) < 5 or len(two) < 5:
        return False
    return one_edit(one, two) or one[:6] == two[:6]
