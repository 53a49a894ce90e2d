"""What is sure enough to be answered, what is asked back, and what is beyond us. No Rasa here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.nlu import OUT_OF_SCOPE


@dataclass(frozen=True)
class Limits:
    """Probabilities of a ranking. Chosen on writers held out: docs/evaluation.md has what each outcome got."""

    threshold: float = 0.25  # the best intent below this: the message is out of scope, whatever it seems
    sure: float = 0.35  # below this it is asked whether that was meant
    beyond: float = 0.2  # so it is where the message is out of scope as probably as this

    def unsure(self, ranking: Sequence[tuple[str, float]]) -> bool:
        """Whether the best intent of a ranking, best first, is no better than a guess."""
        if not ranking or ranking[0][0] == OUT_OF_SCOPE:
            return False
        return ranking[0][1] < self.sure or dict(ranking).get(OUT_OF_SCOPE, 0.0) >= self.beyond
