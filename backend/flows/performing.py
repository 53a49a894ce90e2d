"""One function for each verb of a step. Each says whether the run must pause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backend.flows import effects as made
from backend.flows import model
from backend.flows.expressions.values import ExpressionError, to_text

if TYPE_CHECKING:
    from backend.flows.play import Play

LONGEST_VALUE = 640


def _say(play: Play, action: model.Say) -> bool:
    play.say(action.words, action.everywhere)
    return False


def _words(play: Play, template: str) -> str:
    """A typed value as text: a date that is saved is a date, not what it looks like in a message."""
    try:
        return to_text(play.value(template), play.scope)[:LONGEST_VALUE]
    except ExpressionError:
        return ""


def _save(play: Play, action: model.Save) -> bool:
    play.save_field(action.field, _words(play, action.value))
    return False


def _set_result(play: Play, action: model.SetResult) -> bool:
    play.keep(action.name, _words(play, action.value), play.text(action.category))
    return False


def _set_contact(play: Play, action: model.SetContact) -> bool:
    value = _words(play, action.value).strip()
    play.effects.append(made.ContactSet(action.what, value))
    if action.what == "name":
        play.contact = replace(play.contact, name=value)
    elif action.what == "language":
        play.contact = replace(play.contact, language=value)
    play.change()
    return False


def _about(play: Play, action: model.About) -> bool:
    """Somebody who is not of the household changes nothing."""
    wanted = _words(play, action.person)
    person = next((one for one in play.world.household if one.id == wanted), None)
    if person is not None:
        play.effects.append(made.AboutPerson(person.id))
        play.contact = person
        play.change()
    return False


def _change_groups(play: Play, action: model.ChangeGroups) -> bool:
    names = tuple(name for written in action.names if (name := play.text(written).strip()))
    if not names and not action.everything:
        return False
    play.effects.append(made.GroupsChanged(action.add, names, action.everything))
    own = play.contact.groups
    left = own | set(names) if action.add else frozenset() if action.everything else own - set(names)
    play.contact = replace(play.contact, groups=frozenset(left))
    play.change()
    return False


def _notify(play: Play, action: model.Notify) -> bool:
    emails = tuple(email for written in action.emails if (email := play.text(written).strip()))
    play.effects.append(made.Notified(play.text(action.text), action.to, play.text(action.subject), emails))
    return False


def _send_to(play: Play, action: model.SendTo) -> bool:
    said = play.said(action.words)
    groups, contacts = _people(play, action.groups), _people(play, action.contacts)
    if groups or contacts:
        play.effects.append(made.SentTo(said.text, groups, contacts, said.media))
    return False


def _people(play: Play, written: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(found for one in written if (found := play.text(one).strip()))


def _start_for(play: Play, action: model.StartFor) -> bool:
    groups, contacts = _people(play, action.groups), _people(play, action.contacts)
    if groups or contacts:
        play.effects.append(made.StartedFor(action.flow, groups, contacts))
    return False


def _start(play: Play, action: model.Start) -> bool:
    """The whole run becomes the other flow: whatever waited for this one is given up."""
    play.enter(action.flow)
    play.frames = play.frames[-1:]
    play.change(child={})
    return True


def _run_flow(play: Play, action: model.RunFlow) -> bool:
    play.enter(action.flow)
    return True


def _request(play: Play, action: model.Request) -> bool:
    headers = {name: play.text(value) for name, value in action.headers.items()}
    url, body = play.text(action.url).strip(), play.text(action.body)
    play.effects.append(made.Requested(url, action.method, headers, body))
    play.wait("response", None, {"result": action.result})
    return True


def _hook(play: Play, action: model.Hook) -> bool:
    play.effects.append(made.Hooked(action.name, {key: _words(play, value) for key, value in action.values.items()}))
    return False


def _label(play: Play, action: model.Label) -> bool:
    play.effects.append(made.Labelled(tuple(play.text(name) for name in action.names)))
    return False


def _unsupported(play: Play, action: model.Unsupported) -> bool:
    play.note(f"no se importó {action.what}: {action.why}")
    return False


PERFORMERS: Mapping[type[model.Action], Callable[[Any, Any], bool]] = {
    model.Say: _say,
    model.Save: _save,
    model.SetResult: _set_result,
    model.SetContact: _set_contact,
    model.About: _about,
    model.ChangeGroups: _change_groups,
    model.Notify: _notify,
    model.SendTo: _send_to,
    model.StartFor: _start_for,
    model.Start: _start,
    model.RunFlow: _run_flow,
    model.Request: _request,
    model.Hook: _hook,
    model.Label: _label,
    model.Unsupported: _unsupported,
}
