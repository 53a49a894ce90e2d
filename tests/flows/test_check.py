"""What authors of flows are told: every row of faults.yml is one flow with one fault."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.flows.check import check_flows
from bot.installed import data_dir

HERE = Path(__file__).parent
ROWS: list[dict[str, Any]] = yaml.load((HERE / "faults.yml").read_text(encoding="utf-8"), yaml.BaseLoader)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An installation with lists of telephones and links, and no flows."""
    for name in ("common", "jurisdictions"):
        shutil.copytree(data_dir() / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("row", ROWS, ids=[row["title"] for row in ROWS])
def test_fault(data: Path, row: dict[str, Any]) -> None:
    path = data / "services" / "p" / "flows" / "f.yml"
    path.parent.mkdir(parents=True)
    text = yaml.dump(row["flow"], allow_unicode=True, sort_keys=False, width=10_000)
    for size in (170, 500):
        text = text.replace(f"LONG {size}", ("palabra " * 100)[: size - 1] + ".")
    path.write_text(text, encoding="utf-8")
    faults = check_flows(data, "ejemplo")
    found = [fault for fault in faults if row["fault"] in str(fault)]
    assert found, "\n".join(map(str, faults)) or "no fault at all"
    assert found[0].level == row.get("level", "error")


def test_the_installed_flows_are_sound() -> None:
    assert [str(fault) for fault in check_flows(data_dir(), "ejemplo") if fault.level == "error"] == []


def test_the_examples_are_sound(data: Path) -> None:
    shutil.copytree(HERE / "data" / "services", data / "services")
    assert [str(fault) for fault in check_flows(data, "ejemplo")] == []


def test_the_example_of_the_guide_is_sound(data: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "flows.md").read_text(encoding="utf-8")
    path = data / "services" / "salud_materna" / "flows" / "guia.yml"
    path.parent.mkdir(parents=True)
    path.write_text(guide.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert [str(fault) for fault in check_flows(data, "ejemplo")] == []
