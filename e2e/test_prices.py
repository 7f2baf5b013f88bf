"""Prices and the report on a project's data, from the command line, at a server that holds the data directory."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from e2e.api import Api, eventually
from e2e.server_process import KEY, ServerProcess, free_port, threadline

MODEL = "house-model-7"


@pytest.fixture
def owner(project: Api) -> Api:
    """A project with one call of a model that no list knows."""
    begins = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)).isoformat()
    call = {
        "kind": "generation",
        "modelName": MODEL,
        "promptTokens": 1_000,
        "completionTokens": 500,
        "startTime": begins,
    }
    project.send([{"id": "t", "sessionId": "s", "startTime": begins, "endTime": begins, "observations": [call]}])
    return project


def at(project: Api, *arguments: str) -> tuple[int, str, str]:
    """A command with the project's key: its exit code and what it printed."""
    ended = threadline(*arguments, "--url", project.url, "--key", project.key)
    return ended.returncode, ended.stdout, ended.stderr


def test_a_price_is_set_listed_applied_to_what_is_stored_and_removed(owner: Api) -> None:
    assert owner.session("s")["unpricedModels"] == [MODEL]

    code, out, _ = at(owner, "prices", "set", "house-*", "--input", "2", "--output", "4.5", "--from", "2026-01-01")
    assert (code, out) == (0, f"Price {out.split()[1]} of house-* holds for what comes in from now on.\n")
    (price,) = json.loads(at(owner, "prices", "list", "--json")[1])
    assert (price["model"], price["input"], price["output"]) == ("house-*", 2.0, 4.5)
    assert price["validFrom"] == "2026-01-01T00:00:00.000Z"

    assert at(owner, "prices", "reprice")[:2] == (0, "1 of 1 spans have another cost now.\n")
    assert (owner.session("s")["totalCost"], owner.session("s")["unpricedModels"]) == (0.00425, [])

    assert at(owner, "prices", "remove", "house-*")[:2] == (0, f"Price {price['id']} of house-* is removed.\n")
    assert json.loads(at(owner, "prices", "list", "--json")[1]) == []


def test_what_is_wrong_with_a_price_is_said_in_one_line(owner: Api) -> None:
    code, out, err = at(owner, "prices", "set", "m", "--input", "-1")
    assert (code, out) == (1, "")
    assert err.startswith("threadline: cannot set the price: input must be 0 to 1000000 dollars per million tokens")
    assert at(owner, "prices", "remove", "m")[2].startswith("threadline: cannot remove the price: there is none of 'm'")


def test_on_the_servers_own_machine_neither_address_nor_key_is_asked_for(server: ServerProcess, tmp_path: Path) -> None:
    assert threadline("prices", "list", "--json", "--data-dir", str(server.data_dir)).stdout == "[]\n"
    nowhere = threadline("prices", "list", "--data-dir", str(tmp_path))
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    assert "cannot tell which server to call" in nowhere.stderr


def test_a_key_of_this_machine_goes_to_no_other_server(server: ServerProcess) -> None:
    elsewhere = f"http://127.0.0.1:{free_port()}"
    asked = threadline("prices", "list", "--url", elsewhere, "--data-dir", str(server.data_dir))
    assert (asked.returncode, asked.stdout) == (1, "")
    assert (
        asked.stderr
        == f"threadline: cannot call {elsewhere}: there is no key for it. Give one with --key (THREADLINE_API_KEY).\n"
    )
    with_key = threadline("prices", "list", "--url", elsewhere, "--key", KEY)
    assert f"cannot call the server at {elsewhere}" in with_key.stderr


def test_a_repricing_that_a_kill_cut_off_is_finished_after_the_next_start(tmp_path: Path) -> None:
    begins = "2026-01-01T10:00:00Z"
    call = {"kind": "generation", "modelName": MODEL, "promptTokens": 1_000_000, "startTime": begins, "endTime": begins}
    with ServerProcess(tmp_path / "data") as server:
        traces = [
            {"id": f"t-{n}", "sessionId": f"s-{n % 5}", "startTime": begins, "observations": [call]} for n in range(50)
        ]
        server.api.send(traces)
        server.api.http.post("/observability/prices", json={"model": MODEL, "input": 3})
        begun = server.api.http.post("/observability/prices/reprice", json={})
        assert begun.status_code == 202
        server.kill()
        server.start()

        states = eventually(
            lambda: [one["state"] for one in server.api.get("/prices/reprice")["data"]], lambda found: found == ["done"]
        )

        assert states == ["done"]
        assert [session["totalCost"] for session in server.api.pages("/sessions")] == [30.0] * 5
        assert server.api.get("/analytics/sessions")["totals"]["totalCost"] == 150


def test_doctor_says_why_a_session_is_empty(server: ServerProcess, owner: Api) -> None:
    name = owner.http.get("/auth/me").json()["project"]["name"]
    sessionless = {"id": "lost", "startTime": dt.datetime.now(dt.UTC).isoformat(), "sessionId": "x" * 513}
    owner.http.post("/observability/traces", json=sessionless)

    code, out, err = at(owner, "doctor", "--project", name)

    assert (code, err) == (1, "")
    assert "refused as invalid_session_id" in out.splitlines()[0]
    assert out.splitlines()[1].startswith(f"{'':25}-> Correct the sender")
    assert f"no price is known for {MODEL}" in out
    assert "threadline" in out.splitlines()[-1]
    assert at(owner, "doctor", "--project", "somebody-elses")[2].startswith(
        f"threadline: cannot look at project somebody-elses: the key is one of project {name}"
    )


def test_what_was_refused_before_a_restart_is_still_told_after_it(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as server:
        server.api.http.post("/observability/traces", content=b"{", headers={"content-type": "application/json"})
        server.stop()
        server.start()

        assert [(row["reason"], row["count"]) for row in server.api.get("/quality")["refused"]] == [
            ("unreadable_request", 1)
        ]
