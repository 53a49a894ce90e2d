"""What a flow says, as frozen values: a scripted exchange with one person.

`backend.flows.read` makes them from YAML, `backend.flows.check` judges them, `backend.flows.interpreter` plays them,
and `backend.rapidpro` makes them from exports. Templates are texts with expressions (`@results.fecha`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from backend.flows.expressions.values import Dialect
from bot.packs.model import Option

END = "end"
EXPECTS = ("text", "yes_no", "number", "date", "options", "phone", "email", "name", "weeks", "place", "person")
DEFAULT_EXPIRY = 7 * 24 * 60  # minutes
DEFAULT_TRIES = 3
# hook -> the values it may carry; the rooms of contacts, campaigns, alarms and appointments carry them out
HOOKS: Mapping[str, tuple[str, ...]] = {
    "enrol": ("campaign", "programme", "date"),
    "leave": ("reason",),
    "confirm": (),
    "forget": (),
    "loss": ("when",),
    "birth": ("date",),
    "appointment": ("date", "place", "state", "folio"),
    "alarm": ("kind", "text"),
    "outcome": ("name", "value"),
}

Expect = str


@dataclass(frozen=True)
class Words:
    """One thing to say. `arms` (experiment -> arm -> text) wins over `languages`, then `sms` and `messenger`,
    then a seeded choice among `text` and `variants`."""

    text: str
    sms: str | None = None
    messenger: str | None = None
    options: tuple[Option, ...] = ()
    variants: tuple[str, ...] = ()
    arms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    media: tuple[str, ...] = ()  # addresses


@dataclass(frozen=True)
class Say:
    words: Words
    everywhere: bool = False  # to all addresses of the person, not only the one in use


@dataclass(frozen=True)
class Save:
    """Writes a contact field."""

    field: str
    value: str


@dataclass(frozen=True)
class SetResult:
    name: str
    value: str
    category: str = ""


@dataclass(frozen=True)
class SetContact:
    """Writes what every contact has."""

    what: Literal["name", "language", "timezone", "status", "address"]
    value: str


@dataclass(frozen=True)
class About:
    """From here on the run is about another person of the same telephone: the answer to `expect: person`."""

    person: str


@dataclass(frozen=True)
class ChangeGroups:
    add: bool
    names: tuple[str, ...] = ()
    everything: bool = False  # remove from all


@dataclass(frozen=True)
class Notify:
    """Tells staff: a department (or `owner`), and whoever has these e-mail addresses."""

    text: str
    to: str = "owner"
    subject: str = ""
    emails: tuple[str, ...] = ()


@dataclass(frozen=True)
class SendTo:
    """Says something to other people."""

    words: Words
    groups: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True)
class StartFor:
    """Starts a flow for other people."""

    flow: str
    groups: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Start:
    """Hands over to another flow; this one ends."""

    flow: str


@dataclass(frozen=True)
class RunFlow:
    """Plays another flow and comes back."""

    flow: str


@dataclass(frozen=True)
class Request:
    """Asks another system over HTTP; the answer is `@webhook` (and `@extra`), its success a result."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    result: str = ""


@dataclass(frozen=True)
class Hook:
    """Something that another room does, named in HOOKS."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Label:
    """Marks the last message."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Unsupported:
    """What an import could not bring; it does nothing, and `check` does not let it pass."""

    what: str
    why: str


Action = (
    Say | Save | SetResult | SetContact | About | ChangeGroups | Notify | SendTo | StartFor | Start | RunFlow | Request
    | Hook | Label | Unsupported
)  # fmt: skip


@dataclass(frozen=True)
class Test:
    """A condition on an answer or a value; `arguments` are templates, `parts` belong to `all` and `any`."""

    kind: str  # a name of backend.flows.cases.KINDS
    arguments: tuple[str, ...] = ()
    parts: tuple[Test, ...] = ()


@dataclass(frozen=True)
class Branch:
    test: Test
    goto: str
    category: str


@dataclass(frozen=True)
class Timeout:
    minutes: int
    goto: str
    category: str = "timeout"


@dataclass(frozen=True)
class Question:
    """A wait for one message. `words` may have been said by steps before."""

    words: Words | None = None
    expect: Expect = "text"
    between: tuple[str, str] | None = None  # both ends count; for date, number, weeks
    field: str | None = None  # contact field that keeps the answer
    invalid: Words | None = None
    tries: int = DEFAULT_TRIES
    give_up: str = END
    timeout: Timeout | None = None


@dataclass(frozen=True)
class Step:
    """Things done in order, then perhaps a question or a look at a value, then one way on."""

    id: str
    do: tuple[Action, ...] = ()
    question: Question | None = None
    on: str | None = None
    random: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()
    otherwise: str | None = None  # the catch-all; None on a question: `invalid`, and ask again
    otherwise_as: str = "other"
    result: str | None = None
    goto: str = END  # without branches, or when `expect` is met and no branch is


@dataclass(frozen=True)
class Turn:
    """One exchange of a test: what the citizen writes (or how long nobody does) and what must be said."""

    citizen: str | None = None
    wait: int | None = None  # minutes
    known: bool = False  # a message that the bot would answer
    bot: tuple[str, ...] = ()
    not_bot: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """Who the flow is played with in a test."""

    name: str = ""
    language: str = ""
    groups: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    arms: Mapping[str, str] = field(default_factory=dict)
    household: tuple[str, ...] = ()  # names of who takes part by the same telephone, the person's own among them


@dataclass(frozen=True)
class Trial:
    """A conversation that the flow must hold, and what must be true afterwards."""

    title: str
    turns: tuple[Turn, ...]
    person: Person = Person()
    today: date = date(2026, 11, 22)
    channel: str = "twilio_sms"
    ends: str | None = None
    results: Mapping[str, str] = field(default_factory=dict)
    saved: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] | None = None
    effects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matrix:
    """Matrix sampling: each person is asked `per_person` of these steps, and all of them are asked equally often."""

    per_person: int
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Flow:
    """One file of `data/services/<pack>/flows/`. `id` is `<pack>/<file>`."""

    id: str
    title: str
    steps: Mapping[str, Step]
    start: str
    expires: int = DEFAULT_EXPIRY  # minutes since the last thing that happened
    dialect: Dialect = "goflow"
    language: str = ""  # of the plain texts, where others have translations
    fields: tuple[str, ...] = ()
    reviewed_by: str | None = None
    matrix: Matrix | None = None
    trials: tuple[Trial, ...] = ()
    path: Path = Path()

    @property
    def pack(self) -> str:
        return self.id.partition("/")[0]
