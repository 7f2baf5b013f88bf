"""What a server says when it is ready: where the dashboard is, and what to paste into a program's environment."""

from __future__ import annotations

from threadline_server.credentials import Credentials, read_credentials
from threadline_server.settings import Settings

UNKNOWN_KEY = "pk_..."


def announce(settings: Settings) -> None:
    """Print it, with a fresh one-time login link. Raises StartupError, Unavailable."""
    from threadline_server.identity import SCOPES, Principal, open_existing_identity

    identity = open_existing_identity(settings)
    try:
        credentials = read_credentials(settings.data_dir)
        project = identity.find_project(credentials.project if credentials else "default")
        token = None
        if project and not settings.insecure_no_auth:
            token = identity.create_login_token(Principal(project.id, project.name, SCOPES, None))
    finally:
        identity.close()
    print(announcement(settings, credentials, token), flush=True)  # noqa: T201


def announcement(settings: Settings, credentials: Credentials | None, token: str | None) -> str:
    """The text. ``token`` is in the fragment of the link, which a browser does not send, so that no log has it."""
    shown = credentials or Credentials("default", UNKNOWN_KEY, settings.endpoint)
    if token:
        dashboard = f"{settings.endpoint}/login#token={token}\n              (signs one browser in, within the hour)"
    else:
        dashboard = settings.endpoint
    lines = [
        "",
        f"  Dashboard   {dashboard}",
        f"  Project     {shown.project}",
        f"  Data        {settings.data_dir}",
        "",
        "Send OpenTelemetry traces and logs here:",
        "",
        f"export OTEL_EXPORTER_OTLP_ENDPOINT={settings.endpoint}",
        f'export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20{shown.api_key}"',
        "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        "",
        *_over_grpc(settings),
        "or use the Threadline SDK:",
        "",
        f"export THREADLINE_DSN={shown.dsn}",
        "",
    ]
    if credentials is None:
        lines += [f"The key is not kept here; put yours for {UNKNOWN_KEY}, or make one: threadline keys create", ""]
    if settings.insecure_no_auth:
        lines += ["Authentication is OFF: every program on this machine can read and change all data.", ""]
    return "\n".join(lines)


def _over_grpc(settings: Settings) -> list[str]:
    if not settings.grpc_port:
        return []
    return [
        f"(OTLP over gRPC: OTEL_EXPORTER_OTLP_PROTOCOL=grpc and OTEL_EXPORTER_OTLP_ENDPOINT={settings.grpc_endpoint})",
        "",
    ]
