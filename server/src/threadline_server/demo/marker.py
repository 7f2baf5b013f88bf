"""Remembers in the data directory that it holds the sample conversations, and which two weeks they are from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

MARKER_FILE = "demo.json"


@dataclass(frozen=True)
class Marker:
    """``now``: the end of the two weeks. ``is_filled``: whether all sessions are there."""

    now: datetime
    is_filled: bool


def read_marker(data_dir: Path) -> Marker | None:
    """What an earlier demo left; None when there was none."""
    try:
        written = json.loads((data_dir / MARKER_FILE).read_text(encoding="utf-8"))
        return Marker(datetime.fromisoformat(written["now"]), bool(written["filled"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_marker(data_dir: Path, marker: Marker) -> None:
    """Replace what is there. Raises OSError."""
    text = json.dumps({"now": marker.now.isoformat(), "filled": marker.is_filled})
    unfinished = data_dir / f"{MARKER_FILE}.tmp"
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(data_dir / MARKER_FILE)
