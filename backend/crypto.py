"""Encryption of personal data at rest, and keyed hashes to find it again."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from backend.settings import Settings


class CannotDecrypt(Exception):
    """The text was encrypted with a key that this installation does not have."""


@dataclass(frozen=True)
class Vault:
    """Encrypts with the newest key, decrypts with any; hashes with a key of its own."""

    fernet: MultiFernet
    hash_key: bytes

    def seal(self, text: str) -> str:
        return self.fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def open(self, sealed: str) -> str:
        try:
            return self.fernet.decrypt(sealed.encode("ascii")).decode("utf-8", "surrogatepass")
        except InvalidToken as error:
            raise CannotDecrypt("falta la llave con que se cifró; revisa VENTANILLA_ENCRYPTION_KEYS") from error

    def fingerprint(self, *parts: str) -> str:
        """A keyed hash, hex, the same for the same parts: finds an encrypted address without revealing it."""
        return hmac.new(self.hash_key, "\x1f".join(parts).encode(), sha256).hexdigest()


def vault(settings: Settings) -> Vault:
    """The vault of an installation; in development keys are derived from the secret where none are given."""
    secret = settings.secret_key.get_secret_value().encode()
    listed = [key.strip() for key in settings.encryption_keys.get_secret_value().split(",") if key.strip()]
    keys = listed or [base64.urlsafe_b64encode(sha256(b"encryption:" + secret).digest()).decode()]
    return Vault(MultiFernet([Fernet(key) for key in keys]), sha256(b"fingerprint:" + secret).digest())
