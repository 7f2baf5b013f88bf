"""Following ``with_raw_response`` and ``with_streaming_response``, whose answers the program reads itself."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from threadline._clients.calls import Call
from threadline._clients.following import around, follow


def follow_raw(raw: Any, call: Call, *, is_stream: bool) -> None:
    """Ends ``call`` when the program has read or closed ``raw``; at once where the body has been read already."""
    http = raw.http_response
    if is_stream:
        _follow_parsed(raw, call)
    elif http.is_closed:
        call.end(http.json())
        return
    body = _Body(http, call, is_stream=is_stream)
    around(http, ("read", "aread"), body.reading)
    around(http, ("close", "aclose"), body.closing)
    weakref.finalize(http, call.end)


class _Body:
    """An answer that the program reads when it likes, or does not."""

    def __init__(self, http: Any, call: Call, *, is_stream: bool) -> None:
        self._http = weakref.ref(http)
        self._call = call
        self._is_stream = is_stream
        self._is_being_read = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Around reading all of it. It is closed within, before its content can be asked for."""
        self._is_being_read = True
        try:
            yield
        except BaseException as error:
            self._call.fail(error)
            raise
        finally:
            self._is_being_read = False
        http = self._http()
        with self._call.guard:
            self._call.end(None if self._is_stream or http is None else http.json())

    @contextmanager
    def closing(self) -> Iterator[None]:
        """Around closing it: what was read in pieces is not seen here."""
        try:
            yield
        finally:
            if not self._is_being_read:
                self._call.end()


def _follow_parsed(raw: Any, call: Call) -> None:
    """Follows the stream that ``raw.parse()`` makes."""
    original = raw.parse

    def followed(parsed: Any) -> Any:
        with call.guard:
            if hasattr(parsed, "_iterator"):
                follow(parsed, call)
        return parsed

    def parse(*args: Any, **kwargs: Any) -> Any:
        return followed(original(*args, **kwargs))

    async def parse_async(*args: Any, **kwargs: Any) -> Any:
        return followed(await original(*args, **kwargs))

    raw.parse = parse_async if inspect.iscoroutinefunction(original) else parse
