import logging
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

import threadline
from sdk.tests.stub_server import Reply, StubServer, as_protobuf
from threadline import ConfigurationError, get_observability, init_observability, is_initialized
from threadline._setup import _process
from threadline.testing import CountedIds, MemoryExporter, StepClock


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch):
    monkeypatch.setattr(_process, "is_untouched", True)
    monkeypatch.setattr(_process.recorder.notices, "_last", {})
    yield
    _process.observability.shutdown(0)
    _process.recorder.drops.after_fork_in_child()


def run(program: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of its own, since the end of a process and a fork cannot be tested inside this one."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        env=os.environ | {"THREADLINE_SPOOL": "off"} | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_spans_arrive_at_the_server(server):
    obs = init_observability(dsn=server.dsn, environment="production", release="1.2", service_name="shop")
    with obs.trace("turn", session_id="conversation-1"):
        obs.generation("answer").end(prompt_tokens=1)
    assert obs.flush(60)
    (request,) = server.requests
    assert (request.path, request.headers["Authorization"]) == ("/v1/traces", "Bearer pk_test")
    (resource,) = as_protobuf(request.json).resource_spans
    assert {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes} == {
        "service.name": "shop",
        "service.version": "1.2",
        "deployment.environment.name": "production",
    }
    assert [span.name for span in resource.scope_spans[0].spans] == ["answer", "turn"]


def test_flush_is_false_when_the_server_did_not_take_everything(server):
    server.replies.append(Reply(401))
    obs = init_observability(server.dsn)
    obs.trace().end()
    assert (obs.flush(60), obs.dropped) == (False, {"unauthorized": 1})


def test_a_server_that_comes_back_gets_everything(server):
    server.replies.append(Reply(503, headers=(("Retry-After", "0"),)))
    obs = init_observability(server.dsn)
    obs.trace("turn").error(ValueError("wrong"))
    assert (obs.flush(60), obs.dropped) == (True, {})
    assert [request.span_names for request in server.requests] == [["turn"], ["turn"]]


def test_only_init_raises(monkeypatch, caplog):
    with pytest.raises(ConfigurationError, match="there is no API key"):
        init_observability()
    monkeypatch.setenv("THREADLINE_DSN", "nonsense")
    assert not get_observability().is_initialized()
    assert not get_observability().is_initialized()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_before_init_everything_works_and_is_counted(caplog):
    obs = get_observability()
    with obs.trace(), obs.generation():
        pass
    assert (is_initialized(), obs.flush(), obs.dropped) == (False, False, {"not_initialized": 2})
    assert len(caplog.messages) == 1
    assert "call init_observability() or set THREADLINE_DSN" in caplog.text


def test_handles_from_before_init_are_sent_after_it():
    obs, exporter = get_observability(), MemoryExporter()
    trace = obs.trace("turn")
    assert init_observability(exporter=exporter) is obs
    trace.end()
    assert [span.name for span in exporter.spans] == ["turn"]


def test_the_environment_initialises_at_first_use(server, monkeypatch):
    monkeypatch.setenv("THREADLINE_DSN", server.dsn)
    obs = get_observability()
    assert is_initialized()
    obs.event("started")
    assert obs.flush(60)
    assert [request.span_names for request in server.requests] == [["started"]]


def test_after_shutdown_nothing_is_sent_until_the_next_init(server, monkeypatch):
    monkeypatch.setenv("THREADLINE_DSN", server.dsn)
    obs = init_observability()
    obs.event("before")
    assert obs.shutdown(60)
    get_observability().event("after")
    assert (is_initialized(), obs.shutdown(), obs.dropped) == (False, False, {"not_initialized": 1})
    init_observability()
    obs.event("again")
    obs.shutdown(60)
    assert [request.span_names for request in server.requests] == [["before"], ["again"]]


def test_the_same_init_again_changes_nothing(server):
    init_observability(server.dsn)
    exporter = _process.recorder.exporter
    init_observability(server.dsn)
    assert _process.recorder.exporter is exporter


def test_another_init_delivers_what_waits_and_sends_elsewhere(server):
    obs = init_observability(server.dsn)
    obs.event("here")
    with StubServer() as other:
        init_observability(other.dsn)
        obs.event("there")
        obs.flush(60)
        assert [[request.span_names for request in place.requests] for place in (server, other)] == [
            [["here"]],
            [["there"]],
        ]


def test_a_test_kit_makes_spans_predictable():
    exporter = MemoryExporter()
    obs = init_observability(exporter=exporter, clock=StepClock(), ids=CountedIds())
    obs.trace("turn").end()
    (span,) = exporter.spans
    assert (span.trace_id, span.span_id, span.end_ns - span.start_ns) == (f"{1:032x}", f"{1:016x}", 10**9)
    assert (exporter.flush(0), obs.shutdown()) == (True, True)


@pytest.mark.parametrize("ending", ["", "sys.exit(3)", "raise ValueError"])
def test_the_end_of_the_program_delivers_what_waits(server, ending):
    result = run(
        f"""
        import sys
        from threadline import get_observability
        get_observability().event("last words")
        {ending}
        """,
        THREADLINE_DSN=server.dsn,
    )
    assert ("threadline" in result.stderr, [request.span_names for request in server.requests]) == (
        False,
        [["last words"]],
    )


def test_a_server_that_is_away_does_not_hold_up_the_end_of_the_program():
    with StubServer() as gone:
        dsn = gone.dsn
    result = run('import threadline; threadline.init_observability().event("lost")', THREADLINE_DSN=dsn)
    assert result.returncode == 0
    assert result.stderr.splitlines()[-1].startswith("spans dropped as shutdown so far: 1;")


@pytest.mark.skipif(not hasattr(threadline._setup.os, "fork"), reason="there is no fork here")
def test_parent_and_forked_child_deliver_their_own_spans_once(server):
    result = run(
        """
        import os
        from threadline import init_observability
        obs = init_observability()
        with obs.session("conversation-1"):
            obs.event("before")
            child = os.fork()
            if child == 0:
                obs.event("child")
                delivered = obs.flush(30)
                os._exit(0 if delivered else 1)
            obs.event("parent")
            _, status = os.waitpid(child, 0)
        assert obs.flush(30)
        raise SystemExit(os.waitstatus_to_exitcode(status))
        """,
        THREADLINE_DSN=server.dsn,
    )
    assert (result.returncode, result.stderr) == (0, "")
    names = sorted(name for request in server.requests for name in request.span_names)
    assert names == ["before", "child", "parent"]


def test_a_forked_child_starts_anew_whatever_the_parent_was_doing():
    exporter = MemoryExporter()
    obs = init_observability(exporter=exporter)
    obs.event("of the parent")
    obs.trace(session_id="").end()
    with _process._lock, _process.recorder.drops._lock, _process.recorder.notices._lock, ThreadPoolExecutor(1) as pool:
        _process._after_fork_in_child()
        # The locks that another thread held at the fork hold up nobody in the child.
        pool.submit(init_observability, exporter=exporter).result(timeout=60)
        pool.submit(_process.recorder.drops.count, "rejected").result(timeout=60)
    assert (exporter.spans, obs.dropped) == ([], {"rejected": 1})


def test_the_import_is_light():
    result = run(
        """
        import sys
        before = set(sys.modules)
        import threadline
        loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
        print(sorted(loaded - sys.stdlib_module_names))
        print(sorted(loaded & {"asyncio", "dataclasses", "gzip", "http", "inspect", "socket", "ssl"}))
        """
    )
    assert (result.stdout, result.stderr) == ("['threadline']\n[]\n", "")


def test_what_waits_can_be_asked_at_any_time(server):
    obs = get_observability()
    assert obs.waiting == (0, 0)
    init_observability(server.dsn)
    obs.event("a")
    assert obs.flush(60)
    assert obs.waiting == (0, 0)


def test_where_there_is_no_fork_there_is_nothing_to_register(monkeypatch):
    monkeypatch.delattr(threadline._setup.os, "register_at_fork", raising=False)
    monkeypatch.setattr(threadline._setup.atexit, "register", lambda *_: None)
    process = threadline._setup._Process()
    process._after_fork_in_child()
    assert process.observability.flush(0) is False
