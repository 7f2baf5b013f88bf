import shutil
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import make_url

from server.tests.postgresql_server import postgresql
from threadline_server.data_directory import make_data_directory
from threadline_server.identity import open_identity, passwords
from threadline_server.identity.database import open_database
from threadline_server.identity.sqlite_file import DATABASE_FILE
from threadline_server.serve import accounts, admin, audit, gate, login, own_account, problems
from threadline_server.serve.login_limit import LoginLimit
from threadline_server.settings import Settings
from threadline_server.watching.metrics import Requests

START = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
CHOSEN_KEY = "pk_chosen-by-the-test"
HOME = "http://127.0.0.1:4318"
ELSEWHERE = "clickhouse://127.0.0.1:9/default"
"""A store that nobody asks: several servers may share one of its kind."""


def unwatched():
    """In place of what watches a whole server: requests are counted for nobody."""
    return SimpleNamespace(requests=Requests())


class Clock:
    """Both clocks of the identity: they move when told to."""

    def __init__(self):
        self.moment = START

    def now(self):
        return self.moment

    def monotonic(self):
        return (self.moment - START).total_seconds()

    def advance(self, **duration):
        self.moment += timedelta(**duration)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def new_postgresql(tmp_path_factory):
    """Makes databases that the migrations made, with nothing in them."""
    with postgresql(tmp_path_factory.mktemp("postgresql")) as new:
        migrated = new()
        open_database(tmp_path_factory.mktemp("none"), migrated).close()
        yield lambda: new(make_url(migrated).database)


@pytest.fixture
def settings(tmp_path, request, monkeypatch):
    shared = {}
    if request.config.getoption("--postgresql"):
        if request.node.get_closest_marker("of_a_file"):
            pytest.skip("looks into the file")
        shared = {"store": ELSEWHERE, "database": request.getfixturevalue("new_postgresql")()}
        for name, value in shared.items():
            monkeypatch.setenv(f"THREADLINE_{name.upper()}", value)
    return Settings(data_dir=tmp_path / "data", api_key=CHOSEN_KEY, **shared)


@pytest.fixture
def opened(clock):
    """Open an identity with the test's clock and counted keys; it is closed after the test."""
    numbers = count(1)
    with ExitStack() as stack:

        def open_one(settings):
            identity = open_identity(
                settings,
                now=clock.now,
                monotonic=clock.monotonic,
                random_bytes=lambda length: next(numbers).to_bytes(length, "big"),
            )
            stack.callback(identity.close)
            return identity

        yield open_one


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A database that the migrations made, with nothing in it: copied, it is there in a fifth of their time."""
    folder = tmp_path_factory.mktemp("migrated")
    open_database(folder).close()
    return folder / DATABASE_FILE


@pytest.fixture
def identity(opened, settings, migrated):
    make_data_directory(settings.data_dir)
    shutil.copy(migrated, settings.data_dir)
    return opened(settings)


@pytest.fixture
def quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def app(identity, settings, clock, quick_hashes):
    """The routes about who gets in."""
    app = FastAPI(docs_url=None, redoc_url=None)
    problems.install(app)
    app.state.identity, app.state.settings, app.state.login_limit = identity, settings, LoginLimit(clock.monotonic)
    app.state.watch = unwatched()
    for part in (login, own_account, accounts, audit, admin):
        app.router.routes.extend(part.router.routes)
    gate.install(app)
    return app


@pytest.fixture
def owner(app):
    """Whoever has the first key."""
    return TestClient(app, HOME, headers={"authorization": f"Bearer {CHOSEN_KEY}"})


@pytest.fixture
def browser(app):
    return lambda: TestClient(app, HOME, headers={"origin": HOME})
