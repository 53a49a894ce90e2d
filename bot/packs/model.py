"""What a service pack and a jurisdiction say, as frozen values.

`bot.packs.load` makes them from YAML, `bot.packs.check` judges them, `bot.packs.compile` turns them
into Rasa data, and the backend seeds its content store from them. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

CHECKS = (
    "text",
    "name",
    "curp",
    "email",
    "phone",
    "folio",
    "date",
    "due_date",
    "weeks",
    "yes_no",
    "options",
    "number",
    "place",
)
CREATES = ("request", "report", "enrolment", "appointment")
LOOK_UPS = ("request", "report")

Check = str
LEFT_OUT = "sin_dato"  # in `when`: the question was not put, or left without an answer


@dataclass(frozen=True)
class Text:
    """One thing to say, written once; `sms` and `messenger` only where the channel needs other words.

    `options` are offered as quick replies on Messenger and as numbered lines by SMS.
    `{placeholders}` are filled from a form's fields, a created folio, or the institution.
    """

    text: str
    sms: str | None = None
    messenger: str | None = None
    options: tuple[Option, ...] = ()

    def for_channel(self, channel: str) -> str:
        """The words for a channel: `twilio_sms` reads `sms`, `messenger` reads `messenger`."""
        own = {"twilio_sms": self.sms, "messenger": self.messenger}.get(channel)
        return own if own is not None else self.text


@dataclass(frozen=True)
class Option:
    """A choice offered with a text. `value` is what a form stores or `ir:<service>.<intent>[:<entity>=<id>]`.

    `also`: what people answer to a form's question instead of the title.
    """

    title: str
    value: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One id of a gazetteer entity (`tramite`, `tipo_reporte`, `servicio`) and the names people give it."""

    id: str
    names: tuple[str, ...]  # the first one is shown to citizens
    wordings: tuple[str, ...] = ()  # what is said instead of a name, in the syntax of bot.safety.patterns

    @property
    def title(self) -> str:
        return self.names[0]


@dataclass(frozen=True)
class Example:
    """A training sentence and the batch (imagined writer) it came from."""

    text: str
    batch: str = "base"


@dataclass(frozen=True)
class Intent:
    """What is done when a citizen asks `<service>.<name>`: exactly one of the verbs, `hand_over` may add a `say`."""

    service: str
    name: str
    examples: tuple[Example, ...] = ()
    say: str | None = None  # key in the pack's answers
    fact: bool = False  # answer: fact -> the fact <service>.<name>, about the entity `about`
    about: str | None = None  # entity the fact is about; None: one fact for the intent
    form: str | None = None
    look_up: str | None = None  # request | report, by the folio in the message or asked for by a form
    hand_over: str | None = None  # department id, or "owner"
    context: bool = False  # read only in the light of the last question (afirmar, negar, no_se ...)
    means: str | None = None  # what it means, for a service that data/common/intents.yml does not define

    @property
    def id(self) -> str:
        return f"{self.service}.{self.name}"


@dataclass(frozen=True)
class Field:
    """One question of a form."""

    name: str
    ask: Text
    check: Check = "text"
    invalid: Text | None = None
    optional: bool = False
    options: tuple[Option, ...] = ()
    from_entity: str | None = None  # taken from the first message when it already says it
    prefers_options: bool = False  # of several names of `from_entity` the one that is an option
    # asked only if these fields have one of these values; LEFT_OUT: none
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)  # value -> the fact that is all it needs, which ends the form
    personal: bool = False  # the answer tells who somebody is: staff reads a word in its place
    lacking: Text | None = None  # said to whoever does not have it, before it is asked again
    closed: Text | None = None  # a date: said of a Saturday or Sunday, before it is asked again

    @property
    def retorts(self) -> Mapping[str, Text]:
        """What is said to an answer that will not do, by the name of its key."""
        said = {"invalid": self.invalid, "lacking": self.lacking, "closed": self.closed}
        return {name: text for name, text in said.items() if text is not None}


@dataclass(frozen=True)
class Form:
    """Questions, then one deed. `create` makes a record and answers {folio}; `look_up` finds one by {folio}."""

    name: str
    fields: tuple[Field, ...]
    done: Text
    create: str | None = None
    look_up: str | None = None
    confirm: Text | None = None  # a last yes/no question with {fields} filled in
    missing: Text | None = None  # look_up: nothing found
    refused: Mapping[str, Text] = field(default_factory=dict)  # yes_no field -> said at a "no", which ends the form
    gave_up: Text | None = None  # said after the third answer that is none, which ends the form; else it waits
    not_ours: Text | None = None  # what is reported is of another authority, {autoridad}: said, and the form ends
    elsewhere: Text | None = None  # the place is in another {municipio}: said, and the place asked again


@dataclass(frozen=True)
class Sentence:
    """A test sentence: what `parse` must answer for it."""

    text: str
    intent: str  # <service>.<intent>
    entities: Mapping[str, object] = field(default_factory=dict)
    danger: bool = False


@dataclass(frozen=True)
class Turn:
    """One exchange of a test conversation; `bot` holds fragments that the replies must contain, in order."""

    citizen: str
    bot: tuple[str, ...] = ()
    not_bot: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conversation:
    title: str
    turns: tuple[Turn, ...]
    channel: str = "twilio_sms"


@dataclass(frozen=True)
class Pack:
    """A folder of `data/services/`: everything one service knows, and the proof that it knows it."""

    id: str
    path: Path
    service: str
    title: str
    owner: str
    jurisdiction: str | None = None
    health: bool = False
    reviewed_by: str | None = None
    entities: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)  # `procedures` becomes `tramite`
    intents: Mapping[str, Intent] = field(default_factory=dict)
    answers: Mapping[str, Text] = field(default_factory=dict)
    notices: Mapping[str, Text] = field(default_factory=dict)  # what the program says unasked, its own words of it
    forms: Mapping[str, Form] = field(default_factory=dict)
    sentences: tuple[Sentence, ...] = ()
    conversations: tuple[Conversation, ...] = ()
    rasa: Path | None = None


@dataclass(frozen=True)
class Fact:
    """A fact for citizens. `source` names what was read, or is "pending"; `example` marks the fictitious."""

    key: str  # <service>.<intent>
    about: str | None  # id of the entity, or None
    text: Text
    source: str
    verified_on: date | None = None
    valid_until: date | None = None
    example: bool = False


@dataclass(frozen=True)
class Office:
    id: str
    name: str
    address: str
    hours: str
    departments: tuple[str, ...] = ()
    phone: str | None = None


@dataclass(frozen=True)
class Phone:
    id: str
    number: str  # as citizens dial it: 911, 800 628 3762
    name: str
    source: str
    verified_on: date | None = None


@dataclass(frozen=True)
class Duty:
    """When one person, or one telephone that people share, answers alarms. Times are minutes of the local day."""

    name: str
    sms: str | None  # E.164
    email: str | None
    days: frozenset[int]  # Monday is 0; a shift past midnight belongs to the day on which it begins
    begins: int
    ends: int  # above 1440 where the shift goes past midnight

    def covers(self, day: int, minute: int) -> bool:
        """Whether the shift is on at a minute of a day of the week."""
        today = day in self.days and self.begins <= minute < self.ends
        return today or ((day - 1) % 7 in self.days and minute + 1440 < self.ends)


@dataclass(frozen=True)
class OnCall:
    """Who answers alarms of each service, in the order in which they are rung."""

    duties: Mapping[str, tuple[Duty, ...]] = field(default_factory=dict)  # by service
    example: bool = False  # fictitious: production refuses it


@dataclass(frozen=True)
class Institution:
    name: str
    notice_url: str
    notice_version: str
    timezone: str
    colours: Mapping[str, str] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)  # id -> name
    links: tuple[str, ...] = ()  # allowed links: host/path prefixes
    municipalities: tuple[str, ...] = ()  # "Name, State" of those it serves; empty: any place


@dataclass(frozen=True)
class Jurisdiction:
    """A folder of `data/jurisdictions/`: facts, offices, competences and telephones of one government."""

    id: str
    path: Path
    institution: Institution
    facts: tuple[Fact, ...] = ()
    offices: tuple[Office, ...] = ()
    phones: tuple[Phone, ...] = ()
    competences: Mapping[str, str] = field(default_factory=dict)  # tipo_reporte -> department id or "other:<who>"
    on_call: OnCall = OnCall()


@dataclass(frozen=True)
class Fault:
    """What a check found: `path: key: what to do`."""

    path: str
    key: str
    advice: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.path}: {self.key}: {self.advice}"


@dataclass(frozen=True)
class IntentList:
    """The names that the whole installation shares (`data/common/intents.yml`): what each intent and entity means."""

    services: Mapping[str, Mapping[str, str]]  # service -> intent -> meaning
    gazetteers: Mapping[str, tuple[str, ...]]  # entity -> ids that packs give names to
    rules: Mapping[str, str]  # entity read by rules -> what it is
