"""The rules of `data/common/danger_rules.yml`, compiled once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, get_args

from bot.safety.lexicon import Lexicon
from bot.safety.patterns import Book, Rule, Words, parse
from bot.safety.verbs import same_verb
from bot.text.tables import read_yaml

Kind = Literal["alarm", "disaster", "self_harm", "violence", "urgent", "opt_out", "opt_in"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DANGER: Final[frozenset[Kind]] = frozenset({"alarm", "disaster", "self_harm", "violence"})

_FORM = re.compile(r"\w+")
_BOOKS = ("harmless", "not_denying", "past", "cured", "gone", "eased", "supposed", "again", "affirmed", "denied_after")
_LISTS = ("present", "acts", "turns", "negators", "light", "barriers")


@dataclass(frozen=True)
class Sign:
    """One thing that a message may say, in order of precedence within its kind; `alone`: rules that need no `needs`.

    `of_things`: pipes leak and riders fall too, so whoever describes something must say that somebody is pregnant.
    """

    id: str
    kind: Kind
    intent: str
    text_key: str
    rules: tuple[Rule, ...]
    alone: frozenset[str]
    needs: frozenset[str]
    unless: tuple[Rule, ...]
    unless_anywhere: tuple[Rule, ...]
    plain: bool
    of_things: bool


@dataclass(frozen=True)
class Rules:
    """Everything that reading a message needs; `signs[owners[n]]` is the sign of rule n of `proofs`."""

    lexicon: Lexicon
    signs: tuple[Sign, ...]
    carrying: frozenset[str]  # words that say that somebody is pregnant
    proofs: Book
    owners: tuple[int, ...]
    harmless: Book
    not_denying: Book
    past: Book
    cured: Book
    gone: Book
    eased: Book
    supposed: Book
    again: Book
    affirmed: Book
    denied_after: Book
    stays: Book
    present: frozenset[str]
    acts: frozenset[str]
    turns: frozenset[str]
    negators: frozenset[str]
    light: frozenset[str]
    barriers: frozenset[str]


@lru_cache(maxsize=1)
def rules() -> Rules:
    """The compiled rules. Raises ValueError where the file says something that cannot be a rule."""
    raw = read_yaml("danger_rules.yml")
    verbs = same_verb(raw["verbs"])
    families = {name: _whole_verbs(forms, verbs) for name, forms in raw["words"].items()}
    _check_families(families)
    signs = tuple(_sign(entry, families, verbs, raw["phrases"]) for entry in raw["signs"])
    proofs = Book(rule for sign in signs for rule in sign.rules)
    books = {name: Book(parse(text, families, {}) for text in raw[name]) for name in _BOOKS}
    lists = {name: frozenset[str](raw[name]) for name in _LISTS}
    unless = Book(rule for sign in signs for rule in (*sign.unless, *sign.unless_anywhere))
    needs = (sign.needs for sign in signs)
    forms = frozenset[str]().union(*(book.forms for book in (proofs, unless, *books.values())), *lists.values(), *needs)
    return Rules(
        lexicon=Lexicon(forms, proofs.anchors - (verbs.keys() - _written(raw)), frozenset(raw["real_words"].split())),
        signs=signs,
        carrying=families["gestacion"],
        proofs=proofs,
        owners=tuple(at for at, sign in enumerate(signs) for _ in sign.rules),
        harmless=books["harmless"],
        not_denying=books["not_denying"],
        past=books["past"],
        cured=books["cured"],
        gone=books["gone"],
        eased=books["eased"],
        supposed=books["supposed"],
        again=books["again"],
        affirmed=books["affirmed"],
        denied_after=books["denied_after"],
        stays=Book(parse(text, families, {}) for text in raw["phrases"]["stays"]),
        present=lists["present"],
        acts=lists["acts"],
        turns=lists["turns"],
        negators=lists["negators"],
        light=lists["light"],
        barriers=lists["barriers"],
    )


def kind_of(intent: str) -> Kind:
    """The danger that an intent is where no rule heard it: whoever is beaten is told less than whoever bleeds."""
    return next((sign.kind for sign in rules().signs if sign.intent == intent and sign.kind in DANGER), "alarm")


def _written(raw: Mapping[str, Any]) -> set[str]:
    """The forms that the file spells out: only these are mended when a letter is wrong."""
    rules = [text for entry in raw["signs"] for text in [*entry["rules"], *entry.get("alone", ())]]
    return {form for forms in raw["words"].values() for form in forms} | set(_FORM.findall(" ".join(rules)))


def _whole_verbs(forms: list[str], verbs: Words) -> frozenset[str]:
    return frozenset(forms).union(*(verbs[form] for form in forms if form in verbs))


def _check_families(families: Words) -> None:
    odd = [form for forms in families.values() for form in forms if not form.isalnum() or form != form.lower()]
    if odd:
        raise ValueError(f"danger_rules.yml: words: one folded word each, not {sorted(odd)}")


def _sign(entry: Mapping[str, Any], families: Words, verbs: Words, phrases: Mapping[str, list[str]]) -> Sign:
    if entry["kind"] not in KINDS:
        raise ValueError(f"danger_rules.yml: {entry['id']}: kind must be one of {', '.join(KINDS)}")
    alone = entry.get("alone", [])
    unless = [text for text in entry.get("unless", ()) if text[0] != "@"]
    anywhere = [rule for text in entry.get("unless", ()) if text[0] == "@" for rule in phrases[text[1:]]]
    return Sign(
        id=entry["id"],
        kind=entry["kind"],
        intent=entry["intent"],
        text_key=entry["text"],
        rules=tuple(parse(text, families, verbs) for text in [*entry["rules"], *alone]),
        alone=frozenset(alone),
        needs=frozenset[str]().union(*(families[name] for name in entry.get("needs", ()))),
        unless=tuple(parse(text, families, {}) for text in unless),
        unless_anywhere=tuple(parse(text, families, {}) for text in anywhere),
        plain=entry.get("plain") == "true",
        of_things=entry.get("of_things") == "true",
    )
