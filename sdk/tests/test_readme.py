import inspect
import re
import typing
from pathlib import Path

from threadline import DropReason, init_observability

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
