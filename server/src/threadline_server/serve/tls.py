"""TLS by the server itself: one certificate for HTTP and gRPC."""

from __future__ import annotations

import ssl
from typing import Any

import grpc

from threadline_server.errors import StartupError
from threadline_server.settings import Settings


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """What makes the HTTP server speak TLS 1.2 and newer. Raises StartupError for files that are no certificate and its key."""
    if settings.tls_cert is None or settings.tls_key is None:
        return {}
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            settings.tls_cert, settings.tls_key, password=""
        )
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise StartupError(
            f"cannot serve over TLS: the files of --tls-cert and --tls-key cannot be used together ({_reason(error)})",
            hint="Give a certificate chain and its private key, both in PEM, the key without a passphrase.",
        ) from error
    return {"ssl_certfile": str(settings.tls_cert), "ssl_keyfile": str(settings.tls_key)}


def grpc_credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """The same for gRPC; None where it is served without TLS."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return grpc.ssl_server_credentials([(settings.tls_key.read_bytes(), settings.tls_cert.read_bytes())])


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or "they are not in PEM"
