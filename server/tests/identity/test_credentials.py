import stat

import pytest

from threadline_server.credentials import Credentials, read_credentials, write_credentials

CREDENTIALS = Credentials("default", "pk_12345678", "http://127.0.0.1:4318")


def test_what_was_written_is_read(tmp_path):
    write_credentials(tmp_path, CREDENTIALS)
    write_credentials(tmp_path, CREDENTIALS)
    assert read_credentials(tmp_path) == CREDENTIALS
    assert [path.name for path in tmp_path.iterdir()] == ["credentials.json"]
    assert stat.S_IMODE((tmp_path / "credentials.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"project": "default"}'])
def test_a_file_that_is_not_ours_is_none(tmp_path, text):
    (tmp_path / "credentials.json").write_text(text)
    assert read_credentials(tmp_path) is None


def test_the_dsn_says_it_all_in_one_line():
    assert CREDENTIALS.dsn == "http://pk_12345678@127.0.0.1:4318/default"


def test_the_key_is_not_in_the_text_of_the_credentials():
    assert "pk_12345678" not in repr(CREDENTIALS)
