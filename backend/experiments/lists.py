"""The list of assignments as a CSV that leaves the installation and can be checked elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from backend.experiments.allocation import Row

COLUMNS = ("unit", "stratum", "position", "arm", "at")


class UnreadableList(Exception):
    """The file is no list of assignments; the message says which line and why."""


def write_list(rows: Iterable[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((row.unit, row.stratum, row.position, row.arm, row.at.isoformat()) for row in rows)
    return out.getvalue()


def read_list(text: str) -> list[Row]:
    """The rows of a list. Raises UnreadableList."""
    lines = csv.DictReader(io.StringIO(text))
    if set(lines.fieldnames or ()) != set(COLUMNS):
        raise UnreadableList(f"línea 1: las columnas deben ser {', '.join(COLUMNS)}")
    rows = []
    for number, line in enumerate(lines, 2):
        try:
            at = datetime.fromisoformat(line["at"])
            rows.append(Row(line["unit"], line["stratum"], int(line["position"]), line["arm"], at))
        except (TypeError, ValueError) as error:
            raise UnreadableList(f"línea {number}: position es un número y at una fecha con hora") from error
    return rows
