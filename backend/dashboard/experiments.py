"""Trials: which there are, and what each has come to. Only figures, never a person."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from backend.clock import now
from backend.dashboard.errors import NotHere
from backend.dashboard.head import counts_for
from backend.dashboard.inbox import look
from backend.dashboard.render import page, renderer_of
from backend.experiments.material import Material, gather
from backend.experiments.service import find, trials
from backend.operators.access import person_of

router = APIRouter(include_in_schema=False)

LONGEST_KEY = 100


@router.get("/estudios")
async def all_trials(request: Request) -> Response:
    """The trials of the installation."""
    person = await person_of(request)
    person.must("ver_auditoria")
    async with request.app.state.sessions.begin() as session:
        found = await trials(session)
        waiting = await counts_for(session, person)
        await look(request, session, person, "list", "experiment", "", automatic=False)
    return page(request, person, "experiments.html", counts=waiting, trials=found)


@router.get("/estudios/{key}")
async def one_trial(request: Request, key: str) -> Response:
    """The report of a trial."""
    person = await person_of(request)
    person.must("ver_auditoria")
    state = request.app.state
    async with state.sessions.begin() as session:
        trial = await find(session, key[:LONGEST_KEY].replace("\x00", ""))
        if trial is None:
            raise NotHere
        material = await gather(session, state.vault, trial, renderer_of(request).zone, now())
        waiting = await counts_for(session, person)
        await look(request, session, person, "view", "experiment", key, automatic=False)
    return page(request, person, "experiment.html", counts=waiting, **await asyncio.to_thread(_worked_out, material))


def _worked_out(material: Material) -> dict[str, Any]:
    """What the page draws; in a thread of its own, because it loads scipy the first time."""
    from backend.experiments import wording
    from backend.experiments.forest import plots
    from backend.experiments.report import report

    made = report(material)
    return {"made": made, "plots": [Markup(one) for one in plots(made)], "wording": wording}
