"""Brings a store to the newest schema: applies ``sql/migrations/*.sql`` in order and remembers each one's checksum.

A migration that was applied and has since been edited is refused, since nobody could say which schema that store has.
Statements that a killed process left half-way are safe to repeat: every one is written to be idempotent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping

import pyarrow as pa

from threadline_server.errors import StartupError
from threadline_server.store.database import Database
from threadline_server.store.queries import sql_folder

_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_END = re.compile(r";[ \t]*$", re.MULTILINE)


def statements(text: str) -> list[str]:
    """The statements of a migration: each ends with a semicolon at the end of a line; whole-line comments are left out."""
    return [part.strip() for part in _END.split(_COMMENT.sub("", text)) if part.strip()]


def run_file(database: Database, name: str, *, tables: Collection[str] | None = None) -> None:
    """Run the statements of a file below ``sql``; with ``tables``, those of ``ALTER TABLE`` that change one of them."""
    for statement in statements((sql_folder() / name).read_text(encoding="utf-8")):
        if tables is None or statement.split()[2] in tables:
            database.command(statement)


def migrate(database: Database, *, only: Collection[str] | None = None) -> list[str]:
    """Apply what is missing; return the names of the migrations applied now.

    With ``only``, those: the schema of a backup. Raises StartupError for one that this version does not know.
    """
    database.command(statements(database.blocks["create_migrations"])[0])
    done = {row["name"]: row["checksum"] for row in database.rows("applied_migrations", {})}
    known = sorted(entry.name for entry in (sql_folder() / "migrations").iterdir() if entry.name.endswith(".sql"))
    if newer := sorted((done.keys() | set(only or ())) - set(known)):
        raise StartupError(
            f"cannot open the store: it was written by a newer version ({newer[-1]})", hint="Upgrade threadline-server."
        )
    applied: dict[str, str] = {}
    for name in known if only is None else sorted(only):
        text = (sql_folder() / "migrations" / name).read_text(encoding="utf-8")
        checksum = hashlib.sha256(text.encode()).hexdigest()
        if name in done:
            if done[name] != checksum:
                raise StartupError(f"cannot open the store: migration {name} is not the one that was applied to it")
            continue
        run_file(database, f"migrations/{name}")
        applied[name] = checksum
        if done:
            _note(database, {name: checksum})
    if applied and not done:
        # Those of a new store take moments, and are repeated if it does not come to this.
        _note(database, applied)
    return [*applied]


def _note(database: Database, applied: Mapping[str, str]) -> None:
    batch = pa.record_batch({"name": [*applied], "checksum": [*applied.values()]})
    database.insert("migrations", [batch])
