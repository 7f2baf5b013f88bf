"""SQL lives in ``sql/*.sql`` as named blocks; this module loads them and fills their slots. Nothing else makes SQL text.

A block starts with ``-- name: what it answers``. The places that vary are comment slots, so that every block is valid SQL as
it stands: ``/*where*/`` is empty unless filled, ``/*order{*/ end_time DESC /*}*/`` has a default. What fills a slot is a
``Fragment``, made only from the closed tables of ``query/filters.py``; values are always bound by the engine
(``{name:Type}``). A fragment may hold another named block in parentheses, put there by ``within``.

What several blocks say in the same words stands once, in ``sql/pieces.sql``: ``/*=name*/`` in a block is that piece of SQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, NewType

Fragment = NewType("Fragment", str)
"""A piece of SQL from a closed table, never from a caller's text."""

_BLOCK = re.compile(r"^-- (?P<name>[a-z_]+): .*$", re.MULTILINE)
_FOREIGN = re.compile(r";|--|/\*|\\|`|\b(?:file|url|outfile|select|from|union|settings|format)\b(?!:)", re.IGNORECASE)
"""What no fragment holds. A second line only, since fragments come from closed tables: it is here because a reader's rights
do not keep the embedded engine from ``file('...')`` and ``INTO OUTFILE``."""
_PIECE = re.compile(r"/\*=(?P<name>[a-z_]+)\*/")
_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)
_PIECES: Final = "pieces.sql"
_SLOT = re.compile(r"/\*(?P<name>[a-z_]+)(?:\*/|\{\*/(?P<default>.*?)/\*\}\*/)", re.DOTALL)


_DELETION = re.compile(r"ALTER TABLE (?P<table>\w+) DELETE\s+WHERE (?P<condition>.*?)(?=\s+SETTINGS )", re.DOTALL)
_PARTITION = re.compile(r"[0-9A-Za-z_-]+")
_INNER = re.compile(r"@(?P<block>[a-z_]+)\((?P<says>[^@]*)\)@")
"""How a fragment names a block, until it is filled in."""


def sql_folder() -> Traversable:
    return files("threadline_server.store") / "sql"


def parse_blocks(text: str) -> dict[str, str]:
    """Split a file into ``{name: sql}``."""
    starts = list(_BLOCK.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {match["name"]: text[match.start() : end].strip() for match, end in zip(starts, ends, strict=True)}


@cache
def load() -> Mapping[str, str]:
    """Every named block of every file, with its name for a comment; a name stands for one block in the whole server.

    Other comments are for who reads the file: the driver and the engine would go through them with every call.
    """
    blocks: dict[str, str] = {}
    for entry in sorted(sql_folder().iterdir(), key=lambda file: file.name):
        if not entry.name.endswith(".sql") or entry.name == _PIECES:
            continue
        read = parse_blocks(entry.read_text(encoding="utf-8"))
        found = {name: f"-- {name}\n{_without_comments(_with_pieces(sql))}" for name, sql in read.items()}
        if twice := blocks.keys() & found.keys():
            raise ValueError(f"BUG: {entry.name} names {sorted(twice)} again")
        blocks |= found
    return blocks


def piece(name: str) -> Fragment:
    """What stands for ``/*=name*/`` in every block."""
    return Fragment(_with_pieces(_pieces()[name].partition("\n")[2]))


def slots(sql: str) -> set[str]:
    """Names of a block's slots."""
    return {match["name"] for match in _SLOT.finditer(sql)}


def fill(sql: str, fragments: Mapping[str, Fragment]) -> str:
    """Put the fragments into their slots and the defaults into the others."""
    if unknown := fragments.keys() - slots(sql):
        raise ValueError(f"BUG: no slot {sorted(unknown)} in {sql.splitlines()[0]!r}")
    if strange := [name for name, fragment in fragments.items() if _FOREIGN.search(fragment)]:
        raise ValueError(f"BUG: a fragment for {strange} in {sql.splitlines()[0]!r} is no piece of a query of ours")
    return _SLOT.sub(lambda match: _INNER.sub(_inner, fragments.get(match["name"], match["default"] or "")), sql)


def within(block: str, says: Fragment) -> Fragment:
    """A piece of a fragment that becomes a named block in parentheses, its slot ``says`` filled: what follows ``session_id IN``."""
    return Fragment(f"@{block}({says})@")


def partitions_of(deletion: str) -> str:
    """The question in which partitions a block ``ALTER TABLE ... DELETE WHERE ...`` would find rows."""
    found = _DELETION.search(deletion)
    if found is None:
        raise ValueError(f"BUG: no deletion: {deletion.splitlines()[0]!r}")
    return f"SELECT DISTINCT _partition_id AS partition FROM {found['table']} WHERE {found['condition']}"  # noqa: S608 (all of it is our own)


def in_partition(deletion: str, partition: str) -> str:
    """The same block for one partition of its table, by the engine's own name for it."""
    if _PARTITION.fullmatch(partition) is None:
        raise ValueError(f"BUG: {partition!r} is no name of a partition")
    return _DELETION.sub(rf"ALTER TABLE \g<table> DELETE IN PARTITION ID '{partition}' WHERE \g<condition>", deletion)


def detachment(table: str, part: str) -> str:
    """The statement that takes a part out of its table, both by the engine's own names."""
    if _PARTITION.fullmatch(table) is None or _PARTITION.fullmatch(part) is None:
        raise ValueError(f"BUG: {table!r}, {part!r} is no part of a table")
    return f"ALTER TABLE {table} DETACH PART '{part}'"


@cache
def _pieces() -> Mapping[str, str]:
    return parse_blocks((sql_folder() / _PIECES).read_text(encoding="utf-8"))


def _without_comments(sql: str) -> str:
    return _COMMENT.sub("", sql)


def _with_pieces(sql: str) -> str:
    return _PIECE.sub(lambda match: piece(match["name"]), sql)


def _inner(match: re.Match[str]) -> str:
    return f"({fill(load()[match['block']].partition(chr(10))[2], {'says': Fragment(match['says'])})})"
