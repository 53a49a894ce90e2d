"""The forms of a verb as people write it: a rule that names one form means them all, whoever it happens to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_PARTICIPLES = ("do", "da", "dos", "das")
_CLITICS = ("", "se", "me", "le", "lo", "la", "nos", "les")
_AR = ("o", "as", "a", "amos", "an", "e", "es", "en", "aste", "aron", "aba", "abas", "abamos", "aban", "ara", "aran")
_ER = ("o", "es", "e", "emos", "en", "a", "an", "i", "iste", "io", "ieron", "ia", "ian", "iera", "era", "eran")
_IR = ("o", "es", "e", "imos", "en", "a", "an", "i", "iste", "io", "ieron", "ia", "ian", "iera", "ira", "iran")
_ENDINGS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "ar": (_AR, "ando", "a"),
    "er": (_ER, "iendo", "i"),
    "ir": (_IR, "iendo", "i"),
}
_WRITTEN_BEFORE_E = (("c", "qu"), ("g", "gu"), ("z", "c"))


def same_verb(entries: Iterable[str]) -> dict[str, frozenset[str]]:
    """Each form -> all forms of its verb. An entry is `infinitive [stem that changes] [-form that is another word]...`,
    folded. Raises ValueError for what is no infinitive."""
    found: dict[str, frozenset[str]] = {}
    for entry in entries:
        infinitive, *rest = entry.split()
        stems = [infinitive[:-2], *(word for word in rest if word[0] != "-")]
        forms = _forms(infinitive, stems) - {word[1:] for word in rest if word[0] == "-"}
        found.update(dict.fromkeys(forms, forms))
    return found


def _forms(infinitive: str, stems: list[str]) -> frozenset[str]:
    if infinitive[-2:] not in _ENDINGS:
        raise ValueError(f"danger_rules.yml: verbs: no infinitive: {infinitive!r}")
    endings, gerund, vowel = _ENDINGS[infinitive[-2:]]
    forms = {_join(stem, end) for stem in stems for end in endings}
    forms |= {stem + gerund + clitic for stem in stems for clitic in _CLITICS}
    forms |= {infinitive + clitic for clitic in _CLITICS}
    return frozenset(forms | {stems[0] + vowel + end for end in _PARTICIPLES})


def _join(stem: str, ending: str) -> str:
    if ending[0] == "e":
        for before, written in _WRITTEN_BEFORE_E:
            if stem.endswith(before):
                return stem[: -len(before)] + written + ending
    return stem + ending
