"""Choices and tests of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backend.flows.expressions.values import ExpressionError, Scope, Value, plain, to_truth

Thunk = Callable[[], Value]


def _if(scope: Scope, test: Thunk, yes: Thunk = lambda: 0, no: Thunk = lambda: False) -> Value:  # type: ignore[assignment,return-value]  # mypy reads no Thunk in a lambda
    return (yes if to_truth(test(), scope) else no)()


def _and(scope: Scope, *tests: Thunk) -> Value:
    return all(to_truth(test(), scope) for test in tests)


def _or(scope: Scope, *tests: Thunk) -> Value:
    return any(to_truth(test(), scope) for test in tests)


def _is_error(_: Scope, value: Thunk) -> Value:
    try:
        value()
    except (ExpressionError, ArithmeticError, ValueError):
        return True
    return False


def _default(_: Scope, value: Thunk, otherwise: Thunk) -> Value:
    try:
        found = value()
    except (ExpressionError, ArithmeticError, ValueError):
        return otherwise()
    return otherwise() if plain(found) in (None, "") else found


LAZY: Mapping[str, Callable[..., Value]] = {
    "if": _if, "and": _and, "or": _or, "is_error": _is_error, "default": _default,
}  # fmt: skip
SHARED: Mapping[str, Callable[..., Value]] = {
    "true": lambda scope: True,
    "false": lambda scope: False,
    "boolean": lambda scope, value: to_truth(value, scope),
}
