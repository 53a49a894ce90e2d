"""What an import has to say: what it could not bring, and what it brought that deserves a look."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Note:
    """One thing about one node; `node` is its id in RapidPro, or where in the file it was."""

    flow: str
    node: str
    what: str
    why: str

    def __str__(self) -> str:
        place = f"{self.flow}: {self.node}" if self.node else self.flow
        return f"{place}: {self.what}: {self.why}"


@dataclass
class Notes:
    """Gathered while converting."""

    unconverted: list[Note] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)

    def lost(self, flow: str, node: str, what: str, why: str) -> None:
        self.unconverted.append(Note(flow, node, what, why))

    def warn(self, flow: str, node: str, what: str, why: str) -> None:
        self.warnings.append(Note(flow, node, what, why))
