"""The verbs of a step, each with what it takes. Done in the order written; `do: [...]` where one comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from backend.flows import model
from backend.flows.model import HOOKS, Action
from backend.flows.read_words import read_all_words, read_words, template
from bot.packs.yaml_file import Section

Reader = Callable[[Section, str, str], Iterator[Action]]
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def read_do(section: Section, pack: str) -> tuple[Action, ...]:
    """The actions of a step."""
    actions: list[Action] = []
    for key in section:
        if key == "do":
            for keys, value in section.items("do"):
                if not isinstance(value, dict):
                    section.file.note(keys, "debe ser un mapa de un verbo: {say: …}")
                    continue
                part = Section(section.file, keys, value)
                part.only(*VERBS)
                actions += read_do(part, pack)
        elif key in VERBS:
            actions += VERBS[key](section, key, pack)
    return tuple(actions)


def flow_id(name: str, pack: str) -> str:
    """Inside a pack the short name is enough."""
    return name if "/" in name or not name else f"{pack}/{name}"


def _say(section: Section, key: str, _: str) -> Iterator[Action]:
    """A text, a list of texts, or `{words: …, everywhere: true}`."""
    value = section.values.get(key)
    if isinstance(value, dict) and "words" in value:
        part = section.section(key)
        part.only("words", "everywhere")
        yield model.Say(read_words(part, "words"), part.flag("everywhere"))
        return
    for words in read_all_words(section, key):
        yield model.Say(words)


def _save(section: Section, key: str, _: str) -> Iterator[Action]:
    values = section.section(key)
    for field in values:
        yield model.Save(field, template(values, field))


def _set_result(section: Section, key: str, _: str) -> Iterator[Action]:
    values = section.section(key)
    for name in values:
        if isinstance(values.values[name], dict):
            part = values.section(name)
            part.only("value", "as")
            yield model.SetResult(name, template(part, "value"), part.text("as") or "")
        else:
            yield model.SetResult(name, template(values, name))


def _set(what: Literal["name", "language", "timezone", "status", "address"]) -> Reader:
    def read(section: Section, key: str, _: str) -> Iterator[Action]:
        yield model.SetContact(what, template(section, key))

    return read


def _about(section: Section, key: str, _: str) -> Iterator[Action]:
    yield model.About(template(section, key))


def _groups(add: bool) -> Reader:
    def read(section: Section, key: str, _: str) -> Iterator[Action]:
        names = section.texts(key)
        everything = not add and names == ("all",)
        yield model.ChangeGroups(add, () if everything else names, everything)

    return read


def _notify(section: Section, key: str, _: str) -> Iterator[Action]:
    part = section.section(key)
    part.only("to", "text", "subject", "emails")
    yield model.Notify(
        part.required("text"), part.text("to") or "owner", part.text("subject") or "", part.texts("emails")
    )


def _send_to(section: Section, key: str, _: str) -> Iterator[Action]:
    part = section.section(key)
    part.only("text", "groups", "contacts")
    yield model.SendTo(read_words(part, "text"), part.texts("groups"), part.texts("contacts"))


def _start_for(section: Section, key: str, pack: str) -> Iterator[Action]:
    part = section.section(key)
    part.only("flow", "groups", "contacts")
    yield model.StartFor(flow_id(part.required("flow"), pack), part.texts("groups"), part.texts("contacts"))


def _start(section: Section, key: str, pack: str) -> Iterator[Action]:
    yield model.Start(flow_id(section.required(key), pack))


def _run(section: Section, key: str, pack: str) -> Iterator[Action]:
    yield model.RunFlow(flow_id(section.required(key), pack))


def _request(section: Section, key: str, _: str) -> Iterator[Action]:
    part = section.section(key)
    part.only("url", "method", "headers", "body", "result")
    headers = part.section("headers")
    yield model.Request(
        url=part.required("url"),
        method=part.one_of("method", _METHODS) or "GET",
        headers={name: template(headers, name) for name in headers},
        body=template(part, "body"),
        result=part.text("result") or "",
    )


def _label(section: Section, key: str, _: str) -> Iterator[Action]:
    yield model.Label(section.texts(key))


def _unsupported(section: Section, key: str, _: str) -> Iterator[Action]:
    part = section.section(key)
    part.only("what", "why")
    yield model.Unsupported(part.required("what"), part.required("why"))


def _hook(section: Section, key: str, _: str) -> Iterator[Action]:
    """The values of a hook; a hook without any is written `leave: {}` or `leave:`."""
    if section.values.get(key) is None:
        yield model.Hook(key)
        return
    part = section.section(key)
    part.only(*HOOKS[key])
    yield model.Hook(key, {name: template(part, name) for name in part})


VERBS: Mapping[str, Reader] = {
    "say": _say,
    "save": _save,
    "set_result": _set_result,
    "set_name": _set("name"),
    "set_language": _set("language"),
    "set_timezone": _set("timezone"),
    "set_status": _set("status"),
    "set_address": _set("address"),
    "about": _about,
    "add_group": _groups(True),
    "remove_group": _groups(False),
    "notify": _notify,
    "send_to": _send_to,
    "start_for": _start_for,
    "start": _start,
    "run": _run,
    "request": _request,
    "label": _label,
    "unsupported": _unsupported,
    **dict.fromkeys(HOOKS, _hook),
}
