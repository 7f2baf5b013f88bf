"""What the sample conversations call success: the dashboard shows how many of them reach it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from threadline_server.remote import Remote

GOALS: Final[Mapping[str, Mapping[str, Any]]] = {
    "resolved": {"tag": "resolved"},
    "conversion": {"tag": "conversion"},
    "hotel found, then booked": {"sequence": [{"traceName": "search-hotels"}, {"traceName": "checkout"}]},
}


def define_goals(server: Remote) -> None:
    """Raises ThreadlineError."""
    for name, when in GOALS.items():
        server.call("POST", "/observability/goals", body={"name": name, "when": when})
