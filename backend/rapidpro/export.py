"""Finds exports: a file, or a folder of them, of any version and shape."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.rapidpro.loose import items, mapping, mappings, text, whole
from backend.rapidpro.notes import Notes

_ENCODINGS = ("utf-8-sig", "utf-16", "latin-1")
_LARGEST = 200 * 1024 * 1024


@dataclass
class Export:
    """What was found in all the files together, each thing once."""

    flows: list[dict[str, Any]] = field(default_factory=list)
    campaigns: list[dict[str, Any]] = field(default_factory=list)
    triggers: list[dict[str, Any]] = field(default_factory=list)
    files: int = 0


def read_exports(paths: Iterable[Path], notes: Notes) -> Export:
    """Every flow, campaign and trigger below the paths. A file that is no export is named in `notes`."""
    export = Export()
    for path in paths:
        found = list(_files(path))
        if not found:
            notes.lost(str(path), "", "archivo", "no existe o no tiene archivos .json")
        for file in found:
            _read(file, export, notes)
    export.flows = _once(export.flows)
    export.campaigns = _once(export.campaigns)
    return export


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(found for found in path.rglob("*") if found.suffix.lower() == ".json" and found.is_file())
    elif path.is_file():
        yield path


def _read(file: Path, export: Export, notes: Notes) -> None:
    try:
        value = _parsed(file)
    except (OSError, ValueError, RecursionError) as error:
        notes.lost(file.name, "", "archivo", f"no es JSON que se pueda leer ({error})")
        return
    before = len(export.flows), len(export.campaigns), len(export.triggers)
    _gather(value, export, file.stem)
    if before == (len(export.flows), len(export.campaigns), len(export.triggers)) and not _is_empty_export(value):
        notes.lost(file.name, "", "archivo", "no es una exportación de RapidPro: no tiene flujos")
        return
    export.files += 1


def _parsed(file: Path) -> object:
    if file.stat().st_size > _LARGEST:
        raise ValueError("es demasiado grande")
    raw = file.read_bytes()
    for encoding in _ENCODINGS:
        try:
            words = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return json.loads(words)
    raise ValueError("no se reconoce su alfabeto")


def _is_empty_export(value: object) -> bool:
    return isinstance(value, Mapping) and "flows" in value


def _gather(value: object, export: Export, stem: str) -> None:
    """An export, a bare flow, or a list of either."""
    if isinstance(value, list):
        for item in value:
            _gather(item, export, stem)
        return
    if not isinstance(value, Mapping):
        return
    whole_value = mapping(value)
    if is_flow(whole_value):
        whole_value.setdefault("name", _name(whole_value) or stem)
        export.flows.append(whole_value)
        return
    for flow in mappings(whole_value.get("flows")):
        flow.setdefault("version", whole_value.get("version"))
        export.flows.append(flow)
    for campaign in mappings(whole_value.get("campaigns")):
        export.campaigns.append({"version": whole_value.get("version"), **campaign})
    export.triggers += mappings(whole_value.get("triggers"))
    for key in ("results", "definition"):  # an answer of the API, or a wrapped flow
        if key in whole_value and not items(whole_value.get("flows")):
            _gather(whole_value[key], export, stem)


def is_flow(value: Mapping[str, Any]) -> bool:
    inner = mapping(value.get("definition"))
    return any(key in value or key in inner for key in ("action_sets", "rule_sets", "nodes"))


def is_goflow(value: Mapping[str, Any]) -> bool:
    return "nodes" in value


def _name(flow: Mapping[str, Any]) -> str:
    return text(flow.get("name")) or text(metadata(flow).get("name"))


def metadata(flow: Mapping[str, Any]) -> dict[str, Any]:
    return {**mapping(mapping(flow.get("definition")).get("metadata")), **mapping(flow.get("metadata"))}


def identity(thing: Mapping[str, Any]) -> str:
    """The uuid, or the number, of a flow or campaign."""
    about = metadata(thing)
    return next((found for source in (thing, about) for key in ("uuid", "id") if (found := text(source.get(key)))), "")


def _once(things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest of those with one identity; a folder often holds a flow alone and in a whole export."""
    newest: dict[str, dict[str, Any]] = {}
    for number, thing in enumerate(things):
        key = identity(thing) or f"sin uuid {number}"
        if key not in newest or _age(thing) > _age(newest[key]):
            newest[key] = thing
    return list(newest.values())


def _age(thing: Mapping[str, Any]) -> tuple[str, int]:
    about = metadata(thing)
    return text(about.get("saved_on")), whole(about.get("revision") or thing.get("revision"))
