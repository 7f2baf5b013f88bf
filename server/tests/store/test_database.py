"""The door to the engine: what it opens, and what becomes of a connection that failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from server.tests.spans import ask
from threadline_server.errors import Damaged, QueryTooLarge, StartupError, ThreadlineError, Unavailable
from threadline_server.settings import Settings
from threadline_server.store import database as module
from threadline_server.store.database import READERS, WRITERS, Database

FAILS_HALF_WAY = "SELECT number, 'somebody else''s' AS word, throwIf(number = 100000) FROM numbers(200000)"


def test_an_answer_never_begins_with_what_a_failed_query_had_written(database: Database) -> None:
    """The embedded engine keeps the rows that came before the failure, and would put them before the next ones."""
    for _ in range(2 * READERS):
        with pytest.raises(ThreadlineError):
            ask(database, FAILS_HALF_WAY)

    assert [ask(database, "SELECT 1 AS one") for _ in range(2 * READERS)] == [[{"one": 1}]] * 2 * READERS


def test_a_connection_that_failed_is_replaced_by_one_with_the_same_rights_and_database(store: Database) -> None:
    where = (
        "SELECT currentDatabase() AS name, getSetting('readonly') AS readonly, getSetting('max_result_rows') AS rows"
    )
    before = ask(store, where)

    for _ in range(READERS):
        with pytest.raises(QueryTooLarge):
            ask(store, "SELECT number FROM numbers(1000000)")

    assert [ask(store, where) for _ in range(READERS)] == [before] * READERS
    assert before[0]["readonly"] == 1
    assert before[0]["name"].startswith("apart_")


def test_a_writer_that_failed_is_replaced(store: Database) -> None:
    row = pa.record_batch({"name": ["x"], "checksum": ["y"]})
    for _ in range(WRITERS):
        with pytest.raises(ThreadlineError):
            store.insert("nowhere", [row])

    store.insert("migrations", [row])
    assert {"name": "x", "checksum": "y"} in store.rows("applied_migrations", {})


def test_a_store_that_cannot_be_opened_again_is_unavailable_until_it_can(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise StartupError("cannot open the store chdb:///somewhere")

    with monkeypatch.context() as patch:
        patch.setattr(store._readers, "_connect", refuse)
        for _ in range(READERS):
            with pytest.raises(ThreadlineError):
                ask(store, "SELECT broken")
        with pytest.raises(Unavailable) as refused:
            ask(store, "SELECT 1 AS one")

    assert refused.value.message == "cannot use the store now: it cannot be opened again"
    assert [ask(store, "SELECT 1 AS one") for _ in range(READERS)] == [[{"one": 1}]] * READERS


def test_a_disk_that_refuses_an_insert_is_unavailable(
    store: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = pa.record_batch({"name": ["x"], "checksum": ["y"]})
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path / "not there"))
        with pytest.raises(Unavailable) as refused:
            store.insert("migrations", [row])

    assert "not there" not in refused.value.message
    store.insert("migrations", [row])


@pytest.mark.parametrize(
    ("code", "kind"),
    [(243, Unavailable), (252, Unavailable), (242, Unavailable), (40, Damaged), (271, Damaged), (241, QueryTooLarge),
     (159, QueryTooLarge), (62, ThreadlineError)],
)  # fmt: skip
def test_a9_what_passes_by_itself_is_unavailable_and_nothing_else_is(code: int, kind: type[ThreadlineError]) -> None:
    """252 is the engine's "too many parts"; 243 a full disk; 62 a statement of ours that is wrong."""
    refused = module.ClickHouseError(f"Code: {code}.")
    refused.code = code  # type: ignore[attr-defined]  # as the driver sets it

    told = module._translated(refused)

    assert type(told) is kind
    assert f"Code: {code}" not in told.message


@pytest.mark.parametrize(
    "url",
    [
        "",
        "somewhere",
        "postgres://user:secret@host/db",
        "chdb:",
        "chdb://",
        "chdb:///",
        "chdb://relative/path",
        "clickhouse://",
        "clickhouse://host:port/db",
    ],
)
def test_an_address_of_no_known_kind_is_refused_and_its_password_not_told(url: str) -> None:
    with pytest.raises(StartupError) as refused:
        Database(url)

    assert "chdb:///folder or clickhouse://" in str(refused.value.hint)
    assert "secret" not in refused.value.message


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    with pytest.raises(StartupError) as refused:
        Database("clickhouse://user:secret@127.0.0.1:9/db")

    assert "secret" not in refused.value.message


def test_a_folder_that_another_process_uses_is_in_use(database: Database, store_url: str) -> None:
    program = (
        "import sys\n"
        "from threadline_server.errors import DataDirectoryInUse\n"
        "from threadline_server.store.database import Database\n"
        "try:\n    Database(sys.argv[1])\n"
        "except DataDirectoryInUse as error:\n    print(error.message)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, store_url], capture_output=True, text=True, check=True, timeout=60
    ).stdout

    assert told == f"cannot open the store {store_url}: another process is using it\n"


@pytest.mark.parametrize("name", ["plain", "with space", "per%41cent", "hash#tag", "ünï🙂", "quote'd"])
def test_the_default_store_is_in_the_data_directory_whatever_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        module.clickhouse_connect, "get_client", lambda **given: opened.append(given["path"]) or _Silent()
    )

    Database(Settings(data_dir=tmp_path / name).store)

    assert set(opened) == {str(tmp_path / name / "store")}


class _Silent:
    def command(self, _statement: str) -> None:
        pass
