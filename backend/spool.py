"""Where deliveries wait while the database is away: encrypted, fsynced, in order."""

from __future__ import annotations

import fcntl
import json
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.crypto import CannotDecrypt, Vault
from channels.base import WebhookRequest


class SpoolTaken(Exception):
    """Another process takes deliveries in through the same folder."""


class SpoolFull(Exception):
    """The disk is full: the provider must be told to try again."""


@dataclass(frozen=True)
class Spooled:
    """One delivery as it was received."""

    path: Path
    channel: str
    request: WebhookRequest


class Spool:
    """A folder of numbered files. `put` returns only when file and folder are on the disk."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault
        self._last = 0
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process out of the folder: two would not know of each other's, and order would not hold.

        Raises SpoolTaken. The lock goes with the process, however it ends."""
        with (self._folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                advice = "arranca un solo proceso web por carpeta, o da a cada uno su VENTANILLA_DATA_DIR"
                raise SpoolTaken(f"otro proceso recibe mensajes en {self._folder}: {advice}") from None
            yield

    def __len__(self) -> int:
        return sum(1 for _ in self._folder.glob("*.req"))

    def put(self, channel: str, request: WebhookRequest) -> Path:
        """Write one delivery; raises SpoolFull where the disk does not take it."""
        self._last = max(time.time_ns(), self._last + 1)
        path = self._folder / f"{self._last:020d}-{os.getpid()}.req"
        half = path.with_suffix(".half")
        try:
            with half.open("w", encoding="ascii") as file:
                file.write(self._vault.seal(_packed(channel, request)))
                file.flush()
                os.fsync(file.fileno())
            half.rename(path)
            _sync_folder(self._folder)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise SpoolFull(str(error)) from error
        return path

    def oldest(self, limit: int = 50) -> list[Spooled]:
        """The deliveries that have waited longest. What cannot be decrypted is set aside, not lost."""
        waiting = []
        for path in sorted(self._folder.glob("*.req"))[:limit]:
            try:
                channel, request = _unpacked(self._vault.open(path.read_text("ascii")))
            except (CannotDecrypt, ValueError):
                path.rename(path.with_suffix(".unreadable"))
                continue
            waiting.append(Spooled(path, channel, request))
        return waiting

    def done(self, spooled: Spooled) -> None:
        spooled.path.unlink(missing_ok=True)

    def set_aside(self, spooled: Spooled) -> None:
        """Keep a delivery that the database refuses for its content, out of the way of the others."""
        spooled.path.rename(spooled.path.with_suffix(".refused"))


def _packed(channel: str, request: WebhookRequest) -> str:
    return json.dumps(
        {
            "channel": channel,
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "query": dict(request.query),
            "body": b64encode(request.body).decode("ascii"),
        }
    )


def _unpacked(text: str) -> tuple[str, WebhookRequest]:
    kept: Mapping[str, object] = json.loads(text)
    headers, query = kept["headers"], kept["query"]
    assert isinstance(headers, dict) and isinstance(query, dict)
    request = WebhookRequest(str(kept["method"]), str(kept["url"]), headers, query, b64decode(str(kept["body"])))
    return str(kept["channel"]), request


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
