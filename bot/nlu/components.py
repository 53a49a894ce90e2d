"""What our parts of Rasa's graph have in common: how they are made, and how what they learn is kept in a model."""

from __future__ import annotations

import json
from abc import abstractmethod
from pathlib import Path
from typing import Any, Dict, Type, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData

FILE = "learnt.json"

_Part = TypeVar("_Part", bound="Part")
_Learner = TypeVar("_Learner", bound="Learner")


class Part(GraphComponent):
    """Made of its section of `config.yml`, and of its place in the model."""

    def __init__(self, config: Dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource

    @classmethod
    def create(
        cls: Type[_Part],
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> _Part:
        return cls(config, model_storage, resource)


class Learner(Part):
    """A part that is trained: `read` takes what it learnt from its folder in the model, `use` gets ready with it."""

    @classmethod
    @abstractmethod
    def read(cls, folder: Path) -> Any:
        """What was learnt. Raises where it cannot be read: an untrained part never answers."""

    @abstractmethod
    def use(self, learnt: Any) -> None:
        """Get ready to work with what was learnt."""

    @classmethod
    def load(
        cls: Type[_Learner],
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> _Learner:
        part = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            part.use(cls.read(folder))
        return part


class TableLearner(Learner):
    """Learns a table from the packs, of what JSON can say."""

    @abstractmethod
    def learn(self, training_data: TrainingData) -> Dict[str, Any]:
        """The table."""

    @classmethod
    def read(cls, folder: Path) -> Dict[str, Any]:
        table: Dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return table

    def train(self, training_data: TrainingData) -> Resource:
        with self._storage.write_to(self._resource) as folder:
            (folder / FILE).write_text(json.dumps(self.learn(training_data), ensure_ascii=False), encoding="utf-8")
        return self._resource
