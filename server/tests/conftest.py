"""The real engine for every test that stores: one per test process, since a process can hold one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from threadline_server.store.database import Database
from threadline_server.store.migrate import migrate


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An empty store. Tests keep apart by project, which is what the product promises anyway."""
    opened = Database(f"chdb://{tmp_path_factory.mktemp('store')}")
    migrate(opened)
    yield opened
    opened.close()
