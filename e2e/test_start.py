"""The first start: what it leaves on disk and prints, and that what it prints is enough."""

from __future__ import annotations

import json
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from e2e.api import Api, said
from e2e.client_process import PROGRAMS, run_shell
from e2e.server_process import ServerProcess, threadline


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that was given no key."""
    with ServerProcess(tmp_path_factory.mktemp("first") / "data", THREADLINE_API_KEY="") as running:
        yield running


@pytest.fixture
def owner(first: ServerProcess) -> Iterator[Api]:
    """Whoever reads the key from credentials.json."""
    credentials = json.loads((first.data_dir / "credentials.json").read_text())
    with Api(credentials["endpoint"], credentials["apiKey"]) as api:
        yield api


def printed_by(server: ServerProcess) -> str:
    return server.log.read_text()


def test_the_first_start_writes_a_key_that_only_the_owner_can_read(first: ServerProcess) -> None:
    path = first.data_dir / "credentials.json"
    modes = {name: stat.S_IMODE(place.stat().st_mode) for name, place in (("file", path), ("folder", path.parent))}
    credentials = json.loads(path.read_text())
    key = credentials["apiKey"]
    assert modes == {"file": 0o600, "folder": 0o700}
    assert credentials == {"project": "default", "apiKey": key, "endpoint": first.url}
    assert re.fullmatch(r"pk_\w{20,}", key)


def test_that_key_may_do_everything_in_project_default(owner: Api) -> None:
    me = owner.http.get("/auth/me").json()
    assert me == {"project": {"id": 1, "name": "default"}, "scopes": ["admin", "ingest", "read"], "account": None}


def test_the_start_says_where_to_look_and_where_to_send(first: ServerProcess, owner: Api) -> None:
    lines = printed_by(first).splitlines()
    dashboard = [line for line in lines if line.startswith("  Dashboard")]
    exports = [line for line in lines if line.startswith("export ")]
    assert len(dashboard) == 1
    assert re.fullmatch(rf"  Dashboard   {re.escape(first.url)}/login#token=[\w-]+", dashboard[0])
    assert exports == [
        f"export OTEL_EXPORTER_OTLP_ENDPOINT={first.url}",
        f'export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20{owner.key}"',
        "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        f"export THREADLINE_DSN=http://{owner.key}@127.0.0.1:{first.port}/default",
    ]


def test_the_login_link_signs_one_browser_in_and_only_one(first: ServerProcess) -> None:
    token = re.findall(r"/login#token=([\w-]+)", printed_by(first))[-1]
    with (
        httpx.Client(base_url=first.url, trust_env=False) as browser,
        httpx.Client(base_url=first.url, trust_env=False) as other,
    ):
        answers = [visitor.post("/auth/login", json={"token": token}).status_code for visitor in (browser, other)]
        cookie = next(iter(browser.cookies.jar))
        projects = [visitor.get("/auth/me").json().get("project") for visitor in (browser, other)]
    assert answers == [204, 401]
    assert projects == [{"id": 1, "name": "default"}, None]
    assert (cookie.has_nonstandard_attr("HttpOnly"), cookie.get_nonstandard_attr("SameSite")) == (True, "strict")


def test_the_printed_settings_are_all_that_an_opentelemetry_program_needs(first: ServerProcess, owner: Api) -> None:
    block = "\n".join(line for line in printed_by(first).splitlines() if line.startswith("export OTEL_"))
    run_shell(f"{block}\nexec {sys.executable} {PROGRAMS / 'otel_sdk.py'}", first.data_dir.parent)
    owner.wait_for(sessions=1, traces=2)
    assert [turn["said"] for turn in said(owner.conversation("otel/weather 1"))] == [
        [("user", "Weather in Paris?"), ("assistant", "Rainy, 57 F.")],
        [],
    ]


def test_doctor_finds_nothing_wrong_with_a_running_server(first: ServerProcess, owner: Api) -> None:
    examined = threadline("doctor", *first.options)
    holder, me = f"process {first.pid}", owner.http.get("/auth/me").text
    found = [line for line in examined.stdout.splitlines() if not re.match(r"ok +(Python|disk) ", line)]
    assert (examined.returncode, examined.stderr) == (0, "")
    assert found == [
        f"ok       data directory  {first.data_dir}, in use by {holder}",
        f"ok       port            a Threadline server answers at {first.url}",
        f"ok       gRPC port       port {first.grpc_port} is open",
        f"ok       store           in use by {holder}",
        "ok       keys            1 active",
        f"ok       credentials     {first.data_dir}/credentials.json",
        f"ok       running server  takes the key of credentials.json: {me}",
        "ok       dashboard       is built",
    ]


def test_doctor_says_what_is_wrong_and_what_to_do(first: ServerProcess, tmp_path: Path) -> None:
    examined = threadline("doctor", "--port", str(first.port), "--data-dir", str(tmp_path / "elsewhere"))
    complaints = [line for line in examined.stdout.splitlines() if not line.startswith("ok ")]
    assert examined.returncode == 1
    assert complaints[:2] == [
        f"wrong    port            a Threadline server with another data directory answers at {first.url}",
        f"{'':25}-> Stop it, give its --data-dir here, or choose another --port.",
    ]
