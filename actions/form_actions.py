"""The rasa_sdk actions of forms: one class per kind of action, made for every form of the packs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from itertools import takewhile
from typing import Any, Dict, List, Text, Type

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.after_alarm import go_on
from actions.answer import system
from actions.backend import backend
from actions.content import Content, FormOf, installed_content
from actions.forms import Step, ask, begin, cleared, questions
from actions.heard import heard
from actions.records import created, finish
from actions.replies import utter
from bot.packs.compile import FORM_DONE

LISTEN = "action_listen"
REQUESTED = "requested_slot"

Events = List[Dict[Text, Any]]


def events_of(content: Content, form: FormOf, step: Step) -> Events:
    """A step as Rasa events. The form always names its next question itself, or ends."""
    events = [SlotSet(name, value) for name, value in step.slots.items()]
    events.append(SlotSet(REQUESTED, form.slot(step.ask) if step.ask else None))
    if step.over == "done":
        events.append(FollowupAction(FORM_DONE))
    elif step.over == "switched" and step.other:
        events.append(FollowupAction(step.other))
    elif step.over:
        events.append(FollowupAction(LISTEN))
    return events


def resumed(content: Content, suspended: Any) -> Events:
    """Take up the form that another one had pushed aside."""
    form = suspended.get("form") if isinstance(suspended, Mapping) else None
    if form not in content.forms:
        return []
    slots = [SlotSet(name, value) for name, value in suspended.get("slots", {}).items()]
    return [SlotSet("suspended", None), *slots, FollowupAction(form)]


class ValidateForm(Action, ABC):
    """Decides what a message means for a form, says what is to be said, and names the next question."""

    @property
    @abstractmethod
    def form(self) -> Text:
        """Rasa's name of the form."""

    def name(self) -> Text:
        return f"validate_{self.form}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> Events:
        content = installed_content()
        form = content.forms[self.form]
        said, memory = heard(tracker), before_message(tracker)
        asked = next((f.name for f in questions(form) if form.slot(f.name) == memory.get(REQUESTED)), None)
        step = go_on(content, form, asked, said, memory) if asked else begin(content, form, said, memory)
        utter(dispatcher, step.replies)
        events = events_of(content, form, step)
        taken_up = resumed(content, memory.get("suspended")) if step.over in ("cancelled", "refused") else []
        if taken_up:
            utter(dispatcher, [system(content, said.jurisdiction, "retomar")])
        return [*events, *taken_up]


def before_message(tracker: Tracker) -> Dict[Text, Any]:
    """The slots, with the one asked for as it was: Rasa has put the raw text there, which is not an answer yet."""
    slots = dict(tracker.current_slot_values())
    asked = slots.get(REQUESTED)
    if asked:
        slots[asked] = None
    return slots


def asked_already(tracker: Tracker) -> bool:
    """Whether this turn has put a question that stands in for the form's own."""
    turn = takewhile(lambda event: event["event"] != "user", reversed(tracker.events))
    return any((event.get("metadata") or {}).get("expect") for event in turn)


class AskField(Action, ABC):
    """Asks one question of a form."""

    @property
    @abstractmethod
    def asks(self) -> tuple[Text, Text]:
        """Rasa's name of the form, and the field."""

    def name(self) -> Text:
        form, field = self.asks
        return f"action_ask_{installed_content().forms[form].slot(field)}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> Events:
        content = installed_content()
        form, field = self.asks
        if asked_already(tracker):
            return []
        utter(dispatcher, [ask(content, content.forms[form], field, heard(tracker), tracker.current_slot_values())])
        return []


class ActionFormDone(Action):
    """Does what a finished form is for, says so, and forgets the answers."""

    def name(self) -> Text:
        return FORM_DONE

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> Events:
        content = installed_content()
        form = content.forms[_last_form(tracker)]
        said = heard(tracker)
        replies = await finish(content, form, said, tracker.current_slot_values(), backend())
        utter(dispatcher, replies)
        taken_up = resumed(content, tracker.get_slot("suspended"))
        if taken_up:
            utter(dispatcher, [system(content, said.jurisdiction, "retomar")])
        made = [SlotSet("last_folio", {"pack": form.pack.id, "folio": folio}) for folio in created(replies)]
        return [*(SlotSet(name, None) for name in cleared(form)), *made, *taken_up]


def _last_form(tracker: Tracker) -> Text:
    names = (e.get("name") for e in reversed(tracker.events) if e.get("event") == "active_loop")
    return next(str(name) for name in names if name)


def _made(content: Content) -> List[Type[Action]]:
    """A class per form and per question; Rasa's executor finds them as subclasses of Action."""
    classes: List[Type[Action]] = []
    for action, form in content.forms.items():
        classes.append(type(f"Validate_{action}", (ValidateForm,), {"form": action, "__module__": __name__}))
        for field in questions(form):
            name = f"Ask_{form.slot(field.name)}"
            classes.append(type(name, (AskField,), {"asks": (action, field.name), "__module__": __name__}))
    return classes


MADE = _made(installed_content())
