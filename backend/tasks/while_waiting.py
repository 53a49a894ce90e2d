"""Whoever waits for a person may still ask the assistant for a fact, and may go back to it."""

from __future__ import annotations

from dataclasses import replace

from backend.conversations.outbox import Draft
from backend.conversations.waiting import still_waiting, waits
from backend.office import FrontDesk
from backend.tasks.claims import Claim
from backend.tasks.commits import Outcome
from bot.text import answers
from bot.text.wishes import asks

BACK = "comun/persona_devuelve"
EVIDENCE = {"decision": "operator_has_the_floor"}


def taken_back(claimed: Claim, text: str) -> Outcome | None:
    """The outcome where somebody in the queue ends the wait: MENU, "cancelar", "ya no"."""
    if not waits(claimed.conversation) or answers.command(text) != "cancel":
        return None
    floor = {"to": "bot", "reason": None}
    return Outcome((Draft(ref={"say": BACK}),), keep=True, floor=floor, handled_by="bot", evidence=EVIDENCE)


def meanwhile(desk: FrontDesk, claimed: Claim, outcome: Outcome) -> Outcome:
    """What the bot would answer, where facts are asked for or it is a danger; for anything else she goes on waiting."""
    if not waits(claimed.conversation):
        return outcome
    if outcome.evidence.get("decision") != "answer":
        return silent(desk, claimed)
    if outcome.evidence.get("danger"):
        return replace(outcome, floor=None)
    asked = asks(desk.vault.open(claimed.message.sealed_text))
    facts = asked and bool(outcome.drafts) and all((draft.ref or {}).get("fact") for draft in outcome.drafts)
    # another decision than an answer: whose queue she stands in does not change
    evidence = {**outcome.evidence, "decision": "meanwhile"}
    return replace(outcome, floor=None, evidence=evidence) if facts else silent(desk, claimed)


def silent(desk: FrontDesk, claimed: Claim) -> Outcome:
    """Nothing but, once in a while, that she waits."""
    told = claimed.told or not waits(claimed.conversation)
    drafts = () if told else (still_waiting(desk, claimed.conversation),)
    return Outcome(drafts=drafts, keep=True, handled_by="operator", evidence=EVIDENCE)
