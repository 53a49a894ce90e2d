"""Flows of version 13, goflow's: nodes with actions, a router and exits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backend.flows import model
from backend.flows.model import END, Branch, Flow, Question, Step, Test, Timeout
from backend.rapidpro.books import Book, Desk
from backend.rapidpro.goflow_actions import Localization, convert_action
from backend.rapidpro.goflow_cases import convert_case
from backend.rapidpro.loose import items, language, mapping, mappings, result_key, slug, text, unique, whole
from backend.rapidpro.notes import Notes
from backend.rapidpro.reading import expected, without_first_letters

Raw = Mapping[str, Any]
_MESSAGE = ("", "@input", "@input.text")


def convert_goflow(raw: Raw, flow_id: str, name: str, book: Book, notes: Notes) -> Flow:
    """A flow of version 13. Every node is converted, or named in `notes`."""
    desk = Desk(book, notes, name, text(raw.get("language")) or "base")
    if text(raw.get("type")) == "voice":
        desk.lost("flujo de voz", "se convirtió a mensajes de texto")
    converter = _Converter(raw, desk)
    steps: dict[str, Step] = {}
    for node in converter.nodes:
        step = converter.step(node)
        if step.id in steps:
            desk.warn("nodo repetido", "dos nodos llevan el mismo uuid; queda el primero")
        else:
            steps[step.id] = step
    if not steps:
        desk.node = ""
        desk.warn("flujo vacío", "no tiene nodos")
        steps = {"inicio": Step("inicio")}
    expires = whole(raw.get("expire_after_minutes"), model.DEFAULT_EXPIRY)
    return Flow(
        id=flow_id,
        title=name,
        steps=steps,
        start=next(iter(steps)),
        expires=expires if expires > 0 else model.DEFAULT_EXPIRY,
        dialect="goflow",
        language=language(raw.get("language")),
    )


class _Converter:
    """One flow's nodes; the first is where it starts."""

    def __init__(self, raw: Raw, desk: Desk) -> None:
        self.desk = desk
        self.nodes = mappings(raw.get("nodes"))
        self.localization: Localization = {
            code: {uuid: mapping(thing) for uuid, thing in mapping(things).items()}
            for code, things in mapping(raw.get("localization")).items()
        }
        self.names: dict[str, str] = {}
        for number, node in enumerate(self.nodes, 1):
            uuid = text(node.get("uuid")) or f"sin uuid {number}"
            node["uuid"] = uuid
            taken = set(self.names.values()) | {END}
            self.names.setdefault(uuid, unique(_name(node, number), taken))

    def step(self, node: Raw) -> Step:
        self.desk.node = text(node.get("uuid"))
        actions = tuple(
            action
            for raw in mappings(node.get("actions"))
            for action in convert_action(raw, self.desk, self.localization)
        )
        exits = {text(one.get("uuid")): self._destination(one) for one in mappings(node.get("exits"))}
        step = Step(self.names[self.desk.node], actions, goto=next(iter(exits.values()), END))
        router = mapping(node.get("router"))
        return self._routed(step, router, exits) if router else step

    def _destination(self, leaving: Raw) -> str:
        wanted = text(leaving.get("destination_uuid"))
        if wanted and wanted not in self.names:
            self.desk.warn("destino que no existe", f"apunta a {wanted}; ahí termina")
        return self.names.get(wanted, END)

    def _routed(self, step: Step, router: Raw, exits: Mapping[str, str]) -> Step:
        ways = {text(one.get("uuid")): self._way(one, exits) for one in mappings(router.get("categories"))}
        result = result_key(text(router.get("result_name"))) or None
        if text(router.get("type")) == "random":
            return replace(step, random=tuple(goto for goto, _ in ways.values()) or (END,), goto=END)
        if text(router.get("type")) not in ("switch", ""):
            self.desk.lost(f"router {text(router.get('type'))}", "no se conoce")
        otherwise, category = self._default(router, ways)
        branches = without_first_letters(self._branches(router, ways), self.desk)
        step = replace(
            step,
            branches=tuple(branches),
            otherwise=otherwise,
            otherwise_as=category,
            result=result,
            goto=otherwise,
        )
        operand = text(router.get("operand")).strip()
        wait = router.get("wait")
        if not isinstance(wait, Mapping):
            return replace(step, on=operand or "@input.text")
        on = None if operand in _MESSAGE else operand
        timeout = self._timeout(mapping(wait.get("timeout")), ways)
        return replace(step, on=on, question=Question(expect=expected(step.branches, on), timeout=timeout))

    def _way(self, category: Raw, exits: Mapping[str, str]) -> tuple[str, str]:
        return exits.get(text(category.get("exit_uuid")), END), text(category.get("name")) or "other"

    def _default(self, router: Raw, ways: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
        found = ways.get(text(router.get("default_category_uuid")))
        if found is None:
            self.desk.warn("sin salida para lo demás", "lo que no cabe en ninguna regla termina el flujo")
        return found or (END, "other")

    def _branches(self, router: Raw, ways: Mapping[str, tuple[str, str]]) -> list[Branch]:
        branches = []
        for case in mappings(router.get("cases")):
            goto, category = ways.get(text(case.get("category_uuid")), (END, "other"))
            test = convert_case(case, self._translated(case), self.desk) or Test("never")
            branches.append(Branch(test, goto, category))
        return branches

    def _translated(self, case: Raw) -> list[str]:
        uuid = text(case.get("uuid"))
        found = (items(things.get(uuid, {}).get("arguments")) for things in self.localization.values())
        return [text(argument) for arguments in found for argument in arguments]

    def _timeout(self, raw: Raw, ways: Mapping[str, tuple[str, str]]) -> Timeout | None:
        if not raw:
            return None
        goto, category = ways.get(text(raw.get("category_uuid")), (END, "timeout"))
        return Timeout(max(1, round(whole(raw.get("seconds"), 300) / 60)), goto, category)


def _name(node: Raw, number: int) -> str:
    result = slug(text(mapping(node.get("router")).get("result_name")), "")
    if result:
        return result
    return f"mensaje_{number}" if items(node.get("actions")) else f"rama_{number}"
