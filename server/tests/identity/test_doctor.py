import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from server.tests.identity.conftest import CHOSEN_KEY
from threadline_server import doctor
from threadline_server.data_directory import lock_data_directory
from threadline_server.doctor import Finding, examine
from threadline_server.errors import StartupError
from threadline_server.settings import Settings


@contextmanager
def _server(answers):
    """A server on a free port that answers ``answers[path, authorization]`` with 200, and everything else with 401."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = answers.get((self.path, self.headers.get("Authorization")))
            self.send_response(200 if body else 401)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@contextmanager
def _free_ports():
    with _server({}) as one, _server({}) as two:
        ports = one, two
    yield ports


HEALTHY = ("/healthz", None), '{"status":"ok"}'


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch, tmp_path):
    page = tmp_path / "index.html"
    page.touch()
    monkeypatch.setattr(doctor, "UI_PAGE", page)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: doctor.shutil._ntuple_diskusage(0, 0, 5 * 1024**3))


@pytest.fixture
def settings(tmp_path):
    with _free_ports() as (port, grpc_port):
        return Settings(data_dir=tmp_path / "data", api_key=CHOSEN_KEY, port=port, grpc_port=grpc_port)


def _findings(settings):
    return {finding.subject: finding for finding in examine(settings)}


def _not_ok(settings):
    return [finding for finding in examine(settings) if finding.state != "ok"]


def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(settings):
    assert _not_ok(settings) == []
    assert not settings.data_dir.exists()


def test_after_the_first_start_nothing_is_wrong(identity, settings):
    assert _not_ok(settings) == []
    assert _findings(settings)["keys"] == Finding("keys", "ok", "1 active")


def test_a_running_server_is_asked_with_the_key(identity, settings):
    me = '{"project":{"id":1,"name":"default"},"scopes":[]}'
    with (
        _server(dict([HEALTHY, (("/auth/me", f"Bearer {CHOSEN_KEY}"), me)])) as port,
        _server({}) as grpc_port,
        lock_data_directory(settings.data_dir),
    ):
        found = _findings(Settings(data_dir=settings.data_dir, port=port, grpc_port=grpc_port))
    assert {finding.state for finding in found.values()} == {"ok"}
    assert found["port"].fact == f"a Threadline server answers at http://127.0.0.1:{port}"
    assert found["running server"].fact == f"takes the key of credentials.json: {me}"
    assert found["store"].fact.startswith("in use by process ")


def test_a_server_that_refuses_the_key_is_reported(identity, settings):
    with _server(dict([HEALTHY])) as port, _server({}) as grpc_port, lock_data_directory(settings.data_dir):
        wrong = _not_ok(Settings(data_dir=settings.data_dir, port=port, grpc_port=grpc_port))
    assert wrong == [
        Finding(
            "running server",
            "wrong",
            "answers 401 to the key of credentials.json",
            "Restart the server; if that does not help, make a new key: threadline keys create",
        )
    ]


def test_a_server_with_other_data_is_told_from_another_program(settings):
    with _server(dict([HEALTHY])) as port, _server({}) as grpc_port:
        wrong = _not_ok(Settings(data_dir=settings.data_dir, port=port, grpc_port=grpc_port))
        other = _not_ok(Settings(data_dir=settings.data_dir, port=grpc_port, grpc_port=port))
    assert [finding.fact for finding in wrong] == [
        f"a Threadline server with another data directory answers at http://127.0.0.1:{port}"
    ]
    assert [(finding.subject, finding.fact) for finding in other] == [
        ("port", f"another program listens on port {grpc_port}"),
        ("gRPC port", f"another program listens on port {port}"),
    ]


def test_a_directory_that_others_can_look_into_is_a_warning(identity, settings):
    settings.data_dir.chmod(0o755)
    assert _not_ok(settings) == [
        Finding(
            "data directory",
            "warning",
            f"others can look into {settings.data_dir} (mode 0755)",
            f"chmod 700 {settings.data_dir}",
        )
    ]


def test_credentials_that_others_can_read_are_wrong(identity, settings):
    path = settings.data_dir / "credentials.json"
    path.chmod(0o644)
    assert _not_ok(settings) == [
        Finding("credentials", "wrong", f"others can read {path} (mode 0644)", f"chmod 600 {path}")
    ]


@pytest.mark.parametrize(
    ("spoil", "state", "fact"),
    [
        (lambda path: path.unlink(), "warning", "credentials.json is not there"),
        (lambda path: path.write_text("{"), "wrong", "{path} cannot be read"),
        (
            lambda path: path.write_text(json.dumps({"project": "default", "apiKey": "pk_other", "endpoint": ""})),
            "wrong",
            "the key in credentials.json is unknown or revoked",
        ),
    ],
)
def test_credentials_that_are_of_no_use_are_reported(identity, settings, spoil, state, fact):
    path = settings.data_dir / "credentials.json"
    spoil(path)
    assert [(finding.subject, finding.state, finding.fact) for finding in _not_ok(settings)] == [
        ("credentials", state, fact.format(path=path))
    ]


def test_that_every_key_is_revoked_is_wrong(identity, settings):
    identity.revoke_key(1, 1)
    assert [(finding.subject, finding.fact) for finding in _not_ok(settings)] == [
        ("keys", "every key is revoked"),
        ("credentials", "the key in credentials.json is unknown or revoked"),
    ]


def test_a_broken_database_is_wrong(identity, settings):
    identity.close()
    (settings.data_dir / "identity.db").write_bytes(b"no database" * 1000)
    assert [(finding.subject, finding.fact) for finding in _not_ok(settings)] == [
        ("keys", "identity.db cannot be read: file is not a database")
    ]


@pytest.mark.parametrize(("free", "state"), [(900, "warning"), (100, "wrong")])
def test_a_disk_that_is_nearly_full_is_reported(settings, monkeypatch, free, state):
    usage = doctor.shutil._ntuple_diskusage(0, 0, free * 1024**2)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: usage)
    assert [(finding.subject, finding.state) for finding in _not_ok(settings)] == [("disk", state)]


def test_a_store_that_cannot_be_opened_is_wrong(identity, settings, monkeypatch):
    (settings.data_dir / "store").mkdir()

    def refuse(_url):
        raise StartupError("cannot open the store: broken")

    monkeypatch.setattr("threadline_server.store.database.Database", refuse)
    assert [(finding.subject, finding.fact, finding.advice) for finding in _not_ok(settings)] == [
        ("store", "cannot open the store: broken", "Check --store (THREADLINE_STORE).")
    ]


def test_an_installation_without_the_dashboard_is_wrong(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "UI_PAGE", tmp_path / "missing.html")
    assert [(finding.subject, finding.advice) for finding in _not_ok(settings)] == [
        ("dashboard", "In a checkout: make ui")
    ]
