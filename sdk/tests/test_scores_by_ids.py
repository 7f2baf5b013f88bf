"""Scores that name by ids what they are of: said in another process and long after, and delivered as spans are."""

import json
import signal
import textwrap
from pathlib import Path

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from sdk.tests.programs import Program, run
from sdk.tests.stub_server import Reply, StubServer
from threadline import Observability, init_observability
from threadline._otlp import encode_score, join_scores
from threadline._recorder import Recorder
from threadline._sampling import keeps
from threadline.testing import CountedIds, MemoryExporter, ScoreRecord, StepClock

TRACE, SPAN = "0123456789abcdef" * 2, "0123456789abcdef"
RATED = {"gen_ai.evaluation.name": "rating", "gen_ai.evaluation.score.value": 4.0}
FIRST_ID = {"threadline.score.id": "0000000000000001"}


@pytest.mark.parametrize(
    ("ids", "trace_id", "span_id", "told"),
    [
        ({"session_id": "s-1"}, None, None, {"session.id": "s-1"}),
        ({"trace_id": TRACE}, TRACE, None, {}),
        ({"trace_id": TRACE.upper(), "span_id": SPAN.upper()}, TRACE, SPAN, {}),
    ],
)
def test_what_the_ids_name_is_judged_whatever_is_current(recording, ids, trace_id, span_id, told):
    with recording.obs.session("another"), recording.obs.trace("turn"):
        recording.obs.score("rating", 4, **ids)
    (score,) = recording.exporter.scores
    assert score._replace(at_ns=0) == ScoreRecord(
        trace_id, span_id, 0, RATED | {"threadline.score.id": "0" * 15 + "2"} | told, False
    )
    assert [span.events for span in recording.spans] == [()]


@pytest.mark.parametrize(
    ("ids", "why"),
    [
        ({"session_id": "s-1", "trace_id": TRACE}, "it must name a session_id, or a trace_id, or"),
        ({"span_id": SPAN}, "it must name a session_id, or a trace_id, or"),
        ({"session_id": "s-1", "span_id": SPAN}, "it must name a session_id, or a trace_id, or"),
        ({"session_id": ""}, "its session_id must have 1 to 512 characters"),
        ({"session_id": "s" * 513}, "its session_id must have 1 to 512 characters"),
        ({"trace_id": TRACE[1:]}, "its trace_id must have 32 hexadecimal digits"),
        ({"trace_id": "0" * 32}, "its trace_id must have 32 hexadecimal digits"),
        ({"trace_id": TRACE, "span_id": "span"}, "its span_id must have 16 hexadecimal digits"),
        ({"trace_id": TRACE, "id": ""}, "its id must have 1 to 200 characters"),
        ({"trace_id": TRACE, "id": "v" * 201}, "its id must have 1 to 200 characters"),
        ({"id": "vote-1"}, "no span and no session is current"),
    ],
)
def test_what_nothing_can_be_named_is_ignored_with_a_word_in_the_log(recording, caplog, ids, why):
    recording.obs.score("rating", 4, **ids)
    assert (recording.exporter.scores, len(caplog.messages)) == ([], 1)
    assert caplog.messages[0].startswith("ignored a score: ")
    assert why in caplog.messages[0]


def test_what_is_no_value_is_ignored(recording, caplog):
    recording.obs.score("rating", [4], session_id="s-1")
    assert recording.exporter.scores == []
    assert "ignored a list as a score" in caplog.text


def test_with_an_id_of_ones_own_what_is_current_is_judged_by_its_ids(recording):
    obs = recording.obs
    with obs.session("s-1"):
        obs.score("rating", 4, id="vote-1")
        with obs.trace("turn") as trace:
            obs.score("rating", 4, id="vote-2")
    said = [(score.session_id, score.trace_id, score.span_id) for score in recording.exporter.scores]
    assert said == [("s-1", None, None), (None, trace.trace_id, trace.id)]
    assert [score.attributes["threadline.score.id"] for score in recording.exporter.scores] == ["vote-1", "vote-2"]


def with_settings(**settings) -> tuple[Observability, MemoryExporter]:
    exporter = MemoryExporter()
    return init_observability(exporter=exporter, clock=StepClock(), ids=CountedIds(), **settings), exporter


@pytest.fixture(autouse=True)
def _stopped():
    yield
    init_observability(exporter=MemoryExporter()).shutdown()


def test_a_mask_gets_every_text_and_the_id_where_the_program_chose_it():
    places = []

    def mask(text, place):
        places.append((place.path, text))
        return "masked"

    obs, exporter = with_settings(mask=mask)
    obs.score("rating", "good", session_id="s-1", id="vote-1", comment="quick", source="user")
    obs.score("rating", 4, trace_id=TRACE)
    texts = ("name", "score.label", "explanation")
    own, ours = (score.attributes for score in exporter.scores)
    assert places == [
        ("score.name", "rating"), ("score.value", "good"), ("score.comment", "quick"), ("score.source", "user"),
        ("session.id", "s-1"), ("score.id", "vote-1"), ("score.name", "rating"),
    ]  # fmt: skip
    assert own == dict.fromkeys(
        [
            *(f"gen_ai.evaluation.{name}" for name in texts),
            "threadline.score.source",
            "threadline.score.id",
            "session.id",
        ],
        "masked",
    )
    assert ours["threadline.score.id"] == "0000000000000002"


def test_a_mask_that_fails_leaves_nothing():
    def mask(text, place):
        raise ValueError(text)

    obs, exporter = with_settings(mask=mask)
    obs.score("rating", "good", session_id="s-1", id="vote-1")
    assert set(exporter.scores[0].attributes.values()) == {"<masking failed>"}
    assert obs.masking_failures == 4


def test_a_score_of_the_mask_itself_is_not_sent(caplog):
    def mask(text, place):
        obs.score("masked", True, session_id="s-1")
        return text

    obs, exporter = with_settings(mask=mask)
    obs.score("rating", 4, session_id="s-1")
    assert [score.attributes["gen_ai.evaluation.name"] for score in exporter.scores] == ["rating"]
    assert "spans that the function given as mask records are not sent" in caplog.text


def test_without_content_there_is_no_comment():
    obs, exporter = with_settings(capture_content=False)
    obs.score("rating", 4, session_id="s-1", comment="quick", source="user")
    assert exporter.scores[0].attributes == RATED | FIRST_ID | {"threadline.score.source": "user", "session.id": "s-1"}


def test_a_score_of_a_session_goes_with_the_session_and_one_of_a_trace_is_always_sent():
    obs, exporter = with_settings(sample_rate=0.5)
    before = obs.dropped.get("sampled_out", 0)
    sessions = [f"s-{number}" for number in range(20)]
    for session in sessions:
        obs.score("rating", 4, session_id=session)
    obs.score("rating", 4, trace_id=TRACE)
    kept = [session for session in sessions if keeps(session, 0.5)]
    assert [score.session_id for score in exporter.scores] == [*kept, None]
    assert obs.dropped["sampled_out"] - before == 20 - len(kept)


def test_before_anything_says_where_to_send_it_is_counted():
    obs = Observability(Recorder())
    obs.score("rating", 4, session_id="s-1")
    assert obs.dropped == {"not_initialized": 1}


def test_a_forked_child_keeps_none_of_the_parents_scores(recording):
    recording.obs.score("rating", 4, session_id="s-1")
    recording.exporter.after_fork_in_child()
    assert recording.exporter.scores == []


def test_on_the_wire_it_is_a_log_record_of_opentelemetry():
    record = ScoreRecord(TRACE, SPAN, 17, RATED, names_itself=False)
    sent = json.loads(join_scores(b'{"attributes":[]}', [encode_score(record)]))
    (entry,) = sent["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert (entry.pop("traceId"), entry.pop("spanId")) == (TRACE, SPAN)
    (parsed,) = json_format.ParseDict(sent, ExportLogsServiceRequest()).resource_logs[0].scope_logs[0].log_records
    assert (parsed.event_name, parsed.time_unix_nano) == ("gen_ai.evaluation.result", 17)
    assert {attribute.key for attribute in parsed.attributes} == set(RATED)


def test_the_texts_count_in_what_may_wait():
    assert ScoreRecord(None, None, 0, {"text": "x" * 10_000}, False).size() > 10_000


# --- real processes and a server that fails --------------------------------------------------------------

JUDGE = """
    from threadline import init_observability
    obs = init_observability()
    for number in range(5):
        obs.event("step")
        obs.score("rating", number, session_id=f"s-{number}")
    obs.score("rating", 9, trace_id="1" * 32, span_id="2" * 16)
    print(obs.flush(30), obs.dropped, flush=True)
"""


def said(scores: list[dict]) -> list[tuple[float, str]]:
    """The value of each score and what it is of."""
    found = []
    for score in scores:
        told = {attribute["key"]: next(iter(attribute["value"].values())) for attribute in score["attributes"]}
        found.append((told["gen_ai.evaluation.score.value"], told.get("session.id") or score["traceId"][0]))
    return found


ALL = [*((float(number), f"s-{number}") for number in range(5)), (9.0, "1")]


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_what_the_server_asks_to_send_later_is_sent_again_and_then_no_more(server, spool):
    later = Reply(503, b"", (("Retry-After", "0"),))
    server.replies += [later, Reply(), later]
    with Program(JUDGE, server.dsn, spool) as program:
        assert program.read_line() == "True {}"
        code, log = program.end()
    assert (code, log.startswith("cannot deliver spans now, they wait: HTTP 503")) == (0, True)
    assert [request.span_names for request in server.requests] == [["step"] * 5] * 2
    assert said(server.scores) == ALL * 2


@pytest.mark.parametrize(
    ("reply", "dropped"),
    [
        (Reply(400), {"refused": 6}),
        (Reply(404), {"refused": 6}),
        (Reply(401), {"unauthorized": 6}),
        (Reply(200, b'{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"no"}}'), {"rejected": 2}),
    ],
)
def test_what_the_server_does_not_take_is_counted(server, spool, reply, dropped):
    server.replies += [Reply(), reply]
    with Program(JUDGE, server.dsn, spool) as program:
        assert program.read_line() == f"False {dropped}"
    assert said(server.scores) == ALL


def test_a_request_that_is_too_large_is_split(server, spool):
    server.replies += [Reply(), Reply(413), Reply(413), Reply(), Reply(413), Reply(413)]
    with Program(JUDGE, server.dsn, spool) as program:
        assert program.read_line() == "False {'too_large': 1}"
    # Six, three, one, two, one, one: the halves in order, and of three the first is the smaller.
    assert said(server.scores) == ALL + ALL[:3] + ALL[:1] + ALL[1:3] + ALL[1:2] + ALL[2:3] + ALL[3:]


def test_while_the_server_is_away_they_wait_on_disk_with_the_spans_and_survive_a_kill(spool):
    with StubServer() as gone:
        port, dsn = int(gone.dsn.rpartition(":")[2].partition("/")[0]), gone.dsn
    judge = textwrap.dedent(JUDGE.replace("flush(30)", "flush(0.1)")) + textwrap.dedent("""
        import time
        while obs.waiting != (0, 11):
            time.sleep(0.01)
        print("on disk", flush=True)
        time.sleep(600)
    """)
    with Program(judge, dsn, spool) as program:
        assert (program.read_line(), program.read_line()) == ("False {}", "on disk")
        assert program.signal(getattr(signal, "SIGKILL", signal.SIGTERM)) != 0
    with StubServer(port) as server:
        assert run("from threadline import init_observability\nassert init_observability().flush(50)", dsn, spool) == (
            0,
            "",
        )
        assert [name for request in server.requests for name in request.span_names] == ["step"] * 5
        assert said(server.scores) == ALL


def test_beyond_the_bound_of_the_spool_the_count_is_exact(spool):
    with StubServer() as gone:
        port, dsn = int(gone.dsn.rpartition(":")[2].partition("/")[0]), gone.dsn
    judge = """
        import random
        from threadline import init_observability
        obs = init_observability()
        for number in range(3_000):
            comment = random.randbytes(500).hex()
            obs.score("rating", number, session_id="s", comment=comment)
            if number % 300 == 0:
                obs.flush(0.05)
        obs.shutdown()
        print(obs.dropped.get("shutdown", 0) + obs.dropped.get("spool_full", 0), flush=True)
    """
    with Program(judge, dsn, spool, THREADLINE_SPOOL_MAX_BYTES="1000000") as program:
        dropped = int(program.read_line())
    with StubServer(port) as server:
        assert run("from threadline import init_observability\nassert init_observability().flush(50)", dsn, spool) == (
            0,
            "",
        )
        arrived = [value for value, _ in said(server.scores)]
    assert (len(arrived) + dropped, len(set(arrived)), arrived, 0 < dropped < 3_000) == (
        3_000,
        len(arrived),
        sorted(arrived),
        True,
    )
