"""The brake between two claims: a batch that waits for its turn on a slow line looks again before each call."""

from __future__ import annotations

import time
from dataclasses import dataclass

from backend.campaigns.rules import read_rules
from backend.db import Sessions

FRESH = 0.3  # seconds for which an answer is good


@dataclass
class Brake:
    """One per process."""

    _looked: float = float("-inf")
    _engaged: bool = False

    async def engaged(self, sessions: Sessions) -> bool:
        """Whether notices and campaigns are to be held."""
        if time.monotonic() - self._looked > FRESH:
            async with sessions() as session:
                self._engaged = (await read_rules(session)).stopped
            self._looked = time.monotonic()
        return self._engaged
