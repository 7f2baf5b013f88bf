import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from threadline_server import cli
from threadline_server.credentials import read_credentials
from threadline_server.doctor import Finding
from threadline_server.errors import DataDirectoryInUse
from threadline_server.identity import SCOPES, Principal
from threadline_server.settings import SETTINGS, Settings


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch, tmp_path):
    for setting in SETTINGS.values():
        monkeypatch.delenv(setting.variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def run(capsys):
    """Run a command: its exit code and what it printed."""

    def run_one(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return end.value.code or 0, printed.out, printed.err

    return run_one


@pytest.fixture
def started(monkeypatch):
    """The settings that `serve` and `demo` start a server with."""
    seen = []
    for module in ("start", "demo"):
        kind = type(sys)(f"threadline_server.{module}")
        kind.start = kind.run = lambda settings, **_: seen.append(settings)
        monkeypatch.setitem(sys.modules, f"threadline_server.{module}", kind)
        monkeypatch.setattr(f"threadline_server.{module}", kind, raising=False)
    return seen


def test_every_setting_but_the_key_is_an_option_of_serve(run, started, tmp_path):
    values = {
        "host": "::1",
        "port": "1",
        "grpc_port": "2",
        "data_dir": "/data",
        "store": "clickhouse://somewhere/db",
        "allowed_hosts": "one.example",
        "public_url": "https://threadline.example",
        "max_body_bytes": "5",
        "decode_workers": "3",
        "log_level": "debug",
        "oidc_issuer": "https://login.example",
        "oidc_client_id": "threadline",
        "tls_cert": __file__,
        "tls_key": __file__,
        "otlp_endpoint": "http://collector.example:4318",
        "log_format": "json",
    }
    switches = {"insecure_no_auth", "allow_private_webhooks"}
    secrets = {"api_key", "database", "oidc_client_secret", "otlp_headers"}
    assert set(SETTINGS) - set(values) == switches | secrets
    options = [part for name, value in values.items() for part in (SETTINGS[name].option, value)]
    assert run("serve", *options, "--insecure-no-auth", "--allow-private-webhooks") == (0, "", "")
    parsed = {name: SETTINGS[name].parse(value) for name, value in values.items()}
    assert started == [Settings(**parsed, insecure_no_auth=True, allow_private_webhooks=True)]


def test_every_setting_is_an_environment_variable_of_serve(run, started, monkeypatch):
    monkeypatch.setenv("THREADLINE_PORT", "4400")
    monkeypatch.setenv("THREADLINE_API_KEY", "pk_12345678")
    monkeypatch.setenv("THREADLINE_INSECURE_NO_AUTH", "1")
    assert run("serve")[0] == 0
    assert started == [Settings(port=4400, api_key="pk_12345678", insecure_no_auth=True)]


def test_the_demo_keeps_to_a_data_directory_of_its_own(run, started, tmp_path):
    assert run("demo")[0] == 0
    assert run("demo", "--data-dir", "/data")[0] == 0
    assert [str(settings.data_dir) for settings in started] == [f"{tmp_path}/.threadline-demo", "/data"]


def test_what_keeps_a_server_from_starting_is_one_line_and_exit_code_2(run, monkeypatch, started):
    def refuse(*_, **__):
        raise DataDirectoryInUse("cannot open data directory /data: it is in use by process 7", hint="Stop it.")

    monkeypatch.setattr(sys.modules["threadline_server.start"], "start", refuse)
    message = "threadline: cannot open data directory /data: it is in use by process 7. Stop it.\n"
    assert run("serve") == (2, "", message)
    assert run("serve", "--port", "x") == (
        2,
        "",
        "threadline: cannot use 'x' for --port (THREADLINE_PORT): not a whole number\n",
    )


def test_when_it_is_ready_the_server_prints_a_login_link_that_works_once(run, monkeypatch, opened, started, tmp_path):
    identity = opened(Settings(data_dir=tmp_path / "data"))
    monkeypatch.setattr(
        sys.modules["threadline_server.start"], "start", lambda settings, *, on_ready: on_ready(settings)
    )
    link = run("serve", "--data-dir", tmp_path / "data")[1].splitlines()[1]
    where, token = link.removeprefix("  Dashboard   ").split("#token=")
    assert where == "http://127.0.0.1:4318/login"
    assert identity.authenticate(read_credentials(tmp_path / "data").api_key) == Principal(1, "default", SCOPES, 1)
    assert len(token) == 33


def test_a_key_is_printed_alone_so_that_a_script_can_take_it(run, identity, settings):
    code, out, err = run("keys", "create", "--name", "ci", "--scope", "read", "--data-dir", settings.data_dir)
    assert (code, err) == (0, "Key 2 of project default, scopes read:\n")
    assert identity.authenticate(out.rstrip("\n")) == Principal(1, "default", frozenset({"read"}), 2)


def test_keys_are_listed_as_a_table_or_as_json(run, identity, settings):
    identity.create_key(1, name="[red]ci[/red]", scopes={"ingest"}, secret="pk_of-the-ci-machine")
    code, out, _ = run("keys", "list", "--data-dir", settings.data_dir)
    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["id", "name", "prefix", "scopes", "created", "lastUsed", "expires", "revoked"],
        ["1", "first", "key", "pk_chos...", "admin", "ingest", "read", "2026-11-23T10:30:00Z", "-", "-", "-"],
        ["2", "[red]ci[/red]", "pk_of-t...", "ingest", "2026-11-23T10:30:00Z", "-", "-", "-"],
    ]
    code, out, _ = run("keys", "list", "--json", "--data-dir", settings.data_dir)
    assert json.loads(out)[1] == {
        "id": 2,
        "name": "[red]ci[/red]",
        "prefix": "pk_of-t...",
        "scopes": "ingest",
        "created": "2026-11-23T10:30:00Z",
        "lastUsed": None,
        "expires": None,
        "revoked": None,
    }


@pytest.mark.parametrize("how", ["2", "pk_of-the-ci-machine"])
def test_a_key_is_revoked_by_its_id_or_by_itself(run, identity, settings, clock, how):
    identity.create_key(1, name="ci", scopes={"ingest"}, secret="pk_of-the-ci-machine")
    assert run("keys", "revoke", how, "--data-dir", settings.data_dir) == (0, "Key 2 is revoked.\n", "")
    assert identity.authenticate("pk_of-the-ci-machine") is None


def test_a_rotated_key_is_printed_and_the_old_one_ends_after_the_overlap(run, identity, settings, clock):
    issued = identity.create_key(1, name="ci", scopes={"ingest"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("threadline_server.identity.registry.utc_now", clock.now)
        code, out, err = run("keys", "rotate", "2", "--overlap-hours", "1", "--data-dir", settings.data_dir)
    assert (code, err) == (0, "Key 3 succeeds key 2, which is valid for 1 h more:\n")
    assert identity.authenticate(out.rstrip("\n")) == Principal(1, "default", frozenset({"ingest"}), 3)
    assert [key.rotated_to for key in identity.list_keys(1)] == [None, 3, None]
    assert identity.authenticate(issued.secret) is not None


def test_rotating_the_key_of_credentials_json_puts_the_new_one_there(run, identity, settings):
    out = run("keys", "rotate", "1", "--data-dir", settings.data_dir)[1]
    assert read_credentials(settings.data_dir).api_key == out.rstrip("\n")


def test_a_key_can_be_made_to_expire(run, identity, settings, clock):
    clock.moment = datetime.now(UTC)
    out = run("keys", "create", "--expires-in-days", "2", "--data-dir", settings.data_dir)[1]
    assert identity.authenticate(out.rstrip("\n")) is not None
    clock.advance(days=3)
    assert identity.authenticate(out.rstrip("\n")) is None


def test_projects_are_made_and_listed(run, identity, settings):
    code, out, err = run("projects", "create", "shop", "--data-dir", settings.data_dir)
    assert (code, err) == (0, "Project shop; its first key:\n")
    assert identity.authenticate(out.rstrip("\n")) == Principal(2, "shop", SCOPES, 2)
    listed = json.loads(run("projects", "list", "--json", "--data-dir", settings.data_dir)[1])
    assert [(project["id"], project["name"]) for project in listed] == [(1, "default"), (2, "shop")]
    assert run("keys", "list", "--project", "shop", "--data-dir", settings.data_dir)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("keys", "list", "--project", "shop"), "cannot find project shop. threadline projects list shows those that there are."),
        (("keys", "revoke", "99"), "cannot revoke key 99: this project has no such key"),
        (("keys", "revoke", "x"), "cannot revoke the key: there is no such key. threadline keys list shows their ids."),
        (("keys", "create", "--scope", "all"), "cannot create the key: its scopes must be one or more of ingest, read, admin"),
        (("projects", "create", "default"), "cannot create project default: there is one of this name. Choose another name."),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_and_exit_code_1(run, identity, settings, arguments, message):
    assert run(*arguments, "--data-dir", settings.data_dir) == (1, "", f"threadline: {message}\n")


def test_commands_leave_the_servers_credentials_as_they_are(run, identity, settings, monkeypatch):
    before = read_credentials(settings.data_dir)
    monkeypatch.setenv("THREADLINE_API_KEY", "pk_something-else")
    monkeypatch.setenv("THREADLINE_PORT", "4400")
    assert run("keys", "list", "--data-dir", settings.data_dir)[0] == 0
    assert read_credentials(settings.data_dir) == before


@pytest.mark.parametrize(("states", "code"), [(["ok", "warning"], 0), (["ok", "wrong"], 1)])
def test_the_doctor_fails_when_something_is_wrong(run, monkeypatch, states, code):
    findings = [Finding("thing", state, "fact", None if state == "ok" else "advice") for state in states]
    monkeypatch.setattr("threadline_server.doctor.examine", lambda _settings: iter(findings))
    ended, out, _ = run("doctor")
    assert ended == code
    assert out.splitlines() == [
        "ok       thing           fact",
        f"{states[1]:9}thing           fact",
        "                         -> advice",
    ]


def test_help_is_quick_because_nothing_heavy_is_imported():
    program = (
        "import sys; from threadline_server.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.stderr.write(' '.join({'sqlalchemy', 'alembic', 'fastapi', 'chdb', 'uvicorn', 'pyarrow'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ended.stderr == ""
    assert all(command in ended.stdout for command in ("serve", "demo", "doctor", "keys", "projects"))


def test_the_version_is_told(run):
    assert run("--version") == (0, "threadline 0.1.0\n", "")


def test_projects_set_changes_what_is_named_and_shows_the_rest(run, settings, opened):
    opened(settings).close()
    data_dir = ("--data-dir", settings.data_dir, "--json")

    told = [
        json.loads(run("projects", "set", *options, *data_dir)[1])
        for options in ((), ("default", "--idle-minutes", "10", "--auto-sessions"), ("--retention-days", "90"), ("--retention-days", "0"))
    ]  # fmt: skip

    unset = {"project": "default", "idleMinutes": 30, "retentionDays": None, "autoSessions": False}
    changed = unset | {"idleMinutes": 10, "autoSessions": True}
    assert told == [[unset], [changed], [changed | {"retentionDays": 90}], [changed]]
    assert run("projects", "set", "--idle-minutes", "0", *data_dir)[0] != 0
    assert run("projects", "set", "nobody", *data_dir)[0] != 0


def test_what_commands_do_is_in_the_audit_log(run, identity, settings):
    where = ("--data-dir", settings.data_dir)
    link = run("accounts", "invite", "--role", "owner", *where)[1].strip()
    token = link.removeprefix("http://127.0.0.1:4318/login#invitation=")
    identity.invitations.accept(token, email="ann@test.example", name="Ann", password="correct horse battery")
    run("keys", "create", "--name", "ci", *where)
    run("keys", "rotate", "2", *where)
    run("keys", "revoke", "3", *where)
    run("projects", "set", "--idle-minutes", "10", *where)
    assert (
        run("accounts", "role", "ann@test.example", "viewer", *where)[1] == "ann@test.example is viewer of default.\n"
    )
    listed = json.loads(run("accounts", "list", "--json", *where)[1])
    assert [(row["email"], row["role"]) for row in listed] == [("ann@test.example", "viewer")]
    removed = run("accounts", "remove", "ANN@test.example", *where)
    assert removed[:2] == (0, "ann@test.example may not get into default any more.\n")
    assert run("accounts", "remove", "ann@test.example", *where)[0] == 1
    events = json.loads(run("audit", "--json", *where)[1])
    assert [(event["actor"], event["action"], event["target"]) for event in reversed(events)] == [
        ("command", "invitation.create", "invitation 1: owner"),
        ("command", "key.create", "key 2 (ci)"),
        ("command", "key.rotate", "key 2 (ci): by key 3"),
        ("command", "key.revoke", "key 3 (ci)"),
        ("command", "settings.change", "idle_minutes=10"),
        ("command", "account.role", "account 1 (ann@test.example): viewer"),
        ("command", "account.remove", "account 1 (ann@test.example)"),
    ]
    assert run("audit", "--limit", "1", *where)[1].splitlines()[0].split() == [
        "time", "actor", "name", "address", "action", "target",
    ]  # fmt: skip
