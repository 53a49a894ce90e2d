"""Every function an expression may call, by name, whatever its case."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache

from backend.flows.expressions import functions_dates, functions_logic, functions_numbers, functions_text
from backend.flows.expressions.values import Dialect, ExpressionError, Scope, Value

Thunk = Callable[[], Value]

_LAZY: Mapping[str, Callable[..., Value]] = functions_logic.LAZY
_SHARED: Mapping[str, Callable[..., Value]] = {
    **functions_text.SHARED,
    **functions_dates.SHARED,
    **functions_numbers.SHARED,
    **functions_logic.SHARED,
}
_TABLES: Mapping[Dialect, Mapping[str, Callable[..., Value]]] = {
    "excel": {**_SHARED, **functions_text.EXCEL, **functions_dates.EXCEL, **functions_numbers.EXCEL},
    "goflow": {**_SHARED, **functions_text.GOFLOW, **functions_dates.GOFLOW, **functions_numbers.GOFLOW},
}


def names(dialect: Dialect) -> frozenset[str]:
    return frozenset(_TABLES[dialect]) | frozenset(_LAZY)


def call(name: str, arguments: Sequence[Thunk], scope: Scope) -> Value:
    """The value of a function. A function takes the scope, then its arguments; lazy ones take them unevaluated."""
    lazy = _LAZY.get(name)
    function = lazy or _TABLES[scope.dialect].get(name)
    if function is None:
        close = get_close_matches(name, names(scope.dialect), n=1, cutoff=0.7)
        raise ExpressionError(f"no existe la función {name}" + (f"; ¿{close[0]}?" if close else ""))
    least, most = _arity(function)
    if not least <= len(arguments) <= most:
        raise ExpressionError(f"{name} lleva {_counted(least, most)}")
    return function(scope, *(arguments if lazy else [argument() for argument in arguments]))


@lru_cache(maxsize=256)
def _arity(function: Callable[..., Value]) -> tuple[int, int]:
    parameters = list(inspect.signature(function).parameters.values())[1:]
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return len(parameters) - 1, 100
    return sum(parameter.default is parameter.empty for parameter in parameters), len(parameters)


def _counted(least: int, most: int) -> str:
    if most >= 100:
        return f"al menos {least} datos"
    return f"{least} datos" if least == most else f"de {least} a {most} datos"
