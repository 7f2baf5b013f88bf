import os
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

from threadline import get_observability, init_observability
from threadline._context import current_span
from threadline._setup import _process
from threadline.testing import MemoryExporter, SpanRecord, recorded


def answer_the_customer() -> None:
    """A program as it is: it starts Threadline itself."""
    obs = init_observability("http://pk_xxx@127.0.0.1:1/default")
    with obs.trace(
        "chat-turn", session_id="conversation-1", user_id="user-1", input={"message": "Hello!"}, tags=["a"]
    ) as turn:
        obs.generation("answer", metadata={"plan": "pro"}).end(output=["Hi."])
        with obs.tool("lookup"):
            obs.event("found")
        turn.error(ValueError("wrong"))  # fmt: skip


def test_a_program_is_recorded_whatever_it_initialises_and_nothing_is_sent():
    with recorded() as spans:
        answer_the_customer()
    assert spans.tree().splitlines() == [
        "chat-turn failed: ValueError: wrong",
        "  answer (generation)",
        "  lookup (tool)",
        "    found (event)",
    ]


def test_spans_are_read_as_they_were_written():
    with recorded() as spans:
        answer_the_customer()
    turn, answer = spans.one("chat-turn"), spans.one("answer")
    assert (turn.kind, turn.session_id, turn.user_id, turn.input, turn.output, turn.tags, turn.metadata) == (
        "span",
        "conversation-1",
        "user-1",
        {"message": "Hello!"},
        None,
        ["a"],
        None,
    )
    assert (answer.kind, answer.output, answer.metadata, answer.tags) == ("generation", ["Hi."], {"plan": "pro"}, [])
    assert spans.children(turn) == [answer, spans.one("lookup")]


def test_every_run_is_the_same():
    runs = []
    for _ in range(2):
        with recorded() as spans:
            answer_the_customer()
        runs.append(spans.spans)
    assert runs[0] == runs[1]


def test_afterwards_all_is_as_before(monkeypatch):
    monkeypatch.setattr(_process, "is_untouched", True)
    outer = MemoryExporter()
    obs = init_observability(exporter=outer)
    trace = obs.trace("outer")
    with recorded() as spans:
        assert current_span() is None
        obs.trace("inner")
        assert obs.dropped == {}
    obs.event("child")
    trace.end()
    assert ([span.name for span in outer.spans], spans.spans) == (["child", "outer"], [])
    assert get_observability() is obs
    obs.shutdown()


def test_the_mask_of_the_program_can_be_tested():
    with recorded() as spans:
        obs = init_observability(mask=lambda text, place: "hidden" if place.field == "input" else text)
        obs.event("step", input="secret")
    assert spans.one("step").input == "hidden"


def test_what_is_not_there_is_said_with_what_is():
    with recorded() as spans:
        answer_the_customer()
        with pytest.raises(AssertionError, match="there are 0 spans named 'anwser'; all spans:\nchat-turn failed"):
            spans.one("anwser")
        spans.clear()
        assert (spans.tree(), spans.named("answer")) == ("", [])


def test_a_span_that_comes_twice_is_shown_once_and_a_lost_parent_makes_a_root():
    exporter = MemoryExporter()
    for end_ns, error in ((5, None), (9, None)):
        exporter.export(SpanRecord("1", "2", "lost", "late", 3, end_ns, {}, error))
    exporter.export(SpanRecord("1", "3", "2", "child", 4, 5, {}, None))
    assert exporter.tree() == "late\n  child\n"


PROGRAM = """
    import sys
    import pytest

    def test_it_is_not_even_loaded_unless_asked():
        assert "threadline" not in sys.modules

    @pytest.mark.parametrize("run", range(4))
    def test_each_test_has_its_own(threadline_spans, run):
        from threadline import get_observability
        get_observability().trace("turn")  # never ended
        get_observability().event("step")
        assert [(span.name, span.span_id) for span in threadline_spans.spans] == [("step", f"{2:016x}")]
"""


@pytest.mark.parametrize("arguments", [[], ["-n", "2"]])
def test_the_fixture_is_a_plugin(arguments, tmp_path):
    (tmp_path / "test_program.py").write_text(textwrap.dedent(PROGRAM))
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    plugins = ["-p", "pytest_threadline", *(["-p", "xdist.plugin"] if arguments else [])]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugins, *arguments],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "5 passed" in result.stdout, result.stdout + result.stderr


def test_the_distribution_brings_the_plugin():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["pytest11"] == {"threadline": "pytest_threadline"}
    assert "src/pytest_threadline.py" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
