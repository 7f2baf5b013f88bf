"""``threadline sessions``: sessions of a running server, in lists, one by one, and as they happen."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

import typer

from threadline_server.cli_options import AsJson, DataDir, Key, Url, server_at
from threadline_server.cli_table import print_rows
from threadline_server.errors import BadRequest, Unavailable
from threadline_server.watching.log_lines import one_line, printable_json

sessions = typer.Typer(help="Sessions of a running server.", no_args_is_help=True)

PATH = "/observability/sessions"
RECONNECT_S = 2.0
SHOWN_LETTERS = 60
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="NAME=VALUE", help="A filter of the API, such as tag=vip; repeatable.", show_default=False),
]  # fmt: skip


class Event(NamedTuple):
    """One event of the stream."""

    id: str
    kind: str
    data: str


@sessions.command("list")
def list_sessions(
    *,
    where: Where = None,
    limit: Annotated[int, typer.Option(help="How many, 1 to 200.")] = 20,
    as_json: AsJson = False,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:
    """List sessions, the last active first."""
    pairs = [*pairs_of(where), ("limit", str(limit))]
    with server_at(url, key, data_dir).lines(PATH, parameters=pairs, headers={}) as lines:
        found = json.loads("\n".join(lines))["data"]
    print_rows(found if as_json else [_row(session) for session in found], as_json=as_json)


@sessions.command("show")
def show_session(
    session_id: Annotated[str, typer.Argument(help="The session's id.")],
    *,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:
    """Print one session, with its first traces, as JSON."""
    found = server_at(url, key, data_dir).call("GET", f"{PATH}/{quote(session_id, safe='')}")
    typer.echo(printable_json(json.dumps(found, indent=2, ensure_ascii=False)))


@sessions.command("tail")
def tail_sessions(
    *,
    where: Where = None,
    as_json: AsJson = False,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:
    """Print sessions as they start, grow, go idle and end, a line each, until it is interrupted."""
    server, pairs, last_id = server_at(url, key, data_dir), pairs_of(where), ""
    is_connected = False
    while True:
        try:
            headers = {"last-event-id": last_id} if last_id else {}
            with server.lines("/observability/live", parameters=pairs, headers=headers) as lines:
                is_connected = True
                for event in events(lines):
                    last_id = event.id or last_id
                    if event.kind:
                        typer.echo(_line(event, as_json=as_json))
        except Unavailable as error:
            if not is_connected:
                raise
            typer.echo(f"threadline: {one_line(error.message)}; trying again", err=True)
        except KeyboardInterrupt:
            return
        # A stream that ended: the server stopped, or the key was revoked, which the next try is told.
        time.sleep(RECONNECT_S)


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The events of a stream; those without a kind only say how far it is."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        yield Event(fields.get("id", ""), fields.get("event", ""), fields.get("data", ""))
        fields = {}


def _line(event: Event, *, as_json: bool) -> str:
    session = json.loads(event.data)
    if as_json:
        return json.dumps({"event": event.kind, "session": session})
    kind = event.kind.removeprefix("session.")
    if "traceCount" not in session:
        return f"{kind:8} {ascii(session.get('id', ''))[1:-1]}".rstrip()
    row = _row(session)
    return "  ".join((f"{kind:8}", *(str(row[name]) for name in ("lastActivity", "id", "turns", "cost", "firstInput"))))


def _row(session: Mapping[str, Any]) -> dict[str, Any]:
    text = " ".join((session["title"] or session["firstInput"] or "").split())
    return {
        # What a terminal would obey is shown as escapes.
        "id": _plain(session["id"]),
        "user": _plain(session["userId"] or "-"),
        "turns": session["traceCount"],
        "errors": session["errorCount"],
        "tokens": session["totalTokens"],
        "cost": f"${session['totalCost']:.4f}",
        "lastActivity": session["endTime"],
        "firstInput": _plain(text[:SHOWN_LETTERS]),
    }


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def pairs_of(where: list[str] | None) -> list[tuple[str, str]]:
    """What ``--where`` says, as a query string has it. Raises BadRequest."""
    pairs = []
    for text in where or ():
        name, has_value, value = text.partition("=")
        if not has_value:
            raise BadRequest(f"cannot use --where {text!a}: it is not NAME=VALUE")
        pairs.append((name, value))
    return pairs
