"""``credentials.json`` in the data directory: what a client on this machine needs to call the server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from threadline_server.data_directory import write_whole

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
    """Replace the file as a whole. Raises OSError."""
    text = json.dumps(
        {"project": credentials.project, "apiKey": credentials.api_key, "endpoint": credentials.endpoint}, indent=2
    )
    write_whole(data_dir / CREDENTIALS_FILE, f"{text}\n".encode())
