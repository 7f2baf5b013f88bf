from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from server.tests.api.running import Caller, Server, running
from threadline_server.store.database import Database
from threadline_server.store.migrate import migrate


@pytest.fixture(scope="session")
def server(new_store: Callable[[], Database], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all recordings; each is sent to a project of its own."""
    database = new_store()
    migrate(database)
    with running(database, tmp_path_factory.mktemp("server")) as served:
        yield served


@pytest.fixture
def caller(server: Server) -> Caller:
    return server.caller()
