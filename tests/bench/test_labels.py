"""The readers' second opinion on the labels of the training sentences."""

from __future__ import annotations

import re

import pytest
import yaml

from bench.report import ROOT
from bench.understanding.labels import agreement, audits


def test_the_data_card_shows_what_the_audit_says():
    card = (ROOT / "docs" / "data_card.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- labels: start -->\n(.*?)\n<!-- labels: end -->", card, re.DOTALL)
    assert shown
    assert shown[1] == agreement(audits())


def test_readers_chose_among_the_intents():
    services = yaml.safe_load((ROOT / "data" / "common" / "intents.yml").read_text(encoding="utf-8"))["services"]
    intents = {f"{service}.{intent}" for service, meanings in services.items() for intent in meanings}
    assert all(set(choices) <= intents for audit in audits().values() for line in audit for choices in line["read"])


@pytest.mark.parametrize(
    ("read", "counted"),
    [
        ([["a.b"], ["a.b"]], ("100.0 %", "100.0 %", "0")),
        ([["c.d", "a.b"], ["c.d"]], ("0.0 %", "50.0 %", "1")),
        ([["c.d"], ["e.f"]], ("0.0 %", "0.0 %", "0")),
    ],
)
def test_agreement_is_counted(read: list[list[str]], counted: tuple[str, ...]):
    line = {"text": "hola", "batch": "chuy", "label": "a.b", "understood": "c.d", "read": read}
    row = agreement({"labels": [line, {**line, "understood": "a.b"}]}).splitlines()[2]
    assert tuple(cell.strip() for cell in row.strip("|").split("|"))[2:] == counted
