"""A session as a transcript in Markdown: title, facts, then turn by turn who said what, and which tools were called.

What was said stands in block quotes, each of its lines behind ``>``, so that no text of a sender's can pass for a heading or a
turn of ours; arguments and results of tools stand in fences longer than any within them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from threadline_server.query import conversations, paging, present
from threadline_server.store.database import Database, Row

_RUN: Final = re.compile(r"`{3,}")
_LINE_END: Final = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#|!~&])")


def write(database: Database, project_id: int, session: Row) -> Iterator[bytes]:
    yield _head(present.session(session)).encode()
    number = 0
    cursor: str | None = None
    while True:
        pairs = [("limit", str(paging.PAGE)), *([("cursor", cursor)] if cursor else [])]
        page = conversations.session_conversation(database, project_id, session["session_id"], pairs)
        for turn in page["data"]:
            number += 1
            yield _turn(number, turn).encode("utf-8", "replace")
        cursor = page["nextCursor"]
        if cursor is None:
            return


def _head(session: dict[str, Any]) -> str:
    facts = {
        "Session": session["id"],
        "User": session["userId"],
        "From": session["startTime"],
        "To": session["endTime"],
        "Duration": present.duration_text(session["duration"]),
        "Turns": session["traceCount"],
        "Turns that failed": session["errorCount"] or None,
        "Tokens": session["totalTokens"],
        "Cost": f"${session['totalCost']:.6f}".rstrip("0").rstrip("."),
        "Models": ", ".join(use["model"] for use in session["models"]) or None,
        "Outcome": session["outcome"],
        "Tags": ", ".join(session["tags"]) or None,
    }
    told = "".join(f"- {name}: {inline(str(value))}\n" for name, value in facts.items() if value is not None)
    return f"# {inline(session['title'] or session['id'])}\n\n{told}"


def _turn(number: int, turn: dict[str, Any]) -> str:
    parts = [f"\n## {number}. {inline(turn['name'] or turn['traceId'])}\n\n{turn['startTime']}\n"]
    parts += [_message(message) for message in turn["messages"]]
    if error := turn["error"]:
        parts.append("\n**error**\n\n" + quoted(": ".join(filter(None, (error["type"], error["message"]))) or "failed"))
    return "".join(parts)


def _message(message: dict[str, Any]) -> str:
    who = inline(message["role"])
    if message.get("name"):
        who += f" {inline(message['name'])}"
    if message.get("modelName"):
        who += f" ({inline(message['modelName'])})"
    parts = [f"\n**{who}**\n"]
    for part in message["content"]:
        if part["type"] == "text" and message["role"] == "tool":
            parts.append("\n" + fenced(part["text"]))
        elif part["type"] in ("text", "reasoning"):
            told = "" if part["type"] == "text" else "\n*reasoning*\n"
            parts.append(told + "\n" + quoted(part["text"]))
        else:
            parts.append("\n" + fenced(_pretty(part), "json"))
    parts += [
        f"\nCalls {inline(call['name'])}\n\n" + fenced(_pretty(call["arguments"]), "json")
        for call in message.get("toolCalls") or ()
    ]
    return "".join(parts)


def _pretty(value: Any) -> str:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        return present.encoded(value).decode()


def inline(text: str) -> str:
    """The text in one line, without a meaning to Markdown."""
    return _SPECIAL.sub(r"\\\1", _LINE_END.sub(" ", text)).strip()


def quoted(text: str) -> str:
    """The text as a block quote, line by line; HTML in it is shown, not run, and pictures are not fetched."""
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "!\\[")
    return "".join(f"> {line}\n" if line else ">\n" for line in _LINE_END.split(shown))


def fenced(text: str, language: str = "") -> str:
    """The text in a fence that it cannot end."""
    longest = max((len(run) for run in _RUN.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{_LINE_END.sub(chr(10), text)}\n{fence}\n"
