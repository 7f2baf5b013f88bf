"""Erasing a session or a user: gone from every answer at once and from the disk soon, and late data does not bring it back."""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from server.tests.spans import ask
from threadline_server.erase import eraser
from threadline_server.store.database import Database
from threadline_server.store.migrate import migrate
from threadline_server.store.rollup import RollUp

from .running import Caller, Server, running

BEGIN = "2025-11-23T10:30:00Z"
SESSIONS, USERS = "/observability/sessions", "/observability/users"
DELETION_S = 900
"""The engine rewrites files in its own time, the later the more the machine has to do."""
CANARY = "canary-7f3a91c2"
EVERYWHERE = ["/observability/traces", SESSIONS, USERS, "/observability/analytics/sessions", "/observability/quality"]


@pytest.fixture(scope="module")
def server(new_store: Callable[[], Database], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: an erasure looks at every part of the days it is about, and all other tests send on the same day."""
    database = new_store()
    migrate(database)
    with running(database, tmp_path_factory.mktemp("erasing")) as served:
        yield served


def turn(trace_id: str, session: str | None, user: str | None, **more: Any) -> dict[str, Any]:
    return {
        "id": trace_id, "name": "turn", "sessionId": session, "userId": user, "startTime": BEGIN, "endTime": BEGIN,
        "input": f"{CANARY} asks in {trace_id}", "output": "done",
        "observations": [{"id": "g", "modelName": "house", "promptTokens": 10, "completionTokens": 5, "cost": 0.5}], **more,
    }  # fmt: skip


def receipt(answer: Any) -> dict[str, Any]:
    """What was counted."""
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return {name: told[name] for name in ("kind", "sessionCount", "traceCount", "spanCount")}


def wait_until_deleted(caller: Caller, erasure_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + DELETION_S
    while True:
        told: dict[str, Any] = caller.read(f"/observability/erasures/{erasure_id}")
        if told["deletedAt"] is not None:
            return told
        assert time.monotonic() < deadline, "the rows are not deleted yet"
        time.sleep(0.05)


def rows_of(caller: Caller) -> dict[str, int]:
    """Rows of the project in every table that holds data, whatever their version."""
    counts = {
        table: ask(caller.server.database, f"SELECT count() AS n FROM {table} WHERE project_id = {{p:UInt32}}", p=caller.project_id)
        for table in eraser._TABLES
    }  # fmt: skip
    return {table: rows[0]["n"] for table, rows in counts.items() if rows[0]["n"]}


def ids(caller: Caller, path: str) -> list[str]:
    return sorted(entry["id"] for entry in caller.pages(path))


def test_a_deleted_session_is_gone_from_every_answer(caller: Caller) -> None:
    caller.send(turn("t-1", "s-1", "u-1"), turn("t-2", "s-1", "u-1"), turn("t-3", "s-2", "u-2"))

    assert receipt(caller.request("DELETE", f"{SESSIONS}/s-1")) == {
        "kind": "session", "sessionCount": 1, "traceCount": 2, "spanCount": 4,
    }  # fmt: skip
    assert [ids(caller, path) for path in (SESSIONS, "/observability/traces", USERS)] == [["s-2"], ["t-3"], ["u-2"]]
    assert caller.read("/observability/analytics/sessions")["totals"]["totalCost"] == 0.5
    for path in (
        f"{SESSIONS}/s-1",
        f"{SESSIONS}/s-1/conversation",
        f"{SESSIONS}/s-1/export",
        "/observability/traces/t-1",
    ):
        assert caller.get(path).status_code == 404


def test_its_rows_are_deleted_in_the_background_and_the_receipt_says_so(caller: Caller) -> None:
    caller.send(turn("t-1", "s-1", "u-1"))
    caller.patch(f"{SESSIONS}/s-1", {"title": CANARY})
    erasure = caller.request("DELETE", f"{SESSIONS}/s-1").json()

    told = wait_until_deleted(caller, erasure["id"])

    assert {**erasure, "deletedAt": told["deletedAt"]} == told
    assert rows_of(caller) == {}


def test_tombstones_are_deleted_only_when_what_they_hide_is_gone(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine rewrites the parts of a table in any order: were both deleted at once, what was erased could be seen again."""
    hidden: dict[str, int] = {}
    delete = Database.delete

    def watched(database: Database, block: str, parameters: Mapping[str, Any]) -> None:
        if parameters.get("is_deleted"):
            table = block.removeprefix("erase_")
            left = "SELECT countIf(is_deleted = 0) AS n FROM " + table + " WHERE project_id = {p:UInt32}"
            hidden[table] = ask(database, left, p=caller.project_id)[0]["n"]
        delete(database, block, parameters)

    monkeypatch.setattr(Database, "delete", watched)
    caller.send(turn("t-1", "s-1", "u-1"))
    caller.patch(f"{SESSIONS}/s-1", {"title": CANARY})

    wait_until_deleted(caller, caller.request("DELETE", f"{SESSIONS}/s-1").json()["id"])

    assert hidden == dict.fromkeys(
        ["traces", "turn_texts", "trace_keys", "loose_traces", "scores", "comments", "sessions", "session_facts"], 0
    )


@pytest.mark.parametrize("late", ["the same span again", "another span of the trace", "another trace of the session"])
def test_late_data_of_an_erased_session_does_not_bring_it_back(caller: Caller, late: str) -> None:
    first = turn("t-1", "s-1", "u-1")
    caller.send(first)
    erasure = caller.request("DELETE", f"{SESSIONS}/s-1").json()
    wait_until_deleted(caller, erasure["id"])

    observation = {"id": "later", "name": "later", "startTime": BEGIN, "endTime": BEGIN}
    caller.send({"the same span again": first,
                 "another span of the trace": {**first, "sessionId": None, "observations": [observation]},
                 "another trace of the session": turn("t-2", "s-1", None)}[late])  # fmt: skip

    assert [ids(caller, path) for path in (SESSIONS, "/observability/traces", USERS)] == [[], [], []]
    deadline = time.monotonic() + DELETION_S
    while rows_of(caller) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert rows_of(caller) == {}


@pytest.mark.parametrize(
    ("path", "session", "user"), [(f"{SESSIONS}/running", "running", None), (f"{USERS}/anna", "s", "anna")]
)
def test_what_a_round_was_about_to_show_when_it_was_erased_is_not_shown(
    path: str, session: str, user: str | None, server: Server, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    about_to, erased = threading.Event(), threading.Event()
    insert = RollUp._insert

    def slow(self: RollUp, table: str, rows: Any) -> None:
        if table == "traces" and "late" in str(rows["input_text"].to_pylist()):
            about_to.set()
            assert erased.wait(DELETION_S)
        insert(self, table, rows)

    caller.send(turn("early", session, user))
    monkeypatch.setattr(RollUp, "_insert", slow)
    body = json.dumps({"traces": [turn("late", session, user)]}).encode()
    assert caller.post("/observability/traces", body).status_code == 200
    assert about_to.wait(DELETION_S)
    with ThreadPoolExecutor(1) as beside:
        answer = beside.submit(caller.request, "DELETE", path)
        while not caller.read("/observability/erasures")["data"]:
            time.sleep(0.01)
        erased.set()
        assert answer.result().status_code == 200

    assert [ids(caller, path) for path in (SESSIONS, "/observability/traces", USERS)] == [[], [], []]


def test_a_session_that_begins_later_under_the_same_id_is_another_one(caller: Caller) -> None:
    caller.send(turn("t-1", "s-1", "u-1"))
    erasure = caller.request("DELETE", f"{SESSIONS}/s-1").json()
    wait_until_deleted(caller, erasure["id"])
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))

    caller.send(turn("t-2", "s-1", "u-1", startTime=now, endTime=now))

    assert [(session["id"], session["traceCount"]) for session in caller.sessions()] == [("s-1", 1)]


def test_erasing_a_user_takes_their_traces_everywhere_and_leaves_those_of_others(caller: Caller) -> None:
    caller.send(
        turn("mine", "s-mine", "u-1"), turn("nameless", "s-mine", None), turn("alone", None, "u-1"),
        turn("ours-1", "s-ours", "u-1"), turn("ours-2", "s-ours", "u-2"), turn("ours-3", "s-ours", None), turn("theirs", "s-theirs", "u-2"),
    )  # fmt: skip

    assert receipt(caller.request("DELETE", f"{USERS}/u-1")) == {
        "kind": "user", "sessionCount": 1, "traceCount": 4, "spanCount": 8,
    }  # fmt: skip
    assert ids(caller, "/observability/traces") == ["ours-2", "ours-3", "theirs"]
    assert {session["id"]: session["userIds"] for session in caller.sessions()} == {
        "s-ours": ["u-2"],
        "s-theirs": ["u-2"],
    }
    assert ids(caller, USERS) == ["u-2"]
    assert caller.get(f"{USERS}/u-1").status_code == 404


def test_late_data_of_an_erased_user_does_not_bring_them_back(caller: Caller) -> None:
    caller.send(turn("t-1", "s-1", "u-1"), turn("t-2", "s-2", "u-2"))
    caller.request("DELETE", f"{USERS}/u-1")

    caller.send(turn("t-3", "s-3", "u-1"), turn("t-1", "s-1", "u-1"), turn("t-4", "s-1", None))

    assert ids(caller, "/observability/traces") == ["t-2"]
    assert ids(caller, USERS) == ["u-2"]


def test_no_answer_and_no_file_holds_a_word_of_an_erased_user(caller: Caller, data_files: Path) -> None:
    """The engine removes the files of rewritten parts after a while; here it is told to be quick about it."""
    for table in eraser._TABLES:
        for statement in (
            f"ALTER TABLE {table} MODIFY SETTING old_parts_lifetime = 1, cleanup_delay_period = 1, max_cleanup_delay_period = 1",
            f"DETACH TABLE {table} SYNC",  # what waits for its next time to clean up, up to five minutes, begins anew
            f"ATTACH TABLE {table}",
        ):
            caller.server.database.command(statement)
    canary = f"forget-{secrets.token_hex(8)}"
    user, session = f"user {canary}", f"session {canary}"
    caller.send(
        turn(f"trace {canary}", session, user, input=canary, metadata={"about": canary}, tags=[canary]),
        turn("other", "s", "u", input="x"),
    )
    caller.patch(f"{SESSIONS}/session%20{canary}", {"title": canary, "metadata": {"note": canary}})
    assert files_with(data_files, canary)

    erasure = caller.request("DELETE", f"{USERS}/user%20{canary}").json()
    wait_until_deleted(caller, erasure["id"])

    assert [path for path in EVERYWHERE if canary in caller.get(path).text] == []
    deadline = time.monotonic() + DELETION_S
    while (left := files_with(data_files, canary)) and time.monotonic() < deadline:
        while left and time.monotonic() < deadline:  # all of the others are looked through again once these are gone
            time.sleep(0.2)
            left = [path for path in left if holds(path, canary)]
    assert left == []


def files_with(folder: Path, text: str) -> list[Path]:
    """Files that hold the text."""
    files = (Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    return [path for path in files if holds(path, text)]


def holds(path: Path, text: str) -> bool:
    """Whether the file holds the text; one that vanishes meanwhile holds nothing."""
    with suppress(FileNotFoundError):
        return text.encode() in path.read_bytes()
    return False


@pytest.mark.parametrize("path", [f"{SESSIONS}/none", f"{USERS}/none", "/observability/erasures/none"])
def test_what_is_not_there_is_404(caller: Caller, path: str) -> None:
    method = "GET" if "erasures" in path else "DELETE"
    assert caller.request(method, path).status_code == 404


def test_another_projects_data_is_404_and_stays(caller: Caller) -> None:
    caller.send(turn("t-1", "s-1", "u-1"))
    stranger = caller.server.caller()

    assert [stranger.request("DELETE", path).status_code for path in (f"{SESSIONS}/s-1", f"{USERS}/u-1")] == [404, 404]
    assert ids(caller, SESSIONS) == ["s-1"]


def test_without_the_scope_admin_nothing_is_erased(caller: Caller) -> None:
    caller.send(turn("t-1", "s-1", "u-1"))
    reader = caller.server.caller(caller.project_id, ["read", "ingest"])

    assert [reader.request("DELETE", path).status_code for path in (f"{SESSIONS}/s-1", f"{USERS}/u-1")] == [403, 403]
    assert ids(caller, SESSIONS) == ["s-1"]
