"""What a program can ask a server over HTTP with one key, and what of the answers a test can compare."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx

MOVING = ("startTime", "status", "endTime", "duration", "activeDuration")
"""What of a session differs from run to run when a live program made it."""

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], is_right: Callable[[Found], bool], *, within_s: float = 60.0) -> Found:
    """What ``look`` answers as soon as it is right, else its last answer, for the assertion to show."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if is_right(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.02)


class Api:
    """One caller: a server's address and a key of a project there."""

    def __init__(self, url: str, key: str, *, verify: ssl.SSLContext | bool = True) -> None:
        self.url, self.key = url, key
        self._sent: dict[str, str] = {}
        headers = {"Authorization": f"Bearer {key}"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=120, trust_env=False, verify=verify)

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """The JSON of a read route under ``/observability``."""
        # An empty mapping would drop the query string that the path brings.
        answer = self.http.get(f"/observability{path}", params=parameters or None)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def pages(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Every row of a list, page after page."""
        rows: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **parameters, **cursor)
            rows += page["data"]
            if page["nextCursor"] is None:
                return rows
            cursor = {"cursor": page["nextCursor"]}

    def session(self, session_id: str) -> dict[str, Any]:
        """The session itself, as a list has it too."""
        detail = self.get(session_path(session_id))
        return {name: value for name, value in detail.items() if name not in {"traces", "nextCursor"}}

    def conversation(self, session_id: str) -> list[dict[str, Any]]:
        return self.pages(f"{session_path(session_id)}/conversation")

    def send(self, traces: Sequence[dict[str, Any]]) -> None:
        """Send plain JSON to a project that nobody else sends to, and wait until every trace is in its session."""
        answer = self.http.post("/observability/traces", json={"traces": traces})
        assert (answer.status_code, answer.json()) == (200, {"accepted": len(traces), "rejected": []})
        self._sent |= {trace.get("id", str(uuid4())): trace["sessionId"] for trace in traces}
        self.wait_for(len(set(self._sent.values())), len(self._sent))

    def wait_for(self, sessions: int, traces: int) -> None:
        """Wait until the project has so many sessions and traces in them."""
        eventually(
            lambda: self.reading("threadline_rollup_waiting_traces"), lambda waiting: waiting == 0
        )  # asked for cheaply
        wanted = {"sessionCount": sessions, "traceCount": traces}
        totals = eventually(lambda: self.get("/analytics/sessions")["totals"], lambda found: found | wanted == found)
        assert {name: totals[name] for name in wanted} == wanted

    def reading(self, metric: str) -> float:
        """What the server says of itself at ``/metrics`` by this name, without labels."""
        lines = self.http.get("/metrics").text.splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"{metric} "))

    def new_project(self, name: str) -> Self:
        """Somebody else's view of the same server: a project of its own, with nothing in it."""
        answer = self.http.post("/observability/projects", json={"name": name})
        assert answer.status_code == 201, answer.text
        return type(self)(self.url, answer.json()["apiKey"])

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def session_path(session_id: str) -> str:
    """Encoded as a browser does it; the pages of the dashboard have the same paths as the API."""
    return "/sessions/" + quote(session_id, safe="!'()*")


def lasting(session: dict[str, Any]) -> dict[str, Any]:
    """A session without its times."""
    return {name: value for name, value in session.items() if name not in MOVING}


def said(conversation: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The turns of a conversation without ids and times: ``{"name", "status", "error", "said": [(role, text)]}``."""
    return [
        {
            "name": turn["name"],
            "status": turn["status"],
            "error": turn["error"] and turn["error"]["message"],
            "said": [(message["role"], text_of(message)) for message in turn["messages"]],
        }
        for turn in conversation
    ]


def text_of(message: dict[str, Any]) -> str:
    return "".join(part.get("text", f"[{part['type']}]") for part in message["content"])
