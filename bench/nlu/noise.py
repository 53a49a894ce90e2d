"""Misspelt Spanish: clean sentences as people would have typed them, by rates learnt from tweets.

Learnt from the development part of TweetNorm_es only (600 tweets whose unusual words were corrected by hand):

* whole words: how often "que" is written "q", for words seen misspelt the same way at least twice;
* edits: how often some letters become others, given what kind of letter stands on each side (vowel, consonant, edge of
  the word), from aligning each misspelt word with its correction. Dropped accents, letters and spaces, repeated
  letters and swapped sounds are all of this kind.

`noisy` draws each independently; `strength` multiplies every rate. Seeded by the sentence, so that each gets the same
misspelling in every run. `python -m bench.nlu.noise <dev files>` makes `noise_table.json` again.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("noise_table.json")
# as in the tweets, where one word in fifteen is altered, and as in hurried messages, where more than one in four is
TWEETS, HURRIED = 1.0, 6.0
HIGHEST = 0.9  # of any rate, however strong the noise
LEAST = 2  # times a rule was seen
VOWELS = frozenset("aeiouáéíóúü")
WORD = re.compile(r"[a-zñáéíóúü0-9]+")
SPELT = re.compile(r"[a-zñáéíóúü0-9 ]*")
NOT_WORDS = re.compile(r"https?://\S+|[@#]\w+")
CORRECTED, LONGEST_SOURCE = "0", 3

Edit = tuple[str, str, str, str]  # source, target, kind of the letter before, and after


@dataclass(frozen=True)
class Noise:
    """Rates: per correct word its misspellings, per (source, before, after) its targets."""

    words: dict[str, tuple[tuple[str, float], ...]]
    edits: dict[tuple[str, str, str], tuple[tuple[str, float], ...]]

    def noisy(self, text: str, strength: float, seed: int = 0) -> str:
        """The sentence as it might have been typed."""
        chance = random.Random(f"{seed}:{strength}:{text}")
        swapped = WORD.sub(lambda found: self._word(found[0], strength, chance), text.lower())
        return " ".join(self._letters(swapped, strength, chance).split())

    def _word(self, word: str, strength: float, chance: random.Random) -> str:
        return _draw(self.words.get(word, ()), strength, chance) or word

    def _letters(self, text: str, strength: float, chance: random.Random) -> str:
        typed, at = [], 0
        while at < len(text):
            source, target = self._edit(text, at, strength, chance)
            typed.append(target)
            at += len(source)
        return "".join(typed)

    def _edit(self, text: str, at: int, strength: float, chance: random.Random) -> tuple[str, str]:
        """What stands here and what is typed for it; the longest source that is drawn."""
        for length in range(LONGEST_SOURCE, 0, -1):
            source = text[at : at + length]
            if len(source) == length and (rules := self.edits.get((source, *_around(text, at, at + length)))):
                target = _draw(rules, strength, chance)
                if target is not None:
                    return source, target
        return text[at], text[at]


def _draw(rates: Iterable[tuple[str, float]], strength: float, chance: random.Random) -> str | None:
    drawn = chance.random()
    scale = min(strength, HIGHEST / max(sum(rate for _, rate in rates), 1e-9))
    for target, rate in rates:
        drawn -= rate * scale
        if drawn < 0:
            return target
    return None


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    return _kind(text[start - 1 : start]), _kind(text[end : end + 1])


def _kind(letter: str) -> str:
    if not letter or not letter.isalnum():
        return "edge"
    return "vowel" if letter in VOWELS else "consonant"


@lru_cache(maxsize=1)
def noise() -> Noise:
    """The committed table."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    edits: dict[tuple[str, str, str], list[tuple[str, float]]] = defaultdict(list)
    for source, target, before, after, rate in table["edits"]:
        edits[source, before, after].append((target, rate))
    words = {word: tuple((target, rate) for target, rate in targets) for word, targets in table["words"].items()}
    return Noise(words, {key: tuple(targets) for key, targets in edits.items()})


@dataclass(frozen=True)
class Tweet:
    """A tweet's text with its corrections put in, and (misspelling, correction) pairs."""

    corrected: str
    pairs: tuple[tuple[str, str], ...]


def tweets(lines: Iterable[str]) -> Iterator[Tweet]:
    """Reads TweetNorm's files: `id<tab>text`, then `<tab>word class correction` for each unusual word."""
    text, pairs = "", []
    for line in [*lines, "end\t"]:
        if not line.startswith("\t"):
            if text:
                yield Tweet(_corrected(text, pairs), tuple(pairs))
            text, pairs = NOT_WORDS.sub(" ", line.partition("\t")[2]).lower(), []
        elif len(fields := line.split()) >= 3 and fields[1] == CORRECTED:
            wrong, right = fields[0].lower(), fields[2].replace("_", " ").lower()
            if wrong != right:
                pairs.append((wrong, right))


def _corrected(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    for wrong, right in pairs:
        text = re.sub(rf"(?<!\w){re.escape(wrong)}(?!\w)", right, text, count=1)
    return text


def edits(wrong: str, right: str) -> Iterator[Edit]:
    """The edits that make the misspelling of the correct word."""
    for kind, start, end, first, last in SequenceMatcher(None, right, wrong, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        target = wrong[first:last]
        if start == end:  # letters added: they belong to the letter before, or at the start to the one after
            start, target = (start - 1, right[start - 1] + target) if start else (start, target + right[:1])
            end = start + 1
        if start < end <= start + LONGEST_SOURCE and SPELT.fullmatch(target):
            yield (right[start:end], target, *_around(right, start, end))


def learn(found: Sequence[Tweet]) -> dict[str, object]:
    """The table: rates per time that the correct word, or the letters in such a place, occur."""
    text = " ".join(tweet.corrected for tweet in found)
    seen = Counter(WORD.findall(text))
    pairs = Counter(pair for tweet in found for pair in tweet.pairs)
    whole = {pair: count for pair, count in pairs.items() if count >= LEAST and " " not in pair[1]}
    words: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for (wrong, right), count in sorted(whole.items()):
        words[right].append((wrong, round(count / max(seen[right], count), 4)))
    counted = Counter(edit for (wrong, right), count in pairs.items() if (wrong, right) not in whole
                      for edit in edits(wrong, right))  # fmt: skip
    places = Counter(_places(text))
    rules = [(*edit, round(count / max(places[edit[0], edit[2], edit[3]], count), 5))
             for edit, count in sorted(counted.items()) if count >= LEAST]  # fmt: skip
    return {"tweets": len(found), "misspelt": sum(pairs.values()), "words": words, "edits": rules}


def _places(text: str) -> Iterator[tuple[str, str, str]]:
    for length in range(1, LONGEST_SOURCE + 1):
        for at in range(len(text) - length + 1):
            yield (text[at : at + length], *_around(text, at, at + length))


def main(paths: Sequence[str]) -> None:
    lines = [line for path in paths for line in Path(path).read_text(encoding="utf-8").splitlines()]
    table = {"from": [Path(path).name for path in paths], **learn(list(tweets(lines)))}
    TABLE.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{table['tweets']} tweets, {table['misspelt']} misspelt words -> {TABLE.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
