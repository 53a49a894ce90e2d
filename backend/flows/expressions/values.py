"""What an expression can be, and how one kind of value becomes another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timezone, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Literal

from backend.flows.expressions.dates import read_temporal, read_time

Dialect = Literal["excel", "goflow"]
# text, truth, number, day, moment, hour; a mapping with `__default__` stands for that where a plain value is wanted
Value = str | bool | Decimal | date | datetime | time | Mapping[str, object] | Sequence[object] | None

DEFAULT = "__default__"
LONGEST_TEXT = 10_000


class ExpressionError(Exception):
    """Why an expression has no value. It never leaves this package: callers get a `Problem`."""


@dataclass(frozen=True)
class Problem:
    """An expression that has no value, and why."""

    expression: str
    reason: str

    def __str__(self) -> str:
        return f"@{self.expression}: {self.reason}"


def _no_dice() -> float:
    raise ExpressionError("no hay azar aquí")


@dataclass(frozen=True)
class Scope:
    """Where an expression is evaluated: its variables, the time and place, and a seeded source of chance."""

    variables: Mapping[str, object]
    now: datetime = datetime(2000, 1, 1, tzinfo=timezone.utc)
    zone: tzinfo = timezone.utc
    dice: Callable[[], float] = field(default=_no_dice)  # 0 <= x < 1
    dialect: Dialect = "goflow"

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def settled(value: object) -> Value:
    """A value from outside as one that expressions know; numbers become decimals."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, Decimal, datetime, date, time)):
        return value
    if isinstance(value, (int, float)):
        return Decimal(str(value))
    if isinstance(value, (Mapping, Sequence)):
        return value
    return str(value)


def plain(value: Value) -> Value:
    """What a mapping stands for where one value is wanted."""
    seen = 0
    while isinstance(value, Mapping) and DEFAULT in value and seen < 5:
        value, seen = settled(value[DEFAULT]), seen + 1
    return value


def to_text(value: Value, scope: Scope) -> str:
    """Words for a value: day-first dates, numbers without needless zeros, nothing for nothing."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        word = "true" if value else "false"
        return word if scope.dialect == "goflow" else word.upper()
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, datetime):
        return value.astimezone(scope.zone).isoformat()
    if isinstance(value, date):
        return value.strftime("%d-%m-%Y")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Mapping):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
    return ", ".join(to_text(settled(item), scope) for item in value)


def number_text(value: Decimal) -> str:
    if not value.is_finite():
        raise ExpressionError("el número no es finito")
    text = f"{value.normalize():f}"
    return "0" if text == "-0" else text


def to_number(value: Value, scope: Scope) -> Decimal:
    value = plain(value)
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            number = None
        if number is not None and number.is_finite():
            return number
    raise ExpressionError(f"'{shown(value, scope)}' no es un número")


def to_whole(value: Value, scope: Scope) -> int:
    number = to_number(value, scope)
    if abs(number) > Decimal(10) ** 18:
        raise ExpressionError("el número es demasiado grande")
    return int(number.to_integral_value(ROUND_HALF_UP))


def to_truth(value: Value, scope: Scope) -> bool:
    value = plain(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return value != 0
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("true", "false"):
            return word == "true"
        if scope.dialect == "goflow":
            return bool(word)
    elif isinstance(value, (date, time)):
        return True
    elif scope.dialect == "goflow":
        return bool(value)
    raise ExpressionError(f"'{shown(value, scope)}' no es verdadero ni falso")


def to_temporal(value: Value, scope: Scope) -> date | datetime:
    """A day or a moment; text is read day first, as it is written in Spanish."""
    value = plain(value)
    if isinstance(value, datetime):
        return value.astimezone(scope.zone)
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        found = read_temporal(value, scope.today, scope.zone)
        if found is not None:
            return found
    raise ExpressionError(f"'{shown(value, scope)}' no es una fecha")


def to_day(value: Value, scope: Scope) -> date:
    found = to_temporal(value, scope)
    return found.date() if isinstance(found, datetime) else found


def to_moment(value: Value, scope: Scope) -> datetime:
    found = to_temporal(value, scope)
    return found if isinstance(found, datetime) else datetime.combine(found, time(), scope.zone)


def to_time(value: Value, scope: Scope) -> time:
    value = plain(value)
    if isinstance(value, datetime):
        return value.astimezone(scope.zone).time()
    if isinstance(value, time):
        return value
    found = read_time(value) if isinstance(value, str) else None
    if found is None:
        raise ExpressionError(f"'{shown(value, scope)}' no es una hora")
    return found


def same_kind(one: Value, two: Value, scope: Scope) -> tuple[Decimal, Decimal] | tuple[date, date] | tuple[str, str]:
    """Two values as numbers, else as dates, else as folded text: fields do not always have their right type."""
    one, two = plain(one), plain(two)
    if not (isinstance(one, str) and isinstance(two, str)):
        try:
            return to_number(one, scope), to_number(two, scope)
        except ExpressionError:
            pass
        try:
            first, second = to_temporal(one, scope), to_temporal(two, scope)
        except ExpressionError:
            pass
        else:
            if isinstance(first, datetime) or isinstance(second, datetime):
                return to_moment(first, scope), to_moment(second, scope)
            return first, second
    return to_text(one, scope).lower(), to_text(two, scope).lower()


def shown(value: Value, scope: Scope) -> str:
    """A value in a message to authors, never long."""
    try:
        return to_text(value, scope)[:40]
    except ExpressionError:
        return "?"
