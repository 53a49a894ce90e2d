"""What expressions can name while a run is played: both vocabularies of RapidPro, over the same data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from backend.flows.expressions.values import DEFAULT, Dialect
from backend.flows.state import Contact, Frame, World

Result = Mapping[str, str]

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def variables(
    world: World,
    dialect: Dialect,
    frames: tuple[Frame, ...],
    message: Mapping[str, str],
    params: Mapping[str, Any],
    response: Mapping[str, Any],
    child: Mapping[str, Any],
) -> Mapping[str, object]:
    """The variables of a scope. Names are lower case; `__default__` is what a name alone stands for."""
    contact = contact_values(world.contact, dialect)
    results = results_values(frames[-1].results)
    text = message.get("text", "")
    said = {
        DEFAULT: text,
        "value": text,
        "text": text,
        "time": message.get("time", ""),
        "created_on": message.get("time", ""),
    }
    extra = response.get("json") if response else params
    webhook = {DEFAULT: response.get("body", ""), **response}
    return {
        "contact": contact,
        "fields": contact["fields"],
        "urns": {scheme: f"{scheme}:{address}" for scheme, address in world.contact.addresses.items()},
        "results": results,
        "flow": {"name": frames[-1].flow, **results, DEFAULT: _summary(frames[-1].results)},
        "step": {**said, "contact": contact, "attachments": []},
        "input": {**said, "attachments": []},
        "household": len(world.household),
        "run": {"results": results, "contact": contact, "status": "active", "flow": {"name": frames[-1].flow}},
        "child": _run_values(child),
        "parent": _parent(frames, contact),
        "extra": extra,
        "legacy_extra": extra,
        "webhook": webhook,
        "trigger": {"params": params, "type": "manual"},
        "resume": {"type": "msg"},
        "date": _dates(world),
        "globals": {name.lower(): value for name, value in world.everywhere.items()},
        "channel": {DEFAULT: world.channel, "name": world.channel},
        "node": {},
        "ticket": {},
        "new_contact": {},
    }


class Later(Mapping[str, object]):
    """Variables that are worked out when an expression first asks for one: most messages never do."""

    def __init__(self, make: Callable[[], Mapping[str, object]]) -> None:
        self._make = make
        self._made: Mapping[str, object] | None = None

    def _values(self) -> Mapping[str, object]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __getitem__(self, name: str) -> object:
        return self._values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())


def contact_values(contact: Contact, dialect: Dialect) -> dict[str, Any]:
    """The person: every field is also a name of its own, as in `@contact.fecha_parto`."""
    fields: dict[str, object] = {name.lower(): value for name, value in contact.fields.items()}
    if dialect == "excel":
        fields = {name: _day_first(value) for name, value in fields.items()}
    phone = contact.addresses.get("tel", "")
    groups: object = sorted(contact.groups)
    if dialect == "goflow":
        groups = [{DEFAULT: name, "name": name} for name in sorted(contact.groups)]
    return {
        **fields,
        DEFAULT: contact.name or phone,
        "id": contact.id,
        "uuid": contact.id,
        "name": contact.name,
        "first_name": contact.name.split(" ")[0],
        "language": contact.language,
        "groups": groups,
        "tel": phone,
        "tel_e164": phone,
        "urn": phone,
        "urns": [f"{scheme}:{address}" for scheme, address in contact.addresses.items()],
        "created_on": contact.created_on,
        "arms": dict(contact.arms),
        "fields": fields,
    }


def _day_first(value: object) -> object:
    """Old flows show the dates of fields day first, however they are stored."""
    if not isinstance(value, str) or not _ISO_DAY.fullmatch(value):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


def results_values(results: Mapping[str, Result]) -> dict[str, Any]:
    return {name.lower(): _result(name, result) for name, result in results.items()}


def _result(name: str, result: Result) -> dict[str, str]:
    category, text, moment = result.get("category", ""), result.get("text", ""), result.get("time", "")
    return {
        DEFAULT: result["value"],
        "value": result["value"],
        "category": category,
        "category_localized": category,
        "text": text,
        "input": text,
        "time": moment,
        "created_on": moment,
        "label": name,
        "name": name,
    }


def _summary(results: Mapping[str, Result]) -> str:
    return "\n".join(f"{name}: {result['value']}" for name, result in results.items())


def _run_values(run: Mapping[str, Any]) -> dict[str, Any]:
    """Another run: its results stand below `results` and, as before version 13, beside it."""
    if not run:
        return {"status": "", "results": {}}
    results = results_values(run["results"])
    about = {"status": run["status"], "results": results, "flow": {"name": run["flow"], DEFAULT: run["flow"]}}
    return {**results, **about, "run": about}


def _parent(frames: tuple[Frame, ...], contact: Mapping[str, Any]) -> dict[str, Any]:
    if len(frames) < 2:
        return {"results": {}}
    above = frames[-2]
    return {**_run_values({"flow": above.flow, "status": "waiting", "results": above.results}), "contact": contact}


def _dates(world: World) -> dict[str, object]:
    now = world.now.astimezone(world.zone)
    today = now.date()
    day = timedelta(days=1)
    return {DEFAULT: now, "now": now, "today": today, "tomorrow": today + day, "yesterday": today - day}
