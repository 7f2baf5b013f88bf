"""``GET /sessions/{id}/compare/{other}``: two sessions, turn by turn.

Every turn is looked at to align them, but only as a list shows it (the first characters of input and output, in one statement
for each session). Messages are read of the turns of one page, and cut where they are very long.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from threadline_server.errors import BadRequest, NotFound, QueryTooLarge
from threadline_server.query import compared_turns, conversations, parameters, present, sessions, traces
from threadline_server.query.aligning import Step, Turn, align, normalised
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

PARAMETERS: Final = ("limit", "cursor")
MOST_TURNS: Final = 20_000
PAGE: Final = 50
MAX_PAGE: Final = 100
COLUMNS: Final = Fragment(
    "trace_id, name, status, error_type, error_message, generation_count, tool_count, prompt_tokens, completion_tokens,"
    " cached_tokens, reasoning_tokens, total_tokens, cost, unpriced_models, tool_calls, tool_errors, input_text, output_text,"
    " toUnixTimestamp64Milli(start_time) AS start_ms"
)
_WHICH: Final = ("first", "second")
_NUMBERS: Final = (
    "traceCount", "spanCount", "generationCount", "toolCount", "errorCount", "segments", "duration", "activeDuration",
    *compared_turns.TOKENS,
)  # fmt: skip
_Both: TypeAlias = Sequence[Sequence[Row]]
"""The turns of the first session, and those of the second."""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last turn of each session that was shown; "" where none was."""

    a: str
    b: str


def compare_sessions(
    database: Database, project_id: int, session_ids: tuple[str, str], pairs: Pairs, goals: Goals
) -> dict[str, Any]:
    """What both sessions are, what differs, and a page of their turns. Raises ``NotFound``, ``QueryTooLarge``."""
    parameters.check_known(pairs, PARAMETERS)
    limit = parameters.whole("limit", parameters.one(pairs, "limit") or str(PAGE), 1, MAX_PAGE)
    cursor = _read_cursor(pairs)
    found = _sessions(database, project_id, session_ids, goals)
    turns = [_turns(database, project_id, session) for session in found]
    steps = list(align(*(_keys(rows) for rows in turns)))
    begin = 0 if cursor is None else _begin(cursor, steps, turns)
    page = steps[begin : begin + limit]
    said = [_said(database, project_id, found[side], turns[side], page, side) for side in (0, 1)]
    a, b = (present.session(session) for session in found)
    end = begin + len(page)
    return {
        "a": a,
        "b": b,
        "differences": compared_turns.differences(a, b, _NUMBERS),
        "alignment": _alignment(steps, turns),
        "data": [_entry(at, step, turns, said) for at, step in enumerate(page, begin + 1)],
        "nextCursor": _write_cursor(steps[:end], turns) if end < len(steps) else None,
    }


def _sessions(database: Database, project_id: int, session_ids: tuple[str, str], goals: Goals) -> list[Row]:
    rows = sessions.rows_of(database, project_id, sorted(set(session_ids)), goals)
    found = {row["session_id"]: row for row in rows}
    missing = [
        f"the {which}, {name[:80]!r}" for which, name in zip(_WHICH, session_ids, strict=True) if name not in found
    ]
    if missing:
        raise NotFound(
            f"cannot find one of the sessions to compare: {' nor '.join(missing)}"
            if len(missing) == 1
            else f"cannot find the sessions to compare: neither {' nor '.join(missing)}",
            hint="Sessions appear within a second of their first span; ids are per project.",
        )
    if any(row["trace_count"] > MOST_TURNS for row in rows):
        raise QueryTooLarge(
            f"cannot compare these sessions: one has more than {MOST_TURNS:,} turns",
            hint="Read both as conversations, page by page.",
        )
    return [found[name] for name in session_ids]


def _turns(database: Database, project_id: int, session: Row) -> list[Row]:
    page = msgspec.structs.replace(traces.session_page(()), limit=MOST_TURNS)
    return traces.session_trace_rows(database, project_id, session, page, columns=COLUMNS)


def _keys(rows: Sequence[Row]) -> list[Turn]:
    return [Turn(normalised(row["input_text"]), row["name"]) for row in rows]


def _said(
    database: Database, project_id: int, session: Row, rows: Sequence[Row], page: Sequence[Step], side: int
) -> dict[str, Any]:
    """The messages of one session's turns on a page, by trace; they follow each other in the session, too."""
    places = [place for step in page if (place := step.places[side]) is not None]
    if not places:
        return {}
    first = places[0]
    after = [] if first == 0 else [("cursor", traces.session_page(()).cursor_after(*_key(rows[first - 1])))]
    asked = [("limit", str(len(places))), *after]
    told = conversations.session_conversation(database, project_id, session["session_id"], asked)
    return {turn["traceId"]: turn["messages"] for turn in told["data"]}


def _key(row: Row) -> tuple[str, str]:
    return row["sort_value"], row["trace_id"]


def _rows(step: Step, turns: _Both) -> list[Row | None]:
    return [None if place is None else rows[place] for place, rows in zip(step.places, turns, strict=True)]


def _entry(position: int, step: Step, turns: _Both, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    row_a, row_b = _rows(step, turns)
    told_a, told_b = (
        [] if row is None else told.get(row["trace_id"], []) for row, told in zip((row_a, row_b), said, strict=True)
    )
    a = None if row_a is None or step.a is None else compared_turns.turn(row_a, step.a + 1, told_a)
    b = None if row_b is None or step.b is None else compared_turns.turn(row_b, step.b + 1, told_b)
    return {
        "position": position,
        "match": step.match,
        "differs": compared_turns.differing(row_a, row_b, told_a, told_b),
        "a": a,
        "b": b,
        "differences": None if a is None or b is None else compared_turns.differences(a, b, compared_turns.NUMBERS),
    }


def _alignment(steps: Sequence[Step], turns: _Both) -> dict[str, Any]:
    """How the sessions as wholes go together, by what lists show of their turns."""
    differ = [compared_turns.is_different(*_rows(step, turns)) for step in steps]
    first = next((at for at, is_different in enumerate(differ) if is_different), None)
    return {
        "positionCount": len(steps),
        "sameInputCount": sum(step.match == "input" for step in steps),
        "sameNameCount": sum(step.match == "name" for step in steps),
        "onlyACount": sum(step.b is None for step in steps),
        "onlyBCount": sum(step.a is None for step in steps),
        "differingCount": sum(differ),
        "firstDifference": None if first is None else {"position": first + 1, **_ids(steps[first], turns)},
    }


def _ids(step: Step, turns: _Both) -> dict[str, str | None]:
    a, b = (None if row is None else row["trace_id"] for row in _rows(step, turns))
    return {"a": a, "b": b}


def _read_cursor(pairs: Pairs) -> Cursor | None:
    text = parameters.one(pairs, "cursor")
    if not text:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Cursor)
    except (msgspec.MsgspecError, ValueError) as error:
        raise _unusable() from error


def _write_cursor(shown: Sequence[Step], turns: _Both) -> str:
    last = ["", ""]
    for side, name in enumerate(("a", "b")):
        ids = (_ids(step, turns)[name] for step in reversed(shown))
        last[side] = next((trace_id for trace_id in ids if trace_id is not None), "")
    return base64.urlsafe_b64encode(msgspec.json.encode(last)).decode().rstrip("=")


def _begin(cursor: Cursor, steps: Sequence[Step], turns: _Both) -> int:
    """The place after what was shown. Turns that came since may align others anew: then rather one twice than one never."""
    ids = [_ids(step, turns) for step in steps]
    marks = [
        next((at for at, these in enumerate(ids) if name and these[side] == name), -1)
        for side, name in (("a", cursor.a), ("b", cursor.b))
    ]
    if max(marks) < 0:
        raise _unusable()
    behind = "a" if marks[0] < marks[1] else "b"
    is_passed_over = any(these[behind] is not None for these in ids[min(marks) + 1 : max(marks) + 1])
    return (min(marks) if is_passed_over else max(marks)) + 1


def _unusable() -> BadRequest:
    return BadRequest(
        "cannot read 'cursor': it is not one that comparing these sessions answered", hint="Begin again without it."
    )
