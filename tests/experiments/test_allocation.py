"""The list of arms: the same for ever, balanced, and checked line by line."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.experiments.allocation import Row, audit, places, sequence
from backend.experiments.lists import UnreadableList, read_list, write_list
from backend.experiments.protocol import Protocol
from tests.experiments.study import BY_PERSON

START = datetime(2027, 1, 12, tzinfo=UTC)
UNEVEN = replace(BY_PERSON, arms=(("control", 2), ("uno", 1), ("dos", 1)), blocks=(1, 3))


def filled(protocol: Protocol, *strata: str, number: int = 30) -> list[Row]:
    return [
        Row(f"{stratum}{n}", stratum, n, arm, START + timedelta(minutes=n))
        for stratum in strata
        for n, arm in enumerate(places(protocol, stratum, 0, number))
    ]


def test_the_list_of_a_protocol_never_changes() -> None:
    # a release that changed these would make the lists of running trials impossible to check
    assert "".join(arm[2] for arm in places(BY_PERSON, "etapa=embarazo", 0, 24)) == "vfvffffvvvfvfvfvfvvffvvf"
    assert "".join(arm[0] for arm in places(UNEVEN, "todas", 0, 24)) == "ccddcucducucudccccduudcc"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**40), st.text(max_size=20), st.integers(0, 120))
def test_arms_stay_near_their_weights_at_every_moment(seed: int, stratum: str, number: int) -> None:
    protocol = replace(UNEVEN, seed=seed)
    counts = Counter(islice(sequence(protocol, stratum), number))
    for arm, weight in protocol.arms:
        assert abs(counts[arm] - number * weight / 4) <= 3 * weight


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 60), st.integers(0, 40))
def test_a_place_has_its_arm_however_it_is_asked_for(first: int, number: int) -> None:
    assert places(UNEVEN, "x", first, number) == places(UNEVEN, "x", 0, first + number)[first:]


def test_seed_trial_and_stratum_all_matter() -> None:
    others = [replace(BY_PERSON, seed=1), replace(BY_PERSON, key="otro")]
    lists = [tuple(places(one, "a", 0, 40)) for one in (BY_PERSON, *others)] + [tuple(places(BY_PERSON, "b", 0, 40))]
    assert len(set(lists)) == 4


def test_a_true_list_passes_also_through_a_file() -> None:
    rows = filled(UNEVEN, "norte", "sur")
    assert audit(UNEVEN, read_list(write_list(reversed(rows)))) == []


@pytest.mark.parametrize(
    ("tampered", "said"),
    [
        ({3: {"arm": "otro"}}, "estrato «norte», lugar 3 («norte3»): tiene «otro»"),
        ({3: {"unit": "norte4"}}, "«norte4» está 2 veces"),
        ({3: {"position": 40}}, "se esperaba el lugar 3 y está el 4"),
        ({3: {"at": START + timedelta(days=1)}}, "los lugares no siguen el orden de llegada"),
        ({3: {"stratum": "sur"}}, "se esperaba el lugar 3 y está el 4"),
    ],
)
def test_tampering_shows(tampered: dict[int, dict[str, Any]], said: str) -> None:
    rows = [replace(row, **tampered.get(n, {})) for n, row in enumerate(filled(UNEVEN, "norte"))]
    assert said in "\n".join(audit(UNEVEN, rows))


def test_a_list_that_cannot_be_read_says_where() -> None:
    for text, said in [("a,b\n", "línea 1"), ("unit,stratum,position,arm,at\n1,x,dos,a,2027-01-01\n", "línea 2")]:
        with pytest.raises(UnreadableList, match=said):
            read_list(text)
