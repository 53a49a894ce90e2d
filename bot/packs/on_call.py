"""The on-call lists of a jurisdiction (`on_call.yml`): who answers when somebody is in danger, and at what hours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.packs.model import Duty, Fault, Jurisdiction, OnCall, Pack
from bot.packs.yaml_file import File, Keys, Section, nearest

DAYS: Mapping[str, int] = {"lun": 0, "mar": 1, "mie": 2, "jue": 3, "vie": 4, "sab": 5, "dom": 6}
EVERY_DAY = "todos"
DAY = 24 * 60  # minutes
_NAMES = tuple(DAYS)
_NUMBER = re.compile(r"\+[1-9]\d{9,14}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def read_on_call(top: Section) -> OnCall:
    """`on_call`: {<service>: [{name, sms, email, days, hours}]}, first whoever is rung first."""
    top.only("example", "on_call")
    lists = top.section("on_call")
    duties = {
        service: tuple(duty for keys, item in lists.items(service) if (duty := _duty(top.file, keys, item)))
        for service in lists
    }
    return OnCall(duties, top.flag("example"))


def _duty(file: File, keys: Keys, item: object) -> Duty | None:
    if not isinstance(item, dict):
        file.note(keys, "debe ser un mapa {name, sms, email, days, hours}")
        return None
    section = Section(file, keys, item)
    section.only("name", "sms", "email", "days", "hours")
    if "sms" not in section and "email" not in section:
        section.fault("", "no hay cómo avisarle; agrega sms, email o los dos")
    begins, ends = _hours(section)
    return Duty(
        name=section.required("name"),
        sms=_matching(section, "sms", _NUMBER, "un teléfono como '+528112345678', entre comillas"),
        email=_matching(section, "email", _EMAIL, "un correo como guardia@municipio.example"),
        days=_days(section),
        begins=begins,
        ends=ends,
    )


def _matching(section: Section, key: str, shape: re.Pattern[str], wanted: str) -> str | None:
    value = section.text(key)
    if value is not None and not shape.fullmatch(value):
        section.fault(key, f"'{value}' debe ser {wanted}")
    return value


def _days(section: Section) -> frozenset[int]:
    """`todos`, a day, a span such as lun-vie, or a list of those."""
    found: set[int] = set()
    for written in section.texts("days") or (EVERY_DAY,):
        first, _, last = written.partition("-")
        if written == EVERY_DAY:
            found |= set(DAYS.values())
        elif first in DAYS and (last or first) in DAYS:
            span = (DAYS[last or first] - DAYS[first]) % 7
            found |= {(DAYS[first] + n) % 7 for n in range(span + 1)}
        else:
            section.fault("days", f"'{written}' no son días{nearest(written, (*DAYS, EVERY_DAY))}; o así: lun-vie")
    return frozenset(found)


def _hours(section: Section) -> tuple[int, int]:
    """`07:00-15:00`; `22:00-06:00` goes past midnight; nothing is the whole day."""
    written = section.text("hours") or "00:00-24:00"
    match = _HOURS.fullmatch(written)
    if match is None or written[6:] > "24:00":
        section.fault("hours", f"'{written}' no es un horario; escríbelo así: 07:00-15:00, o 22:00-06:00")
        return 0, DAY
    begins, ends = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
    return begins, ends if ends > begins else ends + DAY


def check_on_call(packs: Sequence[Pack], jurisdiction: Jurisdiction) -> Iterator[Fault]:
    """Lists of services that do not exist, health services without one, and hours at which nobody answers."""
    path = "/".join((*jurisdiction.path.parts[-3:], "on_call.yml"))
    services = {pack.service for pack in packs}
    duties = jurisdiction.on_call.duties
    for service in without_list(packs, jurisdiction):
        advice = "un servicio de salud lleva lista de guardia; sin ella no arranca en producción"
        yield Fault(path, f"on_call.{service}", advice, "warning")
    for service, people in duties.items():
        key = f"on_call.{service}"
        if service not in services:
            yield Fault(path, key, f"no hay un servicio '{service}'{nearest(service, services)}")
        if len(people) == 1:
            yield Fault(path, key, "hay una sola persona: si no contesta, no hay a quién más llamar", "warning")
        if people and (gap := first_gap(people)):
            yield Fault(path, key, f"nadie está de guardia {gap}; a esas horas se llama a toda la lista", "warning")


def without_list(packs: Sequence[Pack], jurisdiction: Jurisdiction) -> list[str]:
    """Health services whose alarms would ring nobody."""
    own = {pack.service for pack in packs if pack.health and pack.jurisdiction in (None, jurisdiction.id)}
    return sorted(service for service in own if not jurisdiction.on_call.duties.get(service))


def first_gap(duties: Sequence[Duty]) -> str | None:
    """The first moment of the week at which nobody is on duty, as people say it: «lun 21:00»."""
    edges = sorted({0, *(edge % DAY for duty in duties for edge in (duty.begins, duty.ends))})
    for day, name in enumerate(_NAMES):
        for minute in edges:
            if not any(duty.covers(day, minute) for duty in duties):
                return f"{name} {minute // 60:02}:{minute % 60:02}"
    return None
