import gc
from collections.abc import Iterator

import pytest

from e2e.live.model_stub import ModelStub
from threadline import Observability, get_observability, init_observability
from threadline.testing import CountedIds, MemoryExporter, SpanRecord, StepClock


class Recorded:
    """What the process's own ``Observability`` has recorded: wrappers know no other."""

    def __init__(self, obs: Observability, exporter: MemoryExporter) -> None:
        self.obs = obs
        self._exporter = exporter

    @property
    def spans(self) -> list[SpanRecord]:
        return self._exporter.spans

    @property
    def only(self) -> SpanRecord:
        (span,) = self.spans
        return span

    def named(self, name: str) -> SpanRecord:
        (span,) = [span for span in self.spans if span.name == name]
        return span


@pytest.fixture(scope="session")
def models() -> Iterator[str]:
    """The address of a stand-in for OpenAI's and Anthropic's APIs."""
    with ModelStub() as stub:
        yield stub.url


@pytest.fixture(scope="package")
def _what_is_loaded_is_no_garbage() -> Iterator[None]:
    """Spares the collections below half a million objects of the libraries, half a second each time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def recorded(_what_is_loaded_is_no_garbage: None) -> Iterator[Recorded]:
    exporter = MemoryExporter()
    init_observability(exporter=exporter, clock=StepClock(step_ns=1_000_000), ids=CountedIds())
    yield Recorded(get_observability(), exporter)
    # What a test has dropped is closed now, not in the middle of the next one.
    gc.collect()
    get_observability().shutdown()
