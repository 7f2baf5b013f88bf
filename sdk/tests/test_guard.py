import pytest

from threadline import Observability
from threadline._drops import Drops
from threadline._guard import Guard
from threadline._notices import Notices
from threadline._recorder import Recorder
from threadline.testing import ScoreRecord, SpanRecord


@pytest.fixture
def _as_for_users(monkeypatch):
    monkeypatch.setattr(Guard, "reraise", False)


class FailingExporter:
    def export(self, record: SpanRecord) -> None:
        raise ZeroDivisionError

    def export_score(self, record: ScoreRecord) -> None:
        raise ZeroDivisionError

    def flush(self, timeout: float) -> bool:
        raise ZeroDivisionError

    def close(self, timeout: float) -> bool:
        raise ZeroDivisionError

    def after_fork_in_child(self) -> None:
        raise ZeroDivisionError


@pytest.mark.usefixtures("_as_for_users")
def test_the_program_never_sees_our_exceptions(caplog):
    recorder = Recorder()
    recorder.use(FailingExporter(), None, None)
    obs = Observability(recorder)
    with obs.session("conversation-1"), obs.trace("turn"):
        obs.generation().end()
        obs.event()
    obs.score("solved", True, session_id="conversation-1")
    assert [obs.flush(), obs.shutdown()] == [False, False]
    assert obs.dropped == {"internal_error": 6}
    (message,) = caplog.messages
    assert message.startswith("spans dropped as internal_error so far: 1; BUG: threadline failed")
    assert "(ZeroDivisionError in FailingExporter.export, line " in message


@pytest.mark.usefixtures("_as_for_users")
def test_the_programs_own_signals_pass():
    with pytest.raises(KeyboardInterrupt), Guard(Drops(Notices())):
        raise KeyboardInterrupt


def test_our_own_tests_see_them():
    with pytest.raises(ZeroDivisionError), Guard(Drops(Notices())):
        raise ZeroDivisionError
