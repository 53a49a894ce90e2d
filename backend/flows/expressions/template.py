"""Texts with expressions inside: `Hola @contact.name, faltan @(fields.parto - today()) días`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from backend.flows.expressions.evaluate import evaluate
from backend.flows.expressions.values import ExpressionError, Problem, Scope, Value, to_text

# what may follow a bare @; `a@gmail.com` and `@alguien` stay as they are
TOP_LEVELS = frozenset({
    "contact", "flow", "step", "extra", "date", "child", "parent", "channel", "new_contact",
    "fields", "results", "input", "run", "globals", "urns", "trigger", "webhook", "resume", "node", "ticket",
    "legacy_extra", "household",
})  # fmt: skip
_NAME = re.compile(r"@(\w+(?:\.\w+)*)")


@dataclass(frozen=True)
class Expression:
    """An expression inside a text, and how it is written there."""

    body: str
    written: str


@dataclass(frozen=True)
class Rendered:
    """A text with its expressions worked out; one that has a problem leaves nothing behind."""

    text: str
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=16_384)
def parts(template: str) -> tuple[str | Expression, ...]:
    """A template cut into plain text and expressions. `@@` is a plain @."""
    found: list[str | Expression] = []
    text, at = "", 0
    while at < len(template):
        expression = _expression_at(template, at) if template[at] == "@" else None
        if expression:
            found += [text, expression] if text else [expression]
            text, at = "", at + len(expression.written)
        elif template.startswith("@@", at):
            text, at = text + "@", at + 2
        else:
            text, at = text + template[at], at + 1
    return (*found, text) if text else tuple(found)


def expressions(template: str) -> tuple[Expression, ...]:
    return tuple(part for part in parts(template) if isinstance(part, Expression))


def _expression_at(template: str, start: int) -> Expression | None:
    if template.startswith("@(", start):
        end = _closing(template, start + 1)
        return Expression(template[start + 2 : end], template[start : end + 1]) if end else None
    name = _NAME.match(template, start)
    if name and name[1].split(".")[0].lower() in TOP_LEVELS:
        return Expression(name[1], name[0])
    return None


def _closing(template: str, start: int) -> int | None:
    """Where the parenthesis that opens at `start` closes; those inside quotes do not count."""
    level, quoted = 0, False
    for at in range(start, len(template)):
        char = template[at]
        if char == '"' and not (quoted and template[at - 1] == "\\"):
            quoted = not quoted
        elif not quoted and char in "()":
            level += 1 if char == "(" else -1
            if level == 0:
                return at
    return None


def render(template: str, scope: Scope) -> Rendered:
    """The words of a template in a scope."""
    words, problems = [], []
    for part in parts(template):
        if isinstance(part, str):
            words.append(part)
            continue
        value = evaluate(part.body, scope)
        try:
            words.append("" if isinstance(value, Problem) else to_text(value, scope))
        except ExpressionError as error:
            value = Problem(part.body, str(error))
        if isinstance(value, Problem):
            problems.append(value)
    return Rendered("".join(words), tuple(problems))


def value_of(template: str, scope: Scope) -> Value | Problem:
    """The typed value of a template that is one expression; otherwise its text."""
    pieces = parts(template.strip())
    if len(pieces) == 1 and isinstance(pieces[0], Expression):
        return evaluate(pieces[0].body, scope)
    return render(template, scope).text
