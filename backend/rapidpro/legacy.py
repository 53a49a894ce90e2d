"""Flows of versions up to 11: action sets and rule sets that name one another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backend.flows import model
from backend.flows.model import END, Action, Branch, Flow, Question, Step, Test, Timeout
from backend.rapidpro.books import Book, Desk
from backend.rapidpro.legacy_actions import convert_action
from backend.rapidpro.legacy_tests import convert_test
from backend.rapidpro.loose import language, localised, mapping, mappings, result_key, slug, text, unique, whole
from backend.rapidpro.named import headers_of, method_of
from backend.rapidpro.notes import Notes
from backend.rapidpro.reading import expected, without_first_letters

Raw = Mapping[str, Any]
_MESSAGE = ("", "@step.value", "@step", "@step.text")
_WAITS = (
    "wait_message",
    "wait_digit",
    "wait_digits",
    "wait_recording",
    "wait_photo",
    "wait_video",
    "wait_audio",
    "wait_gps",
)
_VALUES = ("contact_field", "flow_field", "expression", "group", "form_field")


def convert_legacy(raw: Raw, flow_id: str, name: str, book: Book, notes: Notes) -> Flow:
    """A flow of version 4 to 11. Every node is converted, or named in `notes`."""
    definition = mapping(raw.get("definition")) or raw
    metadata = {**mapping(raw.get("metadata")), **mapping(definition.get("metadata"))}
    desk = Desk(book, notes, name, text(definition.get("base_language")) or "base")
    if text(raw.get("flow_type")) == "V" or text(definition.get("flow_type")) == "V":
        desk.lost("flujo de voz", "se convirtió a mensajes de texto")
    action_sets, rule_sets = mappings(definition.get("action_sets")), mappings(definition.get("rule_sets"))
    names = _names(action_sets, rule_sets)
    steps: dict[str, Step] = {}
    for convert, nodes in ((_action_set, action_sets), (_rule_set, rule_sets)):
        for node in nodes:
            desk.node = text(node.get("uuid"))
            step = convert(node, names, desk)
            if step.id in steps:
                desk.warn("nodo repetido", "dos nodos llevan el mismo uuid; queda el primero")
            else:
                steps[step.id] = step
    if not steps:
        desk.node = ""
        desk.warn("flujo vacío", "no tiene nodos")
        steps = {"inicio": Step("inicio")}
    expires = whole(raw.get("expires") or metadata.get("expires"), model.DEFAULT_EXPIRY)
    return Flow(
        id=flow_id,
        title=name,
        steps=steps,
        start=_entry(definition, names, steps, desk),
        expires=expires if expires > 0 else model.DEFAULT_EXPIRY,
        dialect="excel",
        language=language(definition.get("base_language")),
    )


def _names(action_sets: list[dict[str, Any]], rule_sets: list[dict[str, Any]]) -> dict[str, str]:
    """A readable step name for each node, from the top of the canvas down. A node without uuid gets one."""
    nodes = [(node, "") for node in action_sets]
    nodes += [(node, slug(text(node.get("label")), "respuesta")) for node in rule_sets]
    nodes.sort(key=lambda pair: (whole(pair[0].get("y")), whole(pair[0].get("x"))))
    names: dict[str, str] = {}
    for number, (node, label) in enumerate(nodes, 1):
        node["uuid"] = text(node.get("uuid")) or f"sin uuid {number}"
        if node["uuid"] not in names:
            names[node["uuid"]] = unique(label or f"mensaje_{number}", set(names.values()) | {END})
    return names


def _entry(definition: Raw, names: Mapping[str, str], steps: Mapping[str, Step], desk: Desk) -> str:
    entry = text(definition.get("entry"))
    if entry in names:
        return names[entry]
    desk.node = entry
    if entry or len(steps) > 1:
        desk.warn("entrada que no existe", "se empieza por el nodo de más arriba")
    return next((name for name in names.values() if name in steps), next(iter(steps)))


def _destination(value: object, names: Mapping[str, str], desk: Desk) -> str:
    wanted = text(value)
    if not wanted:
        return END
    if wanted not in names:
        desk.warn("destino que no existe", f"apunta a {wanted}; ahí termina")
        return END
    return names[wanted]


def _action_set(node: Raw, names: Mapping[str, str], desk: Desk) -> Step:
    actions = [action for raw in mappings(node.get("actions")) for action in convert_action(raw, desk)]
    return Step(names[desk.node], tuple(actions), goto=_destination(node.get("destination"), names, desk))


@dataclass
class _Rules:
    """What the rules of a rule set come to."""

    branches: list[Branch] = field(default_factory=list)
    otherwise: str | None = None
    otherwise_as: str = "other"
    timeout: Timeout | None = None


def _rules(node: Raw, names: Mapping[str, str], desk: Desk) -> _Rules:
    rules = _Rules()
    for raw in mappings(node.get("rules")):
        test = mapping(raw.get("test")) or {"type": raw.get("test") or "true"}
        kind = text(test.get("type")).lower().strip()
        category = localised(raw.get("category"), desk.base)[0] or kind
        goto = _destination(raw.get("destination"), names, desk)
        if kind == "timeout":
            rules.timeout = Timeout(max(1, whole(test.get("minutes"), 5)), goto, category)
        elif rules.otherwise is not None:
            desk.warn("regla inalcanzable", f"«{category}» está después de la que acepta todo")
        elif kind == "true":
            rules.otherwise, rules.otherwise_as = goto, category
        else:
            rules.branches.append(Branch(convert_test(test, desk) or Test("never"), goto, category))
    return rules


def _rule_set(node: Raw, names: Mapping[str, str], desk: Desk) -> Step:
    kind = text(node.get("ruleset_type")).lower() or "wait_message"
    rules = _rules(node, names, desk)
    operand = _operand(node)
    config = mapping(node.get("config"))
    if rules.otherwise is None:
        if kind in _WAITS or kind in _VALUES:
            desk.warn("sin salida para lo demás", "lo que no cabe en ninguna regla termina el flujo")
        rules.otherwise = END
    step = Step(
        id=names[desk.node],
        branches=tuple(without_first_letters(rules.branches, desk)),
        otherwise=rules.otherwise,
        otherwise_as=rules.otherwise_as,
        result=result_key(text(node.get("label"))) or None,
        goto=rules.otherwise,
    )
    if kind in _WAITS:
        on = None if operand in _MESSAGE else operand
        return replace(step, on=on, question=Question(expect=expected(step.branches, on), timeout=rules.timeout))
    if kind == "random":
        return _random(step)
    return replace(step, do=_before(kind, node, config, desk), on=_on(kind, operand, config))


def _operand(node: Raw) -> str:
    """What is looked at; the oldest exports write `=DAYS(…)` for an expression."""
    operand = text(node.get("operand")).strip()
    return f"@({operand[1:]})" if operand.startswith("=") else operand


def _random(step: Step) -> Step:
    ways = [branch.goto for branch in step.branches]
    ways += [step.otherwise] if step.otherwise and (step.otherwise != END or not ways) else []
    return Step(step.id, random=tuple(ways))


def _on(kind: str, operand: str, config: Raw) -> str:
    if kind == "subflow":
        return "@child.status"
    if kind in ("webhook", "resthook"):
        return "@webhook.status"
    if kind == "group":
        return "@contact.groups"
    if kind == "form_field":
        place = whole(config.get("field_index")) + 1
        mark = text(config.get("field_delimiter")) or " "
        inner = re.sub(r"^@\(?|\)$", "", operand or "@step.value")
        return f'@(FIELD({inner}, {place}, "{mark}"))'
    return operand or "@step.value"


def _before(kind: str, node: Raw, config: Raw, desk: Desk) -> tuple[Action, ...]:
    """What a rule set does before it looks at a value."""
    if kind == "subflow":
        return (model.RunFlow(desk.other_flow(config.get("flow"))),)
    if kind == "webhook":
        url = text(config.get("webhook")) or text(node.get("webhook"))
        method = method_of(config.get("webhook_action") or node.get("webhook_action"))
        if not url:
            return (desk.lost("webhook", "no tiene dirección"),)
        return (model.Request(url, method, headers_of(config.get("webhook_headers"))),)
    if kind == "resthook":
        return (desk.lost("resthook", "su dirección está en RapidPro, no en la exportación"),)
    if kind == "airtime":
        return (desk.lost("airtime", "aquí no se regala tiempo aire"),)
    if kind not in _VALUES:
        return (desk.lost(f"regla {kind}", "no se conoce"),)
    return ()
