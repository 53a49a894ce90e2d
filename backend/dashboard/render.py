"""Templates with everything a page of the desk needs around its own content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.dashboard import words
from backend.dashboard.head import NOTHING_WAITS, Head, stopped
from backend.operators.access import Person
from backend.operators.roles import ROLES
from backend.operators.sessions import IDLE_SECONDS, WHOLE_SECONDS
from bot.packs.model import Institution

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Renderer:
    """The templates of one installation."""

    templates: Environment
    zone: ZoneInfo
    institution: Institution

    @classmethod
    def of(cls, institution: Institution, timezone: str) -> Renderer:
        zone = ZoneInfo(timezone)
        templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        templates.globals |= {
            "words": words, "institution": institution, "roles": ROLES,
            "idle_seconds": IDLE_SECONDS, "whole_seconds": WHOLE_SECONDS,
        }  # fmt: skip
        templates.filters |= {
            "when": partial(words.when, zone=zone),
            "day": partial(words.day, zone=zone),
            "clock_time": partial(words.clock_time, zone=zone),
            "ago": words.ago,
            "since": words.since,
            "soon": words.soon,
            "sentence": words.sentence,
        }
        return cls(templates, zone, institution)


def renderer_of(request: Request) -> Renderer:
    made: Renderer = request.app.state.renderer
    return made


def page(
    request: Request,
    person: Person | None,
    template: str,
    *,
    status: int = 200,
    counts: Head = NOTHING_WAITS,
    **context: Any,
) -> HTMLResponse:
    """A whole page, or a part of one, of a signed-in person or of nobody."""
    made = renderer_of(request).templates.get_template(template)
    html = made.render(person=person, counts=counts, path=request.url.path, stopped=stopped(request), **context)
    return HTMLResponse(html, status)
