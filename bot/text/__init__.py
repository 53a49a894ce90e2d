"""Reading Mexican SMS Spanish: folding, normalisation and answers. Standard library and PyYAML only."""

from bot.text.folding import fold, key, words
from bot.text.normaliser import Normaliser, looks_like_question, normalise

__all__ = ["Normaliser", "fold", "key", "looks_like_question", "normalise", "words"]
