"""What an import brought that deserves a look before anybody is written to."""

from __future__ import annotations

from collections.abc import Mapping

from backend.flows.check import Rules, check_flow
from backend.flows.model import END, Flow, Say, Step
from backend.flows.shape import ties
from backend.rapidpro.campaigns import CampaignDefinition
from backend.rapidpro.notes import Note
from bot.packs.check_texts import Allowed

# named while converting, with the node of RapidPro
_SAID_BEFORE = "sin importar"


def lint(flows: Mapping[str, Flow], campaigns: list[CampaignDefinition], allowed: Allowed) -> list[Note]:
    """A note for each thing found in flows, and in the messages of campaigns."""
    rules = Rules(allowed, imported=True)
    tied = ties(flows)
    notes = [
        Note(flow.title, found.step, found.what, found.advice)
        for flow in (*flows.values(), *_as_flows(campaigns))
        for found in check_flow(flow, flows, tied, rules)
        if found.what != _SAID_BEFORE
    ]
    return list(dict.fromkeys(notes))


def _as_flows(campaigns: list[CampaignDefinition]) -> list[Flow]:
    """The messages of campaigns are judged like the steps of a flow that says them one after the other."""
    return [flow for campaign in campaigns if (flow := _as_flow(campaign))]


def _as_flow(campaign: CampaignDefinition) -> Flow | None:
    said = {f"{one.relative_to}{one.offset:+d}{one.unit}": one.message for one in campaign.events if one.message}
    if not said:
        return None
    following = [*list(said)[1:], END]
    steps = {
        name: Step(name, (Say(message),), goto=goto)
        for (name, message), goto in zip(said.items(), following, strict=True)
    }
    return Flow(f"campaign/{campaign.id}", f"campaña {campaign.name}", steps, next(iter(steps)))
