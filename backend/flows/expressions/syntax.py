"""Expressions as trees: `contact.age + 1`, `IF(flow.x = "si", 1, 0)`, `results.mes.value`, `contact.groups[0]`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from backend.flows.expressions.values import Dialect, ExpressionError


@dataclass(frozen=True)
class Literal:
    value: str | bool | Decimal | None


@dataclass(frozen=True)
class Reference:
    """A variable by its path, in lower case."""

    path: tuple[str, ...]


@dataclass(frozen=True)
class Lookup:
    """A part of a value by a computed key or position: `groups[0]`, `split(x, " ")[1]`."""

    value: Node
    key: Node


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Negative:
    value: Node


@dataclass(frozen=True)
class Operation:
    operator: str
    left: Node
    right: Node


Node = Literal | Reference | Lookup | Call | Negative | Operation

# how tightly each operator binds; `&` joins what everything else has worked out
_BINDING = {
    "&": 1,
    "=": 2, "!=": 2, "<>": 2,
    "<": 3, "<=": 3, ">": 3, ">=": 3,
    "+": 4, "-": 4,
    "*": 5, "/": 5,
    "^": 6,
}  # fmt: skip
_NEGATIVE = 7
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[^\W\d]\w*(?:\.\w+)*)"
    r"|(?P<sign><>|!=|<=|>=|[-+*/^&=<>(),\[\].]))"
)
_TEXTS = {
    "excel": re.compile(r'\s*"(?P<text>(?:[^"]|"")*)"'),
    "goflow": re.compile(r'\s*"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL),
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_DEEPEST = 60
_LONGEST = 5_000

_Token = tuple[str, str]  # kind, text


@lru_cache(maxsize=8192)
def parse(text: str, dialect: Dialect) -> Node:
    """The tree of an expression without its `@`. Raises ExpressionError for what is none."""
    return _Parser(_tokens(text, dialect)).whole()


def _tokens(text: str, dialect: Dialect) -> list[_Token]:
    if len(text) > _LONGEST:
        raise ExpressionError("es demasiado larga")
    tokens: list[_Token] = []
    at = 0
    while text[at:].strip():
        quoted = _TEXTS[dialect].match(text, at)
        found = quoted or _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(f"no se entiende desde '{text[at:].strip()[:20]}'")
        if quoted:
            tokens.append(("text", _unquoted(quoted["text"], dialect)))
        else:
            kind = str(found.lastgroup)
            tokens.append((kind, found[kind]))
        at = found.end()
    return tokens


def _unquoted(text: str, dialect: Dialect) -> str:
    if dialect == "excel":
        return text.replace('""', '"')
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), text, flags=re.DOTALL)


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._expression(0)
        if self._at < len(self._tokens):
            raise ExpressionError(f"sobra '{self._tokens[self._at][1]}'")
        return node

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _take(self, sign: str) -> bool:
        if self._peek() != ("sign", sign):
            return False
        self._at += 1
        return True

    def _want(self, sign: str) -> None:
        if not self._take(sign):
            raise ExpressionError(f"falta '{sign}'")

    def _expression(self, least: int) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError("tiene demasiados niveles")
        node = self._operand()
        while True:
            kind, sign = self._peek()
            binding = _BINDING.get(sign, 0) if kind == "sign" else 0
            if binding <= least:
                break
            self._at += 1
            node = Operation(sign, node, self._expression(binding))
        self._depth -= 1
        return node

    def _operand(self) -> Node:
        kind, text = self._next()
        if kind == "text":
            return Literal(text)
        if kind == "number":
            return Literal(Decimal(text))
        if kind == "name":
            return self._parts(self._named(text))
        if (kind, text) == ("sign", "-"):
            return Negative(self._expression(_NEGATIVE - 1))
        if (kind, text) == ("sign", "("):
            node = self._expression(0)
            self._want(")")
            return self._parts(node)
        raise ExpressionError(f"no se esperaba '{text}'" if text else "está incompleta")

    def _named(self, text: str) -> Node:
        name = text.lower()
        if self._take("("):
            return Call(name, self._arguments())
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name])
        return Reference(tuple(name.split(".")))

    def _arguments(self) -> tuple[Node, ...]:
        if self._take(")"):
            return ()
        arguments = [self._expression(0)]
        while self._take(","):
            arguments.append(self._expression(0))
        self._want(")")
        return tuple(arguments)

    def _parts(self, node: Node) -> Node:
        """What follows a value: `[0]`, `.name`, `.0`."""
        while True:
            if self._take("["):
                node = Lookup(node, self._expression(0))
                self._want("]")
            elif self._take("."):
                kind, text = self._next()
                if kind not in ("name", "number"):
                    raise ExpressionError("falta un nombre después del punto")
                for part in text.lower().split("."):
                    node = Lookup(node, Literal(part))
            else:
                return node
