"""Prints the OpenAPI document: ``python -m threadline_server.openapi > server/openapi.json``.

The file is committed, since the dashboard's types are made from it; a test compares the two.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from threadline_server.app import Parts, build
from threadline_server.settings import Settings


def document() -> dict[str, Any]:
    """The document of an application without any data."""
    return build(Settings(), Parts(*[None] * len(Parts._fields))).openapi()  # type: ignore[arg-type]


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
