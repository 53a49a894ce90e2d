"""Actions of action sets, versions up to 11."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backend.flows import model
from backend.flows.model import Action
from backend.rapidpro.books import Desk
from backend.rapidpro.loose import items, language, mapping, text
from backend.rapidpro.named import contacts_of, groups_of, headers_of, method_of, save_field

Raw = Mapping[str, Any]
Convert = Callable[[Raw, Desk], "Action | None"]

_VOICE = "aquí no hay llamadas de voz"


def convert_action(raw: Raw, desk: Desk) -> tuple[Action, ...]:
    kind = text(raw.get("type")).lower().strip()
    convert = _ACTIONS.get(kind)
    if convert is None:
        return (desk.lost(f"acción {kind or 'sin tipo'}", _UNKNOWN.get(kind, "no se conoce")),)
    action = convert(raw, desk)
    return (action,) if action else ()


def _reply(raw: Raw, desk: Desk) -> Action | None:
    words = desk.words(raw.get("msg"), raw.get("media"), items(raw.get("quick_replies")))
    if not words.text.strip() and not words.media:
        desk.warn("mensaje vacío", "se quitó")
        return None
    return model.Say(words, everywhere=raw.get("send_all") is True)


def _send(raw: Raw, desk: Desk) -> Action | None:
    words = desk.words(raw.get("msg"), raw.get("media"))
    return model.SendTo(words, groups_of(raw, desk), contacts_of(raw, desk))


def _save(raw: Raw, desk: Desk) -> Action | None:
    value, written = text(raw.get("value")), raw.get("field")
    name = text(mapping(written).get("key")) or text(written) or text(raw.get("label"))
    return save_field(name.removeprefix("[_NEW_]"), value, desk)


def _groups(add: bool) -> Convert:
    def convert(raw: Raw, desk: Desk) -> Action | None:
        names = groups_of(raw, desk)
        everything = not add and not items(raw.get("groups"))
        return model.ChangeGroups(add, names, everything) if names or everything else None

    return convert


def _flow(raw: Raw, desk: Desk) -> Action | None:
    return model.Start(desk.other_flow(_reference(raw)))


def _reference(raw: Raw) -> object:
    return raw.get("flow") if raw.get("flow") is not None else {"id": raw.get("id"), "name": raw.get("name")}


def _trigger_flow(raw: Raw, desk: Desk) -> Action | None:
    return model.StartFor(desk.other_flow(_reference(raw)), groups_of(raw, desk), contacts_of(raw, desk))


def _email(raw: Raw, desk: Desk) -> Action | None:
    emails = tuple(text(email) for email in items(raw.get("emails")) if text(email))
    message = desk.words(raw.get("msg")).text or desk.words(raw.get("body")).text
    return model.Notify(message, subject=desk.words(raw.get("subject")).text, emails=emails)


def _api(raw: Raw, desk: Desk) -> Action | None:
    url = text(raw.get("webhook")) or text(raw.get("url"))
    if not url:
        return desk.lost("acción api", "no tiene dirección")
    return model.Request(url, method_of(raw.get("action")), headers_of(raw.get("webhook_headers")))


def _language(raw: Raw, desk: Desk) -> Action | None:
    return model.SetContact("language", language(raw.get("lang")))


def _label(raw: Raw, desk: Desk) -> Action | None:
    names = tuple(name for one in items(raw.get("labels")) if (name := text(mapping(one).get("name")) or text(one)))
    return model.Label(names) if names else None


def _say(raw: Raw, desk: Desk) -> Action | None:
    if raw.get("recording"):
        desk.warn("grabación", "se envía el texto; la voz grabada no se usa")
    return _reply(raw, desk)


_ACTIONS: Mapping[str, Convert] = {
    "reply": _reply,
    "send": _send,
    "save": _save,
    "add_group": _groups(True),
    "del_group": _groups(False),
    "flow": _flow,
    "trigger-flow": _trigger_flow,
    "email": _email,
    "api": _api,
    "lang": _language,
    "add_label": _label,
    "say": _say,
}
_UNKNOWN: Mapping[str, str] = {
    "play": _VOICE,
    "channel": "se contesta por donde la persona escribe; el canal no se elige",
    "airtime": "aquí no se regala tiempo aire",
    "end_ussd": "no hay sesiones USSD",
}
