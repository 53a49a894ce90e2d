"""Which way an answer, or a value, goes on from a step: an explicit branch, or the catch-all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from backend.flows.answers import read_answer
from backend.flows.cases import Subject, chosen_option, fits
from backend.flows.expressions.template import value_of
from backend.flows.expressions.values import ExpressionError, Problem, Scope, Value, to_text
from backend.flows.model import Step
from backend.flows.state import Contact, Message
from bot.packs.model import Option

How = Literal["branch", "answer", "catch_all", "lone"]


@dataclass(frozen=True)
class Decision:
    """`branch`: a test fits. `answer`: it is of the type that the question expects. `lone`: anything goes here.
    `catch_all`: nothing else fits; `goto` is empty where the question must be asked again."""

    how: How
    goto: str
    value: str
    category: str

    @property
    def explicit(self) -> bool:
        return self.how in ("branch", "answer")


def decide_answer(
    step: Step, message: Message, options: tuple[Option, ...], scope: Scope, contact: Contact
) -> Decision:
    """How a message goes on from a step that has a question."""
    assert step.question is not None
    subject = Subject(message.text, message.text, scope, contact.groups, options, message.choice)
    text = message.text or " ".join(message.media)
    found = _branch(step, subject if step.on is None else _looked_at(step.on, subject)) or _by_option(step, subject)
    if found:
        return found
    answer = read_answer(step.question, subject) if step.question.expect != "text" else None
    if answer is not None:
        return Decision("answer", step.goto, answer, _category(step, answer))
    if step.question.expect == "text" and not _tells_apart(step):
        goto = step.goto if step.otherwise is None else step.otherwise
        return Decision("lone", goto, text, step.otherwise_as)
    return Decision("catch_all", step.otherwise or "", text, step.otherwise_as)


def _category(step: Step, answer: str) -> str:
    """The name of an answer that no branch took: the option itself, or what the way on is called."""
    assert step.question is not None
    if step.question.expect == "options":
        return answer
    if step.otherwise is not None and step.goto == step.otherwise:
        return step.otherwise_as
    return answer if step.question.expect == "yes_no" else step.question.expect


def _by_option(step: Step, subject: Subject) -> Decision | None:
    """`2` for the second option, where the branches only know its words."""
    chosen = chosen_option(subject)
    if chosen is None or step.on is not None:
        return None
    return _branch(step, replace(subject, value=chosen.title, text=chosen.title, choice=chosen.value))


def _looked_at(on: str, subject: Subject) -> Subject:
    """A question may be judged by a value that is worked out from the answer."""
    value = value_of(on, subject.scope)
    value = "" if isinstance(value, Problem) else value
    return replace(subject, value=value, text=_text(value, subject.scope))


def _tells_apart(step: Step) -> bool:
    """Whether some test of a question is more than "something was written"."""
    return any(branch.test.kind != "text" for branch in step.branches)


def _branch(step: Step, subject: Subject) -> Decision | None:
    for branch in step.branches:
        fit = fits(branch.test, subject)
        if fit:
            anything = branch.test.kind == "text"
            how: How = "branch" if not anything else "catch_all" if _tells_apart(step) else "lone"
            return Decision(how, branch.goto, fit.value, branch.category)
    return None


def decide_value(step: Step, value: Value, scope: Scope, contact: Contact) -> Decision:
    """How a step that looks at a value goes on."""
    text = _text(value, scope)
    found = _branch(step, Subject(value, text, scope, contact.groups))
    return found or Decision("catch_all", step.otherwise or step.goto, text, step.otherwise_as)


def _text(value: Value, scope: Scope) -> str:
    try:
        return to_text(value, scope)
    except ExpressionError:
        return ""
