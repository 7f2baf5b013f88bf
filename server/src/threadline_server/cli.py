"""The command line. Whatever takes long to import is imported in the command that needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from threadline_server import (
    __version__,
    cli_accounts,
    cli_backup,
    cli_identity,
    cli_masking,
    cli_prices,
    cli_session_files,
    cli_sessions,
    memory,
)
from threadline_server.cli_options import (
    AllowedHosts,
    AllowPrivateWebhooks,
    DataDir,
    DecodeWorkers,
    GrpcPort,
    Host,
    InsecureNoAuth,
    Key,
    LogFormat,
    LogLevel,
    MaxBodyBytes,
    OidcClientId,
    OidcIssuer,
    OtlpEndpoint,
    Port,
    PublicUrl,
    Store,
    TlsCert,
    TlsKey,
    option,
)
from threadline_server.cli_table import print_rows
from threadline_server.errors import StartupError, ThreadlineError
from threadline_server.settings import load
from threadline_server.watching.log_lines import one_line

if TYPE_CHECKING:
    from threadline_server.doctor import Finding

DEMO_DATA_DIR = "~/.threadline-demo"

app = typer.Typer(
    name="threadline",
    help="Session observability for LLM programs.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_identity.keys, name="keys")
app.add_typer(cli_accounts.accounts, name="accounts")
app.command("audit")(cli_accounts.read_audit_log)
app.add_typer(cli_identity.projects, name="projects")
app.add_typer(cli_prices.prices, name="prices")
app.add_typer(cli_masking.masking, name="masking")
app.add_typer(cli_sessions.sessions, name="sessions")
cli_session_files.add_to(cli_sessions.sessions)
cli_backup.add_to(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 refused or something is wrong, 2 cannot start or wrongly called."""
    memory.leave_out_pandas()
    memory.tell_libraries()
    try:
        app(arguments)
    except StartupError as error:
        _fail(error, 2)
    except ThreadlineError as error:
        _fail(error, 1)


def _fail(error: ThreadlineError, code: int) -> None:
    told = f"{error.message}{f'. {error.hint}' if error.hint else ''}"
    typer.echo(f"threadline: {one_line(told)}", err=True)
    sys.exit(code)


@app.callback()
def _threadline(*, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"threadline {__version__}")
        raise typer.Exit


@app.command()
def serve(  # noqa: PLR0913 (every setting is an option)
    *,
    host: Host = None,
    port: Port = None,
    grpc_port: GrpcPort = None,
    data_dir: DataDir = None,
    store: Store = None,
    insecure_no_auth: InsecureNoAuth = None,
    allowed_hosts: AllowedHosts = None,
    public_url: PublicUrl = None,
    max_body_bytes: MaxBodyBytes = None,
    decode_workers: DecodeWorkers = None,
    allow_private_webhooks: AllowPrivateWebhooks = None,
    oidc_issuer: OidcIssuer = None,
    oidc_client_id: OidcClientId = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    otlp_endpoint: OtlpEndpoint = None,
    log_format: LogFormat = None,
    log_level: LogLevel = None,
) -> None:
    """Run the server."""
    settings = load(locals(), os.environ)
    from threadline_server.announce import announce
    from threadline_server.start import start

    start(settings, on_ready=announce)


@app.command()
def demo(
    *,
    host: Host = None,
    port: Port = None,
    grpc_port: GrpcPort = None,
    data_dir: Annotated[str, option("data_dir", default=DEMO_DATA_DIR)] = DEMO_DATA_DIR,
    store: Store = None,
    log_level: LogLevel = None,
) -> None:
    """Run the server with sample conversations, in a data directory of its own."""
    settings = load(locals(), os.environ)
    from threadline_server.demo import run

    run(settings)


@app.command()
def doctor(  # noqa: PLR0913 (every setting is an option)
    *,
    host: Host = None,
    port: Port = None,
    grpc_port: GrpcPort = None,
    data_dir: DataDir = None,
    store: Store = None,
    project: Annotated[
        str | None,
        typer.Option(help="Look at this project's data instead: why a session is empty.", show_default=False),
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="<URL>", help="The same, of the server there.", show_default=False)
    ] = None,
    key: Key = None,
) -> None:
    """Say what is wrong with the set-up, or with a project's data, and what to do about it. Exit code 1 if something is."""
    settings = load(
        {name: value for name, value in locals().items() if name not in ("project", "url", "key")}, os.environ
    )
    if project is None and url is None:
        from threadline_server.doctor import examine

        raise typer.Exit(_tell(examine(settings)))
    from threadline_server.project_doctor import quality_of, senders, told
    from threadline_server.remote import remote

    report = quality_of(remote(url=url, key=key, data_dir=settings.data_dir), project)
    code = _tell(told(report))
    if rows := senders(report):
        typer.echo()
        print_rows(rows, as_json=False)
    raise typer.Exit(code)


def _tell(findings: Iterable[Finding]) -> int:
    """Print them as they come; the exit code."""
    colours = {"ok": "green", "warning": "yellow", "wrong": "red"}
    states = set()
    for finding in findings:
        states.add(finding.state)
        mark = typer.style(f"{finding.state:9}", fg=colours[finding.state])
        typer.echo(f"{mark}{finding.subject:16}{one_line(finding.fact)}")
        if finding.advice:
            typer.echo(f"{'':25}-> {one_line(finding.advice)}")
    return 1 if "wrong" in states else 0


if __name__ == "__main__":
    main()
