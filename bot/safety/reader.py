"""Reading danger, opt-out and opt-in in a message: `read` and `read_all`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.safety.patterns import ANYWHERE, Masks, Rule, Scope
from bot.safety.rules import KINDS, Kind, Rules, Sign, rules
from bot.text import answers
from bot.text.folding import fold
from bot.text.normaliser import spell_emoji

DANGER: Final[frozenset[Kind]] = frozenset({"alarm", "disaster", "self_harm", "violence"})

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
    """The words of a window: as typed, as masks of the forms they may be, and where clauses and sentences begin."""

    spoken: tuple[str, ...]
    masks: Masks
    breaks: int
    commas: int
    guessed: int


def read(text: str) -> Reading | None:
    """The most urgent thing a message says, or None. Takes any str, never raises, linear in the length."""
    found = read_all(text)
    return found[0] if found else None


def read_all(text: str) -> tuple[Reading, ...]:
    """One reading per kind, most urgent first. A long text is read window by window up to the first danger."""
    folded = _without_addresses(spell_emoji(fold(text)))
    found: dict[Kind, Reading] = {}
    for window in _windows(folded):
        for reading in _read_window(window):
            found.setdefault(reading.kind, reading)
        if not DANGER.isdisjoint(found):
            break
    whole = _whole_message(folded) if len(folded) <= _OVERLAP else None
    if whole is not None:
        found[whole.kind] = whole
    return tuple(found[kind] for kind in KINDS if kind in found)


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


def _read_window(window: str) -> Iterator[Reading]:
    known = rules()
    words = _hear(window, known)
    if not known.proofs.possible(words.masks):
        return
    masks = _without_harmless(words.masks, known)
    scope = _scope(words, masks, known)
    over = _is_over(masks, known)
    done: set[Kind] = set()
    unnamed: dict[str, tuple[Sign, int]] = {}
    for number in known.proofs.possible(masks):
        sign, rule = known.signs[known.owners[number]], known.proofs.rules[number]
        if sign.kind in done or (over and not sign.plain):
            continue
        matched = _prove(sign, rule, words, masks, scope)
        if matched and not _is_named(sign, rule, masks):
            unnamed.setdefault(sign.id, (sign, matched))
        elif matched:
            done.add(sign.kind)
            yield _reading(sign, matched, words, window)
    if len(unnamed) >= _ENOUGH_SIGNS and DANGER.isdisjoint(done):
        yield _reading(*next(iter(unnamed.values())), words, window)


def _is_named(sign: Sign, rule: Rule, masks: Masks) -> bool:
    """Whether the message names whom the sign is about, where that is needed."""
    return not sign.needs or not sign.needs.isdisjoint(masks) or rule.text in sign.alone


def _prove(sign: Sign, rule: Rule, words: _Words, masks: Masks, scope: Scope) -> int:
    """The words that prove a sign, 0 when they do not. `unless` also sees the words of harmless phrases."""
    matched = rule.match(masks, Scope(breaks=scope.breaks) if sign.plain else scope)
    if rule.whole and matched.bit_count() != len(words.spoken):
        return 0
    if matched and any(other.match(words.masks, ANYWHERE) for other in sign.unless):
        return 0
    return matched


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
    return _Words(tuple(spoken), masks, breaks, commas, guessed)


def _ends_sentence(pause: str) -> bool:
    """Commas and trailing dots only slow a sentence down."""
    return pause.strip(",:") != "" and not pause.startswith("..")


def _without_harmless(masks: Masks, known: Rules) -> Masks:
    """The masks without the words of harmless phrases."""
    away = 0
    for number in known.harmless.possible(masks):
        away |= known.harmless.rules[number].match(masks)
    if not away:
        return masks
    return {form: left for form, mask in masks.items() if (left := mask & ~away)}


def _scope(words: _Words, masks: Masks, known: Rules) -> Scope:
    denying = _any(known.negators, masks)
    for number in known.not_denying.possible(masks):
        denying &= ~known.not_denying.rules[number].starts(masks)
    light = _any(known.light, masks)
    return Scope(
        breaks=words.breaks,
        barriers=denying | _any(known.barriers, masks),
        denied=_denied(denying, light, words.commas),
    )


def _denied(denying: int, light: int, commas: int) -> int:
    """The words that a "no" reaches: over light words only, and not past a comma."""
    reach, denied = denying, 0
    for _ in range(_DENIAL_REACH):
        reach = (reach << 1) & ~commas
        denied |= reach
        reach &= light
    return denied


def _is_over(masks: Masks, known: Rules) -> bool:
    """Whether the message tells of something past or cured and of nothing that goes on."""
    if not known.present.isdisjoint(masks):
        return False
    return any(book.rules[number].match(masks) for book in (known.past, known.cured) for number in book.possible(masks))


def _any(forms: frozenset[str], masks: Masks) -> int:
    found = 0
    for form in forms & masks.keys():
        found |= masks[form]
    return found
