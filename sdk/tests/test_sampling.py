import hashlib
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from threadline import Observability
from threadline._context import _span
from threadline._drops import Drops
from threadline._notices import Notices
from threadline._privacy import Privacy
from threadline._recorder import Recorder
from threadline._sampling import SampledExporter, keeps
from threadline._trace_state import TraceState
from threadline.testing import CountedIds, MemoryExporter, SpanRecord, StepClock


def sampled(rate: float) -> tuple[Observability, MemoryExporter]:
    recorder, exporter = Recorder(), MemoryExporter()
    recorder.use(exporter, StepClock(0, 1_000), CountedIds(), Privacy(sample_rate=rate))
    return Observability(recorder), exporter


def session_that(*, is_kept: bool) -> str:
    return next(str(number) for number in range(100) if keeps(str(number), 0.5) is is_kept)


KEPT, LEFT_OUT = session_that(is_kept=True), session_that(is_kept=False)


def test_the_decision_is_what_the_documentation_says_for_every_language():
    # printf conversation-abc123 | sha256sum: it begins with 4a3857117f9dce5e, which is 0.28992... of 2**64
    assert (keeps("conversation-abc123", 0.2899), keeps("conversation-abc123", 0.2900)) == (False, True)
    assert [keeps(str(number), 0.25) for number in range(12)] == [
        int(hashlib.sha256(str(number).encode()).hexdigest()[:16], 16) < 2**62 for number in range(12)
    ]


@given(st.text(min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_a_session_that_a_rate_keeps_every_higher_rate_keeps(key, one, other):
    assert not keeps(key, min(one, other)) or keeps(key, max(one, other))
    assert (keeps(key, 1.0), keeps(key, 0.0)) == (True, False)


def test_the_share_that_is_kept_is_about_the_rate():
    assert 2_350 < sum(keeps(f"conversation-{number}", 0.25) for number in range(10_000)) < 2_650


def test_what_is_left_out_is_counted_and_is_no_loss(caplog):
    obs, exporter = sampled(0.5)
    for session in (KEPT, LEFT_OUT):
        with obs.trace("turn", session_id=session):
            obs.event("step")
    assert {span.attributes["session.id"] for span in exporter.spans} == {KEPT}
    assert (obs.dropped, obs.flush(), caplog.messages) == ({"sampled_out": 2}, True, [])
    assert obs._recorder.drops.total() == 0


def test_a_session_that_is_named_last_decides_for_what_ended_before():
    obs, exporter = sampled(0.5)
    for session in (KEPT, LEFT_OUT):
        trace = obs.trace(session)
        obs.event(f"child of {session}")
        assert exporter.spans == [] or session == LEFT_OUT
        trace.update(session_id=session).end()
    assert [span.name for span in exporter.spans] == [f"child of {KEPT}", KEPT]


def test_without_a_session_the_trace_decides_for_all_of_itself_also_for_what_ends_after_it():
    obs, exporter = sampled(0.5)
    for _ in range(20):
        trace = obs.trace("turn")
        late = obs.span("late")
        obs.event("child")
        trace.end()
        late.end()
    spans = defaultdict(list)
    for span in exporter.spans:
        spans[span.trace_id].append(span.name)
    assert spans == {
        f"{number:032x}": ["child", "late", "turn", "late"] for number in range(1, 21) if keeps(f"{number:032x}", 0.5)
    }


def test_the_end_of_the_program_decides_traces_that_nobody_ended():
    obs, exporter = sampled(0.5)
    for _ in range(20):
        obs.trace("turn")
        obs.event("child")
    assert (exporter.spans, obs.flush()) == ([], True)
    obs.shutdown()
    assert [span.trace_id for span in exporter.spans] == [
        f"{number:032x}" for number in range(1, 21) if keeps(f"{number:032x}", 0.5)
    ]


def test_a_trace_that_changes_its_session_stays_whole():
    obs, exporter = sampled(0.5)
    trace = obs.trace("turn", session_id=KEPT)
    obs.event("child")
    trace.update(session_id=LEFT_OUT).end()
    assert [span.name for span in exporter.spans] == ["child", "turn"]


def test_what_waits_for_a_session_is_bounded_and_the_oldest_trace_is_decided_first():
    exporter, drops = MemoryExporter(), Drops(Notices())
    gate = SampledExporter(exporter, 0.5, drops, max_held_bytes=5_000)
    states = [TraceState(f"{number:032x}") for number in range(20)]
    for state in states:
        gate.admit(SpanRecord(state.trace_id, "1", None, "child", 0, 1, {}, None), state)
    decided = [state for state in states if state.is_kept is not None]
    assert decided == states[: len(decided)]
    assert [span.trace_id for span in exporter.spans] == [
        state.trace_id for state in decided if keeps(state.trace_id, 0.5)
    ]
    assert len(states) - len(decided) == 5_000 // 1_000
    assert drops.by_reason()["sampled_out"] == len(decided) - len(exporter.spans)


def test_a_record_that_comes_past_the_handles_is_decided_by_its_trace():
    exporter = MemoryExporter()
    gate = SampledExporter(exporter, 0.5, Drops(Notices()))
    records = [SpanRecord(f"{number:032x}", "1", None, "a", 0, 1, {}, None) for number in range(20)]
    for record in records:
        gate.export(record)
    assert exporter.spans == [record for record in records if keeps(record.trace_id, 0.5)]


def test_a_span_that_still_runs_is_shown_once_it_is_decided_and_counts_nothing():
    exporter, drops = MemoryExporter(), Drops(Notices())
    gate = SampledExporter(exporter, 0.5, drops)
    kept = SpanRecord("1", "1", None, "kept", 1, 0, {"session.id": KEPT}, None)
    gate.export(kept)
    gate.export(SpanRecord("2", "2", None, "left out", 1, 0, {"session.id": LEFT_OUT}, None))
    gate.export(SpanRecord("3", "3", None, "not known yet", 1, 0, {}, None))
    gate.close(0)
    assert (exporter.spans, drops.by_reason()) == ([kept], {})


def test_a_forked_child_forgets_what_waits_for_the_parent():
    obs, exporter = sampled(0.999999)
    obs.trace("turn")
    obs.event("child")
    obs._recorder.after_fork_in_child()
    obs.shutdown()
    assert exporter.spans == []


STEPS = st.lists(
    st.tuples(st.sampled_from(["start", "child", "late child", "end child", "name", "end"]), st.integers(0, 3)),
    max_size=40,
)


@given(
    STEPS,
    st.lists(st.sampled_from([*map(str, range(6)), None]), min_size=4, max_size=4),
    st.sampled_from([0.3, 0.5, 0.7]),
)
def test_of_every_session_all_arrives_or_nothing(steps, sessions, rate):  # noqa: C901  # a machine of six commands
    """Four traces at a time, each naming its session, if any, once and at any moment before its end."""
    obs, exporter = sampled(rate)
    traces: dict = {}
    children: dict = defaultdict(list)
    ended: list = []

    def end(number):
        _span.set(None)
        trace = traces.pop(number)
        trace.end()
        ended.append((trace, children.pop(number, [])))

    for step, number in steps:
        if step == "start" and number not in traces:
            _span.set(None)
            traces[number] = obs.trace("turn")
        elif number not in traces:
            continue
        elif step in {"child", "late child"}:
            children[number].append(obs.span(step, parent=traces[number]))
        elif step == "end child" and children[number]:
            children[number][-1].end()
        elif step == "name" and sessions[number] is not None and traces[number].session_id is None:
            traces[number].update(session_id=sessions[number])
        elif step == "end":
            end(number)
    for number in list(traces):
        end(number)
    for _, late in ended:
        for child in late:
            child.end()

    expected = set()
    for trace, spans in ended:
        if keeps(trace.session_id or trace.trace_id, rate):
            expected |= {trace.id, *(child.id for child in spans)}
    assert {span.span_id for span in exporter.spans} == expected
