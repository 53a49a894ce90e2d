"""Several wishes in one message: which one the turn is about, and what is wished besides. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT

from bot.nlu import OUT_OF_SCOPE
from bot.text.wishes import asks

Parsed = Mapping[str, Any]

# thanks and greetings never outweigh a question in the same message
POLITE = frozenset({"comun.saludo", "comun.agradecimiento", "comun.despedida"})
# nor does a no where nothing was asked
EMPTY = POLITE | {"comun.afirmar", "comun.negar", "comun.cancelar"}
SURE = 0.6  # a wish that is understood less surely is left to the whole message
PLAUSIBLE = 0.35  # enough for the only question beside thanks
ABOUT = (INTENT, "intent_ranking", "only_names", "unsure", "doubtful")


def told_apart(whole: Parsed, parts: Sequence[Parsed], in_form: bool = False) -> dict[str, Any]:
    """A message as read in one, and in parts: `wishes` are the parts that are understood.

    Where the whole is only polite, the first question in it is what it is about. `danger` stays as the whole has it.
    """
    found = {**whole, "wishes": [_wish(part) for part in parts if _is_understood(part, SURE)]}
    empty = POLITE if in_form else EMPTY
    asked = (part for part in parts if asks(part[TEXT]) and _is_understood(part, PLAUSIBLE))
    question = next((part for part in asked if part[INTENT]["name"] not in EMPTY), None)
    if whole[INTENT]["name"] not in empty or question is None:
        return found
    named = {entity["entity"] for entity in question[ENTITIES]}
    others = [entity for entity in whole[ENTITIES] if entity["entity"] not in named]
    return {**found, **{key: question.get(key) for key in ABOUT}, ENTITIES: [*question[ENTITIES], *others]}


def _is_understood(part: Parsed, least: float) -> bool:
    intent = part[INTENT]
    return intent["name"] != OUT_OF_SCOPE and intent["confidence"] >= least and not part.get("unsure")


def _wish(part: Parsed) -> dict[str, Any]:
    entities = {entity["entity"]: entity["value"] for entity in reversed(part[ENTITIES])}
    return {"text": part[TEXT], "intent": part[INTENT]["name"], "entities": entities, "asks": asks(part[TEXT])}
