"""OTLP over gRPC: the ``Export`` of traces, logs and metrics, on a port of its own and in the loop of the HTTP server.

A request takes the way of ``POST /v1/...`` and ends in the same answer or the same error, as a gRPC status. Messages are
inflated here, since the library would inflate a small one to any size.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn, TypeAlias
from urllib.parse import unquote

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from threadline_server.errors import StartupError, ThreadlineError, Unavailable
from threadline_server.identity import Identity, Principal
from threadline_server.ingest.intake import Intake
from threadline_server.ingest.receive import inflate
from threadline_server.serve import access, otlp
from threadline_server.serve.auth import key_in, permitted, principal_of
from threadline_server.serve.bad_keys import BadKeys
from threadline_server.serve.problems import logged
from threadline_server.serve.tls import grpc_credentials
from threadline_server.settings import Settings

METHODS: Final[dict[str, otlp.Taking]] = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": otlp.take_traces,
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": otlp.take_logs,
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": otlp.take_metrics,
}
log = logging.getLogger(__name__)

_GZIP_START: Final = b"\x1f\x8b"
"""No protobuf begins like this: it would be a field of a wire type that there is not."""
_IDENTITY_AND_GZIP: Final = 0b101
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_DETAILS: Final = "grpc-status-details-bin"

_Context: TypeAlias = grpc.aio.ServicerContext[bytes, otlp.Exported]
_Export: TypeAlias = Callable[[bytes, _Context], Awaitable[otlp.Exported]]


class GrpcServer:
    """Takes exports from ``start`` to ``stop``."""

    def __init__(self, settings: Settings, identity: Identity, intake: Intake, bad_keys: BadKeys | None = None) -> None:
        self._settings = settings
        self._identity = identity
        self._intake = intake
        self._bad_keys = bad_keys or BadKeys()
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        """Raises StartupError where the port cannot be had; the usual one, if it is taken, is done without."""
        settings = self._settings
        server = grpc.aio.server(
            options=(
                ("grpc.so_reuseport", 0),  # else two servers would share the port in silence
                ("grpc.max_receive_message_length", settings.max_body_bytes),
                ("grpc.per_message_decompression", 0),
                ("grpc.compression_enabled_algorithms_bitset", _IDENTITY_AND_GZIP),
            )
        )
        server.add_generic_rpc_handlers((_Methods(self),))
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        try:
            credentials = grpc_credentials(settings)
            if credentials is None:
                server.add_insecure_port(f"{host}:{settings.grpc_port}")
            else:
                server.add_secure_port(f"{host}:{settings.grpc_port}", credentials)
        except RuntimeError as error:
            if settings.grpc_port == Settings.grpc_port:
                log.warning(
                    "OTLP/gRPC is not served: port %d is in use. OTLP over HTTP works; for gRPC choose another --grpc-port",
                    settings.grpc_port,
                )
                return
            raise StartupError(
                f"cannot listen on {host}:{settings.grpc_port} for OTLP/gRPC: the port is in use, or the address is not ours",
                hint="Stop the other program, or choose another --grpc-port (THREADLINE_GRPC_PORT).",
            ) from error
        await server.start()
        self._server = server

    @property
    def port(self) -> int:
        """The port that it listens on; 0 for none."""
        return self._settings.grpc_port if self._server is not None else 0

    async def stop(self, grace_s: float) -> None:
        """Take nothing more and finish what is on its way, for at most ``grace_s``."""
        if self._server is not None:
            await self._server.stop(grace_s)

    async def export(self, method: str, take: otlp.Taking, message: bytes, context: _Context) -> otlp.Exported:
        """One request, whoever sent it."""
        try:
            sent = context.invocation_metadata() or ()
            headers = [(b"authorization", _bytes(value)) for name, value in sent if name == "authorization"]
            principal = self._let_in(method, headers, context.peer())
            with self._intake.noting_refusals(principal.project_id):
                body = self._inflated(message)
                return await take(self._intake, principal.project_id, otlp.PROTOBUF, body)
        except ThreadlineError as error:
            if error.status in otlp.GRPC_CODES:
                await _refuse(context, error)
            await _refuse(context, logged(error, method="gRPC", path=method))
        except Exception as error:  # noqa: BLE001 (the caller hears of it, and the log)
            await _refuse(context, logged(error, method="gRPC", path=method))

    def _let_in(self, method: str, headers: list[tuple[bytes, bytes]], peer: str) -> Principal:
        need = access.GRPC[method].need

        def authenticate() -> Principal:
            return principal_of(self._identity, headers)

        key = key_in(headers)
        who = authenticate() if key is None else self._bad_keys.watch(_address(peer), key, authenticate)
        return permitted(who, need)

    def _inflated(self, message: bytes) -> bytes:
        limit = self._settings.max_body_bytes
        if not message.startswith(_GZIP_START):
            return message
        return inflate(message, limit)


class _Methods(grpc.GenericRpcHandler):
    """The three methods by name."""

    def __init__(self, server: GrpcServer) -> None:
        self._handlers: dict[str, grpc.RpcMethodHandler[bytes, otlp.Exported]] = {
            method: grpc.unary_unary_rpc_method_handler(
                _exporting(server, method, take), response_serializer=lambda answer: answer.SerializeToString()
            )
            for method, take in METHODS.items()
        }

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, otlp.Exported] | None:
        return self._handlers.get(call.method)


def _exporting(server: GrpcServer, method: str, take: otlp.Taking) -> _Export:
    async def export(message: bytes, context: _Context) -> otlp.Exported:
        return await server.export(method, take, message, context)

    return export


async def _refuse(context: _Context, error: ThreadlineError) -> NoReturn:
    """End the call with the error's code; a sender that may try again is told when."""
    code = otlp.GRPC_CODES.get(error.status, grpc.StatusCode.INTERNAL.value[0])
    message = otlp.told(error)
    trailing: tuple[tuple[str, bytes], ...] = ()
    if isinstance(error, Unavailable):
        detail = AnyMessage()
        detail.Pack(RetryInfo(retry_delay=Duration(seconds=error.retry_after_s)))
        trailing = ((_DETAILS, Status(code=code, message=message, details=[detail]).SerializeToString()),)
    await context.abort(_CODES[code], message, trailing)
    raise error  # never reached: abort raises


def _address(peer: str) -> str:
    """Of ``ipv4:127.0.0.1:4711`` and ``ipv6:[::1]:4711`` (or with the brackets escaped) what names the machine."""
    return unquote(peer).partition(":")[2].rpartition(":")[0].strip("[]")


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")
