"""What is said back: texts of the packs with their blanks filled, and a reference by which the backend renders them."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.packs.model import Option, Text

# more than these are not shown by any channel
MOST_OPTIONS = 13


@dataclass(frozen=True)
class Reply:
    """One thing to say.

    `ref` names the text in the content store, `expect` says what kind of answer is awaited, `floor` hands the
    conversation over, `decision` tells in the evidence why this was said.
    """

    text: str
    ref: Mapping[str, Any] | None = None
    options: tuple[Option, ...] = ()
    document: str | None = None
    expect: Mapping[str, Any] | None = None
    floor: Mapping[str, str] | None = None
    effects: tuple[Mapping[str, Any], ...] = ()
    decision: str = "answer"


@dataclass(frozen=True)
class Outcome:
    """Replies, and the slots that change with them."""

    replies: tuple[Reply, ...]
    slots: Mapping[str, Any] = field(default_factory=dict)


class _Blanks(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def fill(template: str, values: Mapping[str, Any]) -> str:
    """`{names}` replaced by values; a name without value leaves nothing behind."""
    return string.Formatter().vformat(template, (), _Blanks({key: str(value) for key, value in values.items()}))


def say(key: str, text: Text, places: Mapping[str, str], params: Mapping[str, Any] | None = None, **more: Any) -> Reply:
    """The reply for a text of the packs: `key` is `<pack>/<answer>` or the key of a form's text."""
    params = dict(params or {})
    more.setdefault("options", text.options)
    return Reply(fill(text.text, {**places, **params}), {"say": key, "params": params}, **more)


def as_options(options: Sequence[Option]) -> list[dict[str, str]]:
    return [{"title": option.title, "value": option.value} for option in options[:MOST_OPTIONS]]


def utter(dispatcher: CollectingDispatcher, replies: Sequence[Reply]) -> None:
    """Hand the replies to Rasa. What Rasa does not know travels as metadata of the utterance."""
    for reply in replies:
        dispatcher.utter_message(
            text=reply.text,
            ref=dict(reply.ref) if reply.ref else None,
            options=as_options(reply.options),
            document=reply.document,
            expect=dict(reply.expect) if reply.expect else None,
            floor=dict(reply.floor) if reply.floor else None,
            effects=[dict(effect) for effect in reply.effects],
            decision=reply.decision,
        )
