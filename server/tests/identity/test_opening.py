import json
import os
import sqlite3
import stat
import subprocess
import sys

import pytest

from threadline_server.credentials import Credentials, read_credentials
from threadline_server.errors import StartupError
from threadline_server.identity import SCOPES, Principal, open_existing_identity, open_identity
from threadline_server.settings import Settings

FIRST_RANDOM_KEY = "pk_" + "1" + "0" * 32 + "SYooP0"


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_project_default_with_one_key_that_may_do_everything(opened, tmp_path):
    identity = opened(Settings(data_dir=tmp_path / "data"))
    assert [project.name for project in identity.list_projects()] == ["default"]
    assert [(key.name, key.scopes) for key in identity.list_keys(1)] == [("first key", SCOPES)]
    assert identity.authenticate(FIRST_RANDOM_KEY) == Principal(1, "default", SCOPES, 1)
    assert identity.anonymous is None


def test_the_first_start_writes_credentials_that_only_the_owner_can_read(opened, tmp_path):
    old_mask = os.umask(0)
    try:
        opened(Settings(data_dir=tmp_path / "data", port=4400))
    finally:
        os.umask(old_mask)
    assert json.loads((tmp_path / "data" / "credentials.json").read_text()) == {
        "project": "default",
        "apiKey": FIRST_RANDOM_KEY,
        "endpoint": "http://127.0.0.1:4400",
    }
    modes = {path.name: _mode(path) for path in (tmp_path / "data").iterdir()}
    assert {name: mode & 0o077 for name, mode in modes.items()} == dict.fromkeys(modes, 0)
    assert _mode(tmp_path / "data") == 0o700


def test_an_empty_directory_that_is_there_becomes_private_and_a_filled_one_keeps_its_mode(opened, tmp_path):
    empty, filled = tmp_path / "empty", tmp_path / "filled"
    for directory in (empty, filled):
        directory.mkdir()
        directory.chmod(0o755)
    (filled / "something").touch()
    opened(Settings(data_dir=empty))
    opened(Settings(data_dir=filled))
    assert [_mode(empty), _mode(filled)] == [0o700, 0o755]


def test_a_later_start_keeps_the_key_and_writes_the_new_endpoint(opened, tmp_path):
    opened(Settings(data_dir=tmp_path))
    identity = opened(Settings(data_dir=tmp_path, port=4400))
    assert read_credentials(tmp_path) == Credentials("default", FIRST_RANDOM_KEY, "http://127.0.0.1:4400")
    assert len(identity.list_keys(1)) == 1


def test_a_chosen_key_takes_the_place_of_the_random_one(opened, tmp_path):
    identity = opened(Settings(data_dir=tmp_path, api_key="pk_12345678"))
    assert [key.prefix for key in identity.list_keys(1)] == ["pk_1234"]
    assert identity.authenticate("pk_12345678") == Principal(1, "default", SCOPES, 1)
    assert read_credentials(tmp_path) == Credentials("default", "pk_12345678", "http://127.0.0.1:4318")


def test_a_key_chosen_at_a_later_start_is_added_and_a_repeated_one_is_not(opened, tmp_path):
    opened(Settings(data_dir=tmp_path))
    for _ in range(2):
        identity = opened(Settings(data_dir=tmp_path, api_key="pk_12345678"))
    assert [key.prefix for key in identity.list_keys(1)] == ["pk_1000", "pk_1234"]
    assert read_credentials(tmp_path).api_key == "pk_12345678"


def test_a_chosen_key_of_another_project_leads_to_that_project(opened, tmp_path):
    opened(Settings(data_dir=tmp_path)).create_project("shop", secret="pk_of-the-shop")
    opened(Settings(data_dir=tmp_path, api_key="pk_of-the-shop"))
    assert read_credentials(tmp_path) == Credentials("shop", "pk_of-the-shop", "http://127.0.0.1:4318")


def test_a_chosen_key_that_breaks_the_rule_stops_the_start_before_anything_is_made(tmp_path):
    with pytest.raises(StartupError) as refusal:
        open_identity(Settings(data_dir=tmp_path, api_key="secret"))
    assert refusal.value.message == (
        "cannot use the chosen API key: it must be pk_ followed by 8 to 253 letters, digits or any of . _ ~ -"
    )
    with pytest.raises(StartupError):
        open_identity(Settings(data_dir=tmp_path, api_key="secret"))
    assert not (tmp_path / "credentials.json").exists()


def test_a_revoked_key_does_not_come_back_by_being_chosen(opened, settings):
    identity = opened(settings)
    identity.revoke_key(1, 1)
    with pytest.raises(StartupError) as refusal:
        opened(settings)
    assert refusal.value.message == "cannot use the API key of THREADLINE_API_KEY: it was revoked or has expired"


def test_a_first_start_that_is_cut_off_is_a_first_start_again(opened, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("threadline_server.identity.opening.write_credentials", fail)
        with pytest.raises(StartupError) as refusal:
            open_identity(Settings(data_dir=tmp_path))
    assert refusal.value.message == f"cannot write credentials.json in {tmp_path}: No space left on device"
    identity = opened(Settings(data_dir=tmp_path))
    assert identity.authenticate(read_credentials(tmp_path).api_key) == Principal(1, "default", SCOPES, 1)


def test_without_authentication_a_request_counts_as_project_default(opened, tmp_path):
    identity = opened(Settings(data_dir=tmp_path, insecure_no_auth=True))
    assert identity.anonymous == Principal(1, "default", SCOPES, None)


def test_no_secret_is_in_the_database(opened, settings):
    identity = opened(settings)
    secrets = [
        settings.api_key,
        identity.create_key(1, name="ci", scopes={"read"}).secret,
        identity.create_login_token(Principal(1, "default", SCOPES, None)),
        identity.start_web_session(Principal(1, "default", SCOPES, None)),
    ]
    identity.close()
    written = b"".join(path.read_bytes() for path in settings.data_dir.glob("identity.db*"))
    assert len(set(secrets)) == 4
    assert [secret for secret in secrets if secret.encode() in written] == []


def test_a_broken_database_is_told_in_one_line(tmp_path):
    (tmp_path / "identity.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StartupError) as refusal:
        open_identity(Settings(data_dir=tmp_path))
    assert refusal.value.message == f"cannot open identity database {tmp_path}/identity.db: file is not a database"


@pytest.mark.of_a_file
def test_a_database_of_a_newer_version_is_left_alone(opened, settings):
    opened(settings).close()
    with sqlite3.connect(settings.data_dir / "identity.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StartupError) as refusal:
        open_identity(settings)
    assert refusal.value.message == (
        "cannot open identity database: it is of revision 9999, which this version does not know"
    )


def test_a_mistyped_directory_is_not_made_into_a_data_directory(tmp_path):
    with pytest.raises(StartupError) as refusal:
        open_existing_identity(Settings(data_dir=tmp_path / "data"))
    assert refusal.value.message == (
        f"cannot find the keys of {tmp_path}/data: no server was started with this data directory"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.of_a_file
def test_a_database_that_is_up_to_date_is_opened_without_alembic(opened, settings):
    opened(settings).close()
    program = (
        "import sys, pathlib; from threadline_server.identity import open_existing_identity;"
        " from threadline_server.settings import Settings;"
        f" open_existing_identity(Settings(data_dir=pathlib.Path({str(settings.data_dir)!r}))).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
