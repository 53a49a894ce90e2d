"""The on-call list: what authors are told of it, who is on duty when, and that production does not start without."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.alarms.duty import calling_order, service_of
from backend.alarms.readiness import on_call_faults, refuse_without_on_call
from backend.office import FrontDesk, open_desk
from backend.settings import ROOT, Settings, SmtpSettings, UnsafeConfiguration
from bot.packs.check import check_data
from bot.packs.load import load_jurisdiction
from bot.packs.model import OnCall

HERE = Path(__file__).parent
VILLA = HERE.parent / "packs" / "fixtures" / "data"
ROWS: list[dict[str, str]] = yaml.safe_load((HERE / "on_call.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=[row["title"] for row in ROWS])
def test_what_authors_are_told(tmp_path: Path, row: dict[str, str]) -> None:
    data = Path(shutil.copytree(VILLA, tmp_path / "data"))
    file = data / "jurisdictions" / "villa" / "on_call.yml"
    file.write_text(f"on_call:\n  tramites:\n    - {row['duty']}\n", encoding="utf-8")
    said = [str(fault) for fault in check_data(data, date(2026, 11, 22)) if "on_call" in fault.path]
    if "fault" in row:
        assert [one for one in said if row["fault"] in one and "on_call.yml" in one], said
    else:
        assert not [one for one in said if "guardia" not in one and "sola persona" not in one], said


WEEK: list[tuple[str, list[str]]] = [
    ("2026-11-23T10:00", ["Enfermería de guardia", "Trabajo social"]),
    ("2026-11-23T06:59", []),
    ("2026-11-23T07:00", ["Enfermería de guardia"]),
    ("2026-11-23T21:00", []),
    ("2026-11-28T10:00", []),  # Saturday
]


@pytest.mark.parametrize(("local", "first"), WEEK)
def test_who_is_on_duty(local: str, first: list[str]) -> None:
    duties = load_jurisdiction(ROOT / "data", "ejemplo").on_call.duties["salud_materna"]
    always = ["Guardia de noche y fin de semana", "Coordinación de salud"]
    order = [duty.name for duty in calling_order(duties, datetime.fromisoformat(local), whole=False)]
    assert order == [*first, *always]


def test_a_shift_past_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    night = replace(_ejemplo()[0], days=frozenset({4}), begins=22 * 60, ends=30 * 60)  # Friday night
    assert night.covers(4, 23 * 60) and night.covers(5, 5 * 60)
    assert not night.covers(4, 5 * 60) and not night.covers(5, 6 * 60) and not night.covers(5, 23 * 60)


def test_where_nobody_is_on_duty_everybody_is_rung() -> None:
    day = replace(_ejemplo()[0], days=frozenset({0}), begins=7 * 60, ends=8 * 60)
    assert calling_order([day], datetime(2026, 11, 24, 3), whole=False) == [day]


def test_every_sign_has_a_service() -> None:
    from bot.safety.rules import rules

    known = {service_of(sign.id) for sign in rules().signs if sign.kind not in ("opt_out", "opt_in")}
    assert known == {"salud_materna", "emergencias"}
    assert service_of("salud_materna.alarma_bebe") == "salud_materna"


PRODUCTION = Settings(_env_file=None, env="production")


@pytest.fixture(scope="module")
def desk() -> FrontDesk:
    return open_desk(Settings(_env_file=None))


def _with(desk: FrontDesk, on_call: OnCall, **settings: Any) -> FrontDesk:
    own = PRODUCTION.model_copy(update=settings)
    return replace(desk, settings=own, government=replace(desk.government, on_call=on_call))


def test_production_refuses_a_health_service_without_a_list(desk: FrontDesk) -> None:
    with pytest.raises(UnsafeConfiguration, match=r"ejemplo/on_call.yml: on_call.salud_materna: .* sin lista"):
        refuse_without_on_call(_with(desk, OnCall()))


def test_production_refuses_the_example_and_people_whom_nothing_reaches(desk: FrontDesk) -> None:
    (fictitious, *unreachable) = on_call_faults(_with(desk, desk.government.on_call))
    assert "los teléfonos son ficticios" in fictitious
    assert len(unreachable) == 6 and "no hay cómo avisar a Enfermería de guardia" in unreachable[0]


def test_production_takes_a_list_that_reaches_somebody(desk: FrontDesk) -> None:
    one = replace(_ejemplo()[0], sms=None)
    smtp = SmtpSettings(host="correo.municipio.example")
    refuse_without_on_call(_with(desk, OnCall({"salud_materna": (one,)}), smtp=smtp))


def test_development_only_advises(desk: FrontDesk) -> None:
    refuse_without_on_call(desk)
    assert on_call_faults(desk)


def _ejemplo() -> Any:
    return load_jurisdiction(ROOT / "data", "ejemplo").on_call.duties["salud_materna"]
