"""Is a message inside a form an answer, a question, or a wish to stop? A pure function, tested by tables."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Union

from actions.answer import GRAVE
from actions.asking import (
    GO_ON,
    LATER,
    asks,
    asks_for_somebody,
    gives_up,
    is_courtesy,
    is_this_number,
    lacks,
    more,
    opens_with_question,
    says_cancel,
    walks_away,
)
from actions.checks import FREE, SURE, Value, read, says_name, tells_date
from actions.heard import Heard
from bot.nlu import OUT_OF_SCOPE
from bot.nlu.urgency import ALWAYS
from bot.packs.model import Field
from bot.text import answers, wishes, words
from bot.text.bare import clauses


@dataclass(frozen=True)
class Answer:
    """The field has its value. `asks`: the message puts a question besides."""

    value: Any
    asks: bool = False


@dataclass(frozen=True)
class Invalid:
    """Meant as an answer, but not one. `unknown`: they said that they do not know it."""

    unknown: bool = False


@dataclass(frozen=True)
class Interruption:
    """A question or wish of its own; answered, and the form's question asked again."""


@dataclass(frozen=True)
class Cancel:
    """Wants to stop the form. `then`: and to be told something else instead."""

    then: bool = False


@dataclass(frozen=True)
class Leave:
    """Would rather not answer, or later: asked whether the form goes on, and nothing is lost meanwhile."""


@dataclass(frozen=True)
class Correct:
    """Wants to change the answer before this one."""


@dataclass(frozen=True)
class Repeat:
    """Wants the question again."""


@dataclass(frozen=True)
class Person:
    """Wants a human being."""


@dataclass(frozen=True)
class Skip:
    """Has no answer to an optional question."""


Reading = Union[Answer, Invalid, Interruption, Cancel, Leave, Correct, Repeat, Person, Skip]


@dataclass(frozen=True)
class Thresholds:
    """Confidence from which a message counts as something else than an answer; chosen on tests/actions/forms.yml.

    `question`: it has the form of a question. `statement`: it has not, and could not be read as the answer.
    `control`: cancel, correct, repeat, person in a sentence of their own words. `leave`: a no or a farewell.
    `free`: a question in place of a text, name or place, which take almost anything.
    `name`: a sentence in place of a name. `certain`: it holds an answer and hardly a word besides.
    """

    question: float = 0.35
    statement: float = 0.60
    control: float = 0.60
    leave: float = 0.45
    free: float = 0.45
    name: float = 0.90
    certain: float = 0.90


THRESHOLDS = Thresholds()

CONTROLS: dict[str, Reading] = {
    "comun.cancelar": Cancel(),
    "comun.corregir": Correct(),
    "comun.repetir": Repeat(),
    "comun.hablar_con_persona": Person(),
}
COMMANDS: dict[str, Reading] = {"cancel": Cancel(), "correct": Correct(), "repeat": Repeat(), "person": Person()}


# said in passing; they neither answer nor ask
POLITE = frozenset({"comun.saludo", "comun.agradecimiento", "comun.despedida"})

# said instead of a value they mean that none will come; a doubtful cancel is asked about, a sure one is done
LEAVING = frozenset({"comun.negar", "comun.despedida", "comun.cancelar"})

# "ahorita no puedo" holds a day, which is not meant
DATED = frozenset({"date", "due_date", "weeks"})

# what somebody either has or has not
KNOWN = SURE | DATED

SMS = "twilio_sms"  # whose conversation is with a telephone number

# whoever describes something may say "no quiero" and "cancelar" of it
DESCRIBES = frozenset({"text", "place"})

# "bueno cancelar. mejor dime cuánto tarda"
WELL_THEN = re.compile(r"^(?:(?:bueno|ok|pues|no|entonces|mejor|ya) )+(?=cancel|olvid)")

# a sentence of control is short; "quiero cancelar el contrato de la basura de mi calle" is a description
LONGEST_CONTROL = 6
LONGEST_CORRECTION = 4  # where a text is asked, which may itself tell of a mistake

# a value with more words than this beside it may be part of a question ("¿abren el 15 de marzo?")
MOST_BESIDE = 1


def read_answer(
    field: Field, heard: Heard, own_intents: Collection[str] = (), context_intents: Collection[str] = (),
    thresholds: Thresholds = THRESHOLDS,
) -> Reading:  # fmt: skip
    """What a message means while `field` is asked.

    `own_intents` opened this form and never interrupt it; `context_intents` have no meaning of their own.
    """
    if heard.choice is not None and heard.choice.startswith("ir:"):
        return CONTROLS.get(heard.intent, Interruption())
    command = answers.command(heard.text)
    value = None if field.check in FREE else read(field, heard)
    if command is not None and field.check == "options" and value is not None and more(field, heard.text) == 0:
        return Answer(value.value)  # an option may sound like a command: "Cancelar la cita"
    if command in COMMANDS and not (
        command == "correct" and field.check in FREE and len(words(heard.text)) > LONGEST_CONTROL
    ):
        return COMMANDS[command]
    if value is None and answers.bare(heard.text) in GO_ON:
        return Repeat()
    foreign = _means_something(heard) and heard.intent not in own_intents and heard.intent not in context_intents
    plain = value is not None and _plainly(field, heard, value)
    # danger is never an answer, whatever was asked
    if heard.intent in ALWAYS and heard.confidence >= thresholds.statement and not plain:
        return Interruption()
    if gives_up(heard.text):
        return Cancel()
    if asks_for_somebody(heard.text):
        return Person()
    if field.check == "phone" and field.optional and heard.channel == SMS and is_this_number(heard.text):
        return Skip()
    several = _several(field, heard)
    if several is not None:
        return several
    if value is None and (command == "unknown" or (field.check in KNOWN and lacks(heard.text))):
        return Skip() if field.optional else Invalid(unknown=True)
    if value is None and field.check not in DESCRIBES and walks_away(heard.text):
        return Cancel(then=True)
    if _leaves(field, heard, value, thresholds):
        return Skip() if field.optional and answers.yes_no(heard.text) is False else Leave()
    if field.check in FREE and not heard.location:
        return _free(field, heard, foreign, thresholds)
    return _strict(field, heard, foreign, thresholds)


def _several(field: Field, heard: Heard) -> Reading | None:
    """A message of several parts: one stops the form, or one is the answer and another asks; None for any other."""
    parts = wishes(heard.text)
    commands = [answers.command(WELL_THEN.sub("", clause)) for clause in clauses(heard.text)]
    offered = any(says_cancel(option.title) for option in field.options)  # "2, cancelar la cita"
    if (
        len(commands) > 1
        and not offered
        and ("cancel" in commands[:1] if field.check in DESCRIBES else "cancel" in commands)
    ):
        return Cancel(then=True)
    if field.check in FREE or field.check == "yes_no" or not any(wish.asks for wish in heard.wishes):
        return None
    alone = [replace(heard, text=part) for part in parts]
    told = next((v for one in alone if (v := read(field, one)) is not None and _plainly(field, one, v)), None)
    return None if told is None else Answer(told.value, asks=True)


def _means_something(heard: Heard) -> bool:
    """Whether a message has an intent that is more than a guess; what is grave is heard however doubtful."""
    return heard.intent != OUT_OF_SCOPE and (not heard.unsure or heard.intent in GRAVE)


def _courtesy(heard: Heard, thresholds: Thresholds) -> bool:
    """Whether a message is understood as thanks or a greeting for sure: no address, no description."""
    short = len(words(heard.text)) <= LONGEST_CONTROL and not heard.has_digits
    return short and heard.intent in POLITE and heard.confidence >= thresholds.name


def _control(heard: Heard, thresholds: Thresholds) -> Reading | None:
    if heard.confidence < thresholds.control or len(words(heard.text)) > LONGEST_CONTROL:
        return None
    return CONTROLS.get(heard.intent)


def _leaves(field: Field, heard: Heard, value: Value | None, thresholds: Thresholds) -> bool:
    """Whether a message puts the form off: in words that are nothing else, or as understood where no value is free."""
    if answers.bare(heard.text) in LATER:
        return value is None or field.check in DATED
    if value is not None or field.check in ("text", "place") or len(words(heard.text)) > LONGEST_CONTROL:
        return False
    least = thresholds.name if field.check == "name" else thresholds.leave
    understood = heard.intent in LEAVING and heard.confidence >= least
    return understood and _control(heard, thresholds) is None


def _strict(field: Field, heard: Heard, foreign: bool, thresholds: Thresholds) -> Reading:
    value = read(field, heard)
    if value is not None and _plainly(field, heard, value):
        return Answer(value.value)
    control = _control(heard, thresholds)
    if control is not None:
        return control
    sensible = foreign and heard.intent not in POLITE
    question = sensible and asks(heard.text) and heard.confidence >= thresholds.question
    statement = sensible and heard.confidence >= thresholds.statement and not tells_date(field, heard)
    beside = more(field, heard.text)
    if value is not None and not opens_with_question(heard.text):
        doubtful = beside <= MOST_BESIDE and heard.confidence < thresholds.certain
        if doubtful or not (question or statement):
            return Answer(value.value)
    if question or statement:
        return Interruption()
    if field.optional and answers.yes_no(heard.text) is False:
        return Skip()
    # "gracias" is no folio that is wrong
    return Repeat() if heard.intent in POLITE and heard.confidence >= thresholds.statement else Invalid()


def _plainly(field: Field, heard: Heard, value: Value) -> bool:
    """Whether the value is all that the message says, or of a kind that is never said by chance."""
    if field.check in SURE:
        return True
    # an option is recognised by one word of its title: "donde es la cita" is not "Cancelar la cita"
    opened = field.check == "options" and opens_with_question(heard.text)
    return more(field, heard.text) == 0 and not opened


def _free(field: Field, heard: Heard, foreign: bool, thresholds: Thresholds) -> Reading:
    control = _control(heard, thresholds)
    if isinstance(control, Cancel) and field.check in DESCRIBES and not says_cancel(heard.text):
        control = None  # "ya no prende"
    # "donde dice Jose debe decir Josue" is the text that was asked for
    describes = field.check == "text" and isinstance(control, Correct) and len(words(heard.text)) > LONGEST_CORRECTION
    # "Juana González Pérez" is like the corrections of a name that the model has learnt
    named = field.check == "name" and _says_name(field, heard, thresholds)
    if control is not None and not heard.has_digits and not describes and not named:
        return control
    if field.optional and answers.yes_no(heard.text) is False:
        return Skip()
    sensible = foreign and heard.intent not in POLITE
    if sensible and asks(heard.text) and heard.confidence >= thresholds.free:
        return Interruption()
    value = read(field, heard)
    if is_courtesy(heard.text) or (field.check != "name" and _courtesy(heard, thresholds)):
        return Repeat()
    if value is not None and (named or field.check != "name" or not sensible):
        return Answer(value.value)
    return Interruption() if sensible and heard.confidence >= thresholds.statement else Invalid()


def _says_name(field: Field, heard: Heard, thresholds: Thresholds) -> bool:
    """Whether a message is somebody's name; a sentence that means something for sure is none, whatever its letters."""
    return read(field, heard) is not None and (says_name(heard.text) or heard.confidence < thresholds.name)
