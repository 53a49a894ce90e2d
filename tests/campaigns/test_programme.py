"""Programmes read from YAML: cases in programme.yml; what the table keeps is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from backend.campaigns.programme import Event, from_json, load_programmes, to_json
from backend.campaigns.words import fill
from bot.packs.yaml_file import PackError

CASES = yaml.load(Path(__file__).with_name("programme.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_a_programme_is_read_or_its_fault_is_told(case: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "services" / "salud" / "programme"
    folder.mkdir(parents=True)
    (folder / "x.yml").write_text(case["written"], encoding="utf-8")
    if "fault" in case:
        with pytest.raises(PackError, match=case["fault"]):
            load_programmes(tmp_path)
        return
    (programme,) = load_programmes(tmp_path)
    assert [[one.id, str(one.days), str(one.at)] for one in programme.events] == case["events"]
    assert from_json(orjson.loads(orjson.dumps(to_json(programme)))) == programme


def test_who_has_no_arm_reads_the_first() -> None:
    event = Event("e", arms=(("control", "uno"), ("mensajes", "dos")))
    assert [event.words(arm) for arm in ("mensajes", "control", None, "otra")] == ["dos", "uno", "uno", "uno"]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hola {nombre}, ya casi.", "Hola Ana, ya casi."),
        ("Hola {otra}, ya casi.", "Hola, ya casi."),
        ("{otra} Ya casi.", "Ya casi."),
        ("Ya casi, {otra}.", "Ya casi."),
        ("Sin nada", "Sin nada"),
    ],
)
def test_what_is_not_known_leaves_no_gap(text: str, filled: str) -> None:
    assert fill(text, {"nombre": "Ana"}) == filled
