"""An exception as the record of a failed span."""

from __future__ import annotations

from threadline import _values
from threadline._records import ErrorRecord

_MAX_FRAMES = 64
_MAX_STACK_CHARACTERS = 32_000


def error_record(error: object, at_ns: int) -> ErrorRecord:
    """Describes ``error``, usually an exception; a text or anything else becomes the message of an ``Error``."""
    if not isinstance(error, BaseException):
        return ErrorRecord("Error", _values.text(error), "", at_ns)
    return ErrorRecord(type(error).__name__, _message(error), _stack(error), at_ns)


def _message(error: BaseException) -> str:
    try:
        message = str(error)
    except Exception as failure:  # noqa: BLE001  # the exception's own code may fail in any way
        message = f"[unreadable message: {type(failure).__name__}]"
    # Python's own says nothing.
    return _values.text(message or ("cancelled" if type(error).__name__ == "CancelledError" else ""))


def _stack(error: BaseException) -> str:
    import traceback  # not for those who only import threadline

    stack = "".join(traceback.format_exception(error, limit=-_MAX_FRAMES))
    # The end says most: the innermost frames and the exception itself.
    if len(stack) > _MAX_STACK_CHARACTERS:
        stack = f"[truncated]\n{stack[-_MAX_STACK_CHARACTERS:]}"
    return _values.text(stack)
