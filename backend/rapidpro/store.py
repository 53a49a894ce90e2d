"""Writes an import as YAML: a folder like those of services, to be edited like any other."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from backend.flows.write import dump, short, write_flow
from backend.rapidpro.campaigns import CampaignDefinition, CampaignEvent
from backend.rapidpro.convert import Import
from backend.rapidpro.triggers import TriggerDefinition

USUAL_HOUR = 10  # for events that go at the hour of the date itself, which is a day here
_UNITS = {"minute": "minutes", "hour": "hours", "day": "days", "week": "days"}


def files(brought: Import, pack: str) -> dict[str, str]:
    """The files of an import, by their path inside the folder."""
    written = {f"flows/{short(flow.id, pack)}.yml": write_flow(flow) for flow in brought.flows.values()}
    for campaign in brought.campaigns:
        for name, programme in programmes(campaign, pack).items():
            written[f"programme/{name}.yml"] = (
                f"# de RapidPro, para el grupo {' '.join(campaign.group.split())}\n{dump(programme)}"
            )
    if brought.triggers:
        written["triggers.yml"] = dump({"triggers": [trigger_document(one, pack) for one in brought.triggers]})
    return written


def programmes(campaign: CampaignDefinition, pack: str) -> dict[str, dict[str, Any]]:
    """A campaign as programmes of ours, by name: one for each date that its events count from."""
    fields = dict.fromkeys(event.relative_to for event in campaign.events)
    names = {field: campaign.id if len(fields) == 1 else f"{campaign.id}_{field}" for field in fields}
    return {name: _programme(campaign, name, field, pack) for field, name in names.items()}


def _programme(campaign: CampaignDefinition, name: str, field: str, pack: str) -> dict[str, Any]:
    """Nobody knows yet whether it is about health: unsigned, production does not send it."""
    own = [event for event in campaign.events if event.relative_to == field]
    messages = [{"id": f"{name}_{number}", **_event(event, pack)} for number, event in enumerate(own, 1)]
    head = {"programme": name, "title": campaign.name, "relative_to": field, "health": True, "reviewed_by": ""}
    return {**head, "messages": messages}


def _event(event: CampaignEvent, pack: str) -> dict[str, Any]:
    size = {"week": 7}.get(event.unit, 1)
    written: dict[str, Any] = {_UNITS[event.unit]: event.offset * size}
    written["hour"] = USUAL_HOUR if event.delivery_hour is None else event.delivery_hour
    if event.flow:
        written["flow"] = short(event.flow, pack)
    elif event.message:
        written["text"] = event.message.text
    return written


def trigger_document(trigger: TriggerDefinition, pack: str) -> dict[str, Any]:
    written: dict[str, Any] = {"kind": trigger.kind, "flow": short(trigger.flow, pack)}
    for key in ("keywords", "groups", "exclude_groups"):
        written |= {key: list(getattr(trigger, key))} if getattr(trigger, key) else {}
    if trigger.kind == "keyword":
        written["match"] = trigger.match
    if trigger.schedule:
        parts = {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(trigger.schedule).items()
        }
        written["schedule"] = {key: value for key, value in parts.items() if value not in (None, "", [])}
    return written


def save(folder: Path, contents: dict[str, str], overwrite: bool) -> list[str]:
    """Write the files; those that exist with other contents are left, and named, unless `overwrite`."""
    kept = []
    for name, content in contents.items():
        path = folder / name
        if path.exists() and not overwrite and path.read_text(encoding="utf-8") != content:
            kept.append(name)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return kept
