"""The text of keys and tokens: how it is made, checked and recognised again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from threadline_server.errors import BadRequest

KEY_START = "pk_"
MAX_SECRET_LENGTH = 256
SHOWN_CHARACTERS = 4

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_BYTES = 24
_RANDOM_CHARACTERS = 33  # 62**33 is just above 2**192
# What needs no escaping in a header or as the user part of a DSN.
_CHOSEN = re.compile(r"pk_[A-Za-z0-9._~-]{8,253}")

RandomBytes = Callable[[int], bytes]


def new_key(random_bytes: RandomBytes) -> str:
    """A key with 192 random bits, in letters and digits only, so that a double click selects it."""
    return KEY_START + new_token(random_bytes)


def new_token(random_bytes: RandomBytes) -> str:
    number = int.from_bytes(random_bytes(_RANDOM_BYTES), "big")
    characters = []
    for _ in range(_RANDOM_CHARACTERS):
        number, digit = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return "".join(characters)


def check_chosen_key(secret: str) -> str:
    """``secret`` when a caller may choose it as a key. Raises BadRequest, naming the rule and not the key."""
    if _CHOSEN.fullmatch(secret):
        return secret
    raise BadRequest(
        "cannot use the chosen API key: it must be pk_ followed by 8 to 253 letters, digits or any of . _ ~ -",
        hint="Leave it out to get a random one.",
    )


def digest(secret: str) -> bytes:
    """What is kept of a secret. It needs no salt or stretching: the secrets are random, not passwords."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def shown_prefix(secret: str) -> str:
    return secret[: len(KEY_START) + SHOWN_CHARACTERS]
