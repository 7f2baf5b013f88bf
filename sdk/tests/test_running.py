"""Spans that still run are sent as they stand."""

import os
import subprocess
import sys
import threading

import pytest

from sdk.tests.stub_server import StubServer
from threadline import Observability
from threadline._recorder import Recorder
from threadline.testing import CountedIds, Instant, SpanRecord


class Collected:
    """An exporter that can be waited for."""

    def __init__(self) -> None:
        self.spans: list[SpanRecord] = []
        self.came = threading.Condition()

    def export(self, record: SpanRecord) -> None:
        with self.came:
            self.spans.append(record)
            self.came.notify_all()

    def flush(self, timeout: float) -> bool:
        return True

    def close(self, timeout: float) -> bool:
        return True

    def after_fork_in_child(self) -> None:
        pass

    def wait_for(self, spans: int) -> list[tuple[str, bool]]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.spans) >= spans, 30)
            return [(span.name, span.is_running) for span in self.spans]


class StandingClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.ns = 1_000

    def now(self) -> Instant:
        return Instant(self.ns, self.ns)


def started(exporter: Collected, clock: StandingClock, after_s: float) -> Observability:
    recorder = Recorder()
    recorder.use(exporter, clock, CountedIds(), show_running_after_s=after_s)
    return Observability(recorder)


def test_a_span_that_runs_longer_is_sent_as_it_stands_and_then_with_its_end():
    exporter = Collected()
    recorder = Recorder()
    recorder.use(exporter, StandingClock(), CountedIds(), show_running_after_s=3_600)
    trace = Observability(recorder).trace("turn", session_id="conversation-1", input="Hello!", tags=["new"])
    recorder.running.close()
    trace.end(output="Hi.")
    beginning, end = exporter.spans
    assert beginning == end._replace(
        end_ns=0, attributes={name: value for name, value in end.attributes.items() if name != "threadline.output"}
    )
    assert (beginning.is_running, end.is_running) == (True, False)


def test_a_span_that_ends_sooner_is_sent_once():
    exporter, clock = Collected(), StandingClock()
    obs = started(exporter, clock, after_s=0.01)
    obs.span("short").end()
    obs.span("long")
    # The short one came first, so it has been looked at when the long one is sent.
    assert exporter.wait_for(2) == [("short", False), ("long", True)]


def test_shutdown_sends_what_still_runs_without_waiting_for_its_time():
    exporter = Collected()
    obs = started(exporter, StandingClock(), after_s=3_600)
    with obs.trace("turn"):
        obs.tool("search")
        obs.shutdown()
    assert sorted(exporter.wait_for(2)) == [("search", True), ("turn", True)]


def test_a_forgotten_span_is_sent_as_running():
    exporter = Collected()
    started(exporter, StandingClock(), after_s=0.01).span("forgotten")
    assert exporter.wait_for(1) == [("forgotten", True)]


def test_a_flood_is_watched_in_part(monkeypatch):
    monkeypatch.setattr("threadline._running._MOST_WATCHED", 3)
    exporter, clock = Collected(), StandingClock()
    obs = started(exporter, clock, after_s=3_600)
    first = obs.span("first")
    handles = [obs.span("more") for _ in range(100)]
    obs.shutdown()
    assert 3 <= len(exporter.spans) <= 5
    assert (first.has_ended, any(handle.has_ended for handle in handles)) == (False, False)


def test_no_thread_to_watch_with_is_no_harm(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    exporter = Collected()
    obs = started(exporter, StandingClock(), after_s=0)
    obs.span("work").end()
    obs.shutdown()
    assert [(span.name, span.is_running) for span in exporter.spans] == [("work", False)]


def test_a_forked_child_watches_its_own_spans_only():
    exporter, clock = Collected(), StandingClock()
    recorder = Recorder()
    recorder.use(exporter, clock, CountedIds(), show_running_after_s=3_600)
    obs = Observability(recorder)
    handles = [obs.span("the parent's")]
    recorder.running.after_fork_in_child()
    handles.append(obs.span("the child's"))
    obs.shutdown()
    assert exporter.wait_for(1) == [("the child's", True)]


def test_a_running_span_that_cannot_be_taken_is_no_loss(recording):
    recording.recorder.exporter = None
    span = recording.obs.span("work")
    span._record(0, None)
    assert recording.obs.dropped == {}
    span.end()
    assert recording.obs.dropped == {"not_initialized": 1}


@pytest.mark.parametrize("end", [True, False])
def test_over_the_wire_a_running_span_has_no_end(server: StubServer, end):
    program = (
        "from threadline import get_observability\n"
        "obs = get_observability()\n"
        "trace = obs.trace('turn', session_id='conversation-1')\n" + ("trace.end()\n" if end else "")
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"THREADLINE_DSN": server.dsn},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    (request,) = server.requests
    (span,) = request.spans
    assert (span["endTimeUnixNano"] == "0") is not end
