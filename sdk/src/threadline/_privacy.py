"""What leaves the process, and how much of it: argument, then environment variable, then default.

==========================  ========================================  =====================
argument                    environment variable                      default
==========================  ========================================  =====================
``capture_content``         ``THREADLINE_CAPTURE_CONTENT``            true
``sample_rate``             ``THREADLINE_SAMPLE_RATE``                1.0
``mask_timeout``            ``THREADLINE_MASK_TIMEOUT``               1.0 seconds for a span
``max_value_characters``    ``THREADLINE_MAX_VALUE_CHARACTERS``       1,000,000
``max_span_characters``     ``THREADLINE_MAX_SPAN_CHARACTERS``        4,000,000
==========================  ========================================  =====================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from threadline._config import ConfigurationError
from threadline._values import MAX_CHARACTERS

if TYPE_CHECKING:
    from threadline._place import Mask

_LONGEST_MASK_TIMEOUT_S = 60.0
_FEWEST_CHARACTERS, _MOST_CHARACTERS = 100, 100_000_000
_COROUTINE_FUNCTION = 0x80 | 0x200  # inspect.CO_COROUTINE and CO_ASYNC_GENERATOR


class Privacy(NamedTuple):
    """What leaves the process, and how much of it."""

    mask: Mask | None = None
    capture_content: bool = True
    sample_rate: float = 1.0
    mask_timeout: float = 1.0
    """Seconds for all texts of one span."""
    max_value_characters: int = MAX_CHARACTERS
    max_span_characters: int = 4_000_000


def resolve_privacy(mask: Mask | None, arguments: Mapping[str, Any], environ: Mapping[str, str]) -> Privacy:
    """Returns what to use; ``arguments`` has the keys of the table above, with None for what is not given.

    Raises:
        ConfigurationError: A value is malformed.
    """
    chosen = {}
    for name, given in arguments.items():
        variable = f"THREADLINE_{name.upper()}"
        value = environ.get(variable, "").strip() or None if given is None else given
        if value is not None:
            chosen[name] = _CHECKS[name](name if given is not None else variable, value)
    return Privacy(mask=_checked_mask(mask), **chosen)


def _checked_mask(mask: Any) -> Mask | None:
    if mask is None:
        return None
    if not callable(mask):
        raise ConfigurationError(f"cannot use mask: it is a {type(mask).__name__}; give a function of text and place")
    code = getattr(mask, "__code__", None)
    if code is not None and code.co_flags & _COROUTINE_FUNCTION:
        raise ConfigurationError("cannot use mask: it is an async function; give one that returns the text itself")
    return mask  # type: ignore[no-any-return]


def _flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and (word := value.lower()) in {"true", "1", "yes", "on", "false", "0", "no", "off"}:
        return word in {"true", "1", "yes", "on"}
    raise ConfigurationError(f"cannot read {name}: it must be true or false")


def _number(least: float, most: float, kind: type[int | float]) -> Callable[[str, Any], float]:
    def check(name: str, value: Any) -> float:
        try:
            number = kind(value)
        except (TypeError, ValueError, OverflowError):
            number = kind(-1)
        if isinstance(value, bool) or not least <= number <= most:
            raise ConfigurationError(f"cannot read {name}: it must be a number from {least:,} to {most:,}")
        return number

    return check


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "capture_content": _flag,
    "sample_rate": _number(0, 1, float),
    "mask_timeout": _number(0.001, _LONGEST_MASK_TIMEOUT_S, float),
    "max_value_characters": _number(_FEWEST_CHARACTERS, _MOST_CHARACTERS, int),
    "max_span_characters": _number(_FEWEST_CHARACTERS, _MOST_CHARACTERS, int),
}
PRIVACY_SETTINGS = tuple(_CHECKS)
