"""Import Rasa without TensorFlow, which none of our components uses.

Rasa 3.6 imports TensorFlow unconditionally: 26 s on a cold machine and 400 MB. `install()` puts inert modules
in its place, before Rasa is imported. `refuse_tensorflow_models` guards against a model that would need it.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterable, Sequence
from typing import Any

REPLACED = frozenset(
    {
        "tensorflow",
        "tensorflow_addons",
        "tensorflow_hub",
        "tensorflow_text",
        "tensorflow_probability",
        "keras",
        "jax",
        "jaxlib",
    }
)

# thinc asks for this one to learn whether TensorFlow is there
ABSENT = frozenset({"tensorflow.experimental.dlpack", "tensorflow.experimental", "jax"})

NEEDS_TENSORFLOW = (
    "DIETClassifier",
    "ResponseSelector",
    "TEDPolicy",
    "UnexpecTEDIntentPolicy",
    "ConveRTFeaturizer",
    "LanguageModelFeaturizer",
)


class TensorFlowNeeded(RuntimeError):
    """The model names a component that cannot run here."""


class _InertMeta(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Inert

    def __getitem__(cls, key: Any) -> Any:
        return cls

    def __or__(cls, other: Any) -> Any:
        return Any

    __ror__ = __or__


class Inert(metaclass=_InertMeta):
    """Whatever Rasa asks of TensorFlow while it is imported: a base class, a decorator, a type, a constant."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Inert and len(args) == 1 and callable(args[0]) and not kwargs:
            return args[0]
        return super().__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if args else self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Inert


class _InertModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Inert


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> Any:
        if name.partition(".")[0] not in REPLACED or name in ABSENT:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        module = _InertModule(spec.name)
        module.__version__ = "2.12.0"  # type: ignore[attr-defined]  # an attribute that modules are asked for
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        return None


def install() -> None:
    """Take TensorFlow's place for this process. Does nothing when the real one is already imported."""
    if "tensorflow" in sys.modules or any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Finder())


def refuse_tensorflow_models(component_names: Iterable[str]) -> None:
    """Raise `TensorFlowNeeded` if a graph schema's component classes include one built on TensorFlow."""
    needed = sorted({name for name in component_names if name.rpartition(".")[2] in NEEDS_TENSORFLOW})
    if needed:
        raise TensorFlowNeeded(f"this model needs TensorFlow ({', '.join(needed)}); train it with our config.yml")
