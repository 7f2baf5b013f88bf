"""E1: whatever is in a message, its log line is one line that a terminal shows and does not obey."""

from __future__ import annotations

import json
import logging
import sys
import unicodedata

import orjson
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.watching.log_lines import JsonLines, TextLines, one_line, printable, printable_json


def record(message: str, *, fails: bool = False) -> logging.LogRecord:
    error = None
    if fails:
        try:
            raise ValueError(message)
        except ValueError:
            error = sys.exc_info()
    return logging.LogRecord("a.logger", logging.WARNING, __file__, 1, "about %s", (message,), error)


def acts(line: str) -> list[str]:
    """Characters that do something other than show themselves."""
    return [
        letter
        for letter in line
        if unicodedata.category(letter) in {"Cc", "Zl", "Zp", "Cs"} or letter in "\u202e\u2066\u200f\u061c\ufeff"
    ]


@given(st.text(st.characters()), st.booleans())
def test_e1_a_line_of_text_holds_nothing_that_acts_on_a_terminal(message: str, fails: bool) -> None:
    assert acts(TextLines().format(record(message, fails=fails))) == []


@given(st.text(st.characters()), st.booleans())
def test_e1_a_line_of_json_is_one_object_and_pure(message: str, fails: bool) -> None:
    line = JsonLines().format(record(message, fails=fails))
    told = orjson.loads(line)
    assert acts(line) == []
    assert (told["level"], told["logger"], told["message"]) == ("warning", "a.logger", one_line(f"about {message}"))
    assert ("error" in told) == fails


def test_what_is_spelled_can_be_read() -> None:
    assert one_line("a\x1b[31mb\r\nc\u202ed\u2028e\x9bf") == "a\\x1b[31mb\\r\\nc\\u202ed\\u2028e\\x9bf"
    assert printable("a\n\tb\x07") == "a\n\tb\\x07"
    assert one_line("plain ünïcode 漢字 👍") == "plain ünïcode 漢字 👍"


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_e1_json_with_what_acts_on_a_terminal_spelled_is_the_same_value(value: object) -> None:
    shown = printable_json(json.dumps(value, indent=2, ensure_ascii=False))
    assert acts(shown.replace("\n", "")) == []
    assert json.loads(shown) == value
