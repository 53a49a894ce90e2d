"""How an appointment is said, and how a day and an hour are read in what people write."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.appointments.models import Appointment
from backend.crypto import Vault
from bot.text.folding import fold
from bot.text.spoken_days import spoken

LONGEST_PLACE = 40
_NEAR = {0: "hoy, ", 1: "mañana, "}
_TIME = re.compile(
    r"\b(?:a las?|alas|tipo) (?P<h>\d{1,2})(?:[:.](?P<m>\d{2}))?(?: (?:de|en|por) la (?P<part>manana|tarde|noche)"
    r"| ?(?P<half>am|pm|a\.m|p\.m))?|\b(?P<h2>\d{1,2}):(?P<m2>\d{2})(?: ?(?P<half2>am|pm|a\.m|p\.m))?"
)


def params(appointment: Appointment, vault: Vault, zone: ZoneInfo, moment: datetime) -> dict[str, str]:
    """`cuando` and `lugar` of the notices."""
    place = vault.open(appointment.sealed_place) if appointment.sealed_place else ""
    return {
        "cuando": when(appointment.day, appointment.at, moment.astimezone(zone).date()),
        "lugar": f" en {place[:LONGEST_PLACE].strip()}" if place else "",
    }


def when(day: date, at: time | None, today: date) -> str:
    """«mañana, martes 3 de marzo, a las 10:00», «el jueves 5 de marzo»; «de ayer» the day after."""
    if day == today - timedelta(days=1):
        return "de ayer"
    hour = f", a las {at:%H:%M}" if at else ""
    return f"{_NEAR.get((day - today).days, 'el ')}{spoken(day)}{hour}"


def read_time(text: str) -> time | None:
    """The hour in «el martes a las 10», «10:30 am», «a las 4 de la tarde»; a bare 1 to 6 is in the afternoon."""
    found = _TIME.search(fold(text).replace("mañana", "manana"))
    if found is None:
        return None
    hour, minute = int(found["h"] or found["h2"]), int(found["m"] or found["m2"] or 0)
    half = (found["half"] or found["half2"] or "").replace(".", "")
    late = half == "pm" or found["part"] in ("tarde", "noche") or (not half and not found["part"] and 1 <= hour <= 6)
    hour += 12 if late and hour < 12 else 0
    return time(hour, minute) if hour < 24 and minute < 60 else None
