"""Puts the pages and their protection into the application."""

from __future__ import annotations

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

from backend.campaigns.shelf import ProgrammeShelf
from backend.dashboard import alarms, experiments, inbox, live, losses, notes, people, sending, signing, thread
from backend.dashboard.errors import install_error_pages
from backend.dashboard.head import look_at_brake
from backend.dashboard.headers import SecurityHeaders
from backend.dashboard.live import Pulse
from backend.dashboard.render import HERE, Renderer
from backend.dashboard.theme import stylesheet
from backend.operators import endpoints
from backend.settings import Settings


def install_dashboard(app: FastAPI, settings: Settings) -> None:
    """Add security headers to every answer, and the pages."""
    desk = app.state.desk
    app.state.renderer = Renderer.of(desk.government.institution, desk.timezone)
    app.state.programmes = ProgrammeShelf()
    app.state.pulse = Pulse(app.state.sessions)
    colours = stylesheet(desk.government.institution.colours)

    @app.get("/estatico/institucion.css", include_in_schema=False)
    async def institution_colours(request: Request) -> Response:
        return Response(colours, media_type="text/css")

    app.mount("/estatico", StaticFiles(directory=HERE / "static"), name="estatico")
    for router in (endpoints.router, live.router):
        app.include_router(router)
    for pages in (signing, inbox, thread, losses, alarms, notes, sending, people, experiments):
        app.include_router(pages.router, dependencies=[Depends(look_at_brake)])
    install_error_pages(app)
    app.add_middleware(SecurityHeaders, in_production=settings.in_production)
