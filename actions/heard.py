"""A citizen's message as the actions see it: words, meaning, and the circumstances that the backend knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rasa_sdk import Tracker

from bot import installed


@dataclass(frozen=True)
class Wish:
    """One of several things that a message wishes; `asks`: as a question."""

    text: str
    intent: str
    entities: Mapping[str, Any] = field(default_factory=dict)
    asks: bool = False


@dataclass(frozen=True)
class Heard:
    """One message. `choice` is a payload that was offered before; `location` has `latitude` and `longitude`."""

    text: str
    intent: str
    confidence: float = 1.0
    entities: Mapping[str, Any] = field(default_factory=dict)
    only_names: bool = False
    ranking: tuple[tuple[str, float], ...] = ()  # what the classifier thought, best first, whatever overruled it
    unsure: bool = False  # the intent is no better than a guess
    trained_out_of_scope: bool = False  # a sentence that the packs know to be beyond them, not a doubtful one
    wishes: tuple[Wish, ...] = ()  # of a message that has several; the one it is about is among them or not
    turn_id: str = ""
    conversation: str = ""
    channel: str = "shell"
    choice: str | None = None
    location: Mapping[str, Any] | None = None
    jurisdiction: str = ""
    alarm: bool = False  # the person has an open alarm
    interrupted: bool = False  # a danger has been told since the last question
    asked: str = ""  # key of the text that asked it
    today: date = field(default_factory=date.today)

    @property
    def has_digits(self) -> bool:
        """Whether a number stands in the text: a house, a folio, a telephone."""
        return any(character.isdigit() for character in self.text)


def _day(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return date.today()


def heard(tracker: Tracker) -> Heard:
    """The latest message of a tracker, with the metadata that `bot.engine.turns` put there."""
    message = tracker.latest_message
    given: Mapping[str, Any] = message.get("metadata") or {}
    context: Mapping[str, Any] = given.get("context") or {}
    intent = message.get("intent") or {}
    ranking = tuple((each["name"], each["confidence"]) for each in message.get("intent_ranking") or ())
    return Heard(
        text=message.get("text") or "",
        intent=intent.get("name") or "",
        confidence=float(intent.get("confidence") or 0.0),
        entities={entity["entity"]: entity["value"] for entity in reversed(message.get("entities") or [])},
        only_names=bool(message.get("only_names")),
        ranking=ranking,
        # what a rule or the open question decided is no guess
        unsure=bool(message.get("unsure")) and ranking[0] == (intent.get("name"), intent.get("confidence")),
        trained_out_of_scope=not message.get("doubtful"),
        wishes=tuple(Wish(**wish) for wish in message.get("wishes") or ()),
        turn_id=str(given.get("turn_id") or message.get("message_id") or ""),
        conversation=str(given.get("conversation") or tracker.sender_id),
        channel=str(given.get("channel") or "shell"),
        choice=message.get("choice"),
        location=given.get("location"),
        jurisdiction=str(context.get("jurisdiction") or installed.jurisdiction()),
        alarm=bool(context.get("alarm")),
        interrupted=bool(context.get("interrupted")),
        asked=str((given.get("expect") or {}).get("asked") or ""),
        today=_day(context.get("locale_date")),
    )
