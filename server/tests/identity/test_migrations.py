import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from threadline_server.identity import database
from threadline_server.identity.tables import HEAD, metadata


@pytest.mark.of_a_file
def test_the_migrations_make_the_tables_that_the_code_uses(identity, settings):
    engine = create_engine(f"sqlite:///{settings.data_dir}/identity.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_head_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


@pytest.mark.of_a_file
def test_a_migration_that_is_cut_off_leaves_nothing_behind(opened, settings, monkeypatch):
    settings.data_dir.mkdir()

    def fail(*_args, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", fail)
        with pytest.raises(KeyboardInterrupt):
            opened(settings)
    engine = create_engine(f"sqlite:///{settings.data_dir}/identity.db")
    with engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all()
    engine.dispose()
    assert names == []
    assert [project.name for project in opened(settings).list_projects()] == ["default"]


def test_the_tables_can_be_made_in_postgresql():
    made = [str(CreateTable(table).compile(dialect=postgresql.dialect())) for table in metadata.sorted_tables]
    assert sorted(statement.split("(")[0].strip().removeprefix("CREATE TABLE ") for statement in made) == [
        "accounts", "alert_deliveries", "alert_events", "alert_rules", "api_keys", "audit_events", "goals", "invitations",
        "login_tokens", "masking_rules", "memberships", "prices", "project_settings", "projects", "repricings", "shares", "views",
        "web_sessions",
    ]  # fmt: skip
