"""Matrix sampling: each person is asked a few of many questions, and all questions are asked equally often."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def sample(questions: Sequence[str], per_person: int, seed: int, contact: int) -> tuple[str, ...]:
    """The questions of one person, in the order of the questionnaire; the same every time.

    As many people in a row as there are questions share a shuffled ring of them; each takes the next `per_person`.
    So among any such group, numbered from a multiple of the number of questions, each is asked `per_person` times.
    """
    many = len(questions)
    if not 0 <= per_person <= many:
        raise ValueError(f"per_person: {per_person} of {many} questions")
    if not many:
        return ()
    group, own = divmod(contact, many)
    ring = sorted(range(many), key=lambda place: _draw(seed, group, place))
    chosen = {ring[(own * per_person + step) % many] for step in range(per_person)}
    return tuple(question for place, question in enumerate(questions) if place in chosen)


def _draw(seed: int, group: int, place: int) -> bytes:
    return hashlib.sha256(f"{seed}|{group}|{place}".encode()).digest()
