"""The action behind every intent that is not a form."""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import answer
from actions.content import installed_content
from actions.heard import heard
from actions.replies import utter
from bot.packs.compile import ANSWER


class ActionAnswer(Action):
    """Says the fact, the text or the hand-over that the packs hold for the intent."""

    def name(self) -> Text:
        return ANSWER

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        outcome = answer(installed_content(), heard(tracker), tracker.current_slot_values())
        utter(dispatcher, outcome.replies)
        return [SlotSet(name, value) for name, value in outcome.slots.items()]
