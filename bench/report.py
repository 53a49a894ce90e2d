"""Results as tables: printed, and with `--write` kept in docs/benchmarks.md with the date and the machine."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"


def machine() -> str:
    """Date, processor, cores, memory and Python, as one line."""
    model = _cpu_model()
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC · {model}, {os.cpu_count()} cores, {memory:.0f} GB · "
        f"Python {platform.python_version()} · load {load:.1f} at the end"
    )


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else []
    return names[0] if names else platform.processor() or platform.machine()


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table with aligned columns; everything but the first column to the right."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    rule = "|".join("-" * (width + 1) + ":" if column else "-" * (width + 2) for column, width in enumerate(widths))
    lines = [" | ".join(_pad(row[i], width, i) for i, width in enumerate(widths)) for row in cells]
    return "\n".join([f"| {lines[0]} |", f"|{rule}|", *(f"| {line} |" for line in lines[1:])])


def _pad(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column else cell.ljust(width)


def quantile(values: Sequence[float], q: float) -> float:
    """The value below which a share `q` lies; nan for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else float("nan")


def write(name: str, body: str) -> None:
    """Replace the section `name` of the page, which stands between two marks."""
    page = PAGE.read_text(encoding="utf-8")
    marks = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    section = re.compile(re.escape(marks[0]) + ".*?" + re.escape(marks[1]), re.DOTALL)
    if not section.search(page):
        raise SystemExit(f"{PAGE}: the marks {marks[0]} and {marks[1]} are missing")
    PAGE.write_text(section.sub(lambda _: f"{marks[0]}\n{body}\n{marks[1]}", page), encoding="utf-8")
