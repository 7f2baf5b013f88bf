"""The text of keys and tokens: how it is made, checked and recognised again.

A key of ours is ``pk_``, 33 characters of chance and 6 of a checksum over all before them: who finds one (a scanner of
repositories, a form) can tell it from a text that only looks like one, without asking anybody.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable

from threadline_server.errors import BadRequest

KEY_START = "pk_"
MAX_SECRET_LENGTH = 256
SHOWN_CHARACTERS = 4

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_BYTES = 24
_RANDOM_CHARACTERS = 33  # 62**33 is just above 2**192
_CHECKSUM_CHARACTERS = 6  # 62**6 is just above 2**32
_OURS = re.compile(f"pk_[A-Za-z0-9]{{{_RANDOM_CHARACTERS + _CHECKSUM_CHARACTERS}}}")
# What needs no escaping in a header or as the user part of a DSN.
_CHOSEN = re.compile(r"pk_[A-Za-z0-9._~-]{8,253}")

RandomBytes = Callable[[int], bytes]


def new_key(random_bytes: RandomBytes) -> str:
    """A key with 192 random bits, in letters and digits only, so that a double click selects it."""
    text = KEY_START + new_token(random_bytes)
    return text + _checksum(text)


def new_token(random_bytes: RandomBytes) -> str:
    return _in_letters(int.from_bytes(random_bytes(_RANDOM_BYTES), "big"), _RANDOM_CHARACTERS)


def is_mistyped(secret: str) -> bool:
    """Whether it has the form of a key that we made, and the checksum of another."""
    return _OURS.fullmatch(secret) is not None and secret[-_CHECKSUM_CHARACTERS:] != _checksum(
        secret[:-_CHECKSUM_CHARACTERS]
    )


def _checksum(text: str) -> str:
    return _in_letters(zlib.crc32(text.encode("ascii")), _CHECKSUM_CHARACTERS)


def _in_letters(number: int, count: int) -> str:
    characters = []
    for _ in range(count):
        number, digit = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return "".join(characters)


def check_chosen_key(secret: str) -> str:
    """``secret`` when a caller may choose it as a key. Raises BadRequest, naming the rule and not the key."""
    if is_mistyped(secret):
        raise BadRequest(
            "cannot use the chosen API key: it looks like one of ours and its checksum is wrong",
            hint="Copy it again, or choose a key of another length.",
        )
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
