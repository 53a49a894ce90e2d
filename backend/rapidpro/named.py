"""What actions of all versions name: groups, people, fields, and the parts of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.flows import model
from backend.flows.model import Action
from backend.rapidpro.books import Desk
from backend.rapidpro.loose import items, mapping, mappings, slug, text

Raw = Mapping[str, Any]

_ADDRESSES = ("tel", "tel_e164", "mailto", "facebook", "twitter", "telegram", "whatsapp", "viber", "ext", "fcm")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def groups_of(raw: Raw, desk: Desk) -> tuple[str, ...]:
    """Groups as names, `{uuid, name}` or expressions."""
    names = []
    for group in items(raw.get("groups")):
        name = text(mapping(group).get("name")) or text(group) or text(mapping(group).get("name_match"))
        if name.strip():
            names.append(name.strip())
        else:
            desk.lost("grupo", "no tiene nombre")
    return tuple(dict.fromkeys(names))


def contacts_of(raw: Raw, desk: Desk) -> tuple[str, ...]:
    """Other people: by their id in RapidPro, or by an expression that gives an address."""
    people = []
    for contact in (*items(raw.get("contacts")), *items(raw.get("variables")), *items(raw.get("legacy_vars"))):
        part = mapping(contact)
        found = text(part.get("uuid")) or text(part.get("id")) or text(part.get("name")) or text(contact)
        if found == "@new_contact":
            desk.lost("contacto nuevo", "un flujo no puede dar de alta a otra persona")
        elif found:
            people.append(found)
    return tuple(dict.fromkeys(people))


def save_field(name: str, value: str, desk: Desk) -> Action:
    """A value into a field, the name, or an address."""
    key = slug(name, "")
    if not key:
        return desk.lost("guardar", "no dice en qué campo")
    if key == "name":
        return model.SetContact("name", value)
    if key == "first_name":
        return model.SetContact("name", f"{value} @(remove_first_word(contact.name))")
    if key in _ADDRESSES:
        return model.SetContact("address", value)
    return model.Save(key, value)


def method_of(value: object) -> str:
    method = text(value).upper().strip()
    return method if method in _METHODS else "POST"


def headers_of(value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(name): text(content) for name, content in value.items()}
    pairs = [(text(part.get("name")), text(part.get("value"))) for part in mappings(value)]
    return {name: content for name, content in pairs if name}
