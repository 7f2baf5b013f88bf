"""Fills a data directory with many conversations: the rows are made in the engine (fill_statements.py), 6 million spans in three minutes of CPU.

Everything follows from the number of sessions, the days that they are spread over, the last day and a seed: a folder that was filled with the same
is used as it is. A session has 5 turns on average (one in 200 has 40 to 180), a turn its root, a model call and up to two tool
calls, all of one another's numbers; 60 words are said in each, as unevenly as in a language.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from fill_statements import STATEMENTS

from threadline_server.store.database import Database
from threadline_server.store.migrate import migrate
from threadline_server.store.queries import parse_blocks

BLOCKS: Final[Mapping[str, str]] = parse_blocks(STATEMENTS)
TABLES: Final = ("sessions", "traces", "spans", "turn_texts")
AT_ONCE: Final = 50_000
"""Sessions of one statement: they begin on few days, and go into few partitions."""
FRESH_PARTS: Final = 6
"""Of each table but the spans', with sessions that grew: what merges have not come to yet."""
FRESH_SESSIONS: Final = 500
SYLLABLES: Final = "".join(consonant + vowel for consonant in "bdfgklmnpr" for vowel in "aeiou")
COMMON: Final = [
    "the", "to", "and", "of", "is", "it", "for", "you", "we", "in", "that", "on", "with", "can", "order", "not", "this", "be", "have", "are",
]  # fmt: skip
VOCABULARY: Final = 20_000
RARE: Final = {
    " parcel": 20,  # as a share of the turns, one in so many
    " refund": 40, " refunds": 150, " refunded": 100, " refundable": 300,
    " new york": 60, " york new": 200,
    " zanzibar": 50_000,
}  # fmt: skip
"""Words that are looked for."""
SETTINGS: Final = " SETTINGS max_threads = 2, max_block_size = 4096, min_insert_block_size_rows = 200000, max_memory_usage = 4000000000"


class Filling(msgspec.Struct, frozen=True):
    """What a folder is filled with. ``until`` is the midnight (UTC) after the last day."""

    sessions: int
    days: int
    until: datetime
    seed: int = 7

    @property
    def since(self) -> datetime:
        return self.until - timedelta(days=self.days)


def midnight() -> datetime:
    """The last one."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def filled(folder: Path, wanted: Filling, *, any_day: bool = False) -> Filling:
    """Fill the folder unless it is; answer with what. With ``any_day`` another last day is as good."""
    note = folder / "filled.json"
    if note.exists():
        found = msgspec.json.decode(note.read_bytes(), type=Filling)
        if found == wanted or (any_day and msgspec.structs.replace(found, until=wanted.until) == wanted):
            _made(folder).close()
            return found
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    database = _made(folder)
    try:
        fill(database, wanted, lambda text: print(f"  {text}", file=sys.stderr, flush=True))
    finally:
        database.close()
    note.write_bytes(msgspec.json.encode(wanted))
    return wanted


def _made(folder: Path) -> Database:
    """The folder's store, of the newest schema."""
    database = Database(f"chdb://{folder.absolute()}/store")
    migrate(database)
    return database


def fill(database: Database, wanted: Filling, tell: Callable[[str], None]) -> None:
    """Most of it in parts as large as merges make them, and what is newest of each table in small ones."""
    began = time.monotonic()
    per_day = wanted.sessions // wanted.days
    for table in TABLES:
        for first in range(0, per_day * wanted.days, AT_ONCE):
            count = min(AT_ONCE, per_day * wanted.days - first)
            database.command(statement(table, wanted, first, count, version=1))
        tell(f"{table} written after {time.monotonic() - began:.0f} s")
    for table in ("trace_keys", "session_keys"):
        database.command(BLOCKS[table].partition("\n")[2])
    for table in ("sessions", "traces", "turn_texts", "trace_keys", "session_keys"):
        database.command(f"OPTIMIZE TABLE {table} FINAL")
    tell(f"merged after {time.monotonic() - began:.0f} s")
    for part in range(FRESH_PARTS):
        for table in ("sessions", "traces", "turn_texts"):
            first = (wanted.days - 1) * per_day + part * FRESH_SESSIONS % per_day
            database.command(statement(table, wanted, first, min(FRESH_SESSIONS, per_day), version=2 + part))
    database.command(BLOCKS["rollup_progress"].partition("\n")[2])


def statement(table: str, wanted: Filling, first: int, count: int, *, version: int) -> str:
    """What inserts a table's rows of ``count`` sessions."""
    text = BLOCKS[table].partition("\n")[2].replace("@plan", BLOCKS["plan"].partition("\n")[2])
    for name, expand in MACROS.items():
        text = re.sub(rf"@{name}\(([^()]*)\)", lambda found, expand=expand: expand(*found[1].split(", ")), text)
    numbers: dict[str, Any] = {
        "seed": wanted.seed,
        "first_ms": int(wanted.since.timestamp() * 1000),
        "per_day": wanted.sessions // wanted.days,
        "version": version,
        "from": first,
        "count": count,
    }
    return re.sub(r"@(\w+)", lambda found: str(numbers[found[1]]), text) + SETTINGS


def _words(turn: str, first: int, count: int) -> str:
    """The n-th most common word of a language is about 1/n as common as the first."""
    chance = f"(intHash64(cityHash64(@seed, number, {turn}) + w) % 1000003) / 1000003"
    rank = f"toUInt32(pow({VOCABULARY}, {chance})) - 1"
    syllable = "substring('{syllables}', 1 + 2 * (intDiv(r, {by}) % 50), 2)"
    syllables = [syllable.format(syllables=SYLLABLES, by=by) for by in (1, 50, 2500)]
    common = ", ".join(f"'{word}'" for word in COMMON)
    word = f"if(r < {len(COMMON)}, [{common}][r + 1], concat({', '.join(syllables)}))"
    ranks = f"arrayMap(w -> {rank}, range({first}, {first + count}))"
    return f"arrayStringConcat(arrayMap(r -> {word}, {ranks}), ' ')"


def _answer(turn: str) -> str:
    rare = [f"if(cityHash64(@seed, number, {turn}, '{words}') % {of} = 0, '{words}', '')" for words, of in RARE.items()]
    return f"concat({_words(turn, 12, 48)}, {', '.join(rare)})"


def _chance(which: str) -> str:
    return f"((cityHash64(@seed, number, {which}) % 1000003) / 1000003)"


def _pick(turn: str, which: str, of: str) -> str:
    return f"(cityHash64(@seed, number, {turn}, {which}) % {of})"


MACROS: Final[Mapping[str, Callable[..., str]]] = {
    "question": lambda turn: _words(turn, 0, 12),
    "answer": _answer,
    "chance": _chance,
    "pick": _pick,
}
"""What stands in a statement for more: the texts of a turn; a number from 0 to 1 for the session; one below ``of`` for a turn."""


if __name__ == "__main__":
    made = filled(Path(sys.argv[1]), Filling(int(sys.argv[2]), int(sys.argv[3]), midnight()))
    print(json.dumps(msgspec.to_builtins(made)))
