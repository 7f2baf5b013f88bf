from pathlib import Path

import pytest

from threadline import ConfigurationError, _spool_settings
from threadline._config import Config
from threadline._spool_settings import SpoolSettings, resolve_spool

CONFIG = Config("http://127.0.0.1:4318", "pk_secret", None, None, "shop")
HOME = "/of/somebody"


def resolved(environ=None, *, config=CONFIG, **given) -> SpoolSettings | None:
    arguments = {"spool": None, "directory": None, "max_bytes": None} | given
    return resolve_spool(config, environ or {}, **arguments)


@pytest.fixture(autouse=True)
def _home(monkeypatch):
    monkeypatch.setattr(_spool_settings.os.path, "expanduser", lambda path: path.replace("~", HOME))


@pytest.mark.parametrize(
    ("platform", "environ", "root"),
    [
        ("linux", {}, f"{HOME}/.local/state"),
        ("linux", {"XDG_STATE_HOME": "/state"}, "/state"),
        ("darwin", {}, f"{HOME}/Library/Application Support"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local"),
    ],
)
def test_the_default_is_the_users_state_directory(monkeypatch, platform, environ, root):
    monkeypatch.setattr(_spool_settings.sys, "platform", platform)
    folder, max_bytes = resolved(environ)
    assert (Path(folder).parent, max_bytes) == (Path(f"{root}/threadline/spool"), 256 * 1024 * 1024)


def test_on_windows_without_its_variable_it_is_below_the_home(monkeypatch):
    monkeypatch.setattr(_spool_settings.sys, "platform", "win32")
    assert resolved().folder.startswith(f"{HOME}\\AppData\\Local/threadline/")


def test_a_user_without_a_home_has_no_spool_unless_told_where(monkeypatch):
    monkeypatch.setattr(_spool_settings.os.path, "expanduser", lambda path: path)
    assert (resolved(), resolved(directory="/spool") is None) == (None, False)


def test_each_server_and_key_has_a_folder_that_does_not_tell_the_key():
    configs = [CONFIG, CONFIG._replace(api_key="pk_other"), CONFIG._replace(endpoint="https://example.test/a b")]
    names = [Path(resolved(config=config).folder).name for config in configs]
    assert len(set(names)) == 3
    assert [name.rpartition("-")[0] for name in names] == ["127.0.0.1_4318", "127.0.0.1_4318", "example.test"]
    assert not any("secret" in name for name in names)
    assert names[0] == Path(resolved(config=CONFIG._replace(release="2")).folder).name


def test_an_argument_wins_over_its_variable():
    environ = {
        "THREADLINE_SPOOL": "off",
        "THREADLINE_SPOOL_DIR": "/of/the/environment",
        "THREADLINE_SPOOL_MAX_BYTES": "7",
    }
    assert resolved(environ) is None
    assert resolved(environ | {"THREADLINE_SPOOL": " ON "}).folder.startswith("/of/the/environment/")
    folder, max_bytes = resolved(environ, spool=True, directory="/given", max_bytes=8)
    assert (folder.startswith("/given/"), max_bytes) == (True, 8)
    assert resolved(environ, spool=True).max_bytes == 7
    assert resolved(spool=False) is None


@pytest.mark.parametrize(
    ("environ", "given", "message"),
    [
        ({"THREADLINE_SPOOL": "maybe"}, {}, "cannot read THREADLINE_SPOOL: it is 'maybe'; it must be on or off"),
        ({"THREADLINE_SPOOL_MAX_BYTES": "1 MB"}, {}, "it is '1 MB'; it must be a number of bytes"),
        ({}, {"max_bytes": 0}, "cannot use spool_max_bytes=0: it must be positive; spool=False writes nothing"),
    ],
)
def test_what_cannot_be_read_is_said(environ, given, message):
    with pytest.raises(ConfigurationError) as failure:
        resolved(environ, **given)
    assert message in str(failure.value)
