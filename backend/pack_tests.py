"""Runs the `tests.yml` of packs: sentences by a bot's `POST /parse`, conversations by any road that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from bot.packs.model import Conversation, Pack, Sentence

Parse = Callable[[Sequence[str]], list[Mapping[str, Any]]]
Say = Callable[[str, str], list[str]]  # (channel, text) -> the replies in words
BATCH = 200


@dataclass(frozen=True)
class Miss:
    """A sentence or a turn that came out otherwise than `tests.yml` says."""

    pack: str
    place: str
    text: str
    wanted: str
    got: str

    def __str__(self) -> str:
        return f"{self.pack}/tests.yml: {self.place}: '{self.text}' se esperaba {self.wanted}, salió {self.got}"


@dataclass(frozen=True)
class Outcome:
    """What became of the tests of one pack."""

    pack: str
    sentences: int
    conversations: int
    misses: tuple[Miss, ...]

    @property
    def understood(self) -> float:
        """Share of the sentences that were read as wanted, 1.0 when there are none."""
        missed = len({(miss.place, miss.text) for miss in self.misses if miss.place.startswith("sentences.")})
        return 1 - missed / self.sentences if self.sentences else 1.0


def bot_parse(url: str, token: str, timeout: float = 30.0) -> Parse:
    """Sentences read by a running bot service, each alone and without context."""

    def parse(texts: Sequence[str]) -> list[Mapping[str, Any]]:
        body = {"texts": list(texts), "context": False}
        answer = httpx.post(f"{url}/parse", json=body, headers={"Authorization": f"Bearer {token}"}, timeout=timeout)
        answer.raise_for_status()
        read: list[Mapping[str, Any]] = answer.json()
        return read

    return parse


def run_sentences(pack: Pack, parse: Parse) -> list[Miss]:
    """The sentences of a pack that are not read as its tests say."""
    misses: list[Miss] = []
    for start in range(0, len(pack.sentences), BATCH):
        batch = pack.sentences[start : start + BATCH]
        read = parse([sentence.text for sentence in batch])
        for sentence, got in zip(batch, read, strict=True):
            found = [_miss(pack, sentence, *fault) for fault in _differences(sentence, got)]
            misses += found[:1] + [miss for miss in found[1:] if miss.wanted == "danger"]
    return misses


def _miss(pack: Pack, sentence: Sentence, wanted: str, got: str) -> Miss:
    return Miss(pack.id, f"sentences.{sentence.intent}", sentence.text, wanted, got)


def _differences(sentence: Sentence, got: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    intent = f"{got['service']}.{got['intent']}"
    if intent != sentence.intent:
        yield sentence.intent, f"{intent} ({got['confidence']:.2f})"
    if sentence.danger and not got["danger"]:
        yield "danger", "no danger"
    found = got["entities"]
    for entity, value in sentence.entities.items():
        if not _same(value, found.get(entity)):
            yield f"{entity}={value}", f"{entity}={found.get(entity)}"


def _same(wanted: object, found: object) -> bool:
    """A date may be wanted by its words, its ISO form, or as a mapping of some of its parts."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(_same(value, found.get(key)) for key, value in wanted.items())
    if isinstance(found, Mapping):
        return wanted in found.values()
    if isinstance(wanted, (list, tuple)) and isinstance(found, (list, tuple)):
        return list(wanted) == list(found)
    return wanted == found


def run_conversation(pack_id: str, conversation: Conversation, say: Say) -> Miss | None:
    """Hold one conversation with a citizen whom nobody knows yet; the first turn that goes otherwise ends it."""
    for number, turn in enumerate(conversation.turns, 1):
        replies = "\n".join(say(conversation.channel, turn.citizen))
        place = f"conversations.{conversation.title}.{number}"
        rest = replies
        for fragment in turn.bot:
            _before, found, rest = rest.partition(fragment)
            if not found:
                return Miss(pack_id, place, turn.citizen, f"'{fragment}'", f"'{replies}'")
        for fragment in turn.not_bot:
            if fragment in replies:
                return Miss(pack_id, place, turn.citizen, f"no '{fragment}'", f"'{replies}'")
    return None


def run_pack(pack: Pack, parse: Parse, start: Callable[[], Say] | None) -> Outcome:
    """All tests of a pack. `start` gives a fresh citizen for each conversation; without it only sentences are run."""
    misses = run_sentences(pack, parse)
    held = pack.conversations if start is not None else ()
    if start is not None:
        outcomes = (run_conversation(pack.id, conversation, start()) for conversation in held)
        misses += [miss for miss in outcomes if miss]
    return Outcome(pack.id, len(pack.sentences), len(held), tuple(misses))


def run_packs(packs: Iterable[Pack], parse: Parse, start: Callable[[], Say] | None = None) -> list[Outcome]:
    return [run_pack(pack, parse, start) for pack in packs]
