"""One turn of a conversation through Rasa, with nothing swallowed and nothing kept."""

from __future__ import annotations

import copy
import tarfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Set, Text, Tuple, Union

from rasa.core.actions.action import Action, ActionExecutionRejection, action_for_name_or_text
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import NaturalLanguageGenerator, TemplatedNaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.engine import loader
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.constants import ACTION_EXTRACT_SLOTS
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecutionRejected, DefinePrevUserUtteredFeaturization, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name
from rasa.utils.endpoints import EndpointConfig

from bot.engine.runner import DirectGraphRunner
from bot.engine.without_tensorflow import refuse_tensorflow_models
from bot.nlu.intents import PackIntents


class ModelMissing(RuntimeError):
    """The file named as model is not there, or is not a model."""


class TurnFailed(RuntimeError):
    """A turn came to no end; whoever asked decides when to try again."""


def _circuit_broken(*_: Any) -> None:
    raise TurnFailed("the policies never chose to listen")


class TurnProcessor(MessageProcessor):
    """Rasa's message processor without stores: the tracker comes in as an argument and is thrown away.

    It differs from the stock one where that one loses something: an action that raises fails the turn, a missing
    model file is an error instead of an invitation to load another, and a text never becomes a command.
    """

    def __init__(self, model: Path, actions: EndpointConfig) -> None:
        super().__init__(
            model,
            InMemoryTrackerStore(None),
            InMemoryLockStore(),
            TemplatedNaturalLanguageGenerator({}),
            actions,
            on_circuit_break=_circuit_broken,
        )
        # the last node is Rasa's handler of "/commands"; citizens' texts stop before it
        nodes = self.model_metadata.predict_schema.nodes
        self._understood = nodes[self.model_metadata.nlu_target].needs["messages"]
        # what the nodes up to this one find in a text is the same in every conversation
        self._ahead = next((name for name, node in nodes.items() if node.uses is PackIntents), None)

    @staticmethod
    def _load_model(model_path: Union[Text, Path]) -> Tuple[Text, ModelMetadata, GraphRunner]:
        path = Path(model_path)
        with TempDirectoryPath(get_temp_dir_name()) as folder:
            metadata, runner = loader.load_predict_graph_runner(
                Path(folder), path, LocalModelStorage, DirectGraphRunner
            )
        return path.name, metadata, runner

    def ahead(self, messages: List[UserMessage]) -> List[Optional[Message]]:
        """What the texts say whoever wrote them, for `parse`; None where the pipeline has no part of ours for that.

        Of many conversations at once: the sentence encoder reads ten texts in the time of three.
        """
        if self._ahead is None or not messages:
            return [None] * len(messages)
        found: List[Optional[Message]] = self.graph_runner.run({PLACEHOLDER_MESSAGE: messages}, [self._ahead])[
            self._ahead
        ]
        return found

    def parse(
        self,
        messages: List[UserMessage],
        tracker: Optional[DialogueStateTracker] = None,
        ahead: Optional[Message] = None,
    ) -> List[Dict[str, Any]]:
        """What the messages say: `intent`, `intent_ranking`, `entities` and `text` of each.

        `tracker` is the conversation that they continue; without one they are read on their own. `ahead` is what the
        method of that name found in the only message.
        """
        tracker = tracker or DialogueStateTracker.from_events("parse", [])
        inputs: Dict[str, Any] = {PLACEHOLDER_MESSAGE: messages, PLACEHOLDER_TRACKER: tracker}
        if ahead is not None and self._ahead is not None:
            inputs[self._ahead] = [ahead]
        parsed = self.graph_runner.run(inputs=inputs, targets=[self._understood])[self._understood]
        return [
            {ENTITIES: [], **p.as_dict(only_output_properties=True), TEXT: m.text}
            for p, m in zip(parsed, messages, strict=True)
        ]

    async def turn(self, tracker: DialogueStateTracker, message: UserMessage) -> None:
        """Let the bot answer `message`, whose `parse_data` is given. The events go into the tracker.

        Raises TurnFailed, or whatever an action raised.
        """
        parsed: Any = message.parse_data
        uttered = UserUttered(
            message.text,
            parsed[INTENT],
            parsed[ENTITIES],
            parsed,
            input_channel=message.input_channel,
            message_id=message.message_id,
            metadata=message.metadata,
        )
        tracker.update(uttered, self.domain)
        channel = CollectingOutputChannel()
        tracker = await self.run_action_extract_slots(channel, tracker)
        await self._run_prediction_loop(channel, tracker)

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """As Rasa's, which tries every slot of every service, with those that this message could fill."""
        action = action_for_name_or_text(ACTION_EXTRACT_SLOTS, self.domain, self.action_endpoint)
        events = await action.run(output_channel, self.nlg, tracker, _narrowed(self.domain, tracker))
        tracker.update_with_events(events, self.domain)
        return tracker

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        # a turn that fails loses its tracker anyhow; a copy is needed only for what an action could see and reject
        before = tracker
        if not all(isinstance(event, DefinePrevUserUtteredFeaturization) for event in prediction.events):
            before = tracker.copy()
            before.update_with_events(prediction.events, self.domain)
        try:
            events = await action.run(output_channel, nlg, before, self.domain)
        except ActionExecutionRejection:
            rejected = ActionExecutionRejected(action.name(), prediction.policy_name, prediction.max_confidence)
            tracker.update(rejected)
            return self.should_predict_another_action(action.name())
        self._log_action_on_tracker(tracker, action, events, prediction)
        return self.should_predict_another_action(action.name())


def _narrowed(domain: Domain, tracker: DialogueStateTracker) -> Domain:
    """The domain with only the slots that the last message could fill."""
    read = {entity.get("entity") for entity in tracker.latest_message.entities} if tracker.latest_message else set()
    narrow = copy.copy(domain)
    narrow.slots = [slot for slot in domain.slots if _fillable(slot.mappings, tracker.active_loop_name, read)]
    return narrow


def _fillable(mappings: List[Dict[str, Any]], form: Optional[Text], read: Set[Optional[Text]]) -> bool:
    for mapping in mappings:
        forms = [condition.get("active_loop") for condition in mapping.get("conditions", ())]
        if (not forms or form in forms) and mapping.get("entity") in {None, *read}:
            return True
    return False


def load(model: Path, actions: EndpointConfig) -> TurnProcessor:
    """Load a model file. Raises ModelMissing, or TensorFlowNeeded when it was trained with other components."""
    if not model.is_file():
        raise ModelMissing(f"there is no model at {model}: run `make train`")
    try:
        metadata = LocalModelStorage.metadata_from_archive(model)
    except (tarfile.TarError, OSError, KeyError, ValueError) as error:
        raise ModelMissing(f"{model} is not a model: run `make train`") from error
    refuse_tensorflow_models(node.uses.__name__ for node in metadata.predict_schema.nodes.values())
    return TurnProcessor(model, actions)
