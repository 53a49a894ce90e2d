"""The stored words: one SMS segment, only national numbers, and nothing that gives a woman away."""

from __future__ import annotations

import re

import pytest

from bot.nlu import urgency
from bot.safety import kind_of, texts
from bot.safety.rules import rules

GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
WITHOUT_ACCENTS = str.maketrans("áíóúÁÍÓÚ", "aiouAIOU")
NATIONAL = {"911", "800 628 3762", "800 911 2000"}
WORDS = [(key, words) for key, entry in texts.load().items() for words in (entry.text, entry.further)]


@pytest.mark.parametrize(("key", "words"), WORDS)
def test_one_segment(key: str, words: str) -> None:
    sent = words.translate(WITHOUT_ACCENTS)
    assert set(sent) <= GSM_7, set(sent) - GSM_7
    assert len(sent) <= 160


@pytest.mark.parametrize(("key", "words"), WORDS)
def test_only_national_numbers(key: str, words: str) -> None:
    assert set(re.findall(r"\d[\d ]*\d", words)) <= NATIONAL


def test_danger_names_911() -> None:
    for sign in rules().signs:
        if sign.kind in ("alarm", "disaster", "self_harm", "violence", "urgent"):
            assert "911" in texts.say(sign.text_key)
            assert "911" in texts.say(sign.text_key, further=True)


def test_staff_reads_every_sign_in_words() -> None:
    names = {sign.id for sign in rules().signs} | urgency.ALWAYS | urgency.SOMETIMES
    assert names == set(texts.titles())
    assert texts.title("bebe_no_se_mueve") == "el bebé no se mueve en el vientre"
    assert texts.title("salud_materna.senales_embarazo") == "senales embarazo"


@pytest.mark.parametrize(
    ("intent", "kind"),
    [
        ("salud_materna.violencia", "violence"),
        ("salud_materna.apoyo_emocional", "self_harm"),
        ("emergencias.pedir_ayuda", "disaster"),
        ("salud_materna.alarma_bebe", "alarm"),
        ("salud_materna.parto_en_curso", "alarm"),
        ("municipio.reportar", "alarm"),
        ("comun.baja", "alarm"),
    ],
)
def test_the_kind_of_a_danger_that_no_rule_heard(intent: str, kind: str) -> None:
    assert kind_of(intent) == kind


def test_self_harm_names_the_line_of_life() -> None:
    assert "800 911 2000" in texts.say("autolesion")


def test_violence_is_discreet() -> None:
    told = texts.say("violencia") + texts.say("violencia", further=True)
    assert not re.search(r"violen|golpe|peg[aó]|agres|denunci|mujer|pareja|espos|segura", told.lower())


def test_nobody_has_signed_yet() -> None:
    assert {(entry.source, entry.reviewed_by) for entry in texts.load().values()} == {("pending", "")}


def test_unknown_key() -> None:
    with pytest.raises(KeyError):
        texts.say("otra")
