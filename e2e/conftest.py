"""Servers for the tests: processes of their own, reached over HTTP only."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("e2e.api", "e2e.client_process", "e2e.server_process")

from e2e.api import Api  # noqa: E402
from e2e.server_process import ServerProcess  # noqa: E402

PROJECT_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that goes on through all tests; they keep apart by project."""
    with ServerProcess(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


@pytest.fixture
def project(server: ServerProcess) -> Iterator[Api]:
    """An empty project."""
    with server.api.new_project(f"project-{next(PROJECT_NUMBERS)}") as made:
        yield made
