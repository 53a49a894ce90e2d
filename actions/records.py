"""What a finished form does: makes a record, or looks one up, and says how it went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.backend import Backend
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
        "department": _department(content, form, heard, about),
        **about,
        "fields": fields,
    }


def _department(content: Content, form: FormOf, heard: Heard, about: Mapping[str, Any]) -> str:
    """Who is competent for what is reported; the pack's owner where the jurisdiction does not say."""
    where = content.jurisdictions.get(heard.jurisdiction)
    competent = where.competences.get(str(about.get("tipo_reporte"))) if where else None
    known = where.institution.departments if where else {}
    return competent if competent is not None and competent in known else form.pack.owner


def _said(
    content: Content, form: FormOf, heard: Heard, name: str, text: Text, params: Mapping[str, str], **more: Any
) -> Reply:
    return say(text_key(form, name), text, content.places(heard.jurisdiction), params, decision=f"form_{name}", **more)
