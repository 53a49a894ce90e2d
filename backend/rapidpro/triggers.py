"""Triggers of an export: what starts a flow besides campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from backend.rapidpro.books import Book, Desk
from backend.rapidpro.loose import items, mapping, mappings, text, whole
from backend.rapidpro.notes import Notes
from bot.safety import read_all
from bot.text.answers import command

Kind = Literal["keyword", "catch_all", "schedule", "new_conversation", "referral"]
_KINDS: Mapping[str, Kind] = {
    "K": "keyword",
    "C": "catch_all",
    "S": "schedule",
    "N": "new_conversation",
    "R": "referral",
}
_WITHOUT: Mapping[str, str] = {
    "M": "no hay llamadas perdidas",
    "V": "no hay llamadas de voz",
    "U": "no hay sesiones USSD",
    "T": "las atenciones que se cierran no abren flujos",
    "I": "el consentimiento se pide en la inscripción",
    "O": "quien se va no recibe otro flujo",
}
# written down as they were, for whoever reads the programme; nothing starts by them here
_IDLE: Mapping[Kind, str] = {
    "catch_all": "no empieza el flujo: lo que ninguna palabra espera lo contesta el asistente",
    "schedule": "no empieza el flujo: escríbelo como un programa, con `starts` o con la fecha de cada persona",
    "new_conversation": "no empieza el flujo: a quien escribe por primera vez lo recibe el asistente",
    "referral": "no empieza el flujo: a quien llega por un enlace lo recibe el asistente",
}
_PERIODS: Mapping[str, str] = {"O": "once", "D": "daily", "W": "weekly", "M": "monthly"}
_DAYS = "MTWRFSU"


@dataclass(frozen=True)
class Schedule:
    """When a flow starts by itself; `days` are 1 (Monday) to 7."""

    repeats: str  # once | daily | weekly | monthly
    hour: int | None = None
    minute: int = 0
    days: tuple[int, ...] = ()
    day_of_month: int | None = None
    starts: str = ""  # ISO moment


@dataclass(frozen=True)
class TriggerDefinition:
    """Starts `flow`: for keywords when a message begins with one (`match` first) or is nothing else (`only`)."""

    kind: Kind
    flow: str
    keywords: tuple[str, ...] = ()
    match: Literal["first", "only"] = "first"
    groups: tuple[str, ...] = ()
    exclude_groups: tuple[str, ...] = ()
    schedule: Schedule | None = None


def convert_triggers(raws: list[dict[str, Any]], book: Book, notes: Notes) -> list[TriggerDefinition]:
    found = []
    for raw in raws:
        words = _keywords(raw)
        desk = Desk(book, notes, "disparador", "base", " ".join(words) or text(raw.get("trigger_type")))
        trigger = _trigger(raw, words, desk)
        found += [trigger] if trigger else []
    return list(dict.fromkeys(found))


def _keywords(raw: Mapping[str, Any]) -> tuple[str, ...]:
    written = [*items(raw.get("keywords")), *items(raw.get("keyword"))]
    return tuple(dict.fromkeys(word for one in written if (word := text(one).strip().lower())))


def _trigger(raw: Mapping[str, Any], words: tuple[str, ...], desk: Desk) -> TriggerDefinition | None:
    letter = text(raw.get("trigger_type")).upper() or ("K" if words else "")
    kind = _KINDS.get(letter)
    if kind is None:
        desk.lost(f"disparador {letter or 'sin tipo'}", _WITHOUT.get(letter, "no se conoce"))
        return None
    if kind == "keyword" and not words:
        desk.lost("disparador", "no lleva palabra")
        return None
    schedule = _schedule(mapping(raw.get("schedule"))) if kind == "schedule" else None
    if kind == "schedule" and schedule is None:
        desk.lost("disparador programado", "la exportación no dice cuándo")
        return None
    if kind in _IDLE:
        desk.warn(f"disparador {kind}", _IDLE[kind])
    for word in words:
        _weigh(word, desk)
    return TriggerDefinition(
        kind=kind,
        flow=desk.other_flow(raw.get("flow")),
        keywords=words,
        match="only" if text(raw.get("match_type")) == "O" else "first",
        groups=_groups(raw.get("groups")),
        exclude_groups=_groups(raw.get("exclude_groups")),
        schedule=schedule,
    )


def _weigh(word: str, desk: Desk) -> None:
    """Words that never get as far as a flow."""
    read = next(iter(read_all(word)), None)
    if read is not None:
        what = "señal de peligro" if read.danger else "baja o alta"
        desk.warn("palabra del disparador", f"«{word}» se lee antes como {what}; el flujo no empieza")
    elif command(word) == "person":
        desk.warn("palabra del disparador", f"«{word}» llama antes a una persona; el flujo no empieza")


def _groups(value: object) -> tuple[str, ...]:
    names = [*(text(one.get("name")) for one in mappings(value)), *(text(one) for one in items(value))]
    return tuple(dict.fromkeys(name for name in names if name))


def _schedule(raw: Mapping[str, Any]) -> Schedule | None:
    period = _PERIODS.get(text(raw.get("repeat_period")).upper()[:1])
    if period is None:
        return None
    starts = text(raw.get("start_time")) or text(raw.get("next_fire"))
    hour = raw.get("repeat_hour_of_day", raw.get("hour_of_day"))
    clock = starts[11:16] if len(starts) >= 16 else ""
    return Schedule(
        repeats=period,
        hour=whole(hour) if hour is not None else int(clock[:2]) if clock[:2].isdigit() else None,
        minute=whole(raw.get("repeat_minute_of_hour", raw.get("minute_of_hour")), int(clock[3:] or 0) if clock else 0),
        days=_days(raw.get("repeat_days_of_week", raw.get("days_of_week"))),
        day_of_month=whole(raw.get("repeat_day_of_month", raw.get("day_of_month"))) or None,
        starts=starts,
    )


def _days(value: object) -> tuple[int, ...]:
    """Letters, `MTWRFSU`."""
    letters = "".join(text(one) for one in items(value)).upper()
    return tuple(sorted({_DAYS.index(letter) + 1 for letter in letters if letter in _DAYS}))
