"""Graph component: about what a message is. Names come from the packs, the rest from rules."""

from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Tuple

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import NORMALISED, municipios
from bot.nlu.components import TableLearner
from bot.nlu.gazetteer import Gazetteer, Name, Uses, useful
from bot.nlu.patterns import find
from bot.text import words


def lookup_name(entity: str, key: str) -> str:
    """How the importer names what finds an id: a look-up table of its names, and a pattern for each of its wordings."""
    return f"{entity}:{key}"


def _named(table: Mapping[str, str]) -> Tuple[str, str]:
    """The entity and the id in what `lookup_name` made."""
    entity, _, key = table["name"].partition(":")
    return entity, key


def _today(context: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(context.get("locale_date", ""))
    except (TypeError, ValueError):
        return date.today()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PackEntities(TableLearner):
    """Sets `entities`, and `only_names` when the message names something and asks nothing."""

    def learn(self, training_data: TrainingData) -> Dict[str, Any]:
        names = [[*_named(table), text] for table in training_data.lookup_tables for text in table["elements"]]
        wordings = [[*_named(wording), wording["pattern"]] for wording in training_data.regex_features]
        uses = {
            example.get(INTENT): ((example.get("metadata") or {}).get("intent") or {}).get("uses")
            for example in training_data.intent_examples
        }
        known = {word for example in training_data.intent_examples for word in words(example.get(NORMALISED) or "")}
        return {"names": names, "wordings": wordings, "uses": uses, "known": sorted(known)}

    def use(self, learnt: Dict[str, Any]) -> None:
        self._uses: Uses = learnt["uses"]
        wordings = [Name(*wording) for wording in learnt["wordings"]]
        self._gazetteer = Gazetteer([Name(*name) for name in learnt["names"]], learnt["known"], wordings=wordings)

    @staticmethod
    def required_packages() -> List[str]:
        return ["spacy", "rapidfuzz", "phonenumbers"]

    def process(self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None) -> List[Message]:
        for message in messages:
            text, normalised = (message.get(TEXT) or "")[:4000], message.get(NORMALISED) or ""
            alone = self._gazetteer.only_names(normalised)
            intent = {} if alone or _asked(message, tracker) else message.get(INTENT) or {}
            found = self._gazetteer.find(normalised)
            named = useful(found, intent.get("name", ""), intent.get("confidence", 0.0), self._uses)
            entities = [
                {"entity": entity, "value": key, "start": 0, "end": len(text), "extractor": type(self).__name__}
                for entity, key in named.items()
            ]
            context = (message.get("metadata") or {}).get("context") or {}
            shapes = find(text, _today(context))
            place = municipios.find(text, context.get("state"))
            entities += [
                {**vars(found), "extractor": type(self).__name__} for found in [*shapes, *([place] if place else [])]
            ]
            message.set(ENTITIES, entities, add_to_output=True)
            message.set("only_names", alone, add_to_output=True)
        return messages


def _asked(message: Message, tracker: Optional[DialogueStateTracker]) -> bool:
    """Whether the message may be an answer, which has names that its own intent has no use for."""
    expected = (message.get("metadata") or {}).get("expect")
    return bool(expected or (tracker and tracker.active_loop_name))
