"""Wires the server: what is opened in which order, which routes there are, and how everything ends.

Start: lock the data directory, identity, store, migrations, roll-up, commit, HTTP. Stop: the other way round, so that what
was acknowledged is stored and what is stored is rolled up.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import NamedTuple

import uvicorn
from fastapi import FastAPI
from starlette.routing import Route

from threadline_server import __version__, memory
from threadline_server.alert.deliverer import FIRST_PAUSE_S, Deliverer
from threadline_server.alert.watcher import Watcher
from threadline_server.alert.webhook import WebhookClient
from threadline_server.annotate.comments import Commenter
from threadline_server.annotate.restoring import Restorer
from threadline_server.annotate.scores import Judge
from threadline_server.annotate.session_facts import Annotator
from threadline_server.backup.desk import SnapshotDesk
from threadline_server.data_directory import check_restored, has_room, lock_data_directory
from threadline_server.erase.eraser import Eraser
from threadline_server.errors import StartupError
from threadline_server.identity import Identity, open_identity
from threadline_server.identity.registry import utc_now
from threadline_server.ingest.commit import Committer, marking
from threadline_server.ingest.intake import Intake
from threadline_server.ingest.mask_book import MaskBook
from threadline_server.ingest.merge import Merger
from threadline_server.ingest.price_book import PriceBook
from threadline_server.ingest.refusals import RefusalLog
from threadline_server.ingest.reprice import Repricer
from threadline_server.ingest.workers import Workers
from threadline_server.lifecycle.project_book import ProjectBook
from threadline_server.lifecycle.retention import Retention
from threadline_server.lifecycle.tending import Lifecycle
from threadline_server.live.feed import Feed
from threadline_server.live.others import Others
from threadline_server.serve import (
    accounts,
    admin,
    alerts,
    analytics,
    annotate,
    audit,
    comments,
    exports,
    gate,
    goals,
    imports,
    journeys,
    langfuse,
    langsmith,
    live,
    login,
    masking,
    native,
    oidc,
    openai_agents,
    operations,
    otlp,
    own_account,
    pages,
    prices,
    problems,
    project_settings,
    read,
    scores,
    sharing,
    tls,
    users,
    views,
)
from threadline_server.serve.alerts import Alerting
from threadline_server.serve.connections import BodyInTime, Connection, connections_within
from threadline_server.serve.described import Application
from threadline_server.serve.hosts import HostCheck
from threadline_server.serve.otlp_grpc import GrpcServer
from threadline_server.serve.paths import SentPath
from threadline_server.settings import Settings
from threadline_server.store import faults
from threadline_server.store.adopting import Adopter
from threadline_server.store.damage import Quarantine
from threadline_server.store.database import Database
from threadline_server.store.migrate import migrate
from threadline_server.store.refresh import Refresher
from threadline_server.store.rollup import RollUp
from threadline_server.watching.metrics import Requests
from threadline_server.watching.own_traces import OwnTraces
from threadline_server.watching.watch import Watch

log = logging.getLogger(__name__)

DRAIN_S = 4.0
"""How long each stage may take to finish its work at the end."""
SWITCH_INTERVAL_S = 0.0005
"""How long decoding may keep the other threads waiting. The thread that commits needs the interpreter for moments only, many
times an insert, and at the usual 5 ms waits longer for it than for the disk (measured: 4,600 spans/s at 5 ms, 8,000 at 0.5)."""


class Parts(NamedTuple):
    """What the routes work with; each is found by its name in ``app.state``."""

    identity: Identity
    database: Database
    intake: Intake
    repricer: Repricer
    annotator: Annotator
    eraser: Eraser
    judge: Judge
    restorer: Restorer
    feed: Feed
    alerting: Alerting
    lifecycle: Lifecycle
    commenter: Commenter
    masks: MaskBook
    watch: Watch


def build(settings: Settings, parts: Parts) -> FastAPI:
    """The application: every route, over parts that are open."""
    app = Application(
        title="Threadline",
        version=__version__,
        description="Session observability for programs that talk to language models.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.oidc = oidc.client_of(settings)
    app.state.requests = Requests()
    for name, part in parts._asdict().items():
        setattr(app.state, name, part)
    app.router.routes.extend(Route(path, otlp.export, methods=["POST"]) for path in otlp.SIGNALS)
    app.router.routes.extend([*langfuse.ROUTES, *langsmith.ROUTES, *openai_agents.ROUTES])
    for part in (
        native, read, live, alerts, exports, imports, analytics, annotate, users, scores, comments, journeys, goals, views, admin,
        prices, project_settings, masking, login, own_account, oidc, accounts, sharing, audit,
    ):  # fmt: skip
        app.router.routes.extend(part.router.routes)
    app.router.routes.extend(operations.ROUTES)
    pages.install(app)
    gate.install(app, app.state.requests.note)
    problems.install(app)
    app.add_middleware(SentPath)
    app.add_middleware(BodyInTime)
    app.add_middleware(HostCheck, settings=settings)
    return app


@contextmanager
def opened(settings: Settings, workers: Workers) -> Iterator[FastAPI]:
    """The application over the data of ``settings``; on leaving, everything is drained and closed. Raises StartupError."""
    with lock_data_directory(settings.data_dir):
        _prepare(settings)
        identity = open_identity(settings)
        database = Database(settings.store, faults=faults.asked_for(os.environ))
        try:
            quarantine = Quarantine(database, settings.data_dir, settings.store_dir)
            quarantine.before_start()
            migrate(database)
            projects = ProjectBook(identity.settings)
            turn = identity.turn if settings.database else None
            rollup = RollUp(database, time.time_ns, projects.auto_idle_ms, turn)
            refresher = Refresher(database, rollup, time.time_ns, _name_of(database))
            committer = Committer(database, time.time_ns, marking(refresher))
            refresher.rest_while(committer.is_expecting)
            book = PriceBook(identity.prices)
            masks = MaskBook(identity.masking)
            refusals = RefusalLog(database, time.time_ns)
            merger = Merger(database, committer, time.time_ns, book.of)
            intake = Intake(
                committer, merger, book.of, refusals, workers, masks.of, partial(has_room, settings.data_dir)
            )
            intake.wait_while(refresher.is_far_behind)
            repricer = Repricer(database, refresher, book, identity.repricings)
            annotator, judge, commenter, restorer = _annotating(database, refresher)
            eraser = Eraser(database, refresher, time.time_ns, projects.auto_idle_ms)
            retention = Retention(database, eraser, time.time_ns, time.monotonic)
            lifecycle = Lifecycle(database, refresher, projects, retention, time.time_ns)
            feed = Feed(database, partial(read.goals_now, identity), _now_ms)
            adopter = Adopter(database, refresher, time.time_ns)
            others = Others(database, feed, time.time_ns)
            desk = SnapshotDesk(database, settings.data_dir, settings.store_dir)
            alerting = alerting_over(database, identity, allow_private=settings.allow_private_webhooks)
            eraser.tell(alerting.watcher.erase, identity.shares.erase)
            for watching in (eraser.sweep, feed.watch, others.watch, alerting.watcher.watch):
                refresher.watch(watching)
            for start in (
                book.start, masks.start, projects.refresh, refresher.start, committer.start, repricer.start, eraser.start, lifecycle.start,
                refusals.start, partial(quarantine.start, refresher.begin_again), feed.start, others.start, adopter.start, alerting.watcher.start, alerting.deliverer.start, desk.start,
            ):  # fmt: skip
                start()
            try:
                parts = Parts(
                    identity, database, intake, repricer, annotator, eraser, judge, restorer, feed, alerting, lifecycle, commenter,
                    masks, Watch(settings.data_dir, database, intake, committer, refresher),
                )  # fmt: skip
                yield build(settings, parts)
            finally:
                _stop(
                    ("backup", desk.stop), ("quarantine", quarantine.stop), ("live", others.stop), ("adopt", adopter.stop), ("live feed", feed.stop), ("alerts", alerting.watcher.stop),
                    ("alert delivery", alerting.deliverer.stop), ("prices", book.stop), ("masking", masks.stop),
                    ("reprice", repricer.stop), ("lifecycle", lifecycle.stop), ("erase", eraser.stop), ("decode", intake.stop),
                    ("refusals", refusals.stop), ("commit", lambda: committer.stop(DRAIN_S)),
                    ("roll-up", lambda: refresher.stop(DRAIN_S)),
                )  # fmt: skip
        finally:
            database.close()
            identity.close()


@contextmanager
def own_traces_of(settings: Settings, app: FastAPI) -> Iterator[None]:
    """Send traces of the requests of ``app`` for as long, where the settings ask for it."""
    if settings.otlp_endpoint is None:
        yield
        return
    traces = OwnTraces(settings.otlp_endpoint, settings.otlp_headers)
    app.state.requests.on_request = traces.note
    traces.start()
    try:
        yield
    finally:
        traces.stop()


def _annotating(database: Database, refresher: Refresher) -> tuple[Annotator, Judge, Commenter, Restorer]:
    """Those who keep what people say."""
    clock = time.time_ns
    return (
        Annotator(database, refresher, clock),
        Judge(database, refresher, clock),
        Commenter(database, refresher, clock),
        Restorer(database, refresher, clock),
    )


def _stop(*parts: tuple[str, Callable[[], None]]) -> None:
    """Stop these, one after the other."""
    for part, stop in parts:
        began = time.monotonic()
        stop()
        log.info("%s stopped in %.0f ms", part, (time.monotonic() - began) * 1000)


def alerting_over(
    database: Database, identity: Identity, *, allow_private: bool, first_pause_s: float = FIRST_PAUSE_S
) -> Alerting:
    """What watches for alerts and delivers them, not yet started."""
    sender = WebhookClient(allow_private=allow_private)
    deliverer = Deliverer(identity.alert_events, sender, utc_now, first_pause_s=first_pause_s)
    watcher = Watcher(
        database,
        identity.alert_rules,
        identity.alert_events,
        partial(read.goals_now, identity),
        _now_ms,
        deliverer.wake,
    )
    return Alerting(watcher, deliverer, sender)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _name_of(database: Database) -> str:
    """This process among those that share a store. An embedded one has no other, whatever its container is called today."""
    return "embedded" if database.is_embedded else f"{platform.node()} {secrets.token_hex(8)}"


def serve(settings: Settings, workers: Workers, *, on_ready: Callable[[Settings], None] | None = None) -> None:
    """Run until SIGTERM or SIGINT; calls ``on_ready`` once requests are taken, with what is served (``grpc_port`` 0: no gRPC).

    Raises StartupError.
    """
    over_tls = tls.uvicorn_options(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ended_by_signal)
    Connection.most = connections_within(memory.most_files())
    os.umask(0o077)  # whatever is written from here on is for this user only, the engine's files included
    with opened(settings, workers) as app, own_traces_of(settings, app):
        config = uvicorn.Config(
            app, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False,
            timeout_graceful_shutdown=5, lifespan="off", proxy_headers=False, http=Connection, **over_tls,
        )  # fmt: skip
        memory.collect_seldom()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        grpc_server = GrpcServer(settings, app.state.identity, app.state.intake, app.state.bad_keys)
        _Server(
            config,
            grpc_server,
            lambda: on_ready(replace(settings, grpc_port=grpc_server.port)) if on_ready else None,
            app.state.feed.end_streams,
        ).run()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _end_at_once)


def _ended_by_signal(_number: int, _frame: object) -> None:
    """Uvicorn raises its signals again once it has ended; by then we are draining anyway."""


def _end_at_once(number: int, _frame: object) -> None:
    """Asked to stop a second time: what was acknowledged is on disk, and the next start finds the rest of the work."""
    os._exit(128 + number)


class _Server(uvicorn.Server):
    """The HTTP server, and the gRPC server in the same loop for as long."""

    def __init__(
        self,
        config: uvicorn.Config,
        grpc_server: GrpcServer,
        on_ready: Callable[[], None],
        on_stop: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._grpc_server = grpc_server
        self._on_ready = on_ready
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            _end_at_once(sig, frame)
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self._grpc_server.start()
        try:
            await super().startup(sockets)
        except SystemExit as error:  # uvicorn has said why, and would leave with a code of its own
            where = f"{self.config.host}:{self.config.port}"
            raise StartupError(
                f"cannot listen on {where}: the port is in use, or the address is not ours",
                hint="Stop the other program, or choose another --port (THREADLINE_PORT) or --host (THREADLINE_HOST).",
            ) from error
        finally:
            if not self.started:
                await self._grpc_server.stop(0)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await asyncio.gather(self._grpc_server.stop(DRAIN_S), super().shutdown(sockets))


def _prepare(settings: Settings) -> None:
    """Raises StartupError. The driver hands inserts to the embedded engine as files: keep those private and gone after a crash."""
    check_restored(settings.data_dir)
    folder = settings.data_dir / "tmp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    tempfile.tempdir = str(folder)
