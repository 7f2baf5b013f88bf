"""Everything that can go wrong for a caller, and the HTTP answer it becomes.

ThreadlineError                      500  internal
├─ BadRequest                        400  bad_request       the caller's input is wrong
│  ├─ UnknownParameter               400  unknown_parameter a name that no route knows
│  └─ BadFilter                      400  bad_filter        an expression goes wrong at a position
├─ Unauthenticated                   401  unauthenticated   no key, or not a valid one
├─ Forbidden                         403  forbidden         a valid key without the scope
├─ NotFound                          404  not_found         not there, or another project's
├─ TooSlow                           408  too_slow          a body that does not go on coming
├─ Conflict                          409  conflict          the name is taken
├─ TooLarge                          413  too_large         body over the limit
├─ UnsupportedMediaType              415  unsupported_media_type
├─ Misdirected                       421  misdirected       a Host header that this server does not answer to
├─ QueryTooLarge                     422  query_too_large   the engine's time or memory limit was reached
├─ TooManyRequests                   429  too_many_requests retry later
├─ Unavailable                       503  unavailable       the store cannot write now; retry later
│  └─ Damaged                        503  unavailable       what was written cannot be read back; retry later
└─ StartupError                      -    printed by the command line; the process exits with code 2
   └─ DataDirectoryInUse

A message reads "cannot <verb> <thing>: <cause>"; ``hint`` says what to do. Neither ever holds SQL, a stack or a path of
the server (``StartupError`` excepted: it is shown only to whoever started the process).
"""

from __future__ import annotations


class ThreadlineError(Exception):
    """Something failed on our side."""

    status = 500
    code = "internal"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadRequest(ThreadlineError):
    status, code = 400, "bad_request"


class UnknownParameter(BadRequest):
    code = "unknown_parameter"


class BadFilter(BadRequest):
    """An expression cannot be read; ``position`` is the character at which it goes wrong, from 0."""

    code = "bad_filter"

    def __init__(self, message: str, *, hint: str | None = None, position: int) -> None:
        super().__init__(message, hint=hint)
        self.position = position


class Unauthenticated(ThreadlineError):
    status, code = 401, "unauthenticated"


class Forbidden(ThreadlineError):
    status, code = 403, "forbidden"


class NotFound(ThreadlineError):
    status, code = 404, "not_found"


class TooSlow(ThreadlineError):
    status, code = 408, "too_slow"


class Conflict(ThreadlineError):
    status, code = 409, "conflict"


class TooLarge(ThreadlineError):
    status, code = 413, "too_large"


class UnsupportedMediaType(ThreadlineError):
    status, code = 415, "unsupported_media_type"


class Misdirected(ThreadlineError):
    status, code = 421, "misdirected"


class QueryTooLarge(ThreadlineError):
    status, code = 422, "query_too_large"


class TooManyRequests(ThreadlineError):
    status, code = 429, "too_many_requests"

    def __init__(self, message: str, *, hint: str | None = None, retry_after_s: int) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class Unavailable(ThreadlineError):
    status, code = 503, "unavailable"

    def __init__(self, message: str, *, hint: str | None = None, retry_after_s: int = 2) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class Damaged(Unavailable):
    """A part of the store: what holds it up is told of it, and moves it aside."""


class StartupError(ThreadlineError):
    """The process cannot start; the message may name paths and settings."""


class DataDirectoryInUse(StartupError):
    pass
