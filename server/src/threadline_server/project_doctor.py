"""``threadline doctor --project``: what is wrong with the data of a project, as the report of a running server tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from threadline_server.doctor import Finding
from threadline_server.errors import NotFound
from threadline_server.remote import Remote

PATH = "/observability/quality"
_SHOWN = 5


def quality_of(server: Remote, project: str | None) -> dict[str, Any]:
    """The report of the last day. Raises what the server answers, and NotFound for a key of another project."""
    if project is not None and (own := server.project()) != project:
        raise NotFound(
            f"cannot look at project {project}: the key is one of project {own}",
            hint=f"Give --key with one of its own: threadline keys create --project {project} --scope read",
        )
    report: dict[str, Any] = server.call("GET", PATH)
    return report


def told(report: Mapping[str, Any]) -> Iterator[Finding]:
    """Its findings, each with the examples that a person would look at first."""
    for finding in report["findings"]:
        yield Finding(
            finding["code"].removesuffix("_sessions").replace("_", " "),
            finding["state"],
            finding["message"] + _examples(finding["code"], report),
            finding["advice"],
        )


def senders(report: Mapping[str, Any]) -> Sequence[Mapping[str, object]]:
    """Who sent what, as rows."""
    return [
        {
            "service": one["service"],
            "library": one["scope"],
            "dialect": one["dialect"],
            "spans": one["spanCount"],
            "traces": one["traceCount"],
            "model calls": one["generationCount"],
            "last seen": one["lastSeen"],
        }
        for one in report["senders"]
    ]


def _examples(code: str, report: Mapping[str, Any]) -> str:
    examples: list[str] = []
    if code == "refused":
        examples = [row["example"] for row in report["refused"] if row["example"]]
    elif code == "without_session":
        examples = [f"trace {trace['id']}" for trace in report["withoutSession"]["examples"]]
    elif code == "one_call_sessions":
        examples = [f"session {name}" for name in report["oneCallSessions"]["examples"]]
    elif code == "not_understood":
        examples = [f"{span['name']} of trace {span['traceId']}" for span in report["notUnderstood"]["examples"]]
    elif code in ("clock_ahead", "clock_behind"):
        examples = [f"trace {report['clocks'][code.removeprefix('clock_')]['exampleTrace']}"]
    shown = [text if text.isprintable() else ascii(text) for text in examples[:_SHOWN]]
    return f" (for example {'; '.join(shown)})" if shown else ""
