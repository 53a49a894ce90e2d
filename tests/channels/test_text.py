"""Segments against Twilio's calculator, the GSM alphabet, and where a text is cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.text import GSM7, TO_GSM7, segments, split, transliterate, utf16_length
from tests.channels.harness import ORACLES

VECTORS: list[dict[str, Any]] = json.loads((ORACLES / "sms-segments" / "vectors.json").read_text(encoding="utf-8"))[
    "vectors"
]
BITS = {"GSM-7": 7, "UCS-2": 16}
SPANISH = st.text(st.sampled_from("abcñÑéÉüÜ¿¡áíóúÁÍÓÚ .,\n°º“…😀👍🏽\u200d\u0301€[]1"), max_size=400)


def test_all_vectors_are_here() -> None:
    assert len(VECTORS) == 274


@pytest.mark.parametrize("vector", [one for one in VECTORS if not one["smart"]], ids=lambda one: one["name"])
def test_segments_as_twilio_counts(vector: dict[str, Any]) -> None:
    found = segments(vector["text"])
    bits = found.units * BITS[found.encoding]
    assert (found.encoding, found.count, bits) == (vector["encoding"], vector["segments"], vector["message_size_bits"])


@pytest.mark.parametrize("vector", [one for one in VECTORS if one["smart"]], ids=lambda one: one["name"])
def test_transliteration_is_never_dearer_than_smart_encoding(vector: dict[str, Any]) -> None:
    found = segments(transliterate(vector["text"]))
    assert found.encoding == "GSM-7"
    assert found.count <= vector["segments"]
    if vector["encoding"] == "GSM-7":
        assert found.units <= vector["characters"]


@pytest.mark.parametrize(
    ("text", "gsm7", "ascii_"),
    [
        ("Año niño cigüeña ¡Hola! ¿qué?", "Año niño cigüeña ¡Hola! ¿qué?", "Anio ninio ciguenia Hola! que?"),
        ("AÑO, Ñandú", "AÑO, Ñandu", "ANIO, Niandu"),
        (
            "Árbol, María, camión, Perú, ÍNDICE",
            "Arbol, Maria, camion, Peru, INDICE",
            "Arbol, Maria, camion, Peru, INDICE",
        ),
        (
            "“Comillas” – guion — y puntos… «x»\u00a0y",
            '"Comillas" - guion - y puntos... "x" y',
            '"Comillas" - guion - y puntos... "x" y',
        ),
        ("N° 12, 1º piso, 2ª vuelta", "No 12, 1o piso, 2a vuelta", "No 12, 1o piso, 2a vuelta"),
        ("38° de fiebre o 38.5 °C", "38 grados de fiebre o 38.5 grados C", "38 grados de fiebre o 38.5 grados C"),
        ("Listo ✅ 👍🏽", "Listo ok", "Listo ok"),
        ("✅ Listo\n❤️ adiós ❤️", "Listo\nadios", "Listo\nadios"),
        ("1️⃣Sí\n2️⃣ No", "1 Si\n2 No", "1 Si\n2 No"),
        ("nin\u0303o A\u0301rbol", "niño Arbol", "ninio Arbol"),
        ("• acta\n• CURP", "- acta\n- CURP", "- acta\n- CURP"),
        ("м² ½", "?2 1/2", "?2 1/2"),
        ("$68 € [x]", "$68 € [x]", "$68 EUR [x]"),
    ],
)
def test_transliterate(text: str, gsm7: str, ascii_: str) -> None:
    assert transliterate(text) == gsm7
    assert transliterate(text, "ascii") == ascii_


def test_one_accent_costs_more_than_half_a_message() -> None:
    text = "Tu acta está lista. " + "a" * 120
    assert segments(text).count == 3
    assert segments(transliterate(text)).count == 1


def test_the_table_only_gives_gsm7_and_only_for_what_is_not() -> None:
    assert all(set(value) <= GSM7 for value in TO_GSM7.values())
    assert not set(TO_GSM7) & GSM7


@given(st.text(max_size=300))
def test_gsm7_mode_always_gives_gsm7(text: str) -> None:
    assert segments(transliterate(text)).encoding == "GSM-7"


@given(st.text(max_size=300))
def test_ascii_mode_always_gives_ascii(text: str) -> None:
    assert transliterate(text, "ascii").isascii()


@given(st.text(st.sampled_from(sorted(GSM7)), max_size=300))
def test_what_is_gsm7_stays_as_it_is(text: str) -> None:
    assert transliterate(text) == text


@given(SPANISH)
def test_no_eñe_is_lost(text: str) -> None:
    assert sum(transliterate(text).count(char) for char in "ñÑ") >= sum(text.count(char) for char in "ñÑ")


@given(SPANISH)
def test_transliterating_twice_changes_nothing_more(text: str) -> None:
    assert transliterate(transliterate(text)) == transliterate(text)


def test_ucs2_mode_only_drops_what_nobody_can_send() -> None:
    assert transliterate("á 😀 \x00\ud83d.", "ucs2") == "á 😀 ."


@given(SPANISH, st.integers(2, 200))
def test_parts_fit_and_lose_only_white_space(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(part and utf16_length(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_split_at_sentences_then_words() -> None:
    text = "Trae tu identificación. Trae tu comprobante. La oficina abre a las ocho"
    assert split(text, 50) == ["Trae tu identificación. Trae tu comprobante.", "La oficina abre a las ocho"]
    assert split("uno dos tres", 8) == ["uno dos", "tres"]
    assert split("Av. Principal esquina con Av. Segunda", 27) == ["Av. Principal esquina con", "Av. Segunda"]


def test_split_seventeen_hundred_characters_for_twilio() -> None:
    text = "Esta es una oración de prueba. " * 55
    parts = split(text, 1600)
    assert len(text) > 1700 > 1600 >= max(map(len, parts))
    assert all(part.endswith(".") for part in parts)


def test_split_keeps_a_composed_emoji_whole() -> None:
    assert split("👍🏽" * 4, 7) == ["👍🏽"] * 4
    assert split("👩‍⚕️👩‍⚕️", 6) == ["👩‍⚕️", "👩‍⚕️"]


def test_split_of_little() -> None:
    assert split("", 10) == []
    assert split("  \n ", 10) == []
    assert split(" hola ", 10) == ["hola"]
    with pytest.raises(ValueError, match="limit"):
        split("hola", 1)
