"""Reading danger, opt-out and opt-in in a message: `read`, `read_all` and `stays`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.safety.patterns import Book, Masks, Rule, Scope
from bot.safety.rules import DANGER, KINDS, Kind, Rules, Sign, rules
from bot.text import answers
from bot.text.folding import fold
from bot.text.normaliser import spell_signs

# kinds of question that are answered by describing something
DESCRIBED: Final = frozenset({"place", "text"})

_WINDOW, _OVERLAP = 2_000, 200
_TOKEN: Final = re.compile(r"[0-9]+[.,][0-9]+|[a-z0-9ñ]+|[.!?;:,]+")
_SURE, _GUESSED, _ASKED, _BARE_CANCEL = 0.95, 0.85, 0.75, 0.6
_DENIAL_REACH: Final = 4
_ENOUGH_SIGNS: Final = 2  # that name nobody: together they are an alarm


@dataclass(frozen=True)
class Reading:
    """What a rule read: ids of a sign and of a text in `danger.yml`, and in `matched` the words that it read."""

    kind: Kind
    sign: str
    text_key: str
    matched: str
    confidence: float
    intent: str

    @property
    def danger(self) -> bool:
        """Whether somebody may be hurt now. Labour at term, opt-out and opt-in are urgent but not danger."""
        return self.kind in DANGER


@dataclass(frozen=True)
class _Words:
    """The words of a window: as typed, as masks of the forms they may be, and where clauses and sentences begin.

    `starts`: where parts begin that say one thing each, at a comma, "pero" and "ahora".
    """

    spoken: tuple[str, ...]
    masks: Masks
    breaks: int
    commas: int
    starts: int
    guessed: int

    @property
    def all(self) -> int:
        return (1 << len(self.spoken)) - 1


def read(text: str, describes: bool = False) -> Reading | None:
    """The most urgent thing a message says, or None. Takes any str, never raises, linear in the length.

    `describes`: it was asked where something is, or what is wrong with it.
    """
    found = read_all(text, describes)
    return found[0] if found else None


def read_all(text: str, describes: bool = False) -> tuple[Reading, ...]:
    """One reading per kind, most urgent first. A long text is read window by window up to the first danger."""
    folded = _without_addresses(spell_signs(fold(text)))
    found: dict[Kind, Reading] = {}
    for window in _windows(folded):
        for reading in _read_window(window, describes):
            found.setdefault(reading.kind, reading)
        if not DANGER.isdisjoint(found):
            break
    whole = _whole_message(folded) if len(folded) <= _OVERLAP else None
    if whole is not None:
        found[whole.kind] = whole
    return tuple(found[kind] for kind in KINDS if kind in found)


def stays(text: str) -> bool:
    """Whether a message refuses to be signed off, whatever a classifier makes of it: "no me den de baja"."""
    words = _hear(spell_signs(fold(text))[:_WINDOW], rules())
    return bool(rules().stays.match(words.masks))


def _without_addresses(folded: str) -> str:
    if "@" not in folded:
        return folded
    return " ".join(word for word in folded.split(" ") if "@" not in word)


def _windows(folded: str) -> Iterator[str]:
    if len(folded) <= _WINDOW:
        yield folded
        return
    for start in range(0, len(folded) - _OVERLAP, _WINDOW - _OVERLAP):
        yield folded[start : start + _WINDOW]


def _whole_message(folded: str) -> Reading | None:
    command = answers.subscription(folded)
    if command is None:
        return None
    if command == "in":
        return Reading("opt_in", "alta", "alta", folded, 1.0, "comun.alta_de_nuevo")
    if command == "cancel":
        return Reading("opt_out", "cancela", "baja", folded, _BARE_CANCEL, "comun.baja")
    return Reading("opt_out", "baja", "baja", folded, 1.0, "comun.baja")


def _read_window(window: str, describes: bool) -> Iterator[Reading]:
    known = rules()
    words = _hear(window, known)
    possible = known.proofs.possible(words.masks)
    if not possible:
        return
    masks = _without(words.masks, known.harmless.match(words.masks) | _at_end(known.denied_after, words))
    told = _without(masks, _over(words, masks, known))
    live = _without(told, _supposed(words, known))
    scope = _scope(words, masks, known)
    done: set[Kind] = set()
    unnamed: list[tuple[Sign, int]] = []
    for number in possible:
        sign, rule = known.signs[known.owners[number]], known.proofs.rules[number]
        if sign.kind in done or (describes and sign.of_things and known.carrying.isdisjoint(words.masks)):
            continue
        seen = masks if sign.plain else told if sign.kind == "self_harm" else live
        matched = _prove(sign, rule, words, seen, scope)
        if matched and not _is_named(sign, rule, words.masks):
            unnamed.append((sign, matched))
        elif matched:
            done.add(sign.kind)
            yield _reading(sign, matched, words, window)
    if _are_enough(unnamed) and DANGER.isdisjoint(done):
        yield _reading(*unnamed[0], words, window)


def _are_enough(unnamed: list[tuple[Sign, int]]) -> bool:
    """Whether two signs that name nobody were read, and not twice the same words."""
    return any(sign.id != unnamed[0][0].id and matched & ~unnamed[0][1] for sign, matched in unnamed)


def _is_named(sign: Sign, rule: Rule, masks: Masks) -> bool:
    """Whether the message names whom the sign is about, where that is needed."""
    return not sign.needs or not sign.needs.isdisjoint(masks) or rule.text in sign.alone


def _prove(sign: Sign, rule: Rule, words: _Words, masks: Masks, scope: Scope) -> int:
    """The words that prove a sign, 0 when they do not. `unless` also sees the words of harmless phrases."""
    matched = rule.match(masks, Scope(breaks=scope.breaks) if sign.plain else scope)
    if not matched or (rule.whole and matched.bit_count() != len(words.spoken)):
        return 0
    if any(other.match(words.masks) for other in sign.unless_anywhere):
        return 0
    near = _only(words.masks, _span(matched, words)) if sign.unless else {}
    return 0 if any(other.match(near) for other in sign.unless) else matched


def _span(matched: int, words: _Words) -> int:
    """The parts of the message from the first word of a match to its last."""
    begin = words.starts & ((_first(matched) << 1) - 1)
    return _before(words.starts & -(1 << matched.bit_length()), words.all) & -(1 << begin.bit_length() - 1)


def _reading(sign: Sign, matched: int, words: _Words, window: str) -> Reading:
    said = " ".join(word for at, word in enumerate(words.spoken) if matched >> at & 1)
    confidence = _GUESSED if matched & words.guessed else _SURE
    if "?" in window:
        confidence = min(confidence, _ASKED)
    return Reading(sign.kind, sign.id, sign.text_key, said, confidence, sign.intent)


def _hear(window: str, known: Rules) -> _Words:
    spoken: list[str] = []
    masks: Masks = {}
    breaks = commas = guessed = 0
    pause = ""
    for token in _TOKEN.findall(window):
        if not token[0].isalnum():
            pause += token
            continue
        for heard in known.lexicon.hear(token):
            bit = 1 << len(spoken)
            if pause:
                commas |= bit
                breaks |= bit if _ends_sentence(pause) else 0
                pause = ""
            if heard.guessed:
                guessed |= bit
            for form in heard.forms:
                masks[form] = masks.get(form, 0) | bit
            spoken.append(token)
    starts = 1 | commas | _any(known.barriers | known.turns, masks)
    return _Words(tuple(spoken), masks, breaks, commas, starts, guessed)


def _ends_sentence(pause: str) -> bool:
    """Commas and trailing dots only slow a sentence down."""
    return pause.strip(",:") != "" and not pause.startswith("..")


def _only(masks: Masks, kept: int) -> Masks:
    return {form: left for form, mask in masks.items() if (left := mask & kept)}


def _without(masks: Masks, away: int) -> Masks:
    return _only(masks, ~away) if away else masks


def _scope(words: _Words, masks: Masks, known: Rules) -> Scope:
    denying = _any(known.negators, masks)
    for number in known.not_denying.possible(masks):
        denying &= ~known.not_denying.rules[number].starts(masks)
    light = _any(known.light, masks)
    return Scope(
        breaks=words.breaks,
        barriers=denying | _any(known.barriers, masks),
        denied=0 if _at_end(known.affirmed, words) else _denied(denying, light, words.commas),
    )


def _at_end(book: Book, words: _Words) -> int:
    """The words of the book's rules that end a statement or the message."""
    found, ends = book.match(words.masks), words.commas | 1 << len(words.spoken)
    away = 0
    for run in _cut(found, ~(found << 1)):
        away |= run if run << 1 & ends & ~run else 0
    return away


def _denied(denying: int, light: int, commas: int) -> int:
    """The words that a "no" reaches: over light words only, and not past a comma."""
    reach, denied = denying, 0
    for _ in range(_DENIAL_REACH):
        reach = (reach << 1) & ~commas
        denied |= reach
        reach &= light
    return denied


def _over(words: _Words, masks: Masks, known: Rules) -> int:
    """The words of what is past or cured, unless the message says that it goes on: each time between two commas."""
    gone, eased = known.gone.match(masks), known.eased.match(masks)
    over = known.past.match(masks) | known.cured.match(masks)
    if not (gone or eased or over) or known.again.match(masks):
        return 0
    now = _any(known.present | known.acts, masks)
    if gone and not now:
        return words.all
    return eased | sum(part for part in _cut(words.all, words.starts) if part & over and not part & now)


def _supposed(words: _Words, known: Rules) -> int:
    """The words of what is only supposed or feared, each time up to a comma."""
    supposed = known.supposed.match(words.masks)
    if not supposed or known.again.match(words.masks):
        return 0
    away, now = 0, _any(known.present, words.masks)
    for part in _cut(words.all, words.starts):
        tail = part & -_first(part & supposed)
        away |= 0 if tail & now else tail
    return away


def _cut(everything: int, starts: int) -> Iterator[int]:
    """The parts of a message, each begun by a word of `starts`."""
    while everything:
        part = _before(starts & everything & ~_first(everything), everything)
        yield part
        everything &= ~part


def _before(starts: int, everything: int) -> int:
    """The words before the first of `starts`; all when there is none."""
    return everything & (_first(starts) - 1) if starts else everything


def _first(mask: int) -> int:
    return mask & -mask


def _any(forms: frozenset[str], masks: Masks) -> int:
    found = 0
    for form in forms & masks.keys():
        found |= masks[form]
    return found
