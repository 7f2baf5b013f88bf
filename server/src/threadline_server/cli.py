"""The command line. Whatever takes long to import is imported in the command that needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from threadline_server import __version__, cli_identity
from threadline_server.cli_options import (
    AllowedHosts,
    DataDir,
    GrpcPort,
    Host,
    InsecureNoAuth,
    LogLevel,
    MaxBodyBytes,
    Port,
    PublicUrl,
    Store,
    option,
)
from threadline_server.errors import StartupError, ThreadlineError
from threadline_server.settings import load

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
app.add_typer(cli_identity.projects, name="projects")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 refused or something is wrong, 2 cannot start or wrongly called."""
    try:
        app(arguments)
    except StartupError as error:
        _fail(error, 2)
    except ThreadlineError as error:
        _fail(error, 1)


def _fail(error: ThreadlineError, code: int) -> None:
    typer.echo(f"threadline: {error.message}{f'. {error.hint}' if error.hint else ''}", err=True)
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
    log_level: LogLevel = None,
) -> None:
    """Run the server."""
    settings = load(locals(), os.environ)
    from threadline_server.announce import announce
    from threadline_server.app import serve as run

    run(settings, on_ready=announce)


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
def doctor(
    *,
    host: Host = None,
    port: Port = None,
    grpc_port: GrpcPort = None,
    data_dir: DataDir = None,
    store: Store = None,
) -> None:
    """Say what is wrong with the set-up and what to do about it. Exit code 1 if something is."""
    settings = load(locals(), os.environ)
    from threadline_server.doctor import examine

    colours = {"ok": "green", "warning": "yellow", "wrong": "red"}
    states = set()
    for finding in examine(settings):
        states.add(finding.state)
        mark = typer.style(f"{finding.state:9}", fg=colours[finding.state])
        typer.echo(f"{mark}{finding.subject:16}{finding.fact}")
        if finding.advice:
            typer.echo(f"{'':25}-> {finding.advice}")
    raise typer.Exit(1 if "wrong" in states else 0)


if __name__ == "__main__":
    main()
