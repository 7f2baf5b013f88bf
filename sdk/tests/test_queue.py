import json
import sys
import threading
import time
from queue import SimpleQueue

import pytest

from threadline import _outbox, _queue
from threadline._drops import Drops
from threadline._export import Later
from threadline._guard import Guard
from threadline._notices import Notices
from threadline._outbox import Batch, Outbox
from threadline._queue import BackgroundExporter, Limits
from threadline._records import Waiting
from threadline._sending import Courier
from threadline._spool import Spool
from threadline._spool_format import SCORES
from threadline.testing import ScoreRecord, SpanRecord

NEVER_BY_ITSELF = Limits(batch_age_s=1e6)


def record(name: str, text: str = "") -> SpanRecord:
    return SpanRecord("1" * 32, "1" * 16, None, name, 1, 2, {"text": text}, None)


class GatedSender:
    """Keeps the names of the spans of each batch; waits at the gate before it returns."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.scores: list[bytes] = []
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
        if parcel.kind == SCORES:
            self.scores += [score for piece in parcel.pieces for score in piece]
            return self.later
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


@pytest.mark.parametrize("prepare", [None, lambda score: score._replace(at_ns=7)])
def test_scores_leave_beside_the_spans_in_a_request_of_their_own(sender, drops, prepare):
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF, prepare_score=prepare)
    exporter.export(record("a"))
    exporter.export_score(ScoreRecord(None, None, 1, {"session.id": "s-1"}, False))
    exporter.export(record("b"))
    exporter.export_score(ScoreRecord("1" * 32, "2" * 16, 1, {}, False))
    assert (exporter.waiting.in_memory, exporter.flush(60), exporter.waiting) == (4, True, Waiting(0, 0))
    assert sender.batches == [["a", "b"]]
    first, second = (json.loads(score) for score in sender.scores)
    assert (first["timeUnixNano"], second) == (
        "1" if prepare is None else "7",
        {**first, "attributes": [], "traceId": "1" * 32, "spanId": "2" * 16},
    )


def test_a_span_that_cannot_be_prepared_is_not_sent(sender, drops, monkeypatch):
    def prepare(span: SpanRecord) -> SpanRecord:
        raise ZeroDivisionError

    monkeypatch.setattr(Guard, "reraise", False)
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF, prepare=prepare)
    exporter.export(record("a"))
    assert not exporter.flush(60)
    assert (sender.batches, drops.by_reason()) == ([], {"internal_error": 1})


# --- with a disk below --------------------------------------------------------------------------------


@pytest.fixture
def open_spool(tmp_path, drops):
    return lambda: Spool(str(tmp_path / "spool"), 10**9, drops, Notices())


def eventually(is_so, within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, "it has not come to be"
        time.sleep(0.005)


def test_while_the_server_is_away_spans_are_on_disk_and_not_in_memory(sender, drops, open_spool):
    sender.later = AWAY
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=1), spool=open_spool)
    for name in "abc":
        exporter.export(record(name))
    eventually(lambda: exporter.waiting == Waiting(in_memory=0, on_disk=3))
    sender.later = None
    exporter.export(record("d"))
    assert exporter.flush(60)
    assert [name for batch in sender.batches for name in batch] == ["a", "b", "c", "d"]
    assert exporter.waiting == Waiting(0, 0)


def test_a_server_that_is_slow_finds_later_spans_on_disk_and_gets_what_it_has_in_hand_once(
    sender, drops, open_spool, monkeypatch
):
    monkeypatch.setattr(_outbox, "PATIENCE_S", 0.0)
    monkeypatch.setattr(_queue, "PATIENCE_S", 0.01)
    sender.gate.clear()
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=1), spool=open_spool)
    exporter.export(record("a"))
    assert sender.entered.get() == ["a"]
    eventually(lambda: exporter.waiting == Waiting(in_memory=0, on_disk=1))
    exporter.export(record("b"))
    eventually(lambda: exporter.waiting == Waiting(in_memory=0, on_disk=2))
    sender.gate.set()
    assert exporter.flush(60)
    assert sender.batches == [["a"], ["b"]]


def test_what_close_cannot_deliver_is_on_disk_for_the_next(sender, drops, open_spool):
    sender.gate.clear()
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=1), spool=open_spool)
    for name in "abc":
        exporter.export(record(name))
    assert not exporter.close(0.2)
    sender.gate.set()
    following = GatedSender()
    heir = BackgroundExporter(following, drops, spool=open_spool)
    heir.start()
    assert heir.flush(60)
    assert (following.batches, drops.by_reason()) == ([["a", "b", "c"]], {})


def test_drops_are_reported_once_the_server_has_everything_else(sender, drops):
    exporter = BackgroundExporter(sender, drops, resource=b'{"attributes":[]}')
    drops.count("too_large", 2)
    exporter.export(record("a"))
    exporter.flush(60)
    exporter.close(60)
    (metrics,) = sender.reports
    (metric,) = metrics["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    assert (metric["name"], [point["asInt"] for point in metric["sum"]["dataPoints"]]) == (
        "threadline.sdk.spans.dropped",
        ["2"],
    )


def test_drops_that_cannot_be_reported_any_more_are_reported_by_the_next(sender, drops, open_spool):
    sender.later = AWAY
    exporter = BackgroundExporter(sender, drops, spool=open_spool)
    drops.count("too_large", 2)
    exporter.export(record("a"))
    exporter.close(1)
    assert drops.report() is None
    sender.later = None
    heir = BackgroundExporter(sender, drops, spool=open_spool)
    heir.start()
    assert heir.flush(60)
    assert (sender.batches, sender.reports[:-1]) == ([["a"]], sender.reports[1:])


def test_a_report_waits_for_a_server_that_is_away(sender, drops):
    sender.later = AWAY
    exporter = BackgroundExporter(sender, drops)
    drops.count("too_large")
    exporter.start()
    eventually(lambda: len(sender.reports) == 1)
    sender.later = None
    exporter.export(record("a"))
    exporter.flush(60)
    exporter.close(60)
    assert [point["resourceMetrics"] for point in sender.reports][1:] == [sender.reports[0]["resourceMetrics"]]


class LockingSender(GatedSender):
    """Finds the server away, then the key not accepted."""

    def attempt(self, parcel) -> Later | None:
        self.is_locked_out = self.later is None
        return self.later


def test_a_key_that_is_not_accepted_costs_what_is_in_memory_and_keeps_what_is_on_disk(drops, open_spool):
    sender = LockingSender()
    sender.later = AWAY
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=1), spool=open_spool)
    exporter.export(record("on disk"))
    eventually(lambda: exporter.waiting.on_disk == 1)
    sender.later = None
    assert not exporter.flush(60)
    exporter.export(record("new"))
    exporter.close(60)
    assert drops.by_reason() == {"unauthorized": 1}
    heir = BackgroundExporter(following := GatedSender(), drops, spool=open_spool)
    heir.start()
    assert heir.flush(60)
    assert following.batches == [["on disk"]]


def test_the_key_may_be_found_wrong_with_a_batch_from_memory(sender, drops):
    exporter = BackgroundExporter(LockingSender(), drops, Limits(batch_spans=1))
    for name in "ab":
        exporter.export(record(name))
    assert not exporter.flush(60)
    assert drops.by_reason() == {"unauthorized": 2}


@pytest.mark.parametrize(
    ("is_away", "disk", "reason"),
    [
        (False, "none", "queue_full"),
        (True, "none", "unreachable"),
        (True, "failing", "unreachable"),
        (True, "working", "queue_full"),
        (True, "full", "spool_full"),
    ],
)
def test_a_full_memory_is_counted_under_why_it_is_full(sender, drops, open_spool, is_away, disk, reason):
    spool = open_spool()
    spool.is_full = disk == "full"
    spool._retry_at = time.monotonic() + 1e6 if disk == "failing" else 0.0
    limits = Limits(queue_spans=0)
    exporter = BackgroundExporter(sender, drops, limits, spool=None if disk == "none" else lambda: spool)
    if is_away:
        exporter._outbox.failed()
    exporter.export(record("a"))
    assert drops.by_reason() == {reason: 1}


def test_a_pause_that_the_server_asked_for_is_kept_and_close_does_not_wait_for_it(sender, drops, open_spool):
    sender.later = ASKED
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=1), spool=open_spool)
    exporter.export(record("a"))
    eventually(lambda: exporter.waiting.on_disk == 1)
    assert not exporter.close(1e6)
    assert sender.entered.qsize() == 1


def test_a_child_starts_with_nothing_and_leaves_the_parents_files_alone(sender, drops, open_spool):
    sender.later = AWAY
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=1), spool=open_spool)
    exporter.export(record("of the parent"))
    eventually(lambda: exporter.waiting.on_disk == 1)
    exporter.after_fork_in_child()
    sender.later = None
    assert (exporter.waiting, exporter.flush(60)) == (Waiting(0, 0), True)


def test_where_no_thread_can_be_started_close_delivers_itself(sender, drops, monkeypatch):
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", fail)
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=1))
    for name in "ab":
        exporter.export(record(name))
    assert exporter.close(60)
    assert (sender.batches, drops.by_reason()) == ([["a"], ["b"]], {})


def test_a_hook_that_hangs_costs_what_it_holds_up_and_not_the_end_of_the_program(sender, drops):
    hanging = threading.Event()

    def prepare(span: SpanRecord) -> SpanRecord:
        hanging.wait()
        return span

    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF, prepare=prepare)
    for name in "ab":
        exporter.export(record(name))
    assert not exporter.close(0.1)
    hanging.set()
    exporter._thread.join()
    assert (sender.batches, drops.by_reason()) == ([], {"shutdown": 2})


def test_what_is_collected_after_the_end_is_counted(drops):
    outbox = Outbox(drops, None, batch_spans=1, batch_bytes=1)
    outbox.end()
    outbox.put(Batch(b"", [b"a", b"b"], 2))
    outbox.adopt()
    assert (outbox.take(), drops.by_reason()) == (None, {"shutdown": 2})


def test_what_was_abandoned_meanwhile_is_forgotten_by_whoever_had_it(drops):
    outbox = Outbox(drops, None, batch_spans=1, batch_bytes=1)
    outbox.put(Batch(b"", [b"a"], 1))
    parcel = outbox.take()
    outbox.end()
    outbox.done(parcel)
    assert drops.by_reason() == {"shutdown": 1}


def test_orphans_are_looked_for_while_nothing_else_is_to_do(sender, drops, open_spool):
    now = 0.0
    outbox = Outbox(drops, open_spool(), batch_spans=10, batch_bytes=1000)
    courier = Courier(outbox, sender, b"{}", drops, monotonic=lambda: now)
    orphan = open_spool()
    orphan.append(b"{}", [b'{"name":"a"}'])
    orphan.close()
    assert (courier.step(), sender.batches) == (10.0, [])
    now = 60.0
    assert [courier.step(), courier.step(), sender.batches] == [10.0, 0, [["a"]]]


class Worker:
    """Stands for the modules of multiprocessing in one of its workers."""

    def __init__(self) -> None:
        self.finalizers = []

    def parent_process(self) -> object:
        return self

    def Finalize(self, *arguments, **options) -> None:  # noqa: N802
        self.finalizers.append((arguments, options))


def test_a_worker_of_multiprocessing_delivers_at_its_end(sender, drops, monkeypatch):
    worker = Worker()
    monkeypatch.setitem(sys.modules, "multiprocessing.process", worker)
    monkeypatch.setitem(sys.modules, "multiprocessing.util", worker)
    exporter = BackgroundExporter(sender, drops)
    exporter.start()
    assert worker.finalizers == [((None, exporter.close), {"args": (2.0,), "exitpriority": -100})]


def test_a_program_without_multiprocessing_does_not_load_it(sender, drops, monkeypatch):
    monkeypatch.delitem(sys.modules, "multiprocessing.util", raising=False)
    BackgroundExporter(sender, drops).start()
    assert "multiprocessing.util" not in sys.modules


def test_callers_give_way_only_while_the_collecting_thread_is_far_behind(sender, drops, monkeypatch):
    turns: list[int] = []
    is_held = threading.Event()

    def prepare(span: SpanRecord) -> SpanRecord:
        is_held.wait()
        return span

    exporter = BackgroundExporter(sender, drops, Limits(queue_spans=1024), prepare=prepare)
    monkeypatch.setattr(_queue.time, "sleep", lambda seconds: turns.append(exporter._taken_spans))
    for number in range(1024):
        exporter.export(record(str(number)))
    monkeypatch.undo()
    is_held.set()
    assert exporter.flush(60)
    assert turns == list(range(768, 1025))


def test_what_the_spool_cannot_take_waits_in_memory(sender, drops, tmp_path):
    sender.later = AWAY
    full = Spool(str(tmp_path / "spool"), 1, drops, Notices())
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=1), spool=lambda: full)
    for name in "ab":
        exporter.export(record(name))
    eventually(lambda: exporter.waiting == Waiting(in_memory=2, on_disk=0) and full.is_full)
    sender.later = None
    assert exporter.flush(60)
    assert sender.batches == [["a"], ["b"]]


def test_what_is_lost_on_disk_holds_nothing_up(sender, drops, tmp_path, open_spool):
    sender.later = AWAY
    exporter = BackgroundExporter(sender, drops, Limits(batch_spans=1), spool=open_spool)
    exporter.export(record("a"))
    eventually(lambda: exporter.waiting.on_disk == 1)
    exporter.export(record("b"))
    eventually(lambda: exporter.waiting.on_disk == 2)
    for file in tmp_path.rglob("*.spool"):
        file.unlink()
    sender.later = None
    exporter.flush(60)
    assert (sender.batches, drops.by_reason()) == ([["a"]], {"corrupt": 2})


def test_a_child_without_a_spool_starts_with_nothing_too(sender, drops):
    exporter = BackgroundExporter(sender, drops, NEVER_BY_ITSELF)
    exporter.export(record("of the parent"))
    exporter.after_fork_in_child()
    assert (exporter.waiting, exporter.flush(60), sender.batches) == (Waiting(0, 0), True, [])


def test_what_is_damaged_on_disk_is_passed_over(drops, open_spool, tmp_path):
    orphan = open_spool()
    orphan.append(b"{}", [b"1", b"2"])
    orphan.close()
    (file,) = tmp_path.rglob("*.spool")
    file.write_bytes(file.read_bytes()[:-1])
    outbox = Outbox(drops, open_spool(), batch_spans=10, batch_bytes=1000)
    outbox.adopt()
    assert (outbox.take(), drops.by_reason()) == (None, {"corrupt": 2})
