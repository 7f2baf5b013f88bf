import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from sdk.tests.stub_server import StubServer
from threadline import Observability
from threadline._context import _span, session
from threadline._guard import Guard
from threadline._recorder import Recorder
from threadline.testing import CountedIds, MemoryExporter, SpanRecord, StepClock

Guard.reraise = True
settings.register_profile("no stop-watch", deadline=None)
settings.load_profile("no stop-watch")


class Recording(NamedTuple):
    obs: Observability
    exporter: MemoryExporter
    recorder: Recorder

    @property
    def spans(self) -> list[SpanRecord]:
        return self.exporter.spans

    def named(self, name: str) -> SpanRecord:
        (span,) = [span for span in self.spans if span.name == name]
        return span


@pytest.fixture
def recording() -> Recording:
    recorder, exporter = Recorder(), MemoryExporter()
    recorder.use(exporter, StepClock(start_ns=0, step_ns=1_000), CountedIds())
    return Recording(Observability(recorder), exporter, recorder)


@pytest.fixture
def obs(recording: Recording) -> Observability:
    return recording.obs


@pytest.fixture(autouse=True)
def _nothing_is_current() -> Iterator[None]:
    _span.set(None)
    session.set(None)
    yield
    _span.set(None)
    session.set(None)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("THREADLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("THREADLINE_SPOOL_DIR", str(tmp_path / "spool"))


@pytest.fixture
def server() -> Iterator[StubServer]:
    with StubServer() as server:
        yield server
