"""Log lines: one for each message, whatever is in it; as text or as JSON."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import Final

import orjson

# What moves a terminal's cursor, colours it, reverses its letters or ends a line: C0, DEL, C1, line and paragraph separators, bidi marks.
_CONTROL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def one_line(text: str) -> str:
    """The text, with what would act on a terminal or end a line spelled by its number."""
    return _CONTROL.sub(lambda found: _spelled(ord(found[0])), text)


def printable(text: str) -> str:
    """The same for a text of several lines: line ends and tabs stay."""
    return _CONTROL.sub(lambda found: found[0] if found[0] in "\n\t" else _spelled(ord(found[0])), text)


def printable_json(text: str) -> str:
    """The same for the text of a JSON value, which stays the same value: such characters stand in its strings only."""
    return _CONTROL.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text)


def _spelled(code: int) -> str:
    named = {9: "\\t", 10: "\\n", 13: "\\r"}.get(code)
    return named or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


class TextLines(logging.Formatter):
    """Time, level, logger and message; a traceback follows in the same line, its line ends spelled."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return one_line(super().format(record))


class JsonLines(logging.Formatter):
    """An object for each message: ``time`` (ISO 8601, UTC), ``level``, ``logger``, ``message``, and ``error`` with a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": one_line(record.getMessage()),
        }
        if record.exc_info:
            told["error"] = printable(self.formatException(record.exc_info))
        return orjson.dumps(told).decode()


def configure(level: int | str, form: str) -> None:
    """Log what is at least of ``level`` to standard error, as ``text`` or ``json``."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level, handlers=[handler])
    for library in ("alembic", "uvicorn", "httpx"):
        logging.getLogger(library).setLevel(logging.WARNING)
