"""Rows on the command line: a table for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence

import typer

from threadline_server.watching.log_lines import one_line


def print_rows(rows: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in rows[0] if rows else ():
        table.add_column(name)
    for row in rows:
        table.add_row(*(Text("-" if value is None else one_line(str(value))) for value in row.values()))
    # A pipe has no width: whoever reads it wants whole words.
    console = Console() if sys.stdout.isatty() else Console(width=1000)
    console.print(table)
