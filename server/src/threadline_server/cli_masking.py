"""``threadline masking``: what a project masks before it is stored, at a running server."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from threadline_server.cli_options import DataDir, Key, Url, server_at
from threadline_server.errors import BadRequest
from threadline_server.watching.log_lines import printable

masking = typer.Typer(help="What a project masks before it is stored, at a running server.", no_args_is_help=True)

PATH = "/observability/settings/masking"
Detectors = Annotated[
    list[str] | None, typer.Option("--detect", metavar="NAME", help="A built-in detector; may be given several times.")
]
Patterns = Annotated[
    list[str] | None,
    typer.Option("--pattern", metavar="NAME=PATTERN", help="A pattern of your own; may be given several times."),
]


@masking.command("show")
def show(*, url: Url = None, key: Key = None, data_dir: DataDir = None) -> None:
    """Show the project's rules as JSON."""
    _print(server_at(url, key, data_dir).call("GET", PATH))


@masking.command("set")
def set_rules(
    *,
    detect: Detectors = None,
    pattern: Patterns = None,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:
    """Set all of the project's rules; without any, nothing is masked."""
    _print(server_at(url, key, data_dir).call("PUT", PATH, body=_rules(detect, pattern)))


@masking.command("try")
def try_rules(
    *,
    detect: Detectors = None,
    pattern: Patterns = None,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:
    """Print what the project's rules, or those that are given, make of standard input; nothing is stored."""
    other = _rules(detect, pattern) if detect or pattern else {}
    body = {"text": sys.stdin.read(), **other}
    masked = server_at(url, key, data_dir).call("POST", f"{PATH}/try", body=body)["text"]
    typer.echo(printable(masked) if sys.stdout.isatty() else masked, nl=False)


def _rules(detect: list[str] | None, pattern: list[str] | None) -> dict[str, Any]:
    named = [each.partition("=") for each in pattern or []]
    for name, equals, _ in named:
        if not equals:
            raise BadRequest(f"cannot read the pattern {name!r}: it has no name", hint="Write it as NAME=PATTERN.")
    return {"detectors": detect or [], "patterns": [{"name": name, "pattern": text} for name, _, text in named]}


def _print(rules: dict[str, Any]) -> None:
    typer.echo(json.dumps(rules, indent=2))
