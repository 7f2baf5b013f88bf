"""Usage x genai-prices -> dollars, exactly. (First version: replaced below.)"""

from __future__ import annotations

from threadline_server.model import Span


def priced(span: Span) -> Span:
    return span
