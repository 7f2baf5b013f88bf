"""Wire formats -> ``RawSpan``. A decoder knows a format and none of the vocabularies that travel in it.

Each has ``decode(body, *, now_ns=None) -> Decoded`` and raises nothing but ``BadRequest``, for a body of which nothing can
be read; one unusable span among good ones is a ``Drop``. Every text in a ``RawSpan`` can be encoded as UTF-8. Where one span comes in several messages, a decoder answers parts
instead (``piecewise``), and a maker (``wires``) makes the ``RawSpan`` of all of them.
"""

from __future__ import annotations

from typing import TypeAlias

from threadline_server.model import Drop, RawSpan

Decoded: TypeAlias = tuple[list[RawSpan], list[Drop], int]
"""The spans, what could not be used, and how many were received: received = spans + drops (law 7). The unit of the plain
JSON is the trace object, whose one ``RawSpan`` per observation come together or not at all."""
