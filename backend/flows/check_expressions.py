"""Expressions that cannot work: what is no expression, functions that do not exist, results that nothing keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from backend.flows.expressions import functions
from backend.flows.expressions.syntax import Call, Lookup, Negative, Node, Operation, Reference, parse
from backend.flows.expressions.template import TOP_LEVELS, expressions
from backend.flows.expressions.values import ExpressionError
from backend.flows.model import Flow, Save
from backend.flows.texts import results, templates
from bot.packs.yaml_file import nearest

Finding = tuple[str, str, str, Literal["error", "warning"]]  # step, what, advice, level
_RESULTS = ("results", "flow")


def check_expressions(flow: Flow, imported: bool) -> Iterator[Finding]:
    level: Literal["error", "warning"] = "warning" if imported else "error"
    known = results(flow)
    for step, template in templates(flow):
        for expression in expressions(template):
            try:
                tree = parse(expression.body, flow.dialect)
            except ExpressionError as error:
                yield step.id, "expresión", f"{expression.written} {error}", level
                continue
            for advice in _advice(tree, flow, known):
                yield step.id, "expresión", f"{expression.written}: {advice}", level
    if flow.fields:
        yield from _saved(flow, level)


def _advice(node: Node, flow: Flow, known: set[str]) -> Iterator[str]:
    if isinstance(node, Call):
        names = functions.names(flow.dialect)
        if node.name not in names:
            yield f"no existe la función {node.name}{nearest(node.name, names)}"
        for argument in node.arguments:
            yield from _advice(argument, flow, known)
    elif isinstance(node, Operation):
        yield from _advice(node.left, flow, known)
        yield from _advice(node.right, flow, known)
    elif isinstance(node, Negative):
        yield from _advice(node.value, flow, known)
    elif isinstance(node, Lookup):
        yield from _advice(node.value, flow, known)
        yield from _advice(node.key, flow, known)
    elif isinstance(node, Reference):
        yield from _reference(node.path, flow, known)


def _reference(path: tuple[str, ...], flow: Flow, known: set[str]) -> Iterator[str]:
    if path[0] not in TOP_LEVELS:
        yield f"no existe {path[0]}{nearest(path[0], TOP_LEVELS)}"
    elif path[0] in _RESULTS and len(path) > 1 and path[1] not in known and path[:2] != ("flow", "name"):
        yield f"ningún paso guarda el resultado {path[1]}{nearest(path[1], known)}"
    elif path[0] == "fields" and len(path) > 1 and flow.fields and path[1] not in flow.fields:
        yield f"el campo {path[1]} no está en fields{nearest(path[1], flow.fields)}"


def _saved(flow: Flow, level: Literal["error", "warning"]) -> Iterator[Finding]:
    for step in flow.steps.values():
        names = [action.field for action in step.do if isinstance(action, Save)]
        names += [step.question.field] if step.question and step.question.field else []
        for name in names:
            if name not in flow.fields:
                yield step.id, "campo", f"el campo {name} no está en fields{nearest(name, flow.fields)}", level
