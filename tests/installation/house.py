"""One whole installation of real processes in a folder of its own, with a look into its database."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from backend.settings import Settings
from backend.up.installation import Installation
from backend.up.talk import BUSY
from tests.installation.scripts import CHANNELS
from tests.installation.street import Handset, Street


@dataclass
class House:
    """Holds the running installation; `restart` is another one on the same data."""

    bots: int = 2
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ventanilla-")))
    _running: Installation | None = None
    _expected: dict[tuple[str, tuple[str, ...]], list[list[str]]] = field(default_factory=dict)

    @property
    def installation(self) -> Installation:
        assert self._running is not None
        return self._running

    def start(self) -> None:
        settings = Settings(_env_file=None, data_dir=self.folder)
        self._running = Installation(settings, workers=2, bots=self.bots, port=0, fast=True).__enter__()

    def stop(self) -> None:
        self.installation.__exit__(None, None, None)

    def restart(self) -> None:
        """Stop everything and start it on the same data. New people are new to the desk: known numbers are used up."""
        street = self.street()
        last = {channel: street.phone(channel).id for channel in CHANNELS}
        self.stop()
        self.start()
        street = self.street()
        for channel in CHANNELS:
            while street.phone(channel).id < last[channel]:
                pass

    def destroy(self) -> None:
        """Stop and leave nothing behind; as root the database has a folder of its own."""
        if self._running is not None:
            self.stop()
        for folder in ((self.folder / "postgres").resolve(), self.folder):
            shutil.rmtree(folder, ignore_errors=True)

    def street(self) -> Street:
        return Street(self.installation.base_url)

    @property
    def engine(self) -> Engine:
        assert self.installation.postgres is not None
        return create_engine(self.installation.postgres.url, poolclass=NullPool)

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def one(self, query: str, **values: Any) -> Any:
        return self.rows(query, **values)[0][0]

    def change(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def settle(self, patience: float = 120.0) -> None:
        """Return when every message is answered and every answer is at the provider's."""
        until = time.monotonic() + patience
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while left := connection.scalar(BUSY):
                assert time.monotonic() < until, f"{left} messages are still under way after {patience:.0f} s"
                time.sleep(0.05)

    def undisturbed(self, channel: str, lines: Sequence[str]) -> list[list[str]]:
        """What a new person is answered to each line while nothing is wrong."""
        if (channel, tuple(lines)) not in self._expected:
            self._talk(lines)
        return self._expected[channel, tuple(lines)]

    def _talk(self, lines: Sequence[str]) -> None:
        """Somebody on each channel says the lines, all at the same time."""
        street = self.street()
        phones = {channel: street.phone(channel) for channel in CHANNELS}
        answers: dict[str, list[list[str]]] = {channel: [] for channel in CHANNELS}
        for number, words in enumerate(lines, 1):
            heard = {channel: len(phone.received) for channel, phone in phones.items()}
            for phone in phones.values():
                phone.say(words)
            street.wait_until(
                lambda: all(_taken(phone, number) for phone in phones.values()),  # noqa: B023  (called at once)
                60, words,
            )  # fmt: skip
            self.settle()
            street.wait_until(
                lambda: all(len(phones[c].received) > heard[c] for c in phones),  # noqa: B023  (called at once)
                60, words,
            )  # fmt: skip
            time.sleep(0.5)  # a second message of the same answer is on its way to the phone
            street.look()
            for channel, phone in phones.items():
                answers[channel].append(phone.received[heard[channel] :])
        self._expected |= {(channel, tuple(lines)): said for channel, said in answers.items()}


def _taken(phone: Handset, number: int) -> bool:
    """Whether the desk has acknowledged the last of so many messages."""
    return len(phone.sent) >= number and phone.sent[-1]["status"] == "delivered"
