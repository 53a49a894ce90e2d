"""A report as plain text for the terminal, and the words that the page shares with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from backend.experiments.analysis import Comparison, Result
from backend.experiments.forest import words
from backend.experiments.report import Report

CHANGES: Mapping[str, str] = {
    "started": "Empezó", "ended": "Terminó", "deviation": "Desviación del protocolo", "note": "Nota",
}  # fmt: skip


def difference(result: Result, comparison: Comparison) -> str:
    """A difference with its interval, in percentage points or in the outcome's own units."""
    if comparison.interval is None:
        return "todavía no hay datos"
    if result.outcome.binary:
        return words(comparison.interval, "puntos porcentuales", 100)
    return words(comparison.interval, "unidades")


def value(result: Result, number: float | None) -> str:
    if number is None:
        return "—"
    return f"{number:.1%}" if result.outcome.binary else f"{number:.2f}"


def caution(made: Report) -> str:
    """What whoever reads the differences must know first; empty: nothing."""
    if made.final:
        return ""
    if made.ended_at:
        return "Terminó antes de que a todas las personas se les cumpliera el plazo: falta parte de los resultados."
    return "Resultados preliminares: decidir antes del final aumenta el riesgo de un hallazgo falso."


def text(made: Report) -> Iterator[str]:
    """The lines of a report."""
    protocol = made.protocol
    yield f"{protocol.key}: {protocol.title} ({made.state})"
    yield protocol.question
    yield f"Protocolo {made.digest}"
    if note := caution(made):
        yield f"! {note}"
    yield ""
    for one in made.flow:
        yield (
            f"{one.arm}: {one.assigned} asignadas en {one.units} lugares; {one.measured} con resultado, "
            f"{one.lost} sin resultado, {one.waiting} en plazo, {one.forgotten} borradas ({one.left} se dieron de baja)"
        )
    for stratum, counts in made.strata.items():
        yield f"  {stratum}: " + ", ".join(f"{arm} {number}" for arm, number in counts.items())
    yield ""
    for row in made.balance:
        apart = ", ".join("—" if one is None else f"{one:+.2f}" for one in row.differences.values())
        yield f"{'!' if row.large else ' '} {row.title}: diferencia estandarizada {apart}"
    yield ""
    for result in made.results:
        yield from _result(result, made.protocol.confidence)
    yield from (f"{one.at:%Y-%m-%d %H:%M} {CHANGES.get(one.what, one.what)} ({one.who}): {one.why}" for one in made.log)
    yield from (f"✗ asignación: {fault}" for fault in made.audit)


def _result(result: Result, confidence: float) -> Iterator[str]:
    kind = "principal" if result.outcome.primary else "exploratorio"
    yield f"{result.outcome.title} ({kind})"
    for arm in result.arms:
        yield f"  {arm.arm}: {value(result, arm.value)} de {arm.people} ({arm.missing} sin dato)"
    for one in result.comparisons:
        yield f"  {one.arm} menos control: {difference(result, one)}, confianza {confidence:.1%}"
