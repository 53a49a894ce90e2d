"""Examples and test sentences against each other: a test proves nothing about a sentence that was learnt."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from math import ceil

from bot.packs.model import Fault, IntentList, Pack
from bot.packs.read_examples import examples_file
from bot.packs.yaml_file import nearest, tests_file

FEW_EXAMPLES = 5
NEARLY = 0.8  # share of letter trigrams in common that makes two sentences nearly the same
_REPEATED = re.compile(r"([a-zñ])\1+")
_NOT_WORD = re.compile(r"[^a-z0-9ñ]+")
Place = tuple[str, str, str]  # file, intent, text


def plain(text: str) -> str:
    """A sentence without accents, capitals and punctuation; ñ stays. Emoji alone stay as they are."""
    lower = text.lower().replace("ñ", "\0")
    letters = "".join(char for char in unicodedata.normalize("NFD", lower) if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", letters.replace("\0", "ñ")).strip() or text.strip()


def check_sentences(packs: Sequence[Pack], names: IntentList) -> list[Fault]:
    """Examples in two intents, tests that are examples or nearly, intents without tests, unknown names in tests."""
    faults = [fault for pack in packs for fault in (*_coverage(pack), *_expected(pack, packs, names))]
    examples = [
        (examples_file(pack), intent.id, example.text)
        for pack in packs
        for intent in pack.intents.values()
        for example in intent.examples
    ]
    tests = [(tests_file(pack), sentence.intent, sentence.text) for pack in packs for sentence in pack.sentences]
    return faults + _repeated(examples, tests) + _near(examples, tests)


def _coverage(pack: Pack) -> Iterable[Fault]:
    tested = {sentence.intent for sentence in pack.sentences}
    for intent in pack.intents.values():
        if intent.id not in tested:
            advice = "no tiene frases de prueba; escribe algunas que no sean ejemplos"
            yield Fault(tests_file(pack), f"sentences.{intent.id}", advice)
        if len(intent.examples) < FEW_EXAMPLES:
            advice = f"tiene {len(intent.examples)} ejemplos; escribe al menos {FEW_EXAMPLES}, mejor 40"
            yield Fault(examples_file(pack), f"intents.{intent.name}.examples", advice, "warning")
    if pack.forms and not pack.conversations:
        yield Fault(
            tests_file(pack), "conversations", "ninguna conversación prueba los formularios de esta carpeta", "warning"
        )


def _expected(pack: Pack, packs: Sequence[Pack], names: IntentList) -> Iterable[Fault]:
    ids: dict[str, set[str]] = defaultdict(set)
    for other in packs:
        for entity, entries in other.entities.items():
            ids[entity] |= {entry.id for entry in entries}
    intents = {intent.id for other in packs for intent in other.intents.values()}
    entities = {*names.gazetteers, *names.rules, *ids}
    for sentence in pack.sentences:
        key = f"sentences.{sentence.intent}"
        if sentence.intent not in intents:
            yield Fault(
                tests_file(pack), key, f"ningún servicio tiene esta intención{nearest(sentence.intent, intents)}"
            )
        for entity, value in sentence.entities.items():
            if entity not in entities:
                yield Fault(tests_file(pack), key, f"'{entity}' no es una entidad{nearest(entity, entities)}")
            elif entity in ids and value not in ids[entity]:
                advice = f"'{value}' no es un {entity}{nearest(str(value), ids[entity])} (en '{sentence.text}')"
                yield Fault(tests_file(pack), key, advice)


def _repeated(examples: list[Place], tests: list[Place]) -> list[Fault]:
    """The same sentence twice: among the examples, among the tests, or in both."""
    faults: list[Fault] = []
    learnt: dict[str, Place] = {}
    for place in examples:
        path, intent, text = place
        first = learnt.setdefault(plain(text), place)
        if first[1] != intent:
            faults.append(Fault(path, f"{intent}.examples", f"'{text}' también es ejemplo de {first[1]}; deja uno"))
        elif first is not place:
            faults.append(Fault(path, f"{intent}.examples", f"'{text}' está dos veces", "warning"))
    asked: dict[str, Place] = {}
    for place in tests:
        path, intent, text = place
        key = plain(text)
        if key in learnt:
            advice = f"'{text}' es un ejemplo de {learnt[key][1]}; prueba con otra frase"
            faults.append(Fault(path, f"sentences.{intent}", advice))
        first = asked.setdefault(key, place)
        if first[1] != intent:
            faults.append(Fault(path, f"sentences.{intent}", f"'{text}' también es prueba de {first[1]}; deja una"))
        elif first is not place:
            faults.append(Fault(path, f"sentences.{intent}", f"'{text}' está dos veces", "warning"))
    return faults


def _near(examples: list[Place], tests: list[Place]) -> list[Fault]:
    """Tests that differ from an example by little more than a typo."""
    origin = {plain(text): (intent, text) for _, intent, text in reversed(examples)}
    learnt = _Learnt(list(origin))
    faults = []
    for path, intent, text in tests:
        key = plain(text)
        example = None if key in origin else learnt.nearly(key)
        if example is not None:
            source, words = origin[example]
            advice = f"'{text}' es casi el ejemplo '{words}' de {source}"
            faults.append(Fault(path, f"sentences.{intent}", advice, "warning"))
    return faults


class _Learnt:
    """The examples by their letter trigrams, each a bit of a number, so that thousands compare in a moment."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys
        self._stretched = {_REPEATED.sub(r"\1", key): key for key in keys}
        found = [_trigrams(key) for key in keys]
        seen = Counter(part for parts in found for part in parts)
        self._order = {part: rank for rank, (part, _) in enumerate(reversed(seen.most_common()))}
        self._bits = [self._mask(parts) for parts in found]
        self._sizes = [len(parts) for parts in found]
        self._index: dict[str, list[int]] = defaultdict(list)
        for number, parts in enumerate(found):
            for part in self._rarest(parts):
                self._index[part].append(number)

    def nearly(self, key: str) -> str | None:
        """An example that is this sentence but for stretched letters or a typo."""
        same = self._stretched.get(_REPEATED.sub(r"\1", key))
        if same is not None:
            return same
        parts = _trigrams(key)
        size, bits = len(parts), self._mask(parts)
        shortest, longest = NEARLY * size, size / NEARLY
        candidates = {number for part in self._rarest(parts) for number in self._index.get(part, ())}
        for number in candidates:
            if not shortest <= self._sizes[number] <= longest:
                continue
            common = (bits & self._bits[number]).bit_count()
            if common >= NEARLY * (size + self._sizes[number] - common) and _typo(key, self._keys[number]):
                return self._keys[number]
        return None

    def _mask(self, parts: frozenset[str]) -> int:
        mask = 0
        for part in parts:
            mask |= 1 << self._order[part] if part in self._order else 0
        return mask

    def _rarest(self, parts: frozenset[str]) -> list[str]:
        """Two sentences that share NEARLY of their trigrams share one of these (prefix filter)."""
        ordered = sorted(parts, key=lambda part: (self._order.get(part, -1), part))
        return ordered[: len(ordered) - ceil(NEARLY * len(ordered)) + 1]


def _typo(left: str, right: str) -> bool:
    return SequenceMatcher(None, left, right, autojunk=False).ratio() >= 0.9


def _trigrams(text: str) -> frozenset[str]:
    padded = f"  {text} "
    return frozenset(padded[n : n + 3] for n in range(len(padded) - 2))
