"""How easy a Spanish text reads, by the formula of Szigriszt-Pazos (1993).

The scale INFLESZ (Barrio-Cantalejo and others, 2008), made on health leaflets, reads it so: below 40 very hard, 40-55
rather hard, 55-65 normal, 65-80 quite easy, above 80 very easy.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"[.:;!?…\n]+")
_SILENT_U = re.compile(r"(?<=q)u|(?<=g)u(?=[eiéí])")
# the vowels of one syllable: a strong one with the weak ones around it, an accented weak one, or weak ones together
_NUCLEUS = re.compile(r"[iuü]?[aeoáéó](?:[iuü](?![aeoáéóíú])|y\b)?|[íú]|[iuü]+y?")


def syllables(word: str) -> int:
    """Syllables of a Spanish word; at least one."""
    return max(1, len(_NUCLEUS.findall(_SILENT_U.sub("", word.lower()))))


def ease(text: str) -> float:
    """Higher is easier. Figures are left out: nobody reads a telephone by syllables. An empty text is easiest."""
    words = _WORD.findall(text)
    if not words:
        return 100.0
    sentences = sum(1 for part in _SENTENCE.split(text) if _WORD.search(part))
    return 206.835 - 62.3 * sum(map(syllables, words)) / len(words) - len(words) / sentences
