"""Reading an answer in the light of the last question. Every function takes the raw text; None means "not that"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from bot.text.dates import FoundDate, Prefer, find_date, when
from bot.text.folding import fold, key
from bot.text.normaliser import expand, looks_like_question, one_edit, spell_signs
from bot.text.numbers import digits
from bot.text.pregnancy import weeks
from bot.text.tables import tables

__all__ = [
    "Command", "FoundDate", "Prefer", "bare", "command", "find_date", "is_opt_in", "is_opt_out", "number", "option",
    "subscription", "weeks", "when", "yes_no",
]  # fmt: skip

Command = Literal["cancel", "correct", "repeat", "person", "unknown"]

_WORD = re.compile(r"[a-z0-9ñ]+")
_LONGEST_ANSWER = 400
_LONGEST_YES = 6
_LONGEST_COMMAND = 8
_SHORTEST_STEM = 4
_SHORTEST_SOUND = 4
_MOST_BESIDE = 2  # words said beside a whole title
_REPEATED = re.compile(r"([a-z]{2,4}?)\1+")  # "sisisi"
_DIMINUTIVE = re.compile(r"(.{4,}?)[sk]?it[oa]s?")
_COMMAND_ORDER: tuple[Literal["cancel", "correct", "repeat", "person"], ...] = ("cancel", "correct", "repeat", "person")
_LETTERS = "abcdefgh"
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[a-zñ]+")


def bare(text: str) -> str:
    """The normalised words of an answer without courtesies around them (`hola`, `por favor`, `gracias`)."""
    said = " ".join(_words(text))
    return _strip_polite(said)


def _words(text: str) -> list[str]:
    tokens = _WORD.findall(spell_signs(fold(text[:_LONGEST_ANSWER])))
    spoken = [word for token in tokens for word in expand(token)]
    return [word for at, word in enumerate(spoken) if at == 0 or word != spoken[at - 1] or word.isdigit()]


@lru_cache(maxsize=1)
def _polite() -> tuple[re.Pattern[str], re.Pattern[str]]:
    phrases = "|".join(sorted(map(re.escape, tables().polite), key=len, reverse=True))
    return re.compile(rf"^(?:(?:{phrases}) )+"), re.compile(rf"(?: (?:{phrases}))+$")


def _strip_polite(said: str) -> str:
    before, after = _polite()
    return after.sub("", before.sub("", said))


def _is_among(said: str, phrases: frozenset[str]) -> bool:
    """Whether an answer is one of the phrases, or sounds like one (`me ekivoke`, `vaja`)."""
    return said in phrases or _sound(said) in _sounds(phrases)


def _is_said(said: str, phrases: frozenset[str]) -> bool:
    """As `_is_among`, where the shortest must be right: `hey` is no `ey`."""
    return said in phrases or (len(said) >= _SHORTEST_SOUND and _sound(said) in _sounds(phrases))


@lru_cache(maxsize=32)
def _sounds(phrases: frozenset[str]) -> frozenset[str]:
    return frozenset(map(_sound, phrases))


def _sound(said: str) -> str:
    return " ".join(map(key, said.split()))


def yes_no(text: str) -> bool | None:
    """True for yes, False for no; None for neither: `no se`, `sangrado`, `nacio`, a question."""
    said = bare(text)
    known = tables()
    if not said or command(text) in ("unknown", "repeat", "person"):
        return None
    again = _REPEATED.fullmatch(said)
    said = again[1] if again else said
    if _is_said(said, known.yes):
        return True
    if _is_said(said, known.no):
        return False
    return _begins_yes_no(text, said.split())


def _begins_yes_no(text: str, said: list[str]) -> bool | None:
    """`si, mañana voy`, `no, mejor otro dia`: the first word decides, unless the rest asks, doubts or contradicts."""
    first, rest = said[0], said[1:]
    known = tables()
    if "?" in text or (first not in known.yes and first not in known.no) or first in ("ya", "bueno", "sale", "quiero"):
        return None
    if any(" ".join(said[:length]) in known.unknown for length in range(2, 6)):
        return None
    answer = first in known.yes
    against = {"no", "nel", "nop"} if answer else {"si", "sip", "simon"}
    comma = re.match(r"\s*[^\s,.;!]+\s*[,.;!]", fold(text)) is not None
    if not rest or against & set(rest) or (not comma and len(said) > _LONGEST_YES):
        return None
    return None if first == "si" and not comma and _is_condition(rest) else answer


def _is_condition(rest: list[str]) -> bool:
    return bool({"que", "como", "donde", "cuanto", "cuando", "puedo", "entonces"} & set(rest))


def option(text: str, titles: Sequence[str]) -> int | None:
    """The index of the option chosen by number, ordinal or letter (`la 2`, `la primera`, `b)`) or by its words."""
    said = digits(bare(text).split(), articles=True)
    plain = [digits(_words(title), articles=True) for title in titles]
    if said and said in plain:  # "no recibir mensajes": as a title says it, before its first words are taken away
        return plain.index(said)
    if len(said) > 1 and said[0] in ("las", "los") and said[1].isdigit():
        return None  # "las tres" are all of them
    while len(said) > 1 and said[0] in tables().before_option:
        said = said[1:]
    if not said or not titles:
        return None
    chosen = _by_position(said, len(titles))
    if chosen is None:
        chosen = _by_words(said, plain)
    return chosen if chosen is not None or looks_like_question(text) else _by_whole_title(said, plain)


def _by_position(said: list[str], count: int) -> int | None:
    known = tables()
    word = said[0]
    if len(said) > 1 and (len(said) > 3 or said[-1] not in ("opcion", "bien", "si", "esta")):
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
    """`soy de hermosillo sonora`: the one title that is said whole, with hardly a word besides and no `no`."""
    spoken = _telling(said)
    if "no" in said:
        return None
    whole = [
        at for at, title in enumerate(plain)
        if (wanted := _wanted(title, plain)) and len(spoken) - len(wanted) <= _MOST_BESIDE
        and all(len(word) >= _SHORTEST_STEM and any(_same(other, word) for other in spoken) for word in wanted)
    ]  # fmt: skip
    return whole[0] if len(whole) == 1 else None


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
    small = _DIMINUTIVE.fullmatch(one)
    if one == two or (small and two.startswith(small[1]) and len(two) - len(small[1]) <= 2):
        return True
    if len(one) >= _SHORTEST_STEM and len(two) >= _SHORTEST_STEM and (one[:-1] == two or two[:-1] == one):
        return True
    if len(one) < 5 or len(two) < 5:
        return False
    return one_edit(one, two) or one[:6] == two[:6]


def number(text: str) -> int | float | None:
    """The one number of an answer (`20`, `veinte`, `2 y medio`, `ninguno` is 0); None when none or several."""
    tokens = _NUMBER.findall(spell_signs(fold(text[:_LONGEST_ANSWER])))
    words = [word for token in tokens for word in ((token,) if token[0].isdigit() else expand(token))]
    if _counts_nothing(text, words):
        return None
    said = digits(words, articles=True)
    found = [word for word in said if word[0].isdigit()]
    if not found and {"ninguno", "ninguna", "nada", "nadie"} & set(said):
        return 0
    if len(found) != 1:
        return None
    value = float(found[0].replace(",", ""))
    at = said.index(found[0])
    if said[at + 1 : at + 3] in (["y", "medio"], ["y", "media"]):
        value += 0.5
    return int(value) if value.is_integer() else value


def _counts_nothing(text: str, words: list[str]) -> bool:
    """A question, a date or `un chorro`: it may hold a number, which is none of what was asked."""
    known = tables()
    if len(words) > 2 and looks_like_question(text):
        return True
    return any(
        (one in known.articles and other in known.uncounted) or (one == "de" and other in known.months)
        for one, other in itertools.pairwise(words)
    )


def command(text: str) -> Command | None:
    """A whole message that steers a form: `cancelar`, `me equivoque`, `repite`, `una persona`, `no se`."""
    said = bare(text)
    known = tables()
    if _is_among(said, known.unknown):
        return "unknown"
    return next((name for name in _COMMAND_ORDER if _is_among(said, known.commands[name])), None)


def subscription(text: str) -> Literal["out", "cancel", "in"] | None:
    """A whole message that leaves (`out`), rejoins (`in`), or leaves unless it only means a form (`cancel`)."""
    if len(text) > _LONGEST_ANSWER or len(text.split(None, _LONGEST_COMMAND)) > _LONGEST_COMMAND:
        return None
    said = bare(text)
    known = tables()
    if _is_among(said, known.opt_out_cancel):
        return "cancel"
    if _is_among(said, known.opt_out):
        return "out"
    return "in" if _is_among(said, known.opt_in) else None


def is_opt_out(text: str) -> bool:
    """Whether the whole message leaves. The bare word CANCELA counts: the caller rules it out inside a form."""
    return subscription(text) in ("out", "cancel")


def is_opt_in(text: str) -> bool:
    """Whether the whole message comes back: ALTA, START."""
    return subscription(text) == "in"
