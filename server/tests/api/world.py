"""Sixty made-up sessions with awkward texts everywhere, and what a plain program would choose of them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

Entry = Mapping[str, Any]
Pairs = Sequence[tuple[str, str]]

AWKWARD = [
    "plain", "", "it's", '"quoted"', "back\\slash", "\\'; DROP TABLE sessions; --", "' OR '1'='1", "{x:String}", "/*where*/", "a\tb\nc\r",
    "nul\0byte", "\x1b[31m\x7f", "🙂👩‍👩‍👧", "ünïcødé", "e\u0301", "\u202e\u2028\ufeff", "%41%", "_", "NULL", "\\N", "0", "true", "x" * 300,
]  # fmt: skip
NAMED = [text for text in AWKWARD if text]
VALUES: list[Any] = [*AWKWARD, 0, 3, -1.5, True, False, [1, "a"], {"k": "v's"}]
START = dt.datetime(2025, 10, 20, 5, 17, 3, 250_000, dt.UTC)


class Entries(list[dict[str, Any]]):
    """What a list answered; told in short where a test fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} entries>"


def traces(count: int, *, seed: int = 2) -> list[dict[str, Any]]:
    """The traces of so many sessions, in any order."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        session_id = f"{chance.choice(NAMED)} {number}"
        begin = START + dt.timedelta(milliseconds=chance.randrange(40 * 86_400_000))
        for turn in range(chance.choice([1, 1, 2, 3, 5])):
            begin += dt.timedelta(milliseconds=chance.choice([0, 1, 15_000, 1_800_000, 1_800_001, 7_200_000]))
            found.append(_trace(chance, f"{number}/{turn} {chance.choice(AWKWARD)}", session_id, begin))
    chance.shuffle(found)
    return found


def facts(session_ids: Sequence[str], *, seed: int = 3) -> dict[str, dict[str, Any]]:
    """What is said of some of the sessions."""
    chance = random.Random(seed)
    return {
        session_id: {"outcome": chance.choice(NAMED)[:200], "bookmarked": chance.random() < 0.5}
        for session_id in chance.sample(session_ids, len(session_ids) // 4)
    }


def _trace(chance: random.Random, trace_id: str, session_id: str, begin: dt.datetime) -> dict[str, Any]:
    end = begin + dt.timedelta(milliseconds=chance.choice([0, 1, 800, 2_000, 60_000]))
    calls = [
        {
            "id": f"call {number}",
            "kind": "generation",
            "name": "call",
            "startTime": begin.isoformat(),
            "endTime": end.isoformat(),
            "modelName": chance.choice(NAMED),
            "promptTokens": chance.randrange(0, 2_000),
            "completionTokens": chance.randrange(0, 500),
            "cost": chance.choice([0, 0.5, 0.000000000001, 0.1, 1.25, 12.000000000003]),
        }
        for number in range(chance.randrange(3))
    ]
    calls += [
        {"id": f"tool {number}", "kind": "tool", "name": chance.choice(NAMED), "startTime": begin.isoformat(),
         "endTime": end.isoformat()}
        for number in range(chance.randrange(2))
    ]  # fmt: skip
    return {
        "id": trace_id,
        "name": chance.choice(AWKWARD),
        "sessionId": session_id,
        "userId": chance.choice(AWKWARD),
        "environment": chance.choice(AWKWARD),
        "release": chance.choice(["", "v1", "v'2"]),
        "startTime": begin.isoformat(),
        "endTime": end.isoformat(),
        "status": chance.choice(["ok", "ok", "error"]),
        "tags": chance.sample(NAMED, chance.randrange(4)),
        "metadata": {key: chance.choice(VALUES) for key in chance.sample(NAMED, chance.randrange(4))},
        "input": chance.choice(AWKWARD),
        "output": {"said": chance.choice(AWKWARD)},
        "observations": calls,
    }


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _cost(entry: Entry) -> Decimal:
    return Decimal(repr(entry["totalCost"]))


Test = Callable[[Entry, str], bool]
_BOTH: dict[str, Test] = {
    "from": lambda entry, value: moment(entry["endTime"]) >= moment(value),
    "to": lambda entry, value: moment(entry["startTime"]) < moment(value),
    "environment": lambda entry, value: (entry["environment"] or "") == value,
    "release": lambda entry, value: (entry["release"] or "") == value,
    "minCost": lambda entry, value: _cost(entry) >= Decimal(value),
    "maxCost": lambda entry, value: _cost(entry) <= Decimal(value),
    "minTokens": lambda entry, value: bool(entry["totalTokens"] >= int(value)),
    "maxTokens": lambda entry, value: bool(entry["totalTokens"] <= int(value)),
    "tag": lambda entry, value: value in entry["tags"],
}
SESSION_TESTS: dict[str, Test] = {
    "status": lambda entry, value: entry["status"] == value,
    **_BOTH,
    "userId": lambda entry, value: value in entry["userIds"],
    "model": lambda entry, value: value in [use["model"] for use in entry["models"]],
    "hasError": lambda entry, value: (entry["errorCount"] > 0) == (value == "true"),
    "tool": lambda entry, value: value in [use["name"] for use in entry["tools"]],
    "outcome": lambda entry, value: (entry["outcome"] or "") == value,
    "bookmarked": lambda entry, value: bool(entry["bookmarked"] == (value == "true")),
    "minTraces": lambda entry, value: bool(entry["traceCount"] >= int(value)),
    "maxTraces": lambda entry, value: bool(entry["traceCount"] <= int(value)),
    "minDuration": lambda entry, value: bool(entry["duration"] >= int(value)),
    "maxDuration": lambda entry, value: bool(entry["duration"] <= int(value)),
}
TRACE_TESTS: dict[str, Test] = {
    **_BOTH,
    "sessionId": lambda entry, value: (entry["sessionId"] or "") == value,
    "userId": lambda entry, value: (entry["userId"] or "") == value,
    "name": lambda entry, value: bool(entry["name"] == value),
    "model": lambda entry, value: value in entry["models"],
    "hasError": lambda entry, value: (entry["status"] == "error") == (value == "true"),
}
SORTS: dict[str, Callable[[Entry], Any]] = {
    "lastActivity": lambda entry: moment(entry["endTime"]),
    "startTime": lambda entry: moment(entry["startTime"]),
    "totalCost": _cost,
    **{
        name: (lambda entry, name=name: entry[name])
        for name in ("duration", "activeDuration", "traceCount", "totalTokens", "errorCount")
    },
}


def chosen(entries: Iterable[Entry], pairs: Pairs, tests: Mapping[str, Test]) -> list[Entry]:
    """Those that pass every filter."""
    return [entry for entry in entries if all(_passes(entry, name, value, tests) for name, value in pairs)]


def _passes(entry: Entry, name: str, value: str, tests: Mapping[str, Test]) -> bool:
    if not name.startswith("metadata."):
        return tests[name](entry, value)
    key = name.removeprefix("metadata.")
    return key in entry["metadata"] and orjson.dumps(entry["metadata"][key]).decode() in {
        value,
        orjson.dumps(value).decode(),
    }


def ordered(entries: Iterable[Entry], sort: str, order: str) -> list[Entry]:
    """By the sort's value, then by id."""
    return sorted(entries, key=lambda entry: (SORTS[sort](entry), entry["id"]), reverse=order == "desc")
