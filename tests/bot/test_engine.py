"""The engine's shortcuts change nothing, and what does not fit together does not start."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rasa.core.actions.action import ActionExtractSlots
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.policy import PackRulePolicy
from bot.engine.without_tensorflow import TensorFlowNeeded, refuse_tensorflow_models
from bot.importer import Example
from bot.installed import ROOT, data_dir
from bot.packs.compile import compile_packs
from bot.packs.load import load_packs
from bot.train import NotTrained, check_domain, check_importers, model_path, train
from tests.fixtures_bot import MODEL, Bot, say

TALK = [
    "hola",
    "cuanto cuesta el acta de nacimiento",
    "y la de divorcio",
    "quiero reportar un bache",
    "cuanto cuesta?",
    "calle Juarez 12",
    "cancelar",
    "asdf",
    "quiero una copia de mi acta",
    "1",
    "quiero hablar con una persona",
    "si",
]


async def talk(bot: Bot) -> None:
    """All of TALK, one message after the other, each after the events of the one before."""
    last = None
    for number, text in enumerate(TALK):
        last = await say(bot, text, last, number)
        assert last["ok"]


def test_the_policy_predicts_what_rasas_own_predicts(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = PackRulePolicy.predict_action_probabilities
    compared = []

    def both(self: PackRulePolicy, tracker: Any, domain: Any, rule_only_data: Any = None, **more: Any) -> Any:
        stock = RulePolicy.__new__(RulePolicy)
        stock.__dict__ = self.__dict__
        mine, theirs = ours(self, tracker, domain), stock.predict_action_probabilities(tracker, domain)
        compared.append(np.array_equal(mine.probabilities, theirs.probabilities))
        return mine

    # the graph holds the function itself, not its name
    nodes = [node for name, node in bot.processor.graph_runner._nodes.items() if "PackRulePolicy" in name]
    for node in nodes:
        monkeypatch.setattr(node, "_fn", both)

    asyncio.run(talk(bot))
    assert len(compared) > len(TALK) and all(compared)


def test_the_slots_that_a_message_could_fill_are_those_that_rasa_fills(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock, compared = ActionExtractSlots.run, []

    async def both(
        self: ActionExtractSlots, channel: Any, nlg: Any, tracker: DialogueStateTracker, domain: Any
    ) -> list[Any]:
        mine = await stock(self, channel, nlg, tracker, domain)
        compared.append((mine, await stock(self, channel, nlg, tracker, bot.processor.domain), len(domain.slots)))
        return mine

    monkeypatch.setattr(ActionExtractSlots, "run", both)

    asyncio.run(talk(bot))
    assert all(mine == theirs for mine, theirs, _ in compared)
    assert sum(bool(mine) for mine, *_ in compared) > 3
    # a form asks Rasa again, with every slot
    assert min(slots for *_, slots in compared) < len(bot.processor.domain.slots) / 2


def test_the_direct_runner_gives_what_dask_gives(bot: Bot, tmp_path: Path) -> None:
    _, dask = load_predict_graph_runner(tmp_path, MODEL, LocalModelStorage, DaskGraphRunner)
    target = bot.processor._understood
    for text in TALK:
        inputs = {
            PLACEHOLDER_MESSAGE: [UserMessage(text)],
            PLACEHOLDER_TRACKER: DialogueStateTracker.from_events("x", []),
        }
        theirs = dask.run(inputs=inputs, targets=[target])[target][0].as_dict()
        ours = bot.processor.graph_runner.run(inputs=inputs, targets=[target])[target][0].as_dict()
        assert {k: v for k, v in ours.items() if k != "message_id"} == {
            k: v for k, v in theirs.items() if k != "message_id"
        }


def test_a_model_with_tensorflow_is_refused() -> None:
    refuse_tensorflow_models(["PackIntents", "RulePolicy"])
    with pytest.raises(TensorFlowNeeded, match="DIETClassifier"):
        refuse_tensorflow_models(["PackIntents", "DIETClassifier"])


def test_a_copied_example_is_its_own_and_the_first_stays_as_it_was() -> None:
    first = Example.build("no llega mi acta", "acta.queja", example_metadata={"batch": "rosa"})
    second = deepcopy([first])[0]
    second.set("normalised", "no llega mi acta")
    second.output_properties.add("normalised")
    assert (first.get("normalised"), first.output_properties) == (None, {"text"})
    assert (second.get("text"), second.get("intent"), hash(second)) == ("no llega mi acta", "acta.queja", hash(first))
    assert second.fingerprint() != first.fingerprint()


@pytest.mark.parametrize("name", ["bot.importer.PackImporte", "bot.importers.PackImporter", "PackImporter", "null"])
def test_a_mistyped_importer_trains_nothing(tmp_path: Path, name: str) -> None:
    config = tmp_path / "config.yml"
    config.write_text((ROOT / "config.yml").read_text(encoding="utf-8").replace("bot.importer.PackImporter", name))
    with pytest.raises(NotTrained, match="importers"):
        check_importers(config)
    with pytest.raises(NotTrained, match="importers"):
        train(data_dir(), tmp_path / "models", config)
    assert not list(tmp_path.glob("models/*"))


def test_a_model_that_lacks_an_intent_is_refused(bot: Bot) -> None:
    compiled = compile_packs(load_packs(data_dir(), None))
    check_domain(bot.turns.domain, compiled)
    lacking = SimpleNamespace(
        intents=[i for i in bot.turns.domain.intents if i != "tramites.costo"],
        form_names=bot.turns.domain.form_names, action_names_or_texts=bot.turns.domain.action_names_or_texts,
    )  # fmt: skip
    with pytest.raises(NotTrained, match=r"tramites\.costo"):
        check_domain(lacking, compiled)


def test_training_the_same_again_costs_nothing(tmp_path: Path) -> None:
    compiled = compile_packs(load_packs(data_dir(), None))
    there = model_path(tmp_path, ROOT / "config.yml", data_dir(), compiled)
    there.write_bytes(b"trained before")
    assert train(data_dir(), tmp_path, ROOT / "config.yml") == there
    assert there.read_bytes() == b"trained before"
