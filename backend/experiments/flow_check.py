"""Whether protocols and flows speak of the same things: arms that exist, outcomes that some flow tells."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from backend.experiments.outcomes import TREATMENT
from backend.experiments.protocol import Outcome, Protocol
from backend.flows.model import Flow, Hook
from backend.flows.texts import said
from bot.packs.model import Fault
from bot.packs.yaml_file import nearest


def flow_faults(protocols: Collection[Protocol], flows: Mapping[str, Flow]) -> list[Fault]:
    """Words for arms that no protocol has, and outcomes that no flow tells."""
    arms = {one.key: {arm for arm, _ in one.arms} for one in protocols}
    return [*_strange_arms(arms, flows), *_untold(protocols, flows)]


def _strange_arms(known: Mapping[str, set[str]], flows: Mapping[str, Flow]) -> Iterator[Fault]:
    for flow in flows.values():
        for step, words in said(flow):
            for experiment, arms in words.arms.items():
                place = f"steps.{step.id}.arms.{experiment}"
                if experiment not in known:
                    yield Fault(flow.id, place, f"no hay un estudio con ese nombre{nearest(experiment, known)}")
                    continue
                for arm in sorted({*arms} - known[experiment]):
                    yield Fault(flow.id, f"{place}.{arm}", f"ese brazo no existe{nearest(arm, known[experiment])}")


def _untold(protocols: Collection[Protocol], flows: Mapping[str, Flow]) -> Iterator[Fault]:
    told = {TREATMENT} | {
        action.values.get("name", "")
        for flow in flows.values()
        for step in flow.steps.values()
        for action in step.do
        if isinstance(action, Hook) and action.name == "outcome"
    }
    for protocol in protocols:
        for outcome in protocol.outcomes:
            place = f"outcomes.{outcome.name}"
            if outcome.kind == "answer" and outcome.answer not in told:
                advice = f"ningún flujo guarda el resultado '{outcome.answer}'{nearest(outcome.answer, told)}"
                yield Fault(protocol.key, place, advice)
            if outcome.kind == "survey" and outcome.result not in _results(outcome, flows):
                yield Fault(protocol.key, place, f"el flujo '{outcome.flow}' no existe o no tiene '{outcome.result}'")


def _results(outcome: Outcome, flows: Mapping[str, Flow]) -> set[str]:
    named = [flow for id_, flow in flows.items() if outcome.flow in (id_, id_.rpartition("/")[2])]
    return {step.result for flow in named for step in flow.steps.values() if step.result}
