"""YAML as authors of packs write it: what is not quoted stays text, except `true`, `false` and empty.

`no`, `si`, `08:30` and `2026-01-31` are text here; a key written twice or a tag is a fault.
A `Section` is read key by key: faults are gathered with their line, so that an author sees all at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import yaml

from bot.packs.model import Fault, Pack

Keys = tuple[str, ...]
# libyaml's parser: the one in pure Python stops at the ? of {ask: ¿Cuál es?, check: curp}
_LOADER = yaml.CBaseLoader
_CONSTANTS: Mapping[str, bool | None] = {"true": True, "false": False, "": None, "~": None, "null": None}
_PLAIN_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map", None, "!")
_KINDS: Mapping[type, str] = {
    dict: "un mapa", list: "una lista", str: "texto", bool: "true o false", type(None): "vacío",
}  # fmt: skip


class PackError(Exception):
    """Packs or a jurisdiction that cannot be used; `faults` says where and what to do."""

    def __init__(self, faults: Collection[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def service_file(pack: Pack) -> str:
    """How faults name the file of a pack."""
    return "/".join((*pack.path.parts[-3:], "service.yml"))


def tests_file(pack: Pack) -> str:
    return "/".join((*pack.path.parts[-3:], "tests.yml"))


# far above any pack; a file that reaches it multiplies anchors
_MOST_NODES = 100_000
_DEEPEST = 40


def _too_deep(text: str) -> bool:
    """Read as events before composing: libyaml's composer overflows the stack on hostile depth."""
    level = 0
    for event in yaml.parse(text, Loader=_LOADER):
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if level > _DEEPEST:
            return True
    return False


def nearest(word: str, known: Collection[str]) -> str:
    """Advice that names the most similar of the known words, or all of them when few; may be empty."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    if close:
        return f"; ¿quisiste decir '{close[0]}'?"
    return f"; existen: {', '.join(sorted(known))}" if 0 < len(known) <= 16 else ""


@dataclass
class File:
    """One YAML file under reading: its faults, and the line of every key."""

    path: Path
    shown: str
    faults: list[Fault] = field(default_factory=list)
    lines: dict[Keys, int] = field(default_factory=dict)
    _open: list[yaml.Node] = field(default_factory=list)
    _nodes: int = 0

    def note(self, keys: Keys, advice: str, level: Literal["error", "warning"] = "error") -> None:
        line = next((self.lines[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in self.lines), None)
        shown = f"{self.shown}:{line}" if line else self.shown
        self.faults.append(Fault(shown, ".".join(keys) or "(file)", advice, level))

    def read(self) -> Section:
        """The whole file as a section; empty, with a fault, when it cannot be read."""
        value: object = {}
        try:
            value = self._compose(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self.note((), "falta el archivo; escríbelo")
        except OSError as error:
            self.note((), f"no se puede leer ({error.strerror})")
        except UnicodeDecodeError:
            self.note((), "no está en UTF-8; guárdalo como UTF-8")
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            self.note(
                (),
                f"no es YAML válido en la línea {line} ({error.problem}); pon entre comillas lo que lleve ': ' o '#'",
            )
        except yaml.YAMLError as error:
            self.note((), f"no es YAML válido ({str(error).splitlines()[0]})")
        if not isinstance(value, dict):
            self.note((), f"debe ser un mapa de claves, pero es {_KINDS.get(type(value), 'otra cosa')}")
            value = {}
        return Section(self, (), value)

    def _compose(self, text: str) -> object:
        if _too_deep(text):
            self.note((), "tiene demasiados niveles")
            return {}
        node = yaml.compose(text, Loader=_LOADER)
        return self._value(node, ()) if node is not None else None

    def _value(self, node: yaml.Node, keys: Keys) -> object:
        self._nodes += 1
        if node in self._open or self._nodes > _MOST_NODES:
            self.note(keys, "repite anclas (*alias) sin fin; escribe el valor completo")
            return None
        if node.tag not in _PLAIN_TAGS:
            self.note(keys, f"lleva la etiqueta {node.tag}; quítala")
        if isinstance(node, yaml.ScalarNode):
            text = str(node.value)
            return text if node.style else _CONSTANTS.get(text, text)
        self._open.append(node)
        mapping = isinstance(node, yaml.MappingNode)
        value = self._mapping(node, keys) if mapping else self._list(node, keys)
        self._open.pop()
        return value

    def _list(self, node: yaml.Node, keys: Keys) -> list[object]:
        return [self._item(item, (*keys, str(n))) for n, item in enumerate(node.value, 1)]

    def _item(self, node: yaml.Node, keys: Keys) -> object:
        self.lines[keys] = node.start_mark.line + 1
        return self._value(node, keys)

    def _mapping(self, node: yaml.Node, keys: Keys) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.note(keys, f"tiene una clave que no es una palabra (línea {key_node.start_mark.line + 1})")
                continue
            key = str(key_node.value)
            if key in values:
                self.note((*keys, key), f"está dos veces (otra en la línea {key_node.start_mark.line + 1}); deja una")
            self.lines.setdefault((*keys, key), key_node.start_mark.line + 1)
            values[key] = self._value(value_node, (*keys, key))
        return values


@dataclass(frozen=True)
class Section:
    """A mapping inside a file. A getter notes a fault, and gives an empty value, when what is written does not fit."""

    file: File
    keys: Keys
    values: Mapping[str, object]

    def fault(self, key: str, advice: str) -> None:
        self.file.note((*self.keys, key) if key else self.keys, advice)

    def __contains__(self, key: object) -> bool:
        return key in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def only(self, *known: str) -> None:
        """Note every key that is none of the known ones."""
        for key in self.values:
            if key not in known:
                self.fault(key, f"clave desconocida{nearest(key, known)}")

    def _wrong(self, key: str, wanted: str) -> None:
        self.fault(key, f"debe ser {wanted}, pero es {_KINDS.get(type(self.values.get(key)), 'otra cosa')}")

    def text(self, key: str) -> str | None:
        """The text of a key; None when it is absent. A constant such as `true` must be quoted to be text."""
        value = self.values.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if key in self.values:
            self._wrong(key, "texto (ponlo entre comillas)")
        return None

    def required(self, key: str) -> str:
        value = self.text(key)
        if value is None and key not in self.values:
            self.fault(key, "falta")
        return value or ""

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self._wrong(key, "true o false")
        return value is True

    def one_of(self, key: str, known: Collection[str]) -> str | None:
        value = self.text(key)
        if value is not None and value not in known:
            self.fault(key, f"'{value}' no existe{nearest(value, known)}")
            return None
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text alone counts as a list of one."""
        value = self.values.get(key)
        if isinstance(value, str) and value.strip():
            return (value.strip(),)
        if not isinstance(value, list):
            if key in self.values:
                self._wrong(key, "una lista de textos")
            return ()
        for number, item in enumerate(value, 1):
            if not isinstance(item, str) or not item.strip():
                kind = _KINDS.get(type(item), "otra cosa")
                self.fault(f"{key}.{number}", f"debe ser texto, pero es {kind}; ponlo entre comillas")
        return tuple(item.strip() for item in value if isinstance(item, str) and item.strip())

    def items(self, key: str) -> list[tuple[Keys, object]]:
        """A list of anything, each item with its own place."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self._wrong(key, "una lista")
            return []
        return [((*self.keys, key, str(n)), item) for n, item in enumerate(value, 1)]

    def section(self, key: str) -> Section:
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self._wrong(key, "un mapa")
            value = {}
        return Section(self.file, (*self.keys, key), value)

    def sections(self) -> Iterator[tuple[str, Section]]:
        """Every key of this section, each as a section of its own."""
        for key in self.values:
            yield key, self.section(key)

    def day(self, key: str) -> date | None:
        value = self.text(key)
        if value is None:
            return None
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fault(key, f"'{value}' no es una fecha; escríbela así: 2026-01-31")
            return None
