"""What is a good password, and that a hash tells nothing."""

from __future__ import annotations

import pytest

from backend.operators import passwords
from backend.operators.passwords import WeakPassword, check_strength, generate


async def test_only_the_password_itself_matches() -> None:
    made = await passwords.hash_password("cuatro palabras sin relacion")
    assert made.startswith("$argon2id$")
    assert await passwords.matches(made, "cuatro palabras sin relacion")
    assert not await passwords.matches(made, "cuatro palabras sin relacio")
    assert not passwords.outdated(made)


async def test_nobody_has_no_password_and_a_broken_hash_opens_nothing() -> None:
    assert not await passwords.matches(None, "cualquiera")
    assert not await passwords.matches("no es un hash", "cualquiera")


async def test_the_same_letters_typed_on_another_keyboard_match() -> None:
    composed, decomposed = "contraseñita de María", "contrasen\u0303ita de Mari\u0301a"
    assert await passwords.matches(await passwords.hash_password(composed), decomposed)


@pytest.mark.parametrize(
    "weak",
    ["corta", "aaaaaaaaaaaaaaaa", "password1234", "contraseña123", "ventanilla2026", "x" * 300, "ana.lopez-2026-clave"],
)
def test_what_is_easy_to_guess_is_refused(weak: str) -> None:
    with pytest.raises(WeakPassword):
        check_strength(weak, "ana.lopez@municipio.example")


def test_made_passwords_are_strong_and_differ() -> None:
    made = {generate() for _ in range(50)}
    assert len(made) == 50
    for one in made:
        check_strength(one, "ana@municipio.example")
