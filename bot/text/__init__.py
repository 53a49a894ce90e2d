"""Reading Mexican SMS Spanish: folding, normalisation and answers. Standard library and PyYAML only."""

from bot.text.folding import fold, key, words
from bot.text.normaliser import Normaliser, looks_like_question, normalise
from bot.text.wishes import wishes

__all__ = ["Normaliser", "fold", "key", "looks_like_question", "normalise", "wishes", "words"]
