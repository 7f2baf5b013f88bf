"""Passwords: hashed with Argon2id, and checked at the same cost whether or not there is such an account."""

from __future__ import annotations

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from threadline_server.errors import BadRequest

SHORTEST: Final = 12
LONGEST: Final = 256
MOST_AT_ONCE: Final = 2
"""Each takes 64 MiB for a twentieth of a second: many sign-ins at once wait for each other instead of taking the memory."""

_hasher: Final = PasswordHasher()
_turn: Final = threading.BoundedSemaphore(MOST_AT_ONCE)
_NOBODYS: Final = "$argon2id$v=19$m=65536,t=3,p=4$jdWvRxXRhz6UNv6ZiSNYQg$1a7e799v9yTy9kB3VXVSU4yteA4kh6vbd5YtgFVLUDs"


def check_new(password: str, email: str) -> None:
    """Raises BadRequest for a password that is too short, too long or the account's own address."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadRequest(f"cannot use the password: it must have {SHORTEST} to {LONGEST} characters")
    if password.casefold() == email.casefold() or len(set(password)) == 1:
        raise BadRequest("cannot use the password: it is too easy to guess", hint="A few words are easy to remember.")


def hashed(password: str) -> str:
    with _turn:
        return _hasher.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether it is the password; without a hash as slow as with one, and False."""
    with _turn:
        try:
            _hasher.verify(password_hash or _NOBODYS, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None
