"""What a finished form does: makes a record, or looks one up, and says how it went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from actions.backend import Backend
from actions.competence import department
from actions.content import Content, FormOf
from actions.forms import shown, text_key, values
from actions.heard import Heard
from actions.replies import Reply, say
from bot.packs.compile import CONFIRM
from bot.packs.model import Text

# entities that the backend keeps beside the fields, to count and route by
ABOUT = ("tramite", "tipo_reporte", "servicio")


async def finish(
    content: Content, form: FormOf, heard: Heard, memory: Mapping[str, Any], backend: Backend
) -> tuple[Reply, ...]:
    """Do the form's deed. Raises BackendAway: nothing is told to a citizen that did not happen."""
    params = shown(content, form, memory)
    if form.form.create:
        made = await backend.create(record(content, form, heard, memory), f"{heard.turn_id}:1")
        params |= {"folio": str(made["folio"]), "estado": str(made.get("status_text") or "")}
        effect = {"type": "created", "kind": form.form.create, "folio": made["folio"]}
        return (_said(content, form, heard, "done", form.form.done, params, effects=(effect,)),)
    if form.form.look_up:
        found = await backend.look_up(str(values(form, memory).get("folio", "")), heard.conversation)
        if found is None:
            text = form.form.missing or content.answer("comun/sin_dato")
            return (_said(content, form, heard, "missing", text, params),)
        params["estado"] = str(found["status_text"])
    return (_said(content, form, heard, "done", form.form.done, params),)


def created(replies: Iterable[Reply]) -> list[str]:
    """The folios that replies tell of for the first time."""
    effects = (effect for reply in replies for effect in reply.effects)
    return [str(effect["folio"]) for effect in effects if effect["type"] == "created"]


def record(content: Content, form: FormOf, heard: Heard, memory: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `POST /api/v1/requests`."""
    fields = {name: value for name, value in values(form, memory).items() if name != CONFIRM}
    about: dict[str, Any] = {}
    for field in form.form.fields:
        for entity in ABOUT:
            if entity in (field.name, field.from_entity) and field.name in fields:
                about[entity] = fields[field.name]
    return {
        "conversation": heard.conversation,
        "kind": form.form.create,
        "form": form.key,
        "service": form.pack.service,
        "department": department(content, heard, about.get("tipo_reporte"), form.pack.owner),
        **about,
        "fields": fields,
    }


def _said(
    content: Content, form: FormOf, heard: Heard, name: str, text: Text, params: Mapping[str, str], **more: Any
) -> Reply:
    return say(text_key(form, name), text, content.places(heard.jurisdiction), params, decision=f"form_{name}", **more)
