"""The demo's two weeks, played once for all tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from threadline.testing import SpanRecord
from threadline_server.demo.plan import Part, plan
from threadline_server.demo.script import Script, load_scripts

from .stage import NOW, Listener, play


@pytest.fixture(scope="session")
def scripts() -> list[Script]:
    return load_scripts()


@pytest.fixture(scope="session")
def fortnight(scripts: list[Script]) -> list[tuple[Part, list[SpanRecord]]]:
    """All sessions of the demo with their spans."""
    return [(part, play(part)) for part in plan(scripts, now=NOW, seed=2026)]


@pytest.fixture(scope="session")
def turns(fortnight: list[tuple[Part, list[SpanRecord]]]) -> list[SpanRecord]:
    """The roots of all traces."""
    return [span for _part, spans in fortnight for span in spans if span.parent_id is None]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    thread = threading.Thread(target=listening.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield listening
    listening.server.shutdown()
    thread.join()
    listening.server.server_close()
