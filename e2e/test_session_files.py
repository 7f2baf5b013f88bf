"""Sessions out of a server and into it again by the command line: long ones too, and never a file that is silently short."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from e2e.api import Api
from e2e.conftest import PROJECT_NUMBERS
from e2e.server_process import ServerProcess, threadline
from threadline_server.errors import Unavailable
from threadline_server.remote import Remote

TRACES = 2_000
BEGAN = dt.datetime(2025, 11, 1, tzinfo=dt.UTC)


def at(project: Api, *arguments: str) -> tuple[int, str, str]:
    """A command with the project's key: its exit code and what it printed."""
    ended = threadline("sessions", *arguments, "--url", project.url, "--key", project.key)
    return ended.returncode, ended.stdout, ended.stderr


def turn(number: int) -> dict[str, Any]:
    begins = BEGAN + dt.timedelta(seconds=20 * number)
    times = {"startTime": begins.isoformat(), "endTime": (begins + dt.timedelta(seconds=1)).isoformat()}
    call = {"id": "g", "kind": "generation", "modelName": "gpt-4o", "promptTokens": number, "completionTokens": 1, "input": f"q {number}",
            "output": f"a {number}", **times}  # fmt: skip
    return {"id": f"t-{number}", "name": "turn", "sessionId": "long", "userId": "u", "observations": [call], **times}


@pytest.fixture
def copy(server: ServerProcess) -> Any:
    with server.api.new_project(f"copy-{next(PROJECT_NUMBERS)}") as made:
        yield made


def test_a_long_session_is_exported_and_imported_to_an_equal_one(project: Api, copy: Api, tmp_path: Path) -> None:
    for start in range(0, TRACES, 500):
        project.send([turn(number) for number in range(start, start + 500)])
    project.wait_for(sessions=1, traces=TRACES)
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"

    assert at(project, "export", "long", "-o", str(first), "--format", "jsonl")[0] == 0
    code, _, told = at(copy, "import", str(first))
    copy.wait_for(sessions=1, traces=TRACES)
    assert at(copy, "export", "long", "-o", str(second), "--format", "jsonl")[0] == 0

    assert (code, told.split(",")[0]) == (0, f"first.jsonl: {TRACES} traces")
    assert second.read_bytes() == first.read_bytes()
    assert copy.session("long") == project.session("long")
    assert {path.name for path in tmp_path.iterdir()} == {"first.jsonl", "second.jsonl"}


def test_many_sessions_are_taken_out_by_filters_and_put_into_another_project(
    project: Api, copy: Api, tmp_path: Path
) -> None:
    project.send([turn(1)])
    some, none = tmp_path / "some.jsonl", tmp_path / "none.jsonl"

    code, printed, told = at(project, "export", "--filter", 'user.id = "u"', "-o", "-")
    assert (code, json.loads(printed), told.split(",")[0]) == (0, project.session("long"), "-: 1 lines")
    assert at(project, "export", "-o", str(none), "--where", "userId=nobody")[0] == 0
    assert none.read_bytes() == b""
    assert at(project, "export", "--all", "--traces", "-o", str(some))[0] == 0
    some.with_suffix(".gz").write_bytes(gzip.compress(some.read_bytes()))
    assert at(copy, "import", str(some.with_suffix(".gz")))[0] == 0
    copy.wait_for(sessions=1, traces=1)
    assert copy.session("long") == project.session("long")


def test_an_export_of_what_is_not_there_leaves_no_file(project: Api, tmp_path: Path) -> None:
    code, _, told = at(project, "export", "nobody", "-o", str(tmp_path / "none"))

    assert (code, list(tmp_path.iterdir())) == (1, [])
    assert "cannot find this session" in told


@pytest.mark.parametrize("what", [[], ["s", "--all"], ["s", "--where", "userId=u"], ["s", "--traces"]])
def test_an_export_says_plainly_what_it_is_of(what: list[str], project: Api, tmp_path: Path) -> None:
    code, _, told = at(project, "export", *what, "-o", str(tmp_path / "none"))

    assert (code, list(tmp_path.iterdir())) == (1, [])
    assert told.startswith(("threadline: cannot tell what to export", "threadline: cannot use --traces"))


def test_a_file_of_nobodys_is_refused_by_name(project: Api, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n")

    code, _, told = at(project, "import", str(file))

    assert code == 1
    assert "cannot import a.csv: it is neither JSON nor JSON lines" in told


def test_an_export_that_breaks_off_is_an_error_of_the_caller_and_no_short_file(tmp_path: Path) -> None:
    """The server ends the connection without the last chunk; any HTTP client sees that."""
    import http.server
    import threading

    class Broken(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"4\r\nhalf\r\n")
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken) as stub:
        threading.Thread(target=stub.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{stub.server_address[1]}"
        with pytest.raises(Unavailable):
            list(Remote(url, "pk").download("/x", []))
        ended = threadline("sessions", "export", "s", "-o", str(tmp_path / "file"), "--url", url, "--key", "pk")
        stub.shutdown()

    assert (ended.returncode, list(tmp_path.iterdir())) == (1, [])
