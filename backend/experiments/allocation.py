"""Which arm each place of a stratum gets: permuted blocks out of SHA-256, so that anybody can work them out again.

Place n of a stratum belongs to an arm from the moment the protocol is written; the n-th unit to arrive takes it.
Block b holds every arm `weight * m` times, m = blocks[H("size") mod len(blocks)], in the order of H(i) of its entries,
where H(x) = SHA-256 of "seed|experiment|stratum|b|x" in UTF-8, read as a number.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice, pairwise

from backend.experiments.protocol import Protocol


@dataclass(frozen=True)
class Row:
    """A line of the list of assignments; `unit` is a person's number or a clinic's name."""

    unit: str
    stratum: str
    position: int
    arm: str
    at: datetime


def sequence(protocol: Protocol, stratum: str) -> Iterator[str]:
    """The arms of a stratum's places, from 0 on, without end."""
    for block in count():
        yield from _block(protocol, stratum, block)


def places(protocol: Protocol, stratum: str, first: int, number: int) -> list[str]:
    """The arms of `number` places from `first` on."""
    return list(islice(sequence(protocol, stratum), first, first + number))


def _block(protocol: Protocol, stratum: str, block: int) -> list[str]:
    def drawn(what: object) -> int:
        text = f"{protocol.seed}|{protocol.key}|{stratum}|{block}|{what}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest())

    times = protocol.blocks[drawn("size") % len(protocol.blocks)]
    entries = [arm for arm, weight in protocol.arms for _ in range(weight * times)]
    return [arm for _, arm in sorted((drawn(place), arm) for place, arm in enumerate(entries))]


def audit(protocol: Protocol, rows: Iterable[Row]) -> list[str]:
    """What is wrong with a list of assignments, as sentences; empty: each row is what the protocol gives."""
    listed = sorted(rows, key=lambda one: (one.stratum, one.position))
    faults = [
        f"«{unit}» está {times} veces" for unit, times in Counter(one.unit for one in listed).items() if times > 1
    ]
    strata: dict[str, list[Row]] = {}
    for one in listed:
        strata.setdefault(one.stratum, []).append(one)
    for stratum, own in strata.items():
        faults += _audit_stratum(protocol, stratum, own)
    return faults


def _audit_stratum(protocol: Protocol, stratum: str, rows: list[Row]) -> Iterator[str]:
    """Every place from 0 on is taken once, in the order of arrival, by the arm that it belongs to."""
    expected = sequence(protocol, stratum)
    if any(later.at < earlier.at for earlier, later in pairwise(rows)):
        yield f"estrato «{stratum}»: los lugares no siguen el orden de llegada"
    for place, (one, arm) in enumerate(zip(rows, expected, strict=False)):
        if one.position != place:
            yield f"estrato «{stratum}»: se esperaba el lugar {place} y está el {one.position} («{one.unit}»)"
            return
        if one.arm != arm:
            yield f"estrato «{stratum}», lugar {place} («{one.unit}»): tiene «{one.arm}» y le toca «{arm}»"
