"""Every feature of an export, in files small enough to read: what it becomes, and what is said about the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from backend.campaigns.programme import load_programmes
from backend.flows.model import Trial
from backend.flows.read import read_flow
from backend.flows.trials import hold
from backend.flows.write import write_flow
from backend.rapidpro.convert import import_exports
from backend.rapidpro.lint import lint
from backend.rapidpro.notes import Note
from backend.rapidpro.store import files, programmes, save, trigger_document
from bot.packs.check_texts import Allowed
from tests.rapidpro.cases import EXPORTS, PACK, Case, cases

CASES = cases()
PHONES = Allowed((), frozenset({"911", "8006283762"}))
TALKS = [(case, flow, trial) for case in CASES for flow, trials in case.talks.items() for trial in trials]


# what the exports of the old programme hold, each as it is written in one of the fixtures
FEATURES = (
    "reply", "send", "save", "add_group", "del_group", "flow", "trigger-flow", "email", "api",
    "wait_message", "contact_field", "flow_field", "group", "expression",
    "true", "contains_any", "contains", "starts", "eq", "lt", "gt", "between", "number", "not_empty",
    "date", "date_before", "date_after", "date_equal", "in_group",
)  # fmt: skip
WORDS = (
    "@step.value", "@contact.", "@flow.", "@extra.",
    "NOW(", "TODAY(", "DAY(", "MONTH(", "YEAR(", "DAYS(", "LEN(", "RAND(", "date.today + 60",
    '"send_all": true', '"media": {"spa"', '"groups": ["MIALTA", {"uuid"', '"@(\\"clinica_\\"',
)  # fmt: skip


@pytest.mark.parametrize("feature", [*(f'"{name}"' for name in FEATURES), *WORDS])
def test_every_feature_has_a_fixture(feature: str) -> None:
    exports = [path.read_text(encoding="utf-8") for path in EXPORTS.glob("*_v1[01].json")]
    assert any(feature in text for text in exports)


def missing(wanted: list[str], notes: list[Note]) -> list[str]:
    return [fragment for fragment in wanted if not any(fragment in str(note) for note in notes)]


@pytest.mark.parametrize(("case", "flow", "trial"), TALKS, ids=[f"{c.name}-{f}-{t.title}" for c, f, t in TALKS])
def test_conversation(case: Case, flow: str, trial: Trial) -> None:
    flows = case.brought().flows
    assert [str(miss) for miss in hold(flows, flows[f"{PACK}/{flow}"], trial)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_could_not_be_brought_is_named(case: Case) -> None:
    found = case.brought().notes.unconverted
    wanted = case.wanted.get("unconverted", [])
    assert missing(wanted, found) == []
    assert len(found) == len(wanted), "\n".join(map(str, found))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_deserves_a_look_is_named(case: Case) -> None:
    brought = case.brought()
    assert missing(case.wanted.get("warnings", []), brought.notes.warnings) == []
    assert missing(case.wanted.get("lint", []), lint(brought.flows, brought.campaigns, PHONES)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_campaigns_and_triggers(case: Case) -> None:
    brought = case.brought()
    written = {name: one for campaign in brought.campaigns for name, one in programmes(campaign, PACK).items()}
    for name, wanted in case.wanted.get("campaigns", {}).items():
        assert written[name] == {"programme": name, "health": True, "reviewed_by": "", **wanted}
    if "triggers" in case.wanted:
        assert [trigger_document(one, PACK) for one in brought.triggers] == case.wanted["triggers"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_written_is_what_is_read(case: Case, tmp_path: Path) -> None:
    """An imported flow is YAML like any other."""
    for flow in case.brought().flows.values():
        path = tmp_path / f"{flow.id.partition('/')[2]}.yml"
        path.write_text(write_flow(flow), encoding="utf-8")
        read, file = read_flow(path, path.name, PACK)
        assert [str(fault) for fault in file.faults] == []
        assert replace(read, path=flow.path) == flow


def test_a_folder_of_exports_is_one_programme(tmp_path: Path) -> None:
    """Flows name one another over files, and one that comes twice is brought once, in its newest form."""
    newer = (EXPORTS / "matrix_v10.json").read_text(encoding="utf-8").replace("Gracias.", "Mil gracias.")
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "newer.json").write_text(newer.replace('"expires": 60', '"saved_on": "2030", "expires": 60'))
    (tmp_path / "notes.txt").write_text("nothing")
    brought = import_exports([EXPORTS, tmp_path], PACK)
    assert brought.files == 9
    assert len([flow for flow in brought.flows.values() if flow.title == "incentivesCollect"]) == 1
    assert "Mil gracias" in files(brought, PACK)["flows/incentivescollect.yml"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "no es JSON"),
        (b"", "no es JSON"),
        (b"[1, 2]", "no es una exportaci"),
        (b'{"a": 1}', "no es una exportaci"),
        (b"[" * 100_000, "no es JSON"),
    ],
)
def test_a_file_that_is_no_export_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert [why in str(note) for note in import_exports([path], PACK).notes.unconverted] == [True]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_alphabets_of_old_machines(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.json"
    text = (EXPORTS / "alert_v10.json").read_text(encoding="utf-8")
    path.write_text(text, encoding=encoding)
    brought = import_exports([path], PACK)
    assert "¿Que pasa?" in write_flow(brought.flows[f"{PACK}/mialerta"])


def test_written_files_are_yaml_without_surprises(tmp_path: Path) -> None:
    for case in CASES:
        for name, content in files(case.brought(), PACK).items():
            assert isinstance(yaml.safe_load(content), dict), name


def test_imported_campaigns_are_programmes_of_the_installation(tmp_path: Path) -> None:
    brought = import_exports([EXPORTS], PACK)
    save(tmp_path / "services" / PACK, files(brought, PACK), overwrite=False)
    keys = {programme.key: len(programme.events) for programme in load_programmes(tmp_path)}
    assert keys == {f"{PACK}.pregnancy": 3, f"{PACK}.citas": 2}
