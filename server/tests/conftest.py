"""The real engine for every test that stores: one per test process, since a process can hold one.

Tests keep apart by project, which is what the product promises anyway, or by a database of their own in the same engine.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from server.tests.api.running import Caller, Server, running
from server.tests.spans import ask
from server.tests.store.clickhouse_stub import clickhouse
from threadline_server.store.database import Database
from threadline_server.store.migrate import migrate


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where this process's engine keeps its data."""
    return f"chdb://{tmp_path_factory.mktemp('store')}"


@pytest.fixture(scope="session")
def database(store_url: str) -> Iterator[Database]:
    """An empty store. Tests keep apart by project."""
    opened = Database(store_url)
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def new_store(store_url: str, database: Database) -> Iterator[Callable[[], Database]]:
    """Makes stores that hold nothing, not even tables: databases of their own in the one engine."""
    numbers = itertools.count(1)
    with ExitStack() as stack:

        def make() -> Database:
            name = f"apart_{next(numbers)}"
            database.command(f"CREATE DATABASE {name}")
            made = Database(store_url, name=name)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture(scope="session")
def tables(database: Database) -> list[str]:
    """The statements that make the tables as all migrations leave them: a fifth of the time of the migrations."""
    shown = "SELECT create_table_query AS made FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    return [row["made"].replace("CREATE TABLE default.", "CREATE TABLE ", 1) for row in ask(database, shown)]


@pytest.fixture
def store(new_store: Callable[[], Database], tables: list[str]) -> Database:
    """A store for one test alone, with its tables."""
    made = new_store()
    for statement in [*tables, "INSERT INTO migrations SELECT * FROM default.migrations"]:
        made.command(statement)
    return made


@pytest.fixture(scope="session")
def server(
    new_store: Callable[[], Database],
    store_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Iterator[Server]:
    """One server for all tests of routes and wires in this process; tests keep apart by project."""
    database = new_store()
    migrate(database)
    with ExitStack() as stack:
        if pytestconfig.getoption("--clickhouse"):
            name = str(ask(database, "SELECT currentDatabase() AS name")[0]["name"])
            stub = stack.enter_context(clickhouse(store_url.removeprefix("chdb://"), name))
            database = Database(f"clickhouse://127.0.0.1:{stub.port}/default")
            stack.callback(database.close)
        yield stack.enter_context(running(database, tmp_path_factory.mktemp("server")))


@pytest.fixture
def caller(server: Server) -> Caller:
    """Somebody with all rights in a project of their own."""
    return server.caller()
