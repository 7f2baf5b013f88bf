from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from threadline_server.store.database import Database
from threadline_server.store.migrate import migrate

from .running import Caller, Server, running


@pytest.fixture(scope="session")
def server(new_store: Callable[[], Database], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of the API; tests keep apart by project."""
    database = new_store()
    migrate(database)
    with running(database, tmp_path_factory.mktemp("server")) as served:
        yield served


@pytest.fixture
def caller(server: Server) -> Caller:
    """Somebody with all rights in a project of their own."""
    return server.caller()


@pytest.fixture
def data_files(store_url: str) -> Path:
    """The folder in which the engine keeps everything."""
    return Path(urlsplit(store_url).path)
