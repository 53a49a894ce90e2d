"""A forest plot as SVG, by hand: differences with their intervals around zero. Colours are those of the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from backend.experiments.analysis import Result
from backend.experiments.estimates import Interval
from backend.experiments.report import Report

WIDTH, LABELS, NUMBERS = 860, 300, 170
LONGEST_LABEL = 44
LINE, FOOT = 34, 34
LEFT, RIGHT = LABELS, WIDTH - NUMBERS
STEPS = (1, 2, 2.5, 5, 10)
MOST_TICKS = 6


@dataclass(frozen=True)
class Line:
    """A row of the plot; `primary` is drawn stronger."""

    label: str
    interval: Interval
    primary: bool = False


def plots(made: Report) -> list[str]:
    """One drawing of all proportions, one of each mean, because their units differ."""
    outcomes = [(one, _lines(made, one)) for one in made.results]
    shares = [line for one, lines in outcomes if one.outcome.binary for line in lines]
    drawn = [forest(shares, "puntos porcentuales", 100)] if shares else []
    return drawn + [forest(lines, "unidades") for one, lines in outcomes if lines and not one.outcome.binary]


def _lines(made: Report, result: Result) -> list[Line]:
    several = len(made.protocol.others) > 1
    return [
        Line(
            f"{one.arm}: {result.outcome.title}" if several else result.outcome.title,
            one.interval,
            result.outcome.primary,
        )
        for one in result.comparisons
        if one.interval
    ]


def forest(lines: Sequence[Line], unit: str, scale: float = 1) -> str:
    """The drawing; values are multiplied by `scale` (100: percentage points)."""
    axis = _axis([one.interval for one in lines], scale)
    height = LINE * len(lines) + FOOT + 22
    told = "; ".join(f"{one.label}: {words(one.interval, unit, scale)}" for one in lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" '
        f'aria-label="{escape(told)}" font-family="inherit" font-size="13">',
        *_frame(axis, LINE * len(lines), unit),
        *(part for place, one in enumerate(lines) for part in _line(one, axis, LINE * place + LINE / 2, unit, scale)),
        "</svg>",
    ]
    return "".join(parts)


def words(interval: Interval, unit: str, scale: float = 1) -> str:
    """«+3.1 (0.4 a 5.8) puntos»; what is not scaled gets two decimals."""
    places = 1 if scale > 1 else 2
    difference = f"{interval.difference * scale:+.{places}f}"
    if interval.low is None or interval.high is None:
        return f"{difference} {unit}, sin intervalo"
    return f"{difference} ({interval.low * scale:.{places}f} a {interval.high * scale:.{places}f}) {unit}"


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    step: float

    def x(self, value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (value - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> list[float]:
        return [self.low + n * self.step for n in range(round((self.high - self.low) / self.step) + 1)]


def _axis(intervals: Sequence[Interval], scale: float) -> _Axis:
    """Round limits around every interval and zero."""
    ends = [0.0, *(scale * end for one in intervals for end in (one.low, one.difference, one.high) if end is not None)]
    low, high = min(ends), max(ends)
    rough = (high - low or 1) / MOST_TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = power * next(one for one in STEPS if one * power >= rough)
    return _Axis(math.floor(low / step) * step - step / 2, math.ceil(high / step) * step + step / 2, step)


def _frame(axis: _Axis, height: float, unit: str) -> list[str]:
    zero, foot = axis.x(0), height + 4
    marks = [tick + axis.step / 2 for tick in axis.ticks[:-1]]
    ticks = [_text(axis.x(mark), foot + 14, f"{mark:g}" if abs(mark) > 1e-9 else "0", "middle") for mark in marks]
    return [
        _rule((LEFT, foot), (RIGHT, foot), 1, 'stroke-opacity=".4"'),
        _rule((zero, 0), (zero, foot), 1, 'stroke-dasharray="4 3"'),
        *ticks,
        _text(LEFT, foot + 32, "← menos que el control", "start"),
        _text(RIGHT, foot + 32, "más que el control →", "end"),
        _text(WIDTH, foot + 14, unit, "end"),
    ]


def _line(one: Line, axis: _Axis, y: float, unit: str, scale: float) -> list[str]:
    size = 6 if one.primary else 4
    middle = axis.x(one.interval.difference * scale)
    drawn = [_text(0, y + 4, _short(one.label), "start", one.primary)]
    if one.interval.low is not None and one.interval.high is not None:
        ends = axis.x(one.interval.low * scale), axis.x(one.interval.high * scale)
        drawn.append(_rule((ends[0], y), (ends[1], y), 2 if one.primary else 1))
    drawn.append(
        f'<rect x="{middle - size:.1f}" y="{y - size}" width="{2 * size}" height="{2 * size}" fill="currentColor"/>'
    )
    return [*drawn, _text(WIDTH, y + 4, words(one.interval, "", scale).strip(), "end", one.primary)]


def _rule(start: tuple[float, float], end: tuple[float, float], width: int, how: str = "") -> str:
    (x1, y1), (x2, y2) = start, end
    place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {place} stroke="currentColor" stroke-width="{width}" {how}/>'


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _text(x: float, y: float, text: str, anchor: str, strong: bool = False) -> str:
    weight = ' font-weight="700"' if strong else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor"{weight}>{escape(text)}</text>'
