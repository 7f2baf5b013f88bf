"""FAULTS.md row C7 over every way into a span: real clients, a stand-in for the models, our exporter, and a server that fails.

Each way is gone twice. Without a mask every canary arrives, so that the test can fail; with one none is on the wire, in the
spool, in what is sent from there, or in the log.
"""

import gzip
import logging
import re
from pathlib import Path

import pytest

from e2e.live import model_answers, model_stub, model_wires
from e2e.live.model_answers import Answer
from sdk.tests.stub_server import Reply, StubServer
from sdk.tests.test_canaries import files
from sdk.tests.wrappers.secret_paths import WAYS, Canaries
from threadline import get_observability, init_observability
from threadline.testing import MemoryExporter

CANARY = re.compile(r"CANARY number \d{4} ends")


def found(*texts: bytes) -> set[str]:
    return {canary for text in texts for canary in CANARY.findall(text.decode("utf-8", "replace"))}


def hide(text, place):
    return CANARY.sub("[masked]", text)


@pytest.fixture
def canary(monkeypatch) -> Canaries:
    """Makes canaries, also for the stand-in for the models, which says new ones in every answer."""
    canary = Canaries()

    def answer_to(said):
        verb = said[-1][1].partition(" ")[0]
        if verb == "call":
            return Answer(10, 5, arguments={"city": canary(), canary(): "x"})
        if verb == "refuse":
            monkeypatch.setattr(model_stub, "REFUSAL", canary())
            return model_answers.REFUSED
        if verb == "break":
            answer = Answer(10, 5, text=f"{canary()} and so it goes on for a while until it breaks")
            monkeypatch.setattr(model_stub, "CUT_OFF", answer)
            return answer
        return Answer(10, 5, text=f"It is {canary()} today")

    monkeypatch.setattr(model_wires, "answer_to", answer_to)
    return canary


@pytest.fixture(autouse=True)
def _stopped():
    yield
    init_observability(exporter=MemoryExporter()).shutdown()


def gone(way: str, models: str, canary: Canaries, spool: Path, mask) -> dict[str, bytes]:
    """Where texts come out while a server first fails and then does not, each with all that came out there."""
    settings = {"spool_dir": str(spool), "environment": "test"}
    with StubServer() as server, StubServer() as open_server:
        server.replies.extend([Reply(503)] * 100)
        canary.open_server = open_server.dsn
        init_observability(server.dsn, mask=mask, **settings)
        WAYS[way](models, canary)
        get_observability().shutdown()
        refused, foreign = bodies(server), bodies(open_server)
        spooled = b"".join(files(spool))
        server.replies.clear()
        init_observability(server.dsn, mask=mask, release="again", **settings).flush(30)
        return {"wire": refused + foreign, "spool": spooled + foreign, "replay": bodies(server) + foreign}


def bodies(server: StubServer) -> bytes:
    taken = [*server.requests, *(server.scored.get() for _ in range(server.scored.qsize()))]
    return b"".join(gzip.decompress(request.body) for request in taken)


@pytest.mark.parametrize("way", WAYS)
def test_no_secret_leaves_by_any_way(way, models, canary, tmp_path, caplog):
    caplog.set_level(logging.DEBUG, "threadline")
    raw = gone(way, models, canary, tmp_path / "raw", None)
    assert {place: canary.made - found(raw[place]) for place in ("spool", "replay")} == {
        "spool": set(),
        "replay": set(),
    }
    assert found(raw["wire"])
    masked = gone(way, models, canary, tmp_path / "masked", hide)
    masked["log"] = "\n".join(record.getMessage() for record in caplog.records if record.name == "threadline").encode()
    assert {place: found(text) for place, text in masked.items()} == {place: set() for place in masked}
    assert [place for place, text in masked.items() if b"[masked]" in text] == ["wire", "spool", "replay"]
