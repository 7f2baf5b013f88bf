"""Sessions out of a server and into it again by the command line: long ones too, and never a file that is silently short."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from e2e.api import Api
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
    with server.api.new_project("copy-of-a-long-session") as made:
        yield made


def test_a_long_session_is_exported_and_imported_to_an_equal_one(project: Api, copy: Api, tmp_path: Path) -> None:
    for start in range(0, TRACES, 500):
        project.send([turn(number) for number in range(start, start + 500)])
    project.wait_for(sessions=1, traces=TRACES)
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"

    assert at(project, "export", "long", "-o", str(first), "--format", "jsonl")[0] == 0
    code, told, _ = at(copy, "import", str(first))
    copy.wait_for(sessions=1, traces=TRACES)
    assert at(copy, "export", "long", "-o", str(second), "--format", "jsonl")[0] == 0

    assert (code, told) == (0, f"{first}: {TRACES} imported\n")
    assert second.read_bytes() == first.read_bytes()
    assert copy.session("long") == project.session("long")
    assert {path.name for path in tmp_path.iterdir()} == {"first.jsonl", "second.jsonl"}


def test_sessions_are_listed_shown_and_taken_out_by_filters(project: Api, tmp_path: Path) -> None:
    project.send([turn(1)])
    project.wait_for(sessions=1, traces=1)
    file = tmp_path / "many.jsonl"

    code, listed, _ = at(project, "list", "--filter", 'user.id = "u"', "--json")
    assert (code, [row["id"] for row in json.loads(listed)]) == (0, ["long"])
    assert at(project, "show", "long")[1].startswith("# long\n")
    assert at(project, "export", "-o", str(file), "--where", "userId=nobody")[0] == 0
    assert file.read_bytes() == b""
    assert at(project, "export", "-o", str(file), "--traces")[0] == 0
    assert json.loads(file.read_bytes().splitlines()[0])["format"] == "threadline.session/1"
    code, _, told = at(project, "export", "nobody", "-o", str(tmp_path / "none"))
    assert (code, "cannot find this session" in told, (tmp_path / "none").exists()) == (1, True, False)


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
