"""Feeds the packs to Rasa: `rasa train`, `rasa shell` and `rasa test` read them through config.yml.

importers:
- name: bot.importer.PackImporter
"""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method
from rasa.shared.utils.io import read_model_configuration

from bot.installed import data_dir, services
from bot.nlu.entities import lookup_name
from bot.packs.compile import compile_packs
from bot.packs.load import load_packs


class Example(Message):
    """A training sentence, cheap to hash and to copy.

    Rasa hashes each of them several times, its JSON with it, and copies them eleven times, to the last letter: together
    a quarter of a training.
    """

    def __hash__(self) -> int:
        return hash((self.get(TEXT), self.get(INTENT)))

    def __deepcopy__(self, memo: Dict[int, Any]) -> Example:
        """What a component sets on the copy is the copy's own; what it reads, nothing changes."""
        same = copy(self)
        same.data, same.features = dict(self.data), list(self.features)
        same.output_properties = set(self.output_properties)
        return same


class PackImporter(TrainingDataImporter):
    """Domain, examples and rules of the packs; stories for `rasa test` come from the paths of the command line."""

    def __init__(
        self,
        config_file: Optional[str] = None,
        domain_path: Optional[str] = None,
        training_data_paths: Optional[Union[List[str], str]] = None,
        **kwargs: Any,
    ) -> None:
        self._config_file = config_file
        paths = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        self._tests = [path for path in paths if Path(path).is_file() and YAMLStoryReader.is_test_stories_file(path)]
        packs = load_packs(data_dir(), services())
        # raises PackError for a fault; there is no empty bot
        self._compiled = compile_packs(packs)
        self._batches = {
            (intent.id, example.text): example.batch
            for pack in packs
            for intent in pack.intents.values()
            for example in intent.examples
        }

    @cached_method
    def get_domain(self) -> Domain:
        return Domain.from_dict(self._compiled.domain)

    def get_stories(self, exclusion_percentage: Optional[int] = None) -> StoryGraph:
        reader = YAMLStoryReader(self.get_domain())
        return StoryGraph(reader.read_from_parsed_yaml({"version": "3.1", "rules": self._compiled.rules}))

    def get_conversation_tests(self) -> StoryGraph:
        reader = YAMLStoryReader(self.get_domain(), use_e2e=True)
        return StoryGraph([step for path in self._tests for step in reader.read_from_file(path)])

    def get_config(self) -> Dict[str, Any]:
        return read_model_configuration(self._config_file) if self._config_file else {}

    def get_config_file_for_auto_config(self) -> Optional[str]:
        return None

    @cached_method
    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        examples = [
            Example.build(
                text,
                intent,
                intent_metadata={"uses": {key: list(ids) for key, ids in self._compiled.uses[intent].items()}},
                example_metadata={"batch": self._batches[intent, text]},
            )
            for intent, texts in self._compiled.nlu.items()
            for text in texts
        ]
        lookups = [
            {"name": lookup_name(entity, key), "elements": list(names)}
            for entity, entries in self._compiled.lookups.items()
            for key, names in entries.items()
        ]
        wordings = [
            {"name": lookup_name(entity, key), "pattern": wording}
            for entity, entries in self._compiled.wordings.items()
            for key, texts in entries.items()
            for wording in texts
        ]
        return TrainingData(examples, lookup_tables=lookups, regex_features=wordings)
