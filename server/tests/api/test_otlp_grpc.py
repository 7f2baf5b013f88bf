"""OTLP over gRPC: the same stores, the same refusals, from real clients."""

import asyncio
import socket
import threading
from contextlib import contextmanager, nullcontext

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from threadline_server.errors import StartupError, Unavailable
from threadline_server.serve.otlp_grpc import GrpcServer
from threadline_server.settings import Settings

from . import otlp, recordings
from .test_recorded_logs import everything
from .test_recorded_logs import send as send_over_http

STUBS = {
    "traces": (TraceServiceStub, ExportTraceServiceRequest),
    "logs": (LogsServiceStub, ExportLogsServiceRequest),
    "metrics": (MetricsServiceStub, ExportMetricsServiceRequest),
}
LIMIT = 200_000


@contextmanager
def listening(settings, identity, intake, once_stopping=lambda: None):
    """A gRPC server in a loop of its own; gives its address. ``once_stopping`` is called when its stop has begun."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    grpc_server = GrpcServer(settings, identity, intake)
    try:
        asyncio.run_coroutine_threadsafe(grpc_server.start(), loop).result(30)
        yield f"127.0.0.1:{settings.grpc_port}"
        stopped = asyncio.run_coroutine_threadsafe(grpc_server.stop(30), loop)
        loop.call_soon_threadsafe(once_stopping)
        stopped.result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def with_port(settings, port, **changes):
    return Settings(data_dir=settings.data_dir, grpc_port=port, **changes)


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def channel(server, free_port):
    settings = with_port(server.settings, free_port, max_body_bytes=LIMIT)
    with (
        listening(settings, server.identity, server.web.app.state.intake) as address,
        grpc.insecure_channel(address) as opened,
    ):
        yield opened


def export(channel, caller, signal, message, **options):
    stub, _ = STUBS[signal]
    metadata = [] if caller is None else [("authorization", caller.headers["authorization"])]
    return stub(channel).Export(message, metadata=metadata, timeout=30, **options)


def refused(channel, caller, signal, message, **options):
    with pytest.raises(grpc.RpcError) as caught:
        export(channel, caller, signal, message, **options)
    return caught.value


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
@pytest.mark.parametrize("case", ["oi-openai-root-grpc", "otel-openai-v2-legacy"])
def test_an_export_over_grpc_says_what_it_says_over_http(case, compression, channel, server):
    over_http, over_grpc = server.caller(), server.caller()
    recorded = recordings.requests(case)

    send_over_http(over_http, recorded)
    for one in recorded:
        message = STUBS[one.signal][1].FromString(one.body)
        answer = export(channel, over_grpc, one.signal, message, compression=compression)
        assert not answer.HasField("partial_success")
    server.fresh()

    assert everything(over_grpc) == everything(over_http) != []


def test_opentelemetrys_own_exporter_delivers(channel, server, free_port, caller):
    exporter = OTLPSpanExporter(
        endpoint=f"http://127.0.0.1:{free_port}", headers={"authorization": caller.headers["authorization"]}
    )
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    with provider.get_tracer("test").start_as_current_span("turn", attributes={"session.id": "by exporter"}):
        pass
    provider.shutdown()
    server.fresh()

    assert [session["id"] for session in caller.sessions()] == ["by exporter"]


def test_a_bad_span_among_good_ones_is_told_in_a_partial_success(channel, server, caller):
    bad = otlp.span(2, session__id="s") | {"start_time_unix_nano": 0}
    answer = export(channel, caller, "traces", otlp.request(otlp.span(1, session__id="s"), bad))
    server.fresh()

    assert answer.partial_success.rejected_spans == 1
    assert answer.partial_success.error_message == "the start time is missing"
    assert caller.stored_spans() == 1


def test_a_refusal_has_the_status_of_its_reason(channel, server, caller):
    good = otlp.request(otlp.span(1))
    stranger = server.caller()
    stranger.headers["authorization"] = "Bearer pk_wrong"
    reader = server.caller(scopes=["read"])
    big = otlp.request(otlp.span(1, text="x" * (LIMIT + 1)))
    told = {
        "no key": refused(channel, None, "traces", good).code(),
        "wrong key": refused(channel, stranger, "logs", ExportLogsServiceRequest()).code(),
        "wrong scope": refused(channel, reader, "metrics", ExportMetricsServiceRequest()).code(),
        "too large": refused(channel, caller, "traces", big).code(),
        "too large inflated": refused(channel, caller, "traces", big, compression=grpc.Compression.Gzip).code(),
    }
    assert told == {
        "no key": grpc.StatusCode.UNAUTHENTICATED,
        "wrong key": grpc.StatusCode.UNAUTHENTICATED,
        "wrong scope": grpc.StatusCode.PERMISSION_DENIED,
        "too large": grpc.StatusCode.RESOURCE_EXHAUSTED,
        "too large inflated": grpc.StatusCode.RESOURCE_EXHAUSTED,
    }


def test_what_is_no_export_is_an_invalid_argument(channel, caller):
    send = channel.unary_unary("/opentelemetry.proto.collector.logs.v1.LogsService/Export")
    with pytest.raises(grpc.RpcError) as caught:
        send(b"\x0a\xff", metadata=[("authorization", caller.headers["authorization"])])
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "cannot read the body: it is not a protobuf ExportLogsServiceRequest"


class StandIn:
    """What an intake has beside its ways in."""

    def noting_refusals(self, project_id):
        return nullcontext()


class Away(StandIn):
    """An intake whose store is away, or that has a fault."""

    def __init__(self, error):
        self.error = error

    async def take(self, *_given, **_named):
        raise self.error


def test_a_store_that_is_away_is_told_with_the_time_to_wait(server, free_port, caller):
    intake = Away(Unavailable("cannot use the store now", retry_after_s=7))
    with (
        listening(with_port(server.settings, free_port), server.identity, intake) as address,
        grpc.insecure_channel(address) as channel,
    ):
        error = refused(channel, caller, "traces", otlp.request(otlp.span(1)))

    details = Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    wait = RetryInfo()
    assert details.details[0].Unpack(wait)
    assert (error.code(), error.details()) == (grpc.StatusCode.UNAVAILABLE, "cannot use the store now")
    assert (details.code, wait.retry_delay.seconds) == (grpc.StatusCode.UNAVAILABLE.value[0], 7)


def test_a_fault_of_ours_is_told_by_an_id_of_the_log_alone(server, free_port, caller, caplog):
    with (
        listening(with_port(server.settings, free_port), server.identity, Away(KeyError("secret"))) as address,
        grpc.insecure_channel(address) as channel,
    ):
        error = refused(channel, caller, "traces", otlp.request(otlp.span(1)))

    assert error.code() == grpc.StatusCode.INTERNAL
    assert "secret" not in error.details()
    (incident,) = [word.rstrip(".") for word in error.details().split() if len(word) == 13]
    assert f"(id {incident})" in caplog.text


def test_a_port_in_use_is_a_start_error_that_names_the_option(server, free_port):
    settings = with_port(server.settings, free_port)
    with (
        listening(settings, server.identity, server.web.app.state.intake),
        pytest.raises(StartupError) as caught,
        listening(settings, server.identity, server.web.app.state.intake),
    ):
        pass
    assert f"127.0.0.1:{free_port}" in caught.value.message
    assert "--grpc-port" in caught.value.hint


def test_what_is_on_its_way_at_the_stop_is_answered(server, free_port, caller):
    settings = with_port(server.settings, free_port)
    intake = Slow(server.web.app.state.intake)
    with grpc.insecure_channel(f"127.0.0.1:{free_port}") as channel:
        with listening(settings, server.identity, intake, once_stopping=intake.go.set):
            call = TraceServiceStub(channel).Export.future(
                otlp.request(otlp.span(1, session__id="s")),
                metadata=[("authorization", caller.headers["authorization"])],
                wait_for_ready=True,
            )
            assert intake.reached.wait(30)
        assert not call.result(30).HasField("partial_success")
    server.fresh()
    assert caller.stored_spans() == 1


class Slow(StandIn):
    """An intake that waits to be let go."""

    def __init__(self, intake):
        self.intake = intake
        self.reached, self.go = threading.Event(), threading.Event()

    async def take(self, *given, **named):
        self.reached.set()
        await asyncio.to_thread(self.go.wait)
        return await self.intake.take(*given, **named)


def test_the_usual_port_in_use_is_done_without_and_told(server, caplog, monkeypatch, free_port):
    monkeypatch.setattr(Settings, "grpc_port", free_port)
    settings = with_port(server.settings, free_port)
    intake = server.web.app.state.intake
    with listening(settings, server.identity, intake) as first, listening(settings, server.identity, intake):
        told = caplog.text
        assert first == f"127.0.0.1:{free_port}"
    assert f"OTLP/gRPC is not served: port {free_port} is in use" in told
