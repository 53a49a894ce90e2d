"""`stop-sending`, `resume-sending`, `budget`, `campaigns`: the brake and the money of notices and campaigns."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.budget import Spent, Used, cost, spent_until, used
from backend.campaigns.estimate import Amount, ahead, so_far
from backend.campaigns.rules import Rules, read_rules, resume_sending, set_limits, stop_sending
from backend.clock import now
from backend.commands.database import NoDatabase, open_database
from backend.operators.audit import record
from backend.settings import get_settings

T = TypeVar("T")


def stop() -> None:
    """Detiene avisos y campañas al momento; respuestas y alarmas siguen saliendo."""
    stopped = _in_database(_stop)
    typer.echo("Avisos y campañas, detenidos. Lo demás sigue." if stopped else "Ya estaban detenidos.")


async def _stop(session: AsyncSession) -> bool:
    who = getpass.getuser()
    record(session, None, "stop_sending", "sending_rules", "", detail={"terminal": who})
    return await stop_sending(session, f"terminal: {who}", now())


def resume() -> None:
    """Reanuda avisos y campañas; lo que a esta hora ya no es útil se omite y se cuenta."""
    resumed = _in_database(_resume)
    typer.echo("Avisos y campañas, otra vez en marcha." if resumed else "No estaban detenidos.")


async def _resume(session: AsyncSession) -> bool:
    record(session, None, "resume_sending", "sending_rules", "", detail={"terminal": getpass.getuser()})
    return await resume_sending(session, now())


def budget(
    day: Annotated[int | None, typer.Option(help="Segmentos por día; 0: sin límite.", min=0)] = None,
    month: Annotated[int | None, typer.Option(help="Segmentos por mes; 0: sin límite.", min=0)] = None,
    price: Annotated[float | None, typer.Option(help="Precio de un segmento.", min=0)] = None,
) -> None:
    """Muestra lo gastado en segmentos y, con opciones, cambia los límites. Al 100 % se detienen avisos y campañas."""

    async def change_and_read(session: AsyncSession) -> tuple[Rules, Spent]:
        if (day, month, price) != (None, None, None):
            await _change(session, day, month, price)
        today = now().astimezone(ZoneInfo(get_settings().timezone)).date()
        return await read_rules(session), await spent_until(session, today)

    rules, spent = _in_database(change_and_read)
    for one in used(rules, spent):
        typer.echo(_line(rules, one))


async def _change(session: AsyncSession, day: int | None, month: int | None, price: float | None) -> None:
    before = await read_rules(session)
    per_day = before.segments_per_day if day is None else day or None
    per_month = before.segments_per_month if month is None else month or None
    each = before.segment_price if price is None else Decimal(str(price))
    record(session, None, "set_budget", "sending_rules", "", detail={"day": per_day, "month": per_month})
    await set_limits(session, per_day, per_month, each, now())


def campaigns(
    days: Annotated[int, typer.Option(help="Cuántos días hacia adelante y hacia atrás.", min=1)] = 30,
) -> None:
    """Muestra lo que cada campaña ha costado y lo que va a costar, en mensajes, segmentos y dinero."""

    async def read(session: AsyncSession) -> tuple[Rules, dict[str, Amount], dict[str, Amount]]:
        at, zone = now(), ZoneInfo(get_settings().timezone)
        span = timedelta(days=days)
        return await read_rules(session), await so_far(session, at - span), await ahead(session, zone, at, at + span)

    rules, before, after = _in_database(read)
    for key in sorted({*before, *after}):
        typer.echo(key)
        typer.echo(f"  últimos {days} días: {_amount(rules, before.get(key, Amount()))}")
        typer.echo(f"  próximos {days} días: {_amount(rules, after.get(key, Amount()))}")


def _amount(rules: Rules, amount: Amount) -> str:
    money = cost(rules, amount.segments)
    paid = f", {money:,.2f} {rules.currency}" if money is not None else ""
    return f"{amount.people:,} personas, {amount.messages:,} mensajes, {amount.segments:,} segmentos{paid}"


def _line(rules: Rules, one: Used) -> str:
    money = cost(rules, one.spent)
    paid = f", {money:,.2f} {rules.currency}" if money is not None else ""
    limit = f" de {one.limit:,} ({one.share:.0%})" if one.limit else ", sin límite"
    state = "  ✗ agotado" if one.exhausted else "  ! queda poco" if one.warns else ""
    return f"{one.span}: {one.spent:,} segmentos{limit}{paid}{state}"


def _in_database(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async def inside() -> T:
        async with open_database(get_settings()) as sessions, sessions.begin() as session:
            return await work(session)

    try:
        return asyncio.run(inside())
    except NoDatabase as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
