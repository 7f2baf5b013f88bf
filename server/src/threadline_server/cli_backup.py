"""``threadline backup`` and ``restore``: a data directory as a folder of files with checksums, and back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from threadline_server.cli_options import DataDir, Store
from threadline_server.cli_progress import Progress
from threadline_server.settings import load

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The backup.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(folder: Folder, *, data_dir: DataDir = None, store: Store = None) -> None:
    """Copy all data into a new FOLDER, while the server runs or not. Keys are in it as digests only."""
    settings = load({"data_dir": data_dir, "store": store}, os.environ)
    from threadline_server.backup.backing_up import back_up

    progress = Progress(str(folder))
    made = back_up(settings, folder.absolute(), _telling(progress))
    progress.end()
    typer.echo(f"Backed up {settings.data_dir}: {len(made.entries):,} files, {made.size:,} bytes.")


def restore(folder: Folder, *, data_dir: DataDir = None, store: Store = None) -> None:
    """Make a data directory of the backup in FOLDER, after checking it. The directory must be empty."""
    settings = load({"data_dir": data_dir, "store": store}, os.environ)
    from threadline_server.backup.restoring import restore as fill

    progress = Progress(str(folder))
    made = fill(folder.absolute(), settings, _telling(progress))
    progress.end()
    typer.echo(f"Restored {len(made.entries):,} files into {settings.data_dir}. Start it with: threadline serve")


def _telling(progress: Progress) -> Callable[[int, int], None]:
    before = 0

    def tell(done: int, total: int) -> None:
        nonlocal before
        progress.add(done - before, f"{done * 100 // max(total, 1)} %")
        before = done

    return tell
