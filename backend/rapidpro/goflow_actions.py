"""Actions of nodes, version 13 (goflow)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from backend.flows import model
from backend.flows.model import Action, Words
from backend.rapidpro.books import Desk, address_of
from backend.rapidpro.loose import items, language, mapping, result_key, text
from backend.rapidpro.named import contacts_of, groups_of, headers_of, method_of, save_field
from bot.packs.model import Option

Raw = Mapping[str, Any]
# language -> uuid of a thing -> its property -> texts
Localization = Mapping[str, Mapping[str, Mapping[str, Any]]]
Convert = Callable[[Raw, Desk, Localization], "Action | None"]


def convert_action(raw: Raw, desk: Desk, localization: Localization) -> tuple[Action, ...]:
    kind = text(raw.get("type")).lower().strip()
    convert = _ACTIONS.get(kind)
    if convert is None:
        return (desk.lost(f"acción {kind or 'sin tipo'}", _UNKNOWN.get(kind, "no se conoce")),)
    action = convert(raw, desk, localization)
    return (action,) if action else ()


def translations(raw: Raw, name: str, localization: Localization) -> dict[str, str]:
    """The translated texts of a property: language -> text."""
    found = {code: items(things.get(text(raw.get("uuid")), {}).get(name)) for code, things in localization.items()}
    return {language(code): text(texts[0]).strip() for code, texts in found.items() if texts and text(texts[0]).strip()}


def _words(raw: Raw, localization: Localization, name: str = "text") -> Words:
    replies = dict.fromkeys(text(mapping(one).get("text")) or text(one) for one in items(raw.get("quick_replies")))
    return Words(
        text=text(raw.get(name)).strip(),
        languages=translations(raw, name, localization),
        options=tuple(Option(title, title) for title in replies if title.strip()),
        media=tuple(address_of(text(one)) for one in items(raw.get("attachments")) if text(one)),
    )


def _send_msg(raw: Raw, desk: Desk, localization: Localization) -> Action | None:
    if raw.get("templating") or raw.get("template"):
        desk.warn("plantilla", "se envía su texto; las plantillas son de WhatsApp")
    words = _words(raw, localization)
    if not words.text.strip() and not words.media:
        desk.warn("mensaje vacío", "se quitó")
        return None
    return model.Say(words, everywhere=raw.get("all_urns") is True)


def _set_field(raw: Raw, desk: Desk, _: Localization) -> Action | None:
    named = mapping(raw.get("field"))
    return save_field(text(named.get("key")) or text(named.get("name")), text(raw.get("value")), desk)


def _set(what: Literal["name", "language", "timezone", "status"]) -> Convert:
    def convert(raw: Raw, desk: Desk, _: Localization) -> Action | None:
        value = text(raw.get(what))
        return model.SetContact(what, language(value) if what == "language" else value)

    return convert


def _set_result(raw: Raw, desk: Desk, _: Localization) -> Action | None:
    key = result_key(text(raw.get("name")))
    if not key:
        return desk.lost("acción set_run_result", "no dice cómo se llama")
    return model.SetResult(key, text(raw.get("value")), text(raw.get("category")))


def _groups(add: bool) -> Convert:
    def convert(raw: Raw, desk: Desk, _: Localization) -> Action | None:
        everything = raw.get("all_groups") is True
        names = () if everything else groups_of(raw, desk)
        return model.ChangeGroups(add, names, everything) if names or everything else None

    return convert


def _add_address(raw: Raw, desk: Desk, _: Localization) -> Action | None:
    return model.SetContact("address", text(raw.get("path")))


def _enter_flow(raw: Raw, desk: Desk, _: Localization) -> Action | None:
    flow = desk.other_flow(raw.get("flow"))
    return model.Start(flow) if raw.get("terminal") is True else model.RunFlow(flow)


def _start_session(raw: Raw, desk: Desk, _: Localization) -> Action | None:
    if raw.get("create_contact") is True:
        return desk.lost("acción start_session", "un flujo no puede dar de alta a otra persona")
    if text(raw.get("contact_query")):
        return desk.lost("acción start_session", "elige personas con una consulta de RapidPro")
    return model.StartFor(desk.other_flow(raw.get("flow")), groups_of(raw, desk), contacts_of(raw, desk))


def _send_broadcast(raw: Raw, desk: Desk, localization: Localization) -> Action | None:
    if text(raw.get("contact_query")):
        return desk.lost("acción send_broadcast", "elige personas con una consulta de RapidPro")
    return model.SendTo(_words(raw, localization), groups_of(raw, desk), contacts_of(raw, desk))


def _send_email(raw: Raw, desk: Desk, localization: Localization) -> Action | None:
    emails = tuple(text(address) for address in items(raw.get("addresses")) if text(address))
    return model.Notify(text(raw.get("body")).strip(), subject=text(raw.get("subject")).strip(), emails=emails)


def _webhook(raw: Raw, desk: Desk, _: Localization) -> Action | None:
    url = text(raw.get("url"))
    if not url:
        return desk.lost("acción call_webhook", "no tiene dirección")
    headers, body = headers_of(raw.get("headers")), text(raw.get("body"))
    return model.Request(url, method_of(raw.get("method")), headers, body, result_key(text(raw.get("result_name"))))


def _ticket(raw: Raw, desk: Desk, _: Localization) -> Action | None:
    topic = mapping(raw.get("topic"))
    subject = text(topic.get("name")) or text(raw.get("subject"))
    return model.Notify(text(raw.get("note")) or text(raw.get("body")) or subject, subject=subject)


def _labels(raw: Raw, desk: Desk, _: Localization) -> Action | None:
    names: Sequence[str] = [text(mapping(one).get("name")) or text(one) for one in items(raw.get("labels"))]
    return model.Label(tuple(name for name in names if name)) if any(names) else None


def _say_msg(raw: Raw, desk: Desk, localization: Localization) -> Action | None:
    if raw.get("audio_url"):
        desk.warn("grabación", "se envía el texto; la voz grabada no se usa")
    return _send_msg(raw, desk, localization)


_ACTIONS: Mapping[str, Convert] = {
    "send_msg": _send_msg,
    "say_msg": _say_msg,
    "set_contact_field": _set_field,
    "set_contact_name": _set("name"),
    "set_contact_language": _set("language"),
    "set_contact_timezone": _set("timezone"),
    "set_contact_status": _set("status"),
    "set_run_result": _set_result,
    "add_contact_groups": _groups(True),
    "remove_contact_groups": _groups(False),
    "add_contact_urn": _add_address,
    "add_input_labels": _labels,
    "enter_flow": _enter_flow,
    "start_session": _start_session,
    "send_broadcast": _send_broadcast,
    "send_email": _send_email,
    "call_webhook": _webhook,
    "open_ticket": _ticket,
}
_UNKNOWN: Mapping[str, str] = {
    "call_resthook": "su dirección está en RapidPro, no en la exportación",
    "call_classifier": "no hay clasificadores de RapidPro",
    "call_llm": "no hay modelos de RapidPro",
    "transfer_airtime": "aquí no se regala tiempo aire",
    "play_audio": "aquí no hay llamadas de voz",
    "request_optin": "el consentimiento se pide en la inscripción",
    "set_contact_channel": "se contesta por donde la persona escribe; el canal no se elige",
}
