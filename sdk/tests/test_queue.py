import json
import threading
from queue import SimpleQueue

import pytest

from threadline._drops import Drops
from threadline._export import Later
from threadline._guard import Guard
from threadline._notices import Notices
from threadline._queue import BackgroundExporter, Limits
from threadline.testing import SpanRecord

NEVER_BY_ITSELF = Limits(batch_age_s=1e6)


def record(name: str, text: str = "") -> SpanRecord:
    return SpanRecord("1" * 32, "1" * 16, None, name, 1, 2, {"text": text}, None)


class GatedSender:
    """Keeps the names of the spans of each batch; waits at the gate before it returns."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.reports: list[dict] = []
        self.entered: SimpleQueue[list[str]] = SimpleQueue()
        self.gate = threading.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.later: Later | None = None
        self.is_locked_out = False

    def attempt(self, parcel) -> Later | None:
        if parcel.report:
            return self.report(parcel.report)
        names = [json.loads(span)["name"] for piece in parcel.pieces for span in piece]
        self.entered.put(names)
        self.gate.wait()
        if self.failure:
            raise self.failure
        if self.later is None and not self.is_locked_out:
            self.batches.append(names)
        return self.later

    def report(self, report: bytes) -> Later | None:
        self.reports.append(json.loads(report))
        return self.later


AWAY = Later(1e6, is_asked=False)
ASKED = Later(1e6, is_asked=True)


@pytest.fixture
def sender():
    sender = GatedSender()
    yield sender
    sender.gate.set()


@pytest.fixture
def drops() -> Drops:
    return Drops(Notices())


def test_flush_returns_when_everything_before_it_is_delivered(sender, drops):
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF)
    for name in "abc":
        exporter.export(record(name))
    assert exporter.flush(60)
    assert sender.batches == [["a", "b", "c"]]


def test_nothing_to_flush_is_delivered(sender, drops):
    assert BackgroundExporter(sender, drops).flush(0)


def test_a_batch_leaves_when_it_has_enough_spans(sender, drops):
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=2, batch_age_s=1e6))
    for name in "abc":
        exporter.export(record(name))
    assert sender.entered.get() == ["a", "b"]


def test_a_batch_leaves_when_it_has_enough_bytes(sender, drops):
    exporter = BackgroundExporter(sender, drops, Limits(batch_bytes=10_000, batch_age_s=1e6))
    exporter.export(record("small"))
    exporter.export(record("large", "x" * 10_000))
    assert sender.entered.get() == ["small", "large"]


def test_a_batch_leaves_when_it_is_old_enough(sender, drops):
    exporter = BackgroundExporter(sender, drops, Limits(batch_age_s=0.0))
    exporter.export(record("a"))
    assert sender.entered.get() == ["a"]


def test_a_full_queue_drops_the_newest_and_counts_them(sender, drops):
    exporter = BackgroundExporter(sender, drops, Limits(queue_spans=2, batch_spans=1))
    sender.gate.clear()
    for name in "abcd":
        exporter.export(record(name))
    sender.gate.set()
    assert not exporter.flush(60)
    assert (sender.batches, drops.by_reason()) == ([["a"], ["b"]], {"queue_full": 2})


def test_a_running_span_that_finds_no_room_is_no_loss(sender, drops):
    exporter = BackgroundExporter(sender, drops, Limits(queue_spans=0))
    exporter.export(record("running")._replace(end_ns=0))
    assert (exporter.flush(60), drops.by_reason()) == (True, {})
    exporter.export(record("ended"))
    assert drops.by_reason() == {"queue_full": 1}


def test_the_queue_is_bounded_in_bytes(sender, drops):
    exporter = BackgroundExporter(sender, drops, Limits(queue_bytes=25_000, batch_age_s=1e6))
    for name in "abc":
        exporter.export(record(name, "x" * 10_000))
    exporter.flush(60)
    assert (sender.batches, drops.by_reason()) == ([["a", "b"]], {"queue_full": 1})


def test_room_is_free_again_after_delivery(sender, drops):
    exporter = BackgroundExporter(sender, drops, Limits(queue_spans=1, queue_bytes=5_000, batch_age_s=1e6))
    for name in "abc":
        exporter.export(record(name))
        exporter.flush(60)
    assert (sender.batches, drops.by_reason()) == ([["a"], ["b"], ["c"]], {})


def test_a_span_larger_than_the_queue_is_too_large(sender, drops):
    BackgroundExporter(sender, drops, Limits(queue_bytes=5_000)).export(record("a", "x" * 10_000))
    assert drops.by_reason() == {"too_large": 1}


def test_flush_reports_a_loss_once(sender, drops):
    exporter = BackgroundExporter(sender, drops)
    drops.count("rejected")
    assert [exporter.flush(60), exporter.flush(60)] == [False, True]


def test_flush_stops_waiting_when_its_time_is_up(sender, drops):
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF)
    sender.gate.clear()
    exporter.export(record("a"))
    assert [exporter.flush(0), exporter.flush(-1)] == [False, False]


def test_close_delivers_and_takes_nothing_more(sender, drops):
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF)
    exporter.export(record("a"))
    assert exporter.close(60)
    exporter.export(record("b"))
    assert (sender.batches, drops.by_reason()) == ([["a"]], {"shutdown": 1})


def test_close_gives_up_in_time_and_counts_what_is_lost(sender, drops):
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=1))
    sender.gate.clear()
    for name in "abc":
        exporter.export(record(name))
    sender.entered.get()
    assert not exporter.close(0.2)
    assert drops.by_reason() == {"shutdown": 3}


def test_close_does_not_wait_for_a_server_that_is_away(sender, drops):
    sender.later = AWAY
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF)
    exporter.export(record("a"))
    assert not exporter.close(1e6)
    assert (drops.by_reason(), exporter.close(0)) == ({"shutdown": 1}, True)


def test_a_mistake_of_ours_costs_one_batch_and_not_the_thread(sender, drops, monkeypatch):
    monkeypatch.setattr(Guard, "reraise", False)
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF)
    sender.failure = ZeroDivisionError()
    exporter.export(record("a"))
    exporter.export(record("b"))
    assert not exporter.flush(60)
    sender.failure = None
    exporter.export(record("c"))
    assert exporter.flush(60)
    assert (sender.batches, drops.by_reason()) == ([["c"]], {"internal_error": 2})


def test_a_span_that_cannot_be_encoded_costs_only_itself(sender, drops, monkeypatch):
    monkeypatch.setattr(Guard, "reraise", False)
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF)
    exporter.export(record("a"))
    exporter.export(record("b")._replace(attributes={"number": float("nan")}))
    assert not exporter.flush(60)
    assert (sender.batches, drops.by_reason()) == ([["a"]], {"internal_error": 1})


def test_a_thread_that_cannot_be_started_is_started_later(sender, drops, monkeypatch):
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread at interpreter shutdown")

    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        exporter.export(record("a"))
    assert exporter.flush(60)
    assert sender.batches == [["a"]]


def test_a_recording_that_interrupts_a_recording_is_taken(sender, drops):
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF)

    class Interrupting(str):
        """Stands for a signal handler: records while its record is being taken."""

        __slots__ = ()

        def __sizeof__(self) -> int:
            if self == "outer":
                with exporter._lock:
                    exporter.export(record("inner"))
            return 1

    exporter.export(record("outer", Interrupting("outer"))._replace(name="outer"))
    exporter.flush(60)
    assert {name for batch in sender.batches for name in batch} == {"inner", "outer"}


def test_what_is_prepared_is_what_leaves(sender, drops):
    def prepare(span: SpanRecord) -> SpanRecord | None:
        return None if span.name == "secret" else span._replace(name=span.name.upper())

    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF, prepare=prepare)
    for name in ("a", "secret", "b"):
        exporter.export(record(name))
    assert exporter.flush(60)
    assert (sender.batches, drops.by_reason()) == ([["A", "B"]], {})


def test_a_span_that_cannot_be_prepared_is_not_sent(sender, drops, monkeypatch):
    def prepare(span: SpanRecord) -> SpanRecord:
        raise ZeroDivisionError

    monkeypatch.setattr(Guard, "reraise", False)
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF, prepare=prepare)
    exporter.export(record("a"))
    assert not exporter.flush(60)
    assert (sender.batches, drops.by_reason()) == ([], {"internal_error": 1})
