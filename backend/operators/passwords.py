"""Passwords: argon2id hashes, and what is too easy to guess. NIST SP 800-63B: length counts, no forced change."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 256
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no letter that is read as another
_COMMON = ("contraseña", "contrasena", "password", "123456", "qwerty", "abcdef", "administrador", "ventanilla")
_hasher = PasswordHasher()
# each hash takes 64 MiB: a flood of sign-ins waits in line instead of filling the memory
_slow = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
# as slow as a real one, so that an unknown address takes as long as a wrong password
_NOBODY = _hasher.hash(secrets.token_hex(16))


class WeakPassword(ValueError):
    """The password is easy to guess; the message says what to do."""


async def hash_password(password: str) -> str:
    """The argon2id hash of a password, made outside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_slow, _hasher.hash, _same(password))


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one; None stands for nobody and takes just as long."""
    return await asyncio.get_running_loop().run_in_executor(_slow, _matches, password_hash, password)


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        right = _hasher.verify(password_hash or _NOBODY, _same(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def generate() -> str:
    """A password to be told once: 80 bits, easy to copy by hand."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def check_strength(password: str, email: str = "") -> None:
    """Raise WeakPassword where it is short, common, of few characters, or holds the person's own address."""
    said = _same(password)
    folded = said.casefold()
    own = email.partition("@")[0].casefold()
    if not SHORTEST <= len(said) <= LONGEST:
        raise WeakPassword(f"Usa de {SHORTEST} a {LONGEST} caracteres; una frase de varias palabras es buena idea.")
    if len(set(folded)) < 5 or any(len(folded.replace(word, "")) < 6 for word in _COMMON):
        raise WeakPassword("Es fácil de adivinar; usa varias palabras que no vayan juntas.")
    if len(own) > 3 and own in folded:
        raise WeakPassword("No uses tu correo en la contraseña.")


def _same(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
