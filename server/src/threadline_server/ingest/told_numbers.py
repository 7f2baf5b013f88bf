"""Numbers as senders tell them: as numbers, or written as text."""

from __future__ import annotations

import math
from typing import Any


def whole_number(value: Any) -> int | None:
    if type(value) is int:
        return value
    number = real_number(value)
    return int(number) if number is not None and number.is_integer() else None


def real_number(value: Any) -> float | None:
    """A finite number, written as a number or as text."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | str)
        or (isinstance(value, str) and len(value) > 40)
    ):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
