"""A session's title, outcome, tags, metadata, bookmark and end, as their caller set them.

Each thing said is a row of its own in ``session_facts``: on disk before it is answered, and put into the session's row by the
roll-up, so that a list finds by it what it shows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec
import orjson
import pyarrow as pa

from threadline_server.errors import BadRequest, NotFound, Unavailable
from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher

MAX_TITLE: Final = 500
MAX_OUTCOME: Final = 200
MAX_TAGS: Final = 100
MAX_KEYS: Final = 100
MAX_KEY: Final = 200
MAX_VALUE_BYTES: Final = 10_000
PATIENCE_S: Final = 10.0
METADATA: Final = "metadata."


class SessionFacts(msgspec.Struct, frozen=True):
    """What is to be said: field of the table -> its JSON value, or None to take back what was said."""

    fields: Mapping[str, bytes | None]


def facts(said: Mapping[str, Any]) -> SessionFacts:
    """Checked facts of these names: ``title``, ``outcome``, ``tags``, ``metadata``, ``bookmarked``, ``ended`` (ms since 1970).

    What is not named stays as it is; None takes it back, in ``metadata`` for each key. Raises ``BadRequest``.
    """
    fields: dict[str, bytes | None] = {}
    for name, value in said.items():
        if name == "metadata":
            _add_metadata(fields, value or {})
        else:
            checked = None if value is None else _CHECKS[name](value)
            fields[name] = None if checked in (None, "") else orjson.dumps(checked)
    return SessionFacts(fields)


def _add_metadata(fields: dict[str, bytes | None], metadata: Mapping[str, Any]) -> None:
    if len(metadata) > MAX_KEYS:
        raise BadRequest(f"cannot set 'metadata': {len(metadata)} keys, at most {MAX_KEYS} at a time")
    for key, value in metadata.items():
        text = None if value is None else orjson.dumps(value)
        if not _short("metadata", key, MAX_KEY) or (text is not None and len(text) > MAX_VALUE_BYTES):
            raise BadRequest(
                f"cannot set 'metadata': a key has 1 to {MAX_KEY} characters, a value at most {MAX_VALUE_BYTES} bytes"
            )
        fields[f"{METADATA}{key}"] = text


def _checked_tags(tags: list[str]) -> list[str]:
    if len(tags) > MAX_TAGS:
        raise BadRequest(f"cannot set 'tags': {len(tags)}, at most {MAX_TAGS}")
    return list(dict.fromkeys(text for tag in tags if (text := _short("tags", tag, MAX_KEY))))


def _short(name: str, text: str, most: int) -> str:
    if len(text) > most:
        raise BadRequest(f"cannot set {name!r}: {len(text)} characters, at most {most}")
    return text.strip()


_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "title": partial(_short, "title", most=MAX_TITLE),
    "outcome": partial(_short, "outcome", most=MAX_OUTCOME),
    "tags": _checked_tags,
    "bookmarked": bool,
    "ended": int,
}


class Annotator:
    """Writes what is said of sessions and sees it into their rows."""

    def __init__(self, database: Database, refresher: Refresher, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._refresher = refresher
        self._clock_ns = clock_ns
        self._last_ns = 0
        self._lock = threading.Lock()

    def set_facts(self, project_id: int, session_id: str, said: SessionFacts) -> None:
        """Returns when it is on disk and in the session's row. Raises ``NotFound``, ``Unavailable``."""
        if not self._database.rows("session_hours", {"project_id": project_id, "session_ids": [session_id]}):
            raise NotFound("cannot change this session: it is not there", hint="Its first span makes a session.")
        if not said.fields:
            return
        version = self._moment()
        self._database.insert("session_facts", [batch(project_id, session_id, version, said)])
        self._refresher.mark_session(project_id, session_id, version)
        if not self._refresher.wait_until_said(project_id, session_id, PATIENCE_S):
            raise Unavailable("cannot show the change yet: it is kept, and the roll-up is behind", retry_after_s=5)

    def _moment(self) -> int:
        """Later than any before: of two things said at once the second stands."""
        with self._lock:
            self._last_ns = max(self._clock_ns(), self._last_ns + 1)
            return self._last_ns


def batch(project_id: int, session_id: str, version: int, said: SessionFacts) -> pa.RecordBatch:
    """The rows of what was said of one session at one moment."""
    rows = len(said.fields)
    return pa.record_batch(
        {
            "project_id": pa.array([project_id] * rows, pa.uint32()),
            "session_id": [session_id] * rows,
            "field": list(said.fields),
            "version": pa.array([version] * rows, pa.uint64()),
            "is_deleted": pa.array([int(value is None) for value in said.fields.values()], pa.uint8()),
            "value": pa.array([(value or b"").decode() for value in said.fields.values()], pa.string()),
        }
    )
