"""Days, moments and hours. Words for dates are Spanish; whatever is read is read day first."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.flows.expressions.dates import MONTHS
from backend.flows.expressions.values import (
    ExpressionError,
    Scope,
    Value,
    plain,
    to_day,
    to_moment,
    to_temporal,
    to_text,
    to_time,
    to_whole,
)

_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_SPANS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
# a unit of goflow in lower case is minutes; months have a capital M
_FORMAT = re.compile(r"YYYY|YY|MMMM|MMM|MM|M|DD|D|EEEE|EEE|fffffffff|ffffff|fff|hh|h|tt|t|mm|m|ss|s|aa|AA|ZZZ|Z")
_FORMATS: Mapping[str, Callable[[datetime], str]] = {
    "YYYY": lambda at: f"{at.year:04}",
    "YY": lambda at: f"{at.year % 100:02}",
    "MMMM": lambda at: MONTHS[at.month - 1],
    "MMM": lambda at: MONTHS[at.month - 1][:3],
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: str(at.month),
    "DD": lambda at: f"{at.day:02}",
    "D": lambda at: str(at.day),
    "EEEE": lambda at: _WEEKDAYS[at.weekday()],
    "EEE": lambda at: _WEEKDAYS[at.weekday()][:3],
    "fffffffff": lambda at: f"{at.microsecond:06}000",
    "ffffff": lambda at: f"{at.microsecond:06}",
    "fff": lambda at: f"{at.microsecond // 1000:03}",
    "tt": lambda at: f"{at.hour:02}",
    "t": lambda at: str(at.hour),
    "hh": lambda at: f"{(at.hour - 1) % 12 + 1:02}",
    "h": lambda at: str((at.hour - 1) % 12 + 1),
    "mm": lambda at: f"{at.minute:02}",
    "m": lambda at: str(at.minute),
    "ss": lambda at: f"{at.second:02}",
    "s": lambda at: str(at.second),
    "aa": lambda at: "am" if at.hour < 12 else "pm",
    "AA": lambda at: "AM" if at.hour < 12 else "PM",
    "ZZZ": lambda at: at.strftime("%z")[:3] + ":" + at.strftime("%z")[3:],
    "Z": lambda at: at.strftime("%z")[:3] + ":" + at.strftime("%z")[3:],
}


def _months_later(start: date | datetime, months: int) -> date | datetime:
    count = start.year * 12 + start.month - 1 + months
    year, month = divmod(count, 12)
    if not 1 <= year <= 9999:
        raise ExpressionError("la fecha queda fuera del calendario")
    return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))


def _whole_months(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    later = _months_later(start, months)
    return months - 1 if to_plain_day(later) > end else months


def to_plain_day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _date(scope: Scope, year: Value, month: Value = None, day: Value = None) -> Value:
    if month is None:
        return to_day(year, scope)
    return date(to_whole(year, scope), to_whole(month, scope), to_whole(day, scope))


def _datedif(scope: Scope, start: Value, end: Value, unit: Value) -> Value:
    first, last = to_day(start, scope), to_day(end, scope)
    if first > last:
        raise ExpressionError("la primera fecha es posterior a la segunda")
    name = to_text(unit, scope).lower()
    months = _whole_months(first, last)
    answers: Mapping[str, Callable[[], int]] = {
        "y": lambda: months // 12,
        "m": lambda: months,
        "d": lambda: (last - first).days,
        "md": lambda: (last - to_plain_day(_months_later(first, months))).days,
        "ym": lambda: months % 12,
        "yd": lambda: (last - first.replace(year=last.year)).days,
    }
    if name not in answers:
        raise ExpressionError(f"no existe la unidad {name}")
    return Decimal(answers[name]())


def _days(scope: Scope, end: Value, start: Value) -> Value:
    return _datedif(scope, start, end, "d")


def _edate(scope: Scope, start: Value, months: Value) -> Value:
    return _months_later(to_temporal(start, scope), to_whole(months, scope))


def _datetime_add(scope: Scope, start: Value, count: Value, unit: Value) -> Value:
    moment, number, name = to_temporal(start, scope), to_whole(count, scope), to_text(unit, scope)
    if name in ("Y", "M"):
        return _months_later(moment, number * (12 if name == "Y" else 1))
    seconds = _SPANS.get(name.lower())
    if seconds is None:
        raise ExpressionError(f"no existe la unidad {name}")
    if isinstance(moment, datetime) or seconds < 86_400:
        return to_moment(moment, scope) + timedelta(seconds=number * seconds)
    return moment + timedelta(seconds=number * seconds)


def _datetime_diff(scope: Scope, start: Value, end: Value, unit: Value) -> Value:
    first, last, name = to_moment(start, scope), to_moment(end, scope), to_text(unit, scope)
    if name in ("Y", "M"):
        months = (
            _whole_months(first.date(), last.date()) if first <= last else -_whole_months(last.date(), first.date())
        )
        return Decimal(int(months / 12) if name == "Y" else months)
    seconds = _SPANS.get(name.lower())
    if seconds is None:
        raise ExpressionError(f"no existe la unidad {name}")
    return Decimal(int((last - first).total_seconds() / seconds))


def _weekday(first: int) -> Callable[[Scope, Value], Value]:
    """Sunday is `first`."""
    return lambda scope, value: Decimal((to_temporal(value, scope).weekday() + 1) % 7 + first)


def _week_number(scope: Scope, value: Value) -> Value:
    """Weeks begin on Sunday; the first one holds the first of January."""
    day = to_day(value, scope)
    new_year = day.replace(month=1, day=1)
    return Decimal((day.timetuple().tm_yday + (new_year.weekday() + 1) % 7 - 1) // 7 + 1)


def _format(default: str) -> Callable[..., Value]:
    def formatted(scope: Scope, value: Value, pattern: Value = default, zone: Value = None) -> Value:
        moment = to_moment(value, scope)
        if zone is not None:
            moment = moment.astimezone(_zone(to_text(zone, scope)))
        return _FORMAT.sub(lambda token: _FORMATS[token[0]](moment), to_text(pattern, scope))

    return formatted


def _format_time(scope: Scope, value: Value, pattern: Value = "tt:mm") -> Value:
    moment = datetime.combine(scope.today, to_time(value, scope), scope.zone)
    return _FORMAT.sub(lambda token: _FORMATS[token[0]](moment), to_text(pattern, scope))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ExpressionError(f"no existe la zona {name}") from None


def _date_words(scope: Scope, value: Value) -> Value:
    """`15 de marzo`, with its year unless that is the present one."""
    day = to_day(value, scope)
    words = f"{day.day} de {MONTHS[day.month - 1]}"
    return words if day.year == scope.today.year else f"{words} de {day.year}"


def _parse_datetime(scope: Scope, text: Value, pattern: Value = "", zone: Value = None) -> Value:
    return to_moment(text, scope)


def _epoch(scope: Scope, value: Value) -> Value:
    return Decimal(str(to_moment(value, scope).timestamp()))


def _from_epoch(scope: Scope, seconds: Value) -> Value:
    return datetime.fromtimestamp(to_whole(seconds, scope), timezone.utc).astimezone(scope.zone)


def _time(scope: Scope, hour: Value, minute: Value = None, second: Value = Decimal(0)) -> Value:
    if minute is None:
        return to_time(hour, scope)
    return time(to_whole(hour, scope), to_whole(minute, scope), to_whole(second, scope))


def _replace_time(scope: Scope, value: Value, hour: Value) -> Value:
    return datetime.combine(to_day(value, scope), to_time(plain(hour), scope), scope.zone)


SHARED: Mapping[str, Callable[..., Value]] = {
    "now": lambda scope: scope.now.astimezone(scope.zone),
    "today": lambda scope: scope.today,
    "year": lambda scope, value: Decimal(to_temporal(value, scope).year),
    "month": lambda scope, value: Decimal(to_temporal(value, scope).month),
    "day": lambda scope, value: Decimal(to_temporal(value, scope).day),
    "hour": lambda scope, value: Decimal(to_moment(value, scope).hour),
    "minute": lambda scope, value: Decimal(to_moment(value, scope).minute),
    "second": lambda scope, value: Decimal(to_moment(value, scope).second),
    "date": _date,
    "time": _time,
    "epoch": _epoch,
    "date_words": _date_words,
    "days": _days,
    "datedif": _datedif,
}
EXCEL: Mapping[str, Callable[..., Value]] = {
    "datevalue": lambda scope, value: to_day(value, scope),
    "timevalue": lambda scope, value: to_time(value, scope),
    "edate": _edate,
    "weekday": _weekday(1),
    "format_date": _format("DD-MM-YYYY tt:mm"),
}
GOFLOW: Mapping[str, Callable[..., Value]] = {
    "date_from_parts": _date,
    "datetime": lambda scope, value: to_moment(value, scope),
    "datetime_from_epoch": _from_epoch,
    "datetime_add": _datetime_add,
    "datetime_diff": _datetime_diff,
    "parse_datetime": _parse_datetime,
    "replace_time": _replace_time,
    "time_from_parts": _time,
    "parse_time": lambda scope, text, pattern="": to_time(text, scope),
    "weekday": _weekday(0),
    "week_number": _week_number,
    "format_date": _format("DD-MM-YYYY"),
    "format_datetime": _format("DD-MM-YYYY tt:mm"),
    "format_time": _format_time,
    "tz": lambda scope, value: str(to_moment(value, scope).tzinfo),
}
