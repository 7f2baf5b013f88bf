"""Both middlewares: in front of the bare protocols, and of real servers."""

import asyncio
import http.client
import socketserver
import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest
import uvicorn

from threadline import asgi, get_observability, init_observability, wsgi
from threadline.testing import CountedIds, MemoryExporter, SpanRecord, StepClock

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLER = {"traceparent": f"00-{TRACE}-{SPAN}-01", "baggage": "session.id=conversation-1,user.id=user-1"}


@pytest.fixture
def spans() -> Iterator[list[SpanRecord]]:
    exporter = MemoryExporter()
    obs = init_observability(exporter=exporter, clock=StepClock(), ids=CountedIds())
    yield exporter.spans
    obs.shutdown()


def session_of(span: SpanRecord) -> str | None:
    return span.attributes.get("session.id")


# --- ASGI ---------------------------------------------------------------------------------------------


async def traced(scope, receive, send):
    get_observability().trace("turn").end()


def ask_asgi(headers=(), app=traced, kind="http", **options) -> None:
    raw = [(name.encode(), value.encode()) for name, value in dict(headers).items()]
    middleware = asgi.ObservabilityMiddleware(app, **options)

    async def main() -> None:
        await middleware({"type": kind, "headers": raw}, None, None)
        obs = get_observability()
        assert (obs.current_session(), obs.current_span()) == (None, None)

    asyncio.run(main())


def ask_wsgi(headers=(), app=None, **options) -> list[bytes]:
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in dict(headers).items()}
    setup_testing_defaults(environ)

    def traced(environ, start_response):
        get_observability().trace("turn").end()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    answer = wsgi.ObservabilityMiddleware(app or traced, **options)(environ, lambda *_: None)
    parts = list(answer)
    if hasattr(answer, "close"):
        answer.close()
    obs = get_observability()
    assert (obs.current_session(), obs.current_span()) == (None, None)
    return parts


@pytest.mark.parametrize("ask", [ask_asgi, ask_wsgi])
def test_the_request_id_is_the_session(spans, ask):
    ask({"X-Request-Id": " request 7 "})
    ask({"X-Correlation-Id": "9"}, header="X-Correlation-ID")
    assert [session_of(span) for span in spans] == ["request 7", "9"]


@pytest.mark.parametrize("ask", [ask_asgi, ask_wsgi])
@pytest.mark.parametrize("headers", [{}, {"x-request-id": ""}, {"x-request-id": "x" * 513}])
def test_without_a_request_id_each_request_has_a_session_of_its_own(spans, ask, headers):
    ask(headers)
    ask(headers)
    first, second = (session_of(span) for span in spans)
    assert (first[:8], first != second) == ("request-", True)


@pytest.mark.parametrize("ask", [ask_asgi, ask_wsgi])
def test_the_callers_session_and_trace_go_on(spans, ask):
    ask(CALLER | {"x-request-id": "7"})
    (span,) = spans
    assert (session_of(span), span.attributes["user.id"], span.trace_id, span.parent_id) == (
        "conversation-1",
        "user-1",
        TRACE,
        SPAN,
    )


@pytest.mark.parametrize("ask", [ask_asgi, ask_wsgi])
def test_a_caller_without_a_session_still_names_the_trace(spans, ask):
    ask({"traceparent": CALLER["traceparent"], "x-request-id": "7"})
    assert (session_of(spans[0]), spans[0].trace_id) == ("7", TRACE)


@pytest.mark.parametrize("ask", [ask_asgi, ask_wsgi])
def test_strangers_are_not_believed(spans, ask):
    ask(CALLER | {"x-request-id": "7"}, trust_caller=False)
    assert (session_of(spans[0]), spans[0].parent_id) == ("7", None)


def test_web_sockets_are_sessions_and_the_rest_passes_through(spans):
    ask_asgi({"x-request-id": "7"}, kind="websocket")
    ask_asgi({"x-request-id": "7"}, kind="lifespan")
    assert [session_of(span) for span in spans] == ["7", None]


def test_exceptions_of_the_application_pass_through(spans):
    async def failing(scope, receive, send):
        raise LookupError("asgi")

    def failing_too(environ, start_response):
        raise LookupError("wsgi")

    def failing_late(environ, start_response):
        yield b"a"
        raise LookupError("late")

    with pytest.raises(LookupError, match="asgi"):
        ask_asgi(app=failing)
    with pytest.raises(LookupError, match="wsgi"):
        ask_wsgi(app=failing_too)
    with pytest.raises(LookupError, match="late"):
        ask_wsgi(app=failing_late)
    assert get_observability().current_session() is None


def test_an_answer_made_while_it_is_sent_is_made_in_the_session(spans):
    def streaming(environ, start_response):
        try:
            with get_observability().trace("turn"):
                for number in range(2):
                    get_observability().event(f"part {number}")
                    yield b"x"
        finally:
            get_observability().event("closed")

    assert ask_wsgi({"x-request-id": "7"}, app=streaming) == [b"x", b"x"]
    assert {span.name: session_of(span) for span in spans} == dict.fromkeys(["part 0", "part 1", "turn", "closed"], "7")


def test_an_answer_that_is_abandoned_is_closed_in_the_session(spans):
    def streaming(environ, start_response):
        with get_observability().trace("turn"):
            yield b"a"
            yield b"b"

    environ = {"HTTP_X_REQUEST_ID": "7"}
    answer = wsgi.ObservabilityMiddleware(streaming)(environ, None)
    assert next(iter(answer)) == b"a"
    answer.close()
    assert (session_of(spans[0]), spans[0].error) == ("7", None)


def test_a_file_stays_one_that_the_server_can_send_by_itself(spans, tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with (tmp_path / "file").open("rb") as file:
        wrapped = FileWrapper(file)
        environ = {"wsgi.file_wrapper": FileWrapper}
        assert wsgi.ObservabilityMiddleware(lambda *_: wrapped)(environ, None) is wrapped


# --- real servers -------------------------------------------------------------------------------------


def get(port: int, headers: dict[str, str]) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/", headers=headers)
    body = connection.getresponse().read()
    connection.close()
    return body


def test_behind_a_real_wsgi_server_the_protocol_is_kept(spans):
    def streaming(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        with get_observability().trace("turn"):
            yield b"a"
            yield b"b"

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args):
            pass

    class Server(socketserver.ThreadingMixIn, WSGIServer):
        pass

    app = validator(wsgi.ObservabilityMiddleware(validator(streaming)))
    with make_server("127.0.0.1", 0, app, Server, Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            assert get(server.server_port, {"X-Request-Id": "7"}) == b"ab"
        finally:
            server.shutdown()
            thread.join()
    assert [(span.name, session_of(span)) for span in spans] == [("turn", "7")]


def test_behind_a_real_asgi_server_concurrent_streams_stay_apart(spans):
    async def streaming(scope, receive, send):
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        obs = get_observability()
        with obs.trace("turn"):
            for _ in range(5):
                obs.event("part")
                await asyncio.sleep(0)
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    config = uvicorn.Config(asgi.ObservabilityMiddleware(streaming), port=0, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)

    async def main() -> list[bytes]:
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  # it has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        asking = [asyncio.to_thread(get, port, {"X-Request-Id": str(number)}) for number in range(8)]
        bodies = await asyncio.gather(*asking)
        server.should_exit = True
        await serving
        return bodies

    assert asyncio.run(main()) == [b"xxxxx"] * 8
    traces = {span.trace_id: session_of(span) for span in spans if span.name == "turn"}
    assert sorted(traces.values()) == [str(number) for number in range(8)]
    assert all(session_of(span) == traces[span.trace_id] for span in spans)
    assert len(spans) == 48
