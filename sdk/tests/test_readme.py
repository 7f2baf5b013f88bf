import inspect
import re
import typing
from pathlib import Path

import pytest

from threadline import DropReason, Place, init_observability
from threadline.testing import recorded

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [re.findall(r"`([^`]*)`", line) for line in section.splitlines() if line.startswith("| `")]


def test_every_setting_is_documented():
    arguments = [
        name
        for name in inspect.signature(init_observability).parameters
        if name not in {"mask", "exporter", "clock", "ids"}
    ]
    assert [row[:2] for row in rows("Settings")] == [[name, f"THREADLINE_{name.upper()}"] for name in arguments]


def test_every_reason_for_a_drop_is_documented():
    assert [row[0] for row in rows("What does not arrive")] == list(typing.get_args(DropReason))


def test_the_first_program_runs(server):
    program = (
        README.partition("```python\n")[2]
        .partition("```")[0]
        .replace("http://pk_xxx@127.0.0.1:4318/default", server.dsn)
    )
    names: dict = {}
    exec(compile(program, "README.md", "exec"), names)
    assert [request.span_names for request in server.requests] == [["generate-response", "chat-turn"]]
    names["obs"].shutdown()


@pytest.mark.parametrize("document", ["sdk/README.md", "docs/privacy.md"])
def test_every_example_is_python_and_those_that_stand_alone_run(document, monkeypatch):
    for client in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{client}_API_KEY", "none")
    text = (Path(__file__).parents[2] / document).read_text(encoding="utf-8")
    examples = [part.partition("```")[0] for part in text.split("```python\n")[1:]]
    assert len(examples) > 0
    with recorded() as spans:
        for example in examples:
            names: dict = {}
            code = compile(example, document, "exec")
            if "init_observability(dsn=" not in example or "mask=" in example:
                exec(code, names)
            if "mask" in names:
                masked = names["mask"]("a@example.org, sk-0123456789", Place("input", (), "turn", "span"))
                assert masked in {"[e-mail], sk-0123456789", "a@example.org, [key]"}
    assert spans.spans == []
