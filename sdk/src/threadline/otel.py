"""OpenTelemetry and Threadline in one program: spans of both nest in one another, in one trace and one session.

``configure()`` once at the start is all that most programs need: OpenTelemetry's spans, those of instrumentations
such as OpenInference's too, go to the same server, below the Threadline span that is current and with its session.
Threadline's spans nest below the OpenTelemetry span that is current. What goes over HTTP is OpenTelemetry's own affair:
its ``inject`` and ``extract`` know Threadline's spans as they know any other. What ``init_observability`` was told of
``mask`` and ``capture_content`` holds for OpenTelemetry's spans, too; which of them are sent is OpenTelemetry's affair.
"""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

from threadline._config import Config, resolve
from threadline._setup import _process

try:
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
except ImportError as missing:
    raise ImportError(
        "cannot import threadline.otel without OpenTelemetry's SDK: "
        "`pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http`"
    ) from missing

from threadline import semconv
from threadline._otel_bridge import ThreadlineSpanProcessor

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

__all__ = ["ThreadlineSpanProcessor", "configure", "exporter"]

_configured: weakref.WeakSet[TracerProvider] = weakref.WeakSet()


def configure(
    tracer_provider: TracerProvider | None = None,
    *,
    dsn: str | None = None,
    api_key: str | None = None,
    endpoint: str | None = None,
    propagate_session: bool = False,
) -> TracerProvider:
    """Sends OpenTelemetry's spans to Threadline, nested in Threadline's; a second call for a provider changes nothing.

    Args:
        tracer_provider: Whose spans; the global provider unless given. Where there is none yet, one is made.
        dsn: Address and key, as for ``init_observability``; what that was given, or the environment, unless set here.
        api_key: The key, if not in the DSN.
        endpoint: The server's address, if not in the DSN.
        propagate_session: As for ``ThreadlineSpanProcessor``.

    Returns:
        The provider, for instrumentations that want to be given one.

    Raises:
        ConfigurationError: There is no key, or a value is malformed.
    """
    config = _config(dsn, api_key, endpoint)
    provider = tracer_provider or _global_provider(config)
    if provider not in _configured:
        provider.add_span_processor(ThreadlineSpanProcessor(propagate_session=propagate_session))
        provider.add_span_processor(BatchSpanProcessor(_exporter(config)))
        _configured.add(provider)
    return provider


def exporter(dsn: str | None = None, *, api_key: str | None = None, endpoint: str | None = None) -> OTLPSpanExporter:
    """Returns OpenTelemetry's exporter over HTTP, set up for Threadline; for programs that build their own pipeline.

    Args:
        dsn: Address and key, as for ``init_observability``; what that was given, or the environment, unless set here.
        api_key: The key, if not in the DSN.
        endpoint: The server's address, if not in the DSN.

    Raises:
        ConfigurationError: There is no key, or a value is malformed.
    """
    return _exporter(_config(dsn, api_key, endpoint))


def _config(dsn: str | None, api_key: str | None, endpoint: str | None) -> Config:
    told = {"dsn": dsn, "api_key": api_key, "endpoint": endpoint}
    running = _process._settings  # noqa: SLF001
    if running is not None and not any(told.values()):
        return running[0]
    return resolve({**dict.fromkeys(Config._fields), **told}, os.environ)


def _exporter(config: Config) -> OTLPSpanExporter:
    try:
        from opentelemetry.exporter.otlp.proto.http import Compression

        from threadline._otel_export import PrivateSpanExporter
    except ImportError as missing:
        raise ImportError(
            "cannot send OpenTelemetry's spans without its exporter over HTTP: "
            "`pip install opentelemetry-exporter-otlp-proto-http`"
        ) from missing
    return PrivateSpanExporter(
        endpoint=f"{config.endpoint}/v1/traces",
        headers={"Authorization": f"Bearer {config.api_key}"},
        compression=Compression.Gzip,
    )


def _global_provider(config: Config) -> TracerProvider:
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        return provider
    facts = {
        semconv.SERVICE_NAME: config.service_name,
        semconv.RELEASE: config.release,
        semconv.ENVIRONMENT: config.environment,
    }
    made = TracerProvider(resource=Resource.create({name: value for name, value in facts.items() if value is not None}))
    trace.set_tracer_provider(made)
    return made
