"""From a Flow to the YAML that `backend.flows.read` reads: an imported flow can be edited like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from backend.flows import model
from backend.flows.cases import ALONE, NESTED
from backend.flows.model import Action, Flow, Question, Step, Test, Words

Document = dict[str, Any]


class _Dumper(yaml.CSafeDumper):
    """Every text that the reader could take for something else stands in quotes."""


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    plain = text and text not in _SPECIAL and text == text.strip() and "\n" not in text
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_SPECIAL = ("true", "false", "null", "~", "")


def _constant(dumper: yaml.CSafeDumper, value: bool | int) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value).lower())


_Dumper.add_representer(str, _text)
_Dumper.add_representer(bool, _constant)
_Dumper.add_representer(int, _constant)
# the reader takes yes, no, on and numbers for text, so they need no quotes
_Dumper.yaml_implicit_resolvers = {}


def dump(document: Mapping[str, Any]) -> str:
    return str(yaml.dump(dict(document), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110))


def write_flow(flow: Flow) -> str:
    """The YAML of a flow, without its tests."""
    document: Document = {"title": flow.title, "expires": span(flow.expires), "start": flow.start}
    document |= {"dialect": flow.dialect} if flow.dialect != "goflow" else {}
    document |= {"language": flow.language} if flow.language else {}
    document |= {"fields": list(flow.fields)} if flow.fields else {}
    document |= {"reviewed_by": flow.reviewed_by} if flow.reviewed_by is not None else {}
    if flow.matrix:
        document["matrix"] = {"per_person": flow.matrix.per_person, "steps": list(flow.matrix.steps)}
    document["steps"] = {step.id: _step(step, flow.pack) for step in flow.steps.values()}
    return dump(document)


def span(minutes: int) -> str:
    """`3 d` for 4320: the largest unit that leaves no rest."""
    for unit, size in (("w", 10_080), ("d", 1_440), ("h", 60)):
        if minutes % size == 0 and (unit != "w" or minutes > size):
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


def _step(step: Step, pack: str) -> Document:
    written: Document = {}
    verbs = _verbs(step.do, pack)
    if len({verb for verb, _ in verbs}) == len(verbs):
        written |= verbs
    else:
        written["do"] = [{verb: value} for verb, value in verbs]
    if step.question:
        written |= _question(step.question)
    if step.on is not None:
        written["on"] = step.on
    if step.random:
        written["random"] = list(step.random)
    if step.branches:
        written["branches"] = [
            {**test_value(branch.test), "goto": branch.goto, "as": branch.category} for branch in step.branches
        ]
    if step.otherwise is not None:
        named = step.otherwise_as != "other"
        written["else"] = {"goto": step.otherwise, "as": step.otherwise_as} if named else step.otherwise
    if step.result:
        written["result"] = step.result
    if step.goto != step.otherwise and not step.random:
        written["goto"] = step.goto
    return written


def _question(question: Question) -> Document:
    written: Document = {"ask": words(question.words)} if question.words else {}
    written["expect"] = question.expect
    written |= {"between": list(question.between)} if question.between else {}
    written |= {"field": question.field} if question.field else {}
    written |= {"invalid": words(question.invalid)} if question.invalid else {}
    written |= {"tries": str(question.tries)} if question.tries != model.DEFAULT_TRIES else {}
    written |= {"give_up": question.give_up} if question.give_up != model.END else {}
    if question.timeout:
        timeout = question.timeout
        written["timeout"] = {"after": span(timeout.minutes), "goto": timeout.goto, "as": timeout.category}
    return written


def test_value(test: Test) -> Document:
    if test.kind in ALONE:
        return {"is": test.kind}
    if test.kind in NESTED:
        return {test.kind: [test_value(part) for part in test.parts]}
    if test.kind == "never":
        return {"never": True}
    return {test.kind: test.arguments[0] if len(test.arguments) == 1 else list(test.arguments)}


def words(said: Words) -> str | Document:
    written: Document = {"text": said.text} if said.text or not said.media else {}
    written |= {"sms": said.sms} if said.sms else {}
    written |= {"messenger": said.messenger} if said.messenger else {}
    written |= {"options": [{"title": one.title, "value": one.value} for one in said.options]} if said.options else {}
    written |= {"variants": list(said.variants)} if said.variants else {}
    written |= {"arms": {name: dict(arms) for name, arms in said.arms.items()}} if said.arms else {}
    written |= {"languages": dict(said.languages)} if said.languages else {}
    written |= {"media": list(said.media)} if said.media else {}
    return said.text if list(written) == ["text"] else written


def _verbs(actions: Sequence[Action], pack: str) -> list[tuple[str, Any]]:
    """Each verb with its value; messages, and fields, that follow one another stand together."""
    written: list[tuple[str, Any]] = []
    for action in actions:
        verb, value = _WRITERS[type(action)](action, pack)
        before = written[-1][1] if written and written[-1][0] == verb else None
        if verb == "save" and before is not None and not before.keys() & value.keys():
            written[-1] = verb, {**before, **value}
        elif verb == "say" and before is not None and _plain(before) and _plain(value):
            written[-1] = verb, [*(before if isinstance(before, list) else [before]), value]
        else:
            written.append((verb, value))
    return written


def _plain(said: object) -> bool:
    """Not the form that also goes everywhere, which stands alone."""
    return not (isinstance(said, dict) and "words" in said)


def _say(action: model.Say, _: str) -> tuple[str, Any]:
    said = words(action.words)
    return "say", {"words": said, "everywhere": True} if action.everywhere else said


def _set_result(action: model.SetResult, _: str) -> tuple[str, Any]:
    value = {"value": action.value, "as": action.category} if action.category else action.value
    return "set_result", {action.name: value}


def _change_groups(action: model.ChangeGroups, _: str) -> tuple[str, Any]:
    verb = "add_group" if action.add else "remove_group"
    return verb, "all" if action.everything else list(action.names)


def _present(**values: Any) -> Document:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items() if value}


def _notify(action: model.Notify, _: str) -> tuple[str, Any]:
    return "notify", _present(to=action.to, text=action.text, subject=action.subject, emails=action.emails)


def _send_to(action: model.SendTo, _: str) -> tuple[str, Any]:
    return "send_to", _present(text=words(action.words), groups=action.groups, contacts=action.contacts)


def _start_for(action: model.StartFor, pack: str) -> tuple[str, Any]:
    return "start_for", _present(flow=short(action.flow, pack), groups=action.groups, contacts=action.contacts)


def short(flow: str, pack: str) -> str:
    return flow.removeprefix(f"{pack}/")


def _request(action: model.Request, _: str) -> tuple[str, Any]:
    return "request", _present(
        url=action.url, method=action.method, headers=dict(action.headers), body=action.body, result=action.result
    )


_WRITERS: Mapping[type[Action], Callable[[Any, str], tuple[str, Any]]] = {
    model.Say: _say,
    model.Save: lambda action, _: ("save", {action.field: action.value}),
    model.SetResult: _set_result,
    model.SetContact: lambda action, _: (f"set_{action.what}", action.value),
    model.About: lambda action, _: ("about", action.person),
    model.ChangeGroups: _change_groups,
    model.Notify: _notify,
    model.SendTo: _send_to,
    model.StartFor: _start_for,
    model.Start: lambda action, pack: ("start", short(action.flow, pack)),
    model.RunFlow: lambda action, pack: ("run", short(action.flow, pack)),
    model.Request: _request,
    model.Hook: lambda action, _: (action.name, dict(action.values)),
    model.Label: lambda action, _: ("label", list(action.names)),
    model.Unsupported: lambda action, _: ("unsupported", {"what": action.what, "why": action.why}),
}
