"""Memory and processor time of processes and their children."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Usage:
    """`memory` in bytes, pages shared among children counted once; `cpu` in seconds since the start."""

    memory: int
    cpu: float


def usage(pid: int) -> Usage:
    """A process with all its children."""
    tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    seconds = sum(sum(one.cpu_times()[:2]) for one in tree)
    if len(tree) == 1:
        return Usage(tree[0].memory_info().rss, seconds)
    return Usage(sum(one.memory_full_info().pss for one in tree), seconds)


def snapshot(pids: Mapping[str, int]) -> dict[str, Usage]:
    return {name: usage(pid) for name, pid in pids.items()}
