"""Danger, disaster, violence, opt-out and opt-in: rules over text, read before anything else.

Recall comes first: what is present or doubtful is read as danger; what is clearly denied, past or cured is not.
The rules are data (`data/common/danger_rules.yml`), the words said in answer too (`data/common/danger.yml`).
"""

from bot.safety import texts
from bot.safety.reader import DESCRIBED, Reading, read, read_all, stays
from bot.safety.rules import Kind, kind_of

__all__ = ["DESCRIBED", "Kind", "Reading", "kind_of", "read", "read_all", "stays", "texts"]
