"""Memory and processor time of processes and their children."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Usage:
    """`memory` in bytes, pages shared among children counted once; `cpu` in seconds since the start."""

    memory: int
    cpu: float


def usage(pid: int, alone: bool = False) -> Usage:
    """A process, with its children unless it is `alone`; those that have ended are counted too."""
    root = psutil.Process(pid)
    if alone:
        return Usage(root.memory_info().rss, sum(root.cpu_times()[:2]))
    tree = [root, *root.children(recursive=True)]
    seconds = sum(sum(one.cpu_times()[:4]) for one in tree)
    return Usage(sum(one.memory_full_info().pss for one in tree) if tree[1:] else root.memory_info().rss, seconds)


def snapshot(pids: Mapping[str, int]) -> dict[str, Usage]:
    """Of each process; the one that asks has all others as children, and counts alone."""
    return {name: usage(pid, alone=pid == os.getpid()) for name, pid in pids.items()}
