"""Options that several commands have; those that are settings are made from the table of settings."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from threadline_server.remote import Remote, remote
from threadline_server.settings import SETTINGS, load


def option(name: str, *, default: object = None) -> Any:
    """The option of a setting: its name, environment variable, help and default (``default``, if the command has its own)."""
    setting = SETTINGS[name]
    shown = default or setting.default
    text = f"{setting.help} (default: {shown})" if shown else setting.help
    metavar = None if setting.kind == "switch" else f"<{setting.kind}>"
    return typer.Option(setting.option, envvar=setting.variable, help=text, show_default=False, metavar=metavar)


Host = Annotated[str | None, option("host")]
Port = Annotated[str | None, option("port")]
GrpcPort = Annotated[str | None, option("grpc_port")]
DataDir = Annotated[str | None, option("data_dir")]
Store = Annotated[str | None, option("store")]
InsecureNoAuth = Annotated[bool | None, option("insecure_no_auth")]
AllowedHosts = Annotated[str | None, option("allowed_hosts")]
PublicUrl = Annotated[str | None, option("public_url")]
MaxBodyBytes = Annotated[str | None, option("max_body_bytes")]
DecodeWorkers = Annotated[str | None, option("decode_workers")]
AllowPrivateWebhooks = Annotated[bool | None, option("allow_private_webhooks")]
OidcIssuer = Annotated[str | None, option("oidc_issuer")]
OidcClientId = Annotated[str | None, option("oidc_client_id")]
TlsCert = Annotated[str | None, option("tls_cert")]
TlsKey = Annotated[str | None, option("tls_key")]
OtlpEndpoint = Annotated[str | None, option("otlp_endpoint")]
LogFormat = Annotated[str | None, option("log_format")]
LogLevel = Annotated[str | None, option("log_level")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", envvar="THREADLINE_URL", metavar="<URL>", show_default=False,
        help="The server's address (default: that of the server with this data directory).",
    ),
]  # fmt: skip
Key = Annotated[
    str | None,
    typer.Option(
        "--key", envvar="THREADLINE_API_KEY", metavar="<key>", show_default=False,
        help="An API key of the project (default: that of credentials.json).",
    ),
]  # fmt: skip


def server_at(url: str | None, key: str | None, data_dir: str | None) -> Remote:
    """The server that the options name. Raises BadRequest, NotFound."""
    settings = load({"data_dir": data_dir}, os.environ)
    return remote(url=url, key=key, data_dir=settings.data_dir)
