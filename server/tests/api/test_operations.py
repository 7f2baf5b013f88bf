"""What a server tells whoever runs it: that it answers, that it can work or why not, and figures without a name in them."""

from __future__ import annotations

import re
import time
from multiprocessing import active_children
from pathlib import Path

import pytest

from threadline_server.errors import Unavailable
from threadline_server.ingest.workers import Workers
from threadline_server.watching.health import Health, alive, behind, disk
from threadline_server.watching.metrics import Metric, Requests, lines

from .running import PATIENCE_S, Caller

AT = "2026-11-23T10:30:00Z"
LINE = re.compile(
    r'# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="(?:[^"\\\n]|\\.)*"(?:,\w+="(?:[^"\\\n]|\\.)*")*\})? -?[0-9.e+-]+'
)


def figures(text: str) -> dict[str, float]:
    """Sample -> value, of lines that are each well-formed, with one family after the other."""
    held = [line for line in text.split("\n") if line]
    assert [line for line in held if not LINE.fullmatch(line)] == []
    families = [line.split()[2] for line in held if line.startswith("# TYPE")]
    assert len(families) == len(set(families))
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in held if not line.startswith("#")}


def test_a_server_that_can_work_is_ready(caller: Caller) -> None:
    answer = caller.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert caller.get("/healthz").json() == {"status": "ok"}


def test_what_was_received_stored_and_refused_is_counted_by_reason_and_route(caller: Caller) -> None:
    before = figures(caller.get("/metrics").text)
    caller.send({"id": "m-1", "name": "turn", "startTime": AT, "endTime": AT})
    caller.post("/observability/traces", b'{"traces": [{"id": "m-2", "name": "turn", "startTime": "never"}]}')
    caller.get("/observability/sessions", ("sort", "nothing"))
    after = figures(caller.get("/metrics").text)

    def grown(sample: str) -> float:
        return after[sample] - before.get(sample, 0)

    assert (grown("threadline_received_total"), grown("threadline_stored_total")) == (2, 1)
    assert sum(grown(name) for name in after if name.startswith("threadline_rejected_total{")) == 1
    assert grown('threadline_http_requests_total{method="GET",route="/observability/sessions",status="400"}') == 1
    assert grown('threadline_http_requests_total{method="POST",route="/observability/traces",status="200"}') == 2
    assert grown('threadline_http_request_duration_seconds_count{route="/observability/traces"}') == 2
    assert (
        after['threadline_http_request_duration_seconds_bucket{route="/observability/traces",le="+Inf"}']
        == (after['threadline_http_request_duration_seconds_count{route="/observability/traces"}'])
    )
    assert (after["threadline_ready"], after["threadline_rollup_waiting_traces"]) == (1, 0)
    assert after["process_resident_memory_bytes"] > 0


def test_g5_no_figure_names_a_project_a_session_or_what_was_said(caller: Caller) -> None:
    caller.send({"id": "canary-t", "name": "canary-n", "sessionId": "canary-s", "userId": "canary-u", "startTime": AT, "endTime": AT,
                 "input": "canary-i", "tags": ["canary-g"]})  # fmt: skip
    for path in (
        "/observability/sessions/canary-s",
        "/observability/traces/canary-t",
        "/observability/sessions?q=canary-q",
        "/canary-p",
    ):
        caller.get(path)
    for path in ("/metrics", "/readyz", "/healthz"):
        assert "canary" not in caller.get(path).text


def test_figures_need_a_key_and_any_will_do(caller: Caller) -> None:
    assert caller.server.caller(caller.project_id, ["ingest"]).get("/metrics").status_code == 200
    assert caller.server.web.get("/metrics").status_code == 401


def test_a5_a_full_disk_is_told_with_how_much_is_free(tmp_path: Path) -> None:
    assert disk(tmp_path, 1)() is None
    assert re.fullmatch(r"the disk is full: \d+ bytes are free, \d+ are needed", disk(tmp_path, 2**62)() or "")
    assert "cannot be read" in (disk(tmp_path / "gone")() or "")


@pytest.mark.parametrize(
    ("check", "reason"),
    [(behind(lambda: 61.0), "the roll-up is 61 s behind what has arrived"), (behind(lambda: 59.0), None),
     (alive("the thread that writes", lambda: False), "the thread that writes has ended; restart the server")],
)  # fmt: skip
def test_each_part_says_why_it_cannot_work(check, reason: str | None) -> None:
    assert check() == reason


def test_a_store_that_does_not_answer_is_the_reason_and_is_asked_once_a_second() -> None:
    now, asked = [0.0], []

    def store() -> str | None:
        asked.append(now[0])
        raise Unavailable("cannot use the store now", hint="See the log.")

    health = Health({"store": store, "disk": lambda: None}, monotonic=lambda: now[0])
    for now[0] in (0.0, 0.5, 0.9, 1.0, 1.9):
        assert health.report().reasons == {"store": "cannot use the store now. See the log."}
    assert asked == [0.0, 1.0]


def test_decoding_processes_that_have_died_are_told_and_replaced() -> None:
    workers = Workers(1)
    try:
        workers.submit(int).result(60)
        assert workers.fault() is None
        for process in active_children():
            process.kill()
            process.join()
        assert workers.fault() == "all decoding processes have died; others are starting"
        deadline = time.monotonic() + PATIENCE_S
        while workers.fault() is not None and time.monotonic() < deadline:
            time.sleep(0.02)
        workers.submit(int).result(PATIENCE_S)
        assert workers.fault() is None
    finally:
        workers.stop()


def test_labels_are_escaped() -> None:
    assert list(lines(Metric("m", "gauge", "Help.", {(("a", 'x"y\\z\n'),): 1.5}))) == [
        "# HELP m Help.",
        "# TYPE m gauge",
        'm{a="x\\"y\\\\z\\n"} 1.5',
    ]


def test_a_histogram_counts_every_request_once_in_growing_buckets() -> None:
    requests = Requests()
    for seconds in (0.001, 0.005, 0.3, 99.0):
        requests.note("GET", "/r", 200, seconds)
    told = figures("\n".join(requests.lines()))
    assert [
        told[f'threadline_http_request_duration_seconds_bucket{{route="/r",le="{bound}"}}']
        for bound in ("0.005", "0.25", "0.5", "10.0", "+Inf")
    ] == [2, 2, 3, 3, 4]
    assert told['threadline_http_request_duration_seconds_sum{route="/r"}'] == pytest.approx(99.306)
