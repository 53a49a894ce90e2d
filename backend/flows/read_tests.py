"""Tests of branches, and the conversations that a flow must hold."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from backend.flows.cases import ALONE, KINDS, NESTED
from backend.flows.model import Person, Test, Trial, Turn
from backend.flows.read_words import minutes, template, templates
from bot.packs.read import CHANNELS
from bot.packs.yaml_file import File, Keys, Section, nearest

_WITH_VALUE = tuple(kind for kind in KINDS if kind not in ALONE and kind != "never")
_ALL = ("is", "never", *_WITH_VALUE, *NESTED)
_TWO = ("between",)
_TRIAL_KEYS = (
    "title", "today", "channel", "contact", "turns", "ends", "results", "saved", "groups", "effects",
)  # fmt: skip


def read_test_of(section: Section, besides: Collection[str] = ()) -> tuple[Test | None, str]:
    """The one test in a mapping, and its usual category name."""
    written = [key for key in section if key not in besides]
    if len(written) != 1 or written[0] not in _ALL:
        advice = "lleva una sola prueba" if len(written) != 1 else f"no existe esa prueba{nearest(written[0], _ALL)}"
        section.fault(written[0] if len(written) == 1 else "", advice)
        return None, ""
    kind = written[0]
    if kind == "is":
        return _alone(section)
    if kind in NESTED:
        return _nested(section, kind)
    if kind == "never":
        return Test(kind), kind
    arguments = templates(section, kind)
    if not arguments or (kind in _TWO and len(arguments) != 2):
        section.fault(kind, "lleva dos valores: [desde, hasta]" if kind in _TWO else "falta el valor")
        return None, ""
    return Test(kind, arguments), _usual_name(kind, arguments)


def _usual_name(kind: str, arguments: tuple[str, ...]) -> str:
    return arguments[0] if kind in ("option", "group", "category", "word", "only") else kind


def _alone(section: Section) -> tuple[Test | None, str]:
    kind = section.one_of("is", ALONE)
    if kind is None:
        return None, ""
    return Test(kind), {"yes": "si", "no": "no", "text": "all"}.get(kind, kind)


def _nested(section: Section, kind: str) -> tuple[Test | None, str]:
    parts = []
    for keys, value in section.items(kind):
        part = _inner(section.file, keys, value)
        parts += [part] if part else []
    if not parts:
        section.fault(kind, "lleva una lista de pruebas")
    return (Test(kind, parts=tuple(parts)), kind) if parts else (None, "")


def _inner(file: File, keys: Keys, value: object) -> Test | None:
    if not isinstance(value, dict):
        file.note(keys, "debe ser un mapa: {<prueba>: <valor>}")
        return None
    return read_test_of(Section(file, keys, value))[0]


def read_trials(top: Section) -> tuple[Trial, ...]:
    trials = []
    for keys, value in top.items("tests"):
        if not isinstance(value, dict):
            top.file.note(keys, "debe ser un mapa {title, turns}")
            continue
        trials.append(_trial(Section(top.file, keys, value)))
    return tuple(trials)


def _trial(section: Section) -> Trial:
    section.only(*_TRIAL_KEYS)
    turns = tuple(turn for keys, item in section.items("turns") if (turn := _turn(section.file, keys, item)))
    if not turns:
        section.fault("turns", "falta o está vacío")
    return Trial(
        title=section.required("title"),
        turns=turns,
        person=_person(section.section("contact")),
        today=section.day("today") or date(2026, 11, 22),
        channel=section.one_of("channel", CHANNELS) or CHANNELS[0],
        ends=section.text("ends"),
        results=_values(section.section("results")),
        saved=_values(section.section("saved")),
        groups=section.texts("groups") if "groups" in section else None,
        effects=section.texts("effects"),
    )


def _person(section: Section) -> Person:
    section.only("name", "language", "groups", "fields", "arms", "household")
    return Person(
        name=section.text("name") or "",
        language=section.text("language") or "",
        groups=section.texts("groups"),
        fields=_values(section.section("fields")),
        arms=_values(section.section("arms")),
        household=section.texts("household"),
    )


def _values(section: Section) -> dict[str, str]:
    return {key: template(section, key) for key in section}


def _turn(file: File, keys: Keys, value: object) -> Turn | None:
    if not isinstance(value, dict):
        file.note(keys, "debe ser un mapa {citizen, bot, not_bot} o {wait, bot}")
        return None
    section = Section(file, keys, value)
    section.only("citizen", "wait", "known", "bot", "not_bot")
    citizen = value.get("citizen")
    if citizen is not None and not isinstance(citizen, str):
        section.fault("citizen", "debe ser el texto que escribe la persona (entre comillas)")
    if "citizen" in section and "wait" in section:
        section.fault("wait", "una vuelta lleva `citizen` o `wait`, no los dos")
    return Turn(
        citizen=citizen if isinstance(citizen, str) else None,
        wait=minutes(section, "wait"),
        known=section.flag("known"),
        bot=section.texts("bot"),
        not_bot=section.texts("not_bot"),
    )
