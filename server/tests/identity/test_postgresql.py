"""Keys, projects and people in PostgreSQL, which several servers share. ``--postgresql`` runs this folder's other tests on it too."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError

from server.tests.identity.conftest import CHOSEN_KEY, ELSEWHERE
from threadline_server.doctor import Surroundings, check_identity
from threadline_server.errors import BadRequest, Conflict, StartupError, Unavailable
from threadline_server.identity import open_existing_identity, open_identity
from threadline_server.identity.database import open_database
from threadline_server.identity.postgresql import DRIVER
from threadline_server.identity.tables import metadata
from threadline_server.settings import Settings

NOBODY = "postgresql://threadline:secret@127.0.0.1:9/threadline"


@pytest.fixture
def server(tmp_path, new_postgresql):
    """The settings of one of several servers, each with a directory of its own."""
    url = new_postgresql()
    return lambda name, **more: Settings(data_dir=tmp_path / name, store=ELSEWHERE, database=url, **more)


def engine_of(settings):
    return create_engine(make_url(settings.database).set(drivername=DRIVER))


def finding(settings):
    return check_identity(Surroundings(settings, None, None, has_server=False))


def test_the_migrations_make_the_tables_that_the_code_uses(server):
    engine = engine_of(server("a"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_a_second_server_knows_the_first_ones_key_and_makes_none(opened, server):
    first, second = opened(server("a", api_key=CHOSEN_KEY)), opened(server("b"))

    assert second.authenticate(CHOSEN_KEY) == first.authenticate(CHOSEN_KEY)
    assert [key.name for key in second.list_keys(1)] == ["first key"]
    assert not (server("b").data_dir / "credentials.json").exists()


def test_a_command_needs_no_directory_that_a_server_was_started_with(opened, server):
    opened(server("a"))
    with closing(open_existing_identity(server("c"))) as identity:
        assert [project.name for project in identity.list_projects()] == ["default"]


def test_two_first_starts_at_once_make_one_key(server):
    with ThreadPoolExecutor(2) as both:
        identities = list(both.map(open_identity, [server("a"), server("b")]))
    keys = [identity.list_keys(1) for identity in identities]
    for identity in identities:
        identity.close()

    assert keys[0] == keys[1]
    assert [key.name for key in keys[0]] == ["first key"]


def test_two_databases_that_are_made_at_once_are_one(tmp_path, new_postgresql):
    url = new_postgresql()
    engine = create_engine(make_url(url).set(drivername=DRIVER))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    with ThreadPoolExecutor(2) as both:
        for database in both.map(open_database, [tmp_path, tmp_path], [url, url]):
            database.close()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar() == 1
    engine.dispose()


def test_a_revocation_by_another_server_holds_within_a_second(opened, server, clock):
    first, second = opened(server("a", api_key=CHOSEN_KEY)), opened(server("b"))
    assert second.authenticate(CHOSEN_KEY)
    first.revoke_key(1, 1)
    clock.advance(seconds=1)

    assert second.authenticate(CHOSEN_KEY) is None


def test_of_two_servers_that_make_a_project_of_one_name_one_makes_it(opened, server):
    servers = [opened(server("a")), opened(server("b"))]

    def make(identity):
        try:
            return identity.create_project("shop").project.name
        except Conflict:
            return None

    with ThreadPoolExecutor(2) as both:
        assert sorted(map(str, both.map(make, servers))) == ["None", "shop"]


def test_servers_take_turns_in_a_project_by_one_clock(opened, server):
    one, other = opened(server("a")), opened(server("b"))
    turns = []

    def take(identity, project_id):
        with identity.turn(project_id) as now_ns:
            turns.append((project_id, now_ns))

    with ThreadPoolExecutor(2) as threads:
        with one.turn(1) as now_ns:
            waits = threads.submit(take, other, 1)
            threads.submit(take, other, 2).result()
            assert not waits.done()
            turns.append((1, now_ns))
        waits.result()

    assert [project_id for project_id, _ in turns] == [2, 1, 1]
    assert turns[1][1] < turns[0][1] < turns[2][1]


def test_a_text_that_the_database_does_not_take_is_the_callers_mistake(opened, server):
    identity = opened(server("a"))
    with pytest.raises(BadRequest, match="a character that the database does not take"):
        identity.find_project("a\0b")


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET target = 'x'", "DELETE FROM audit_events"])
def test_the_audit_log_can_only_grow(opened, server, statement):
    opened(server("a")).audit.add_command(1, "key.create", "key 1")
    engine = engine_of(server("a"))
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_database_that_goes_away_is_unavailable_and_used_again_once_it_is_back(opened, server):
    identity = opened(server("a"))
    name = make_url(server("a").database).database
    other = create_engine(make_url(server("a").database).set(drivername=DRIVER, database="postgres"))
    identity.list_projects()
    with other.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        with pytest.raises(Unavailable):
            identity.list_projects()
        with pytest.raises(Unavailable):
            identity.create_project("shop")
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    other.dispose()

    assert identity.create_project("shop").project.name == "shop"


def test_the_doctor_looks_at_it(opened, server, tmp_path):
    opened(server("a"))

    assert finding(server("a")).fact == "1 active"
    assert finding(Settings(data_dir=tmp_path, store=ELSEWHERE, database=NOBODY)).state == "wrong"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (NOBODY, "cannot open the database of keys and projects: .*refused"),
        ("postgresql://host:port/x", "cannot be read"),
    ],
)
def test_a_database_that_cannot_be_reached_ends_the_start_and_tells_no_password(tmp_path, url, says):
    with pytest.raises(StartupError, match=says) as ended:
        open_database(tmp_path, url)
    assert "secret" not in f"{ended.value.message} {ended.value.hint}"


def test_without_the_driver_the_start_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StartupError, match="driver of PostgreSQL is not installed") as ended:
        open_database(tmp_path, NOBODY)
    assert ended.value.hint == "pip install 'threadline-server[postgresql]'"


def test_an_embedded_store_keeps_them_in_its_directory(tmp_path):
    with pytest.raises(StartupError, match="beside an embedded store"):
        Settings(data_dir=tmp_path, database=NOBODY)
