from __future__ import annotations

import threading
from pathlib import Path
from random import Random

import pytest

from threadline_server import demo
from threadline_server.credentials import Credentials, write_credentials
from threadline_server.demo import fill
from threadline_server.demo.clocks import PastClock, PresentClock
from threadline_server.demo.live import LiveSessions, next_part
from threadline_server.demo.marker import Marker, read_marker, write_marker
from threadline_server.demo.script import Script
from threadline_server.settings import Settings

from .stage import NOW, Listener


def session_ids(listener: Listener) -> set[str]:
    return {
        attribute["value"]["stringValue"]
        for span in listener.spans
        for attribute in span["attributes"]
        if attribute["key"] == "session.id"
    }


def test_filling_delivers_every_span(listener: Listener) -> None:
    seen = []
    filled = fill(listener.dsn, now=NOW, seed=1, sessions=12, on_session=lambda: seen.append(1))
    assert (filled.sessions, filled.dropped) == (12, 0)
    assert len(listener.spans) == filled.spans
    assert len(session_ids(listener)) == len(seen) == 12


def test_filling_again_sends_the_same_spans(listener: Listener) -> None:
    fill(listener.dsn, now=NOW, seed=1, sessions=5)
    first = sorted((span["traceId"], span["spanId"], span["startTimeUnixNano"]) for span in listener.spans)
    listener.requests.clear()
    fill(listener.dsn, now=NOW, seed=1, sessions=5)
    assert sorted((span["traceId"], span["spanId"], span["startTimeUnixNano"]) for span in listener.spans) == first


def test_each_request_names_program_release_and_environment(listener: Listener) -> None:
    fill(listener.dsn, now=NOW, seed=1, sessions=5)
    for request in listener.requests:
        facts = {fact["key"] for fact in request["resourceSpans"][0]["resource"]["attributes"]}
        assert facts == {"service.name", "service.version", "deployment.environment.name"}


def test_what_the_server_does_not_take_is_counted(listener: Listener) -> None:
    listener.status = 400
    filled = fill(listener.dsn, now=NOW, seed=1, sessions=5)
    assert filled.dropped == filled.spans > 0


def test_a_marker_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_marker(tmp_path) is None
    write_marker(tmp_path, Marker(NOW, is_filled=True))
    assert read_marker(tmp_path) == Marker(NOW, is_filled=True)
    (tmp_path / "demo.json").write_text("not ours")
    assert read_marker(tmp_path) is None


@pytest.fixture
def settings(tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data directory whose server is the listener, and a demo of six sessions."""
    port = listener.server.server_address[1]
    write_credentials(tmp_path, Credentials("default", "pk_demo", f"http://127.0.0.1:{port}"))
    monkeypatch.setattr(demo, "SESSIONS", 6)
    return Settings(data_dir=tmp_path, port=port)


def test_a_data_directory_is_filled_once(settings: Settings, listener: Listener) -> None:
    demo.fill_once(settings, listener.dsn)
    assert len(session_ids(listener)) == 6
    listener.requests.clear()
    demo.fill_once(settings, listener.dsn)
    assert listener.requests == []


def test_a_filling_that_was_broken_off_goes_on_with_the_same_two_weeks(settings: Settings, listener: Listener) -> None:
    write_marker(settings.data_dir, Marker(NOW, is_filled=False))
    demo.fill_once(settings, listener.dsn)
    assert read_marker(settings.data_dir) == Marker(NOW, is_filled=True)
    sent = session_ids(listener)
    listener.requests.clear()
    fill(listener.dsn, now=NOW, sessions=6)
    assert session_ids(listener) == sent


def test_a_filling_that_failed_is_done_again(settings: Settings, listener: Listener) -> None:
    listener.status = 400
    demo.fill_once(settings, listener.dsn)
    listener.status = 200
    listener.requests.clear()
    demo.fill_once(settings, listener.dsn)
    assert len(session_ids(listener)) == 6


def test_a_live_session_sends_a_turn_and_stops_when_told(scripts: list[Script], listener: Listener) -> None:
    live = LiveSessions(listener.dsn, scripts)
    live.stop(0)
    live.play(next_part(scripts[0], Random(1)))
    assert len(session_ids(listener)) == 1
    assert len({span["traceId"] for span in listener.spans}) == 1


def test_live_sessions_are_long_enough_to_watch(scripts: list[Script]) -> None:
    for script in scripts:
        assert len(next_part(script, Random(1)).conversations[0].turn) >= 3


def test_the_past_passes_without_waiting() -> None:
    clock = PastClock(5)
    clock.spend(86_400)
    before = clock.now()
    clock.pause(1.5)
    assert clock.now().wall_ns == 5 + 86_401_500_000_000
    clock.return_to(before)
    assert clock.now() == before


def test_the_present_waits_for_nothing_once_it_is_stopped() -> None:
    stop = threading.Event()
    stop.set()
    clock = PresentClock(stop, 1.0)
    clock.spend(3600)
    clock.pause(3600)
    clock.return_to(clock.now())
    assert clock.now() >= clock.now()._replace(monotonic_ns=0, wall_ns=0)
