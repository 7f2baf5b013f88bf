"""A whole server without a socket: the real application over real parts, and callers that hold a key of their own."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from httpx import Response
from starlette.testclient import TestClient

from threadline_server.annotate.comments import Commenter
from threadline_server.annotate.restoring import Restorer
from threadline_server.annotate.scores import Judge
from threadline_server.annotate.session_facts import Annotator
from threadline_server.app import Parts, alerting_over, build
from threadline_server.erase.eraser import Eraser
from threadline_server.identity import SCOPES, Identity, open_identity
from threadline_server.ingest.commit import Committer, marking
from threadline_server.ingest.intake import Intake
from threadline_server.ingest.mask_book import MaskBook
from threadline_server.ingest.merge import Merger
from threadline_server.ingest.price_book import PriceBook
from threadline_server.ingest.refusals import RefusalLog
from threadline_server.ingest.reprice import Repricer
from threadline_server.lifecycle.project_book import ProjectBook
from threadline_server.lifecycle.retention import Retention
from threadline_server.lifecycle.tending import Lifecycle
from threadline_server.live.feed import Feed
from threadline_server.serve import read
from threadline_server.serve.alerts import Alerting
from threadline_server.serve.bad_keys import BadKeys
from threadline_server.settings import Settings
from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher
from threadline_server.store.rollup import RollUp
from threadline_server.watching.watch import Watch

PATIENCE_S = 30
ADDRESS = "http://127.0.0.1:4318"
SECRETS = re.compile(
    rb"Traceback|File \\?\"|\.py\b|DB::|Exception|\bCode: \d|\bSELECT\b|\bFROM\b|\bWHERE\b|\bINSERT\b|chdb|clickhouse"
    rb"|threadline_server|/tmp/|/var/|/usr/|/home/|site-packages",
)
"""What an answer about a failure must never hold: stacks, SQL, paths, the engine's words."""


@dataclass(frozen=True)
class Server:
    """The parts of a running server."""

    settings: Settings
    identity: Identity
    database: Database
    refresher: Refresher
    committer: Committer
    alerting: Alerting
    eraser: Eraser
    web: TestClient

    def caller(self, project_id: int | None = None, scopes: Sequence[str] = tuple(SCOPES)) -> Caller:
        """Somebody with a new key, of a new project unless one is named. Wrong keys of earlier tests are forgotten."""
        self.web.app.state.bad_keys = BadKeys()  # type: ignore[attr-defined]  # an application has a state
        if project_id is None:
            project_id = self.identity.create_project(f"p-{secrets.token_hex(8)}").project.id
        issued = self.identity.create_key(project_id, name="test", scopes=frozenset(scopes))
        return Caller(self, project_id, {"authorization": f"Bearer {issued.secret}"})

    def fresh(self) -> None:
        assert self.refresher.wait_until_fresh(PATIENCE_S)


@dataclass(frozen=True)
class Caller:
    """Sends requests with one key; holds every answer to what no answer may hold."""

    server: Server
    project_id: int
    headers: Mapping[str, str]

    def request(self, method: str, path: str, **given: Any) -> Response:
        """``path`` goes out as it is written here."""
        headers = {**self.headers, **given.pop("headers", {})}
        answer = self.server.web.request(method, path, headers=headers, **given)
        if answer.status_code >= 400:
            assert_says_nothing_internal(answer)
        assert answer.status_code != 500, answer.text
        return answer

    def get(self, path: str, *pairs: tuple[str, str]) -> Response:
        return self.request(
            "GET", path, **({"params": list(pairs)} if pairs else {})
        )  # httpx takes [] for no query at all

    def read(self, path: str, *pairs: tuple[str, str]) -> Any:
        """The JSON of a good answer."""
        answer = self.get(path, *pairs)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: bytes, kind: str = "application/json", **headers: str) -> Response:
        sent = {"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.request("POST", path, content=body, headers=sent)

    def patch(self, path: str, body: Mapping[str, Any]) -> Response:
        return self.request("PATCH", path, content=orjson.dumps(body), headers={"content-type": "application/json"})

    def send(self, *traces: Mapping[str, Any]) -> Any:
        """Store trace objects and wait until every number knows of them."""
        answer = self.post("/observability/traces", orjson.dumps({"traces": traces}))
        assert answer.status_code == 200, answer.text
        self.server.fresh()
        return answer.json()

    def session(self, session_id: str, below: str = "", *pairs: tuple[str, str]) -> Any:
        return self.read(f"/observability/sessions/{quote(session_id, safe='')}{below}", *pairs)

    def sessions(self, *pairs: tuple[str, str]) -> list[dict[str, Any]]:
        """Every session of a list, page by page."""
        return list(self.pages("/observability/sessions", *pairs))

    def pages(self, path: str, *pairs: tuple[str, str]) -> Iterator[dict[str, Any]]:
        cursor: list[tuple[str, str]] = []
        while True:
            page = self.read(path, *pairs, *cursor)
            yield from page["data"]
            if page["nextCursor"] is None:
                return
            cursor = [("cursor", page["nextCursor"])]

    def stored_spans(self) -> int:
        return sum(trace["spanCount"] for trace in self.pages("/observability/traces"))


def assert_says_nothing_internal(answer: Response) -> None:
    assert SECRETS.search(answer.content) is None, answer.text


@contextmanager
def running(database: Database, data_dir: Path) -> Iterator[Server]:
    """A server over an open store, wired as ``app.opened`` does it."""
    settings = Settings(data_dir=data_dir)
    identity = open_identity(settings)
    projects = ProjectBook(identity.settings)
    refresher = Refresher(database, RollUp(database, time.time_ns, projects.auto_idle_ms), time.time_ns, "test")
    eraser = Eraser(database, refresher, time.time_ns, projects.auto_idle_ms)
    retention = Retention(database, eraser, time.time_ns, time.monotonic)
    lifecycle = Lifecycle(database, refresher, projects, retention, time.time_ns, settle_s=0)
    feed = Feed(database, partial(read.goals_now, identity), lambda: time.time_ns() // 1_000_000)
    alerting = alerting_over(database, identity, allow_private=True, first_pause_s=0.05)
    eraser.tell(alerting.watcher.erase, identity.shares.erase)
    for watching in (eraser.sweep, feed.watch, alerting.watcher.watch):
        refresher.watch(watching)
    committer = Committer(database, time.time_ns, marking(refresher))
    book = PriceBook(identity.prices)
    refusals = RefusalLog(database, time.time_ns)
    masks = MaskBook(identity.masking)
    merger = Merger(database, committer, time.time_ns, book.of)
    intake = Intake(committer, merger, book.of, refusals, masking_of=masks.of)
    repricer = Repricer(database, refresher, book, identity.repricings, settle_s=0)
    for part in (
        book, masks, refresher, committer, repricer, lifecycle, refusals, feed, alerting.watcher, alerting.deliverer,
    ):  # fmt: skip
        part.start()
    try:
        annotator = Annotator(database, refresher, time.time_ns)
        commenter = Commenter(database, refresher, time.time_ns)
        judge, restorer = Judge(database, refresher, time.time_ns), Restorer(database, refresher, time.time_ns)
        parts = Parts(
            identity, database, intake, repricer, annotator, eraser, judge, restorer, feed, alerting, lifecycle, commenter,
            masks, Watch(data_dir, database, intake, committer, refresher),
        )  # fmt: skip
        web = TestClient(build(settings, parts), base_url=ADDRESS, follow_redirects=False)
        with web:
            yield Server(settings, identity, database, refresher, committer, alerting, eraser, web)
    finally:
        feed.stop()
        alerting.watcher.stop()
        alerting.deliverer.stop()
        book.stop()
        masks.stop()
        repricer.stop()
        lifecycle.stop()
        eraser.stop()
        intake.stop()
        refusals.stop()
        committer.stop(PATIENCE_S)
        refresher.stop(PATIENCE_S)
        identity.close()
