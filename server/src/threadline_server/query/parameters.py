"""Query-string values: text in, checked values out; a wrong one answers 400 and says what would be right."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeAlias

from threadline_server.errors import BadRequest, UnknownParameter

Pairs: TypeAlias = Sequence[tuple[str, str]]
"""The query string as it came: (name, value), names may repeat."""

MAX_INTEGER = 2**63 - 1
_AMOUNT = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)


def check_known(pairs: Pairs, known: Iterable[str], prefixes: Iterable[str] = ()) -> None:
    """Raise ``UnknownParameter`` for a name that is neither in ``known`` nor begins with one of ``prefixes``."""
    names = set(known)
    for name, _ in pairs:
        if name not in names and not any(name.startswith(prefix) and len(name) > len(prefix) for prefix in prefixes):
            valid = [*sorted(names), *(f"{prefix}<key>" for prefix in prefixes)]
            hint = f"Valid parameters: {', '.join(valid)}." if valid else "This route takes no parameters."
            raise UnknownParameter(f"cannot use parameter {name[:80]!r}: unknown", hint=hint)


def one(pairs: Pairs, name: str) -> str | None:
    """The value of a parameter that may be given once."""
    values = [value for key, value in pairs if key == name]
    if len(values) > 1:
        raise BadRequest(
            f"cannot use parameter {name!r}: it is given {len(values)} times", hint="Give it once, or not at all."
        )
    return values[0] if values else None


def moment_ns(name: str, text: str) -> int:
    """An ISO 8601 time as nanoseconds since 1970; a time without a zone is UTC."""
    try:
        written = text.strip().upper().replace(" ", "+")  # an unescaped + arrives as a space
        time = dt.datetime.fromisoformat(written)
    except ValueError as error:
        raise BadRequest(
            f"cannot read {name!r}: {text[:40]!r} is not a time",
            hint="Give ISO 8601, for example 2026-11-23T10:30:00Z.",
        ) from error
    if time.tzinfo is None:
        time = time.replace(tzinfo=dt.UTC)
    if not 1900 < time.year < 2262:
        raise BadRequest(
            f"cannot read {name!r}: the year {time.year} is out of range", hint="Give a year from 1901 to 2261."
        )
    since = time - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000


def whole(name: str, text: str, least: int = 0, most: int = MAX_INTEGER) -> int:
    """A whole number in ``[least, most]``."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19 and least <= int(digits) <= most):
        bounds = f"{least} to {most}" if most < MAX_INTEGER else f"{least} or more"
        raise BadRequest(
            f"cannot read {name!r}: {text[:40]!r} is not a whole number of {bounds}",
            hint=f"Give digits only, for example {min(max(least, 50), most)}.",
        )
    return int(digits)


def dollars(name: str, text: str) -> Decimal:
    """An amount of US dollars; what it has beyond 12 decimals is rounded."""
    if not _AMOUNT.fullmatch(text.strip()):
        raise BadRequest(
            f"cannot read {name!r}: {text[:40]!r} is not an amount", hint="Give dollars, for example 0.05."
        )
    amount = Decimal(text.strip())
    if amount >= Decimal(10) ** 15:
        raise BadRequest(f"cannot read {name!r}: {text[:40]!r} is out of range", hint="Give dollars, for example 0.05.")
    return amount.quantize(Decimal("1e-12"))


def switch(name: str, text: str) -> bool:
    """``true`` or ``false``."""
    if text.lower() not in {"true", "false"}:
        raise BadRequest(f"cannot read {name!r}: {text[:40]!r} is neither true nor false", hint="Give true or false.")
    return text.lower() == "true"


def choice(name: str, text: str, options: Iterable[str]) -> str:
    """One of ``options``."""
    valid = list(options)
    if text not in valid:
        raise BadRequest(f"cannot read {name!r}: {text[:40]!r} is unknown", hint=f"Valid: {', '.join(valid)}.")
    return text
