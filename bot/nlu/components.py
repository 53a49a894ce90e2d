"""What parts of Rasa's graph have in common: how they are made, and how what one learns is kept in a file of JSON."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional, Type, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData

FILE = "learnt.json"

_Configured = TypeVar("_Configured", bound="Configured")
_Learner = TypeVar("_Learner", bound="TableLearner")


class Configured(GraphComponent):
    """A part that learns nothing: `__init__` takes its configuration."""

    def __init__(self, config: Dict[str, Any]) -> None:
        raise NotImplementedError

    @classmethod
    def create(
        cls: Type[_Configured],
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> _Configured:
        return cls(config)


class TableLearner(GraphComponent):
    """A part that learns a table from the packs: `learn` gives it, `use` takes it. An unreadable table raises."""

    def __init__(self, storage: ModelStorage, resource: Resource, table: Optional[Dict[str, Any]] = None) -> None:
        self._storage = storage
        self._resource = resource
        if table is not None:
            self.use(table)

    def learn(self, training_data: TrainingData) -> Dict[str, Any]:
        """The table, of what JSON can say."""
        raise NotImplementedError

    def use(self, table: Dict[str, Any]) -> None:
        """Get ready to work with a table."""
        raise NotImplementedError

    @classmethod
    def create(
        cls: Type[_Learner],
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> _Learner:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls: Type[_Learner],
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> _Learner:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, json.loads((folder / FILE).read_text(encoding="utf-8")))

    def train(self, training_data: TrainingData) -> Resource:
        with self._storage.write_to(self._resource) as folder:
            (folder / FILE).write_text(json.dumps(self.learn(training_data), ensure_ascii=False), encoding="utf-8")
        return self._resource
