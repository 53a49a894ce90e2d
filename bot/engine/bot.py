"""A bot that is ready to answer: model, packs and actions, checked against each other."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage

from actions.answer import system, untold
from actions.backend import backend
from actions.content import Content, installed_content
from actions.replies import as_options
from bot.engine import faster, in_process, processor
from bot.engine.turns import Turn, Turns, understanding
from bot.engine.without_tensorflow import TensorFlowNeeded
from bot.installed import data_dir, jurisdiction, services
from bot.packs.compile import ENTITIES, Compiled, compile_packs
from bot.packs.load import load_packs
from bot.packs.yaml_file import PackError
from bot.train import NotTrained, check_domain

# of the sentences that a model was trained on
LEAST_KNOWN = 0.8


def lapsed(content: Content, turn: Turn) -> dict[str, Any]:
    """The reply that the form under way has lapsed."""
    where = str((turn.context or {}).get("jurisdiction") or jurisdiction())
    said = system(content, where, "formulario_vencido")
    return {"text": said.text, "ref": dict(said.ref or {}), "options": as_options(said.options), "document": None}


def prove(loaded: processor.TurnProcessor, compiled: Compiled) -> None:
    """Let the model read sentences that it was trained on; one that has forgotten them does not serve."""
    known = [(texts[0], intent) for intent, texts in compiled.nlu.items() if texts]
    parsed = loaded.parse([UserMessage(text) for text, _ in known])
    right = sum(read["intent"]["name"] == intent for read, (_, intent) in zip(parsed, known, strict=True))
    if right < LEAST_KNOWN * len(known):
        raise CannotServe(f"the model knows {right} of {len(known)} of its own sentences; run `make train`")


class CannotServe(RuntimeError):
    """Model, packs or actions do not fit together; the message says what to do."""


@dataclass(frozen=True)
class Bot:
    """`turns` answers, `understand` parses."""

    model: str
    packs: list[str]
    turns: Turns
    processor: processor.TurnProcessor

    @classmethod
    def load(cls, model: Path) -> Bot:
        """Load a model file with the installed packs and actions. Raises CannotServe."""
        try:
            return cls._load(model)
        except (PackError, NotTrained, processor.ModelMissing, TensorFlowNeeded) as error:
            raise CannotServe(str(error)) from error

    @classmethod
    def _load(cls, model: Path) -> Bot:
        packs = load_packs(data_dir(), services())
        compiled = compile_packs(packs)
        content = installed_content()
        lacking = untold(content)
        if lacking:
            raise CannotServe(f"data/services: answers: {', '.join(lacking)}: said by the machinery; write them")
        faster.install()
        in_process.check_results_without_jsonschema()
        actions = in_process.executor()
        missing = sorted(set(compiled.domain["actions"]) - set(actions.actions))
        if missing:
            raise CannotServe(f"no action is registered for {', '.join(missing[:5])}")
        loaded = processor.load(model, in_process.InProcessActions(actions))
        check_domain(loaded.domain, compiled)
        prove(loaded, compiled)
        name = model.name.removesuffix(".tar.gz")
        passing = frozenset(ENTITIES) | frozenset(compiled.lookups)
        turns = Turns(loaded, name, partial(lapsed, content), passing - content.topics)
        return cls(name, [pack.id for pack in packs], turns, loaded)

    def understand(self, text: str) -> dict[str, Any]:
        """One line of `POST /parse`. Never raises for a text."""
        started = time.perf_counter()
        parsed = self.processor.parse([UserMessage(text)])[0]
        said = understanding(parsed)
        return {
            "text": text,
            "service": said["service"],
            "intent": said["intent"].partition(".")[2],
            "confidence": round(float(parsed["intent"]["confidence"]), 4),
            "entities": said["entities"],
            "danger": bool(parsed.get("danger")),
            "ms": round(1000 * (time.perf_counter() - started), 3),
        }

    async def close(self) -> None:
        await backend().close()
