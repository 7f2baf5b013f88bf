"""The processes that decode: what they give back, what they survive, and when they end."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from server.tests.spans import BASE_NS
from threadline_server.errors import BadRequest, Unavailable
from threadline_server.ingest.commit import Committer
from threadline_server.ingest.decode import otlp_drops, otlp_protobuf
from threadline_server.ingest.intake import Intake
from threadline_server.ingest.merge import Merger
from threadline_server.ingest.prepare import NO_TERMS, Terms, prepare_spans
from threadline_server.ingest.tariff import OwnPrices
from threadline_server.ingest.warm_up import small_export
from threadline_server.ingest.workers import PIPE_BYTES, Workers
from threadline_server.model import Price
from threadline_server.store.database import Database

PATIENCE_S = 60
STARTS_A_WORKER = """
import os, time
from threadline_server.ingest.workers import Workers
if __name__ == "__main__":
    print({made}.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""
LOSES_ITS_WORKERS = """
import os, signal, sys
from concurrent.futures import BrokenExecutor
from multiprocessing import active_children
from threadline_server.ingest.workers import Workers
if __name__ == "__main__":
    workers = Workers.copied(2, "text")
    copies = {process.pid for process in active_children()}
    for pid in copies:
        os.kill(pid, signal.SIGKILL)
    after = os.getpid()
    while after in {os.getpid(), *copies}:
        try:
            after = workers.submit(os.getpid).result()
        except BrokenExecutor:
            pass
    workers.stop()
    print(len(copies), len(active_children()))
"""


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers(1)
    yield made
    made.stop()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def open_pipes() -> list[int]:
    numbers = (int(each.name) for each in Path("/proc/self/fd").iterdir())
    return [number for number in numbers if is_pipe(number)]


def is_pipe(number: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:
        return False


def own_prices() -> OwnPrices:
    return OwnPrices([Price(id=1, model="gpt-4o", provider="", input=Decimal(3), output=Decimal(9))])


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_work_is_done_in_another_process(workers: Workers) -> None:
    assert workers.submit(os.getpid).result(PATIENCE_S) != os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a pipe cannot be widened")
def test_a_usual_body_lies_in_the_pipes_as_a_whole(workers: Workers) -> None:
    pipes = [end for end in open_pipes() if fcntl.fcntl(end, fcntl.F_GETPIPE_SZ) >= PIPE_BYTES]
    assert len(pipes) >= 4, "both ends of the one to the workers and of the one back"


def test_with_no_workers_work_is_done_in_this_process() -> None:
    workers = Workers(0)

    assert workers.submit(os.getpid).result(PATIENCE_S) == os.getpid()
    workers.stop()


@pytest.mark.parametrize("own", [None, own_prices()], ids=["the price list's", "the project's own prices"])
def test_a_body_is_prepared_as_in_this_process(workers: Workers, own: OwnPrices | None) -> None:
    work = partial(prepare_spans, 7, Terms(own), "span", otlp_protobuf.decode, small_export())

    assert workers.submit(work).result(PATIENCE_S) == work()


def test_a_body_that_cannot_be_read_fails_with_its_reason(workers: Workers) -> None:
    work = partial(prepare_spans, 7, NO_TERMS, "span", otlp_protobuf.decode, b"no protobuf")

    with pytest.raises(BadRequest, match="it is not a protobuf ExportTraceServiceRequest") as caught:
        workers.submit(work).result(PATIENCE_S)
    assert caught.value.message == "cannot read the body: it is not a protobuf ExportTraceServiceRequest"


def test_after_a_worker_was_killed_another_takes_its_place(workers: Workers) -> None:
    with pytest.raises(BrokenExecutor):
        workers.submit(die).result(PATIENCE_S)

    assert workers.submit(os.getpid).result(PATIENCE_S) != os.getpid()


def test_a_request_whose_worker_was_killed_is_refused_for_a_moment(store: Database, workers: Workers) -> None:
    committer = Committer(store, lambda: BASE_NS, lambda _load, _ns: None)
    intake = Intake(committer, Merger(store, committer, lambda: BASE_NS), workers=workers)

    with pytest.raises(Unavailable) as caught:
        asyncio.run(intake.take_metrics(1, _die_counting, otlp_drops.read_json, b""))

    assert (caught.value.message, caught.value.retry_after_s) == (
        "cannot store spans: the process that read them was killed",
        1,
    )


def _die_counting(_body: bytes) -> int:
    die()
    return 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_leaves_signals_to_its_server(workers: Workers, number: signal.Signals) -> None:
    pid = workers.submit(os.getpid).result(PATIENCE_S)

    os.kill(pid, number)

    assert workers.submit(os.getpid).result(PATIENCE_S) == pid


@pytest.mark.parametrize("made", ["Workers(1)", 'Workers.copied(2, "text")'])
def test_a_worker_ends_with_its_server(made: str) -> None:
    program = STARTS_A_WORKER.format(made=made)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        server.kill()
        server.wait(PATIENCE_S)
        deadline = time.monotonic() + PATIENCE_S
        while is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.02)

        assert not is_running(pid)


def test_workers_that_begin_anew_take_the_place_of_copies_that_were_killed() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOSES_ITS_WORKERS], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )

    assert ended.stdout == "2 0\n"


def test_nothing_is_taken_after_the_stop(workers: Workers) -> None:
    workers.stop()

    with pytest.raises(RuntimeError):
        workers.submit(os.getpid)
