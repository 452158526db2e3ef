"""What a device key looks like and how it is recognised."""

import hashlib
import secrets
from typing import Final

PREFIX: Final = "ww_"
HINT_LENGTH: Final = 8


def new_key() -> str:
    """Return a fresh key: a prefix for secret scanners, and 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(key: str | bytes) -> bytes:
    """Return the 32 bytes under which a key is stored and looked up."""
    return hashlib.sha256(key.encode() if isinstance(key, str) else key).digest()


def hint_of(key: str) -> str:
    """Return the few characters that may be shown, to tell keys apart."""
    return key[:HINT_LENGTH]
