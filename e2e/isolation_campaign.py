"""Does anybody see, change or count what is another project's? Random requests at every route, with ids and names of others in path, query and body.

    .venv/bin/python -m e2e.isolation_campaign --requests 100000

Some projects only hold things; others, and one that is empty, ask with a key or a browser's cookie of their own. Four things must hold: no
answer has a text of another project; what is only another's is answered like nothing; the empty one's lists stay empty; and at the end the
holders answer about themselves what they did at the beginning. The seed is printed, so that a failure replays; Ctrl-C (or SIGTERM) ends it
with what was found until then. gRPC, whose only request is the one of /v1/traces, is left to server/tests/api/test_access.py.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from e2e.isolation_requests import Asked, Asking, tells
from e2e.isolation_world import CANARY, Project, fill, made
from e2e.server_process import ServerProcess

LOOKED_AT_S = 0.3
"""How long somebody listens to a live stream."""
ANYBODY = frozenset(
    {
        "/observability/filters",
        "/observability/filters/{field:id}/values",
        "/observability/projects",
        "/api/public/projects",
    }
)
OF_ONESELF = frozenset(
    {"/observability/keys", "/observability/audit", "/observability/accounts", "/observability/invitations"}
)
"""What is never empty: what may be asked, and the project itself with its key."""
ROLES: Mapping[str, Callable[[str, str], bool]] = {
    "tells": lambda *_: True,
    "asks": lambda method, path: not tells(method, path),
    "is empty": lambda method, _: method == "GET",
}
"""What somebody sends: who tells of another's ids has something of the same id, and is not held to have nothing."""


@dataclass
class Found:
    """What came of a campaign."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    """Routes that said yes at least once."""
    leaks: list[str] = field(default_factory=list)

    def note(self, asked: Asked, status: int) -> None:
        self.requests += 1
        if self.requests % 5_000 == 0:
            print(f"{self.requests} requests, {len(self.leaks)} leaks", flush=True)
        self.statuses[status] += 1
        self.routes[f"{asked.method} {asked.route}"] += 1
        if status < 300:
            self.answered[f"{asked.method} {asked.route}"] += 1


def sent(http: httpx.Client, asked: Asked) -> tuple[int, bytes]:
    """Status and body; of a stream that never ends what comes in a moment."""
    address = httpx.URL(asked.path, params=asked.query or None)
    if not asked.route.endswith("/live"):
        answer = http.request(asked.method, address, json=asked.body)
        return answer.status_code, answer.content
    content = b""
    try:
        with http.stream(asked.method, address, timeout=httpx.Timeout(30, read=LOOKED_AT_S)) as stream:
            for piece in stream.iter_bytes():
                content += piece
    except httpx.ReadTimeout:
        return (stream.status_code if "stream" in locals() else 200), content
    return stream.status_code, content


def leak(asked: Asked, status: int, content: bytes, me: Project, role: str) -> str | None:
    """What is wrong with an answer, if anything is."""
    foreign = {word for word in re.findall(CANARY.encode(), content) if word.decode() != me.canary}
    if foreign:
        return "has another's text"
    if status >= 500 and status != httpx.codes.SERVICE_UNAVAILABLE:
        return "failed"
    if role != "tells" and asked.is_theirs and status < 300:
        return "knows what is another's"
    if (
        role == "is empty"
        and status == 200
        and asked.route not in ANYBODY | OF_ONESELF
        and re.search(rb'"data":\[[^\]]', content)
    ):
        return "is not empty"
    return None


def ask(
    me: Project, role: str, about: list[Asking], found: Found, requests: int, chance: random.Random, is_enough: threading.Event
) -> None:  # fmt: skip
    """So many requests of one project about others, by its key and by a browser's cookie."""
    url = me.api.url
    ways = [{"authorization": f"Bearer {me.api.key}"}, *([{"cookie": me.cookie, "origin": url}] if me.cookie else [])]
    browsers = [httpx.Client(base_url=url, headers=way, timeout=120, trust_env=False) for way in ways]
    for _ in range(requests):
        if is_enough.is_set():
            break
        asked = chance.choice(about).request()
        status, content = sent(chance.choice(browsers), asked)
        found.note(asked, status)
        if wrong := leak(asked, status, content, me, role):
            found.leaks.append(f"{wrong}: {me.mark} {role} {asked} -> {status} {content[:400]!r}")
    for browser in browsers:
        browser.close()


def run(server: ServerProcess, *, requests: int, seed: int, holders: int = 3, roles: Sequence[str] = ("tells", "asks", "asks", "is empty"), is_enough: threading.Event | None = None) -> Found:  # fmt: skip
    """All the requests, shared among projects of these roles, who ask at the same time."""
    held = [made(server, f"h{seed}x{number}") for number in range(holders)]
    askers = [(made(server, f"a{seed}x{number}"), role) for number, role in enumerate(roles)]
    for project in [*held, *(me for me, role in askers if role != "is empty")]:
        fill(project)
    before = [project.holds() for project in held]
    parameters = {
        (method.upper(), path): [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
        for path, operations in server.api.http.get("/openapi.json").json()["paths"].items()
        for method, operation in operations.items()
    }
    found, threads, is_enough = Found(), [], is_enough or threading.Event()
    for me, role in askers:
        chance = random.Random(f"{seed} {me.mark}")
        about = [Asking(chance, parameters, me, other, ROLES[role]) for other in held]
        threads.append(
            threading.Thread(target=ask, args=(me, role, about, found, requests // len(roles), chance, is_enough))
        )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.leaks += changed(held, before)
    for project in [*held, *(me for me, _ in askers)]:
        project.api.close()
    return found


def changed(held: list[Project], before: list[dict[str, Any]]) -> list[str]:
    """What holders answer about themselves and did not at the beginning."""
    return [
        f"changed: {project.mark} {path}: {was[path]!r:.400} -> {now!r:.400}"
        for project, was in zip(held, before, strict=True)
        for path, now in project.holds().items()
        if now != was[path]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    is_enough = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_enough.set())
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder) / "data") as server:
        found = run(server, requests=arguments.requests, seed=arguments.seed, is_enough=is_enough)
    for route, count in sorted(found.routes.items()):
        print(f"{count:7} {found.answered[route]:7} {route}")
    print("\n".join(found.leaks[:20]))
    print(f"{found.requests} requests, {dict(found.statuses)}, {len(found.leaks)} leaks")
    sys.exit(bool(found.leaks))


if __name__ == "__main__":
    main()
