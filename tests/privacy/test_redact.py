"""What may be read by whoever searches, and what may not."""

from __future__ import annotations

import pytest

from backend.privacy.redact import redact, redact_answer


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("mi curp es SABC560626MDFLRN01", "mi curp es [CURP]"),
        ("escríbanme a lupita.r@correo.com", "escríbanme a [correo]"),
        ("mi cel 55 1234 5678 gracias", "mi cel [teléfono] gracias"),
        ("soy María Luisa Pérez", "[nombre]"),
        ("soy de la colonia Centro", "soy de la colonia Centro"),
        ("hay un bache en Hidalgo 120", "hay un bache en Hidalgo 120"),
        ("folio EJ-7K3M-Q2H", "folio EJ-7K3M-Q2H"),
    ],
)
def test_a_copy_without_personal_data(text: str, copy: str) -> None:
    assert redact(text) == copy


def test_public_numbers_stay() -> None:
    said = "Llama a Línea Materna 800 628 3762."
    assert redact(said, {"8006283762"}) == said
    assert redact(said) == "Llama a Línea Materna [teléfono]."


def test_the_answer_to_a_question_for_a_name_is_hidden_whole() -> None:
    assert redact_answer("Guadalupe Hernández", "name") == "[nombre]"
    assert redact_answer("Ana Ruiz, 3 de mayo de 1980", "person") == "[datos]"
    assert redact_answer("Hidalgo 12", "text") == "Hidalgo 12"
