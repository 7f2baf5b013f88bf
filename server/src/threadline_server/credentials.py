"""``credentials.json`` in the data directory: what a client on this machine needs to call the server."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from threadline_server.data_directory import PRIVATE_FILE

CREDENTIALS_FILE = "credentials.json"


@dataclass(frozen=True)
class Credentials:
    project: str
    api_key: str = field(repr=False)
    endpoint: str

    @property
    def dsn(self) -> str:
        """The same in one line, as ``threadline.init_observability(dsn=...)`` takes it."""
        scheme, _, rest = self.endpoint.partition("://")
        return f"{scheme}://{self.api_key}@{rest}/{self.project}"


def read_credentials(data_dir: Path) -> Credentials | None:
    """The credentials in ``data_dir``; None when there are none, or what is there is not ours."""
    try:
        written = json.loads((data_dir / CREDENTIALS_FILE).read_text(encoding="utf-8"))
        return Credentials(str(written["project"]), str(written["apiKey"]), str(written["endpoint"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_credentials(data_dir: Path, credentials: Credentials) -> None:
    """Replace the file as a whole, with mode 0600: a reader sees the old one or the new one. Raises OSError."""
    text = json.dumps(
        {"project": credentials.project, "apiKey": credentials.api_key, "endpoint": credentials.endpoint}, indent=2
    )
    path = data_dir / CREDENTIALS_FILE
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
