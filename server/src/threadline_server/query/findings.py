"""What a report on a project's data comes to: for each thing that is not as it should be, a sentence, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from threadline_server.query import present

Finding: TypeAlias = dict[str, Any]
Report: TypeAlias = Mapping[str, Any]

ENOUGH_SESSIONS: Final = 10
"""Fewer say nothing about how ids are made."""
ONE_CALL_SHARE: Final = 0.8
MANY: Final = 0.5
_SHOWN: Final = 3


def of(report: Report) -> list[Finding]:
    """What is wrong first, then warnings, then what is well."""
    found = [finding for check in _CHECKS if (finding := check(report)) is not None]
    return sorted(found, key=lambda finding: ("wrong", "warning", "ok").index(finding["state"]))


def _arrivals(report: Report) -> Finding | None:
    if report["spanCount"]:
        count = f"{'more than ' if report['isSampled'] else ''}{report['spanCount']:,}"
        text = f"{count} spans arrived, the last at {report['lastSeen']}; {report['traceCount']:,} traces began"
        return _finding("arrivals", "ok", report["spanCount"], text, None)
    if report["refused"]:
        text = "nothing of what was sent was stored"
        return _finding("arrivals", "wrong", 0, text, "Correct what is refused, see below; the sender was told why.")
    if report["lastSeen"]:
        text = f"nothing arrived; the last trace began in the hour of {report['lastSeen']}"
    else:
        text = "nothing has ever arrived"
    advice = (
        "Check that your program sends to this server with a key of this project, and flushes before it ends: threadline"
        " doctor checks the server, threadline keys list shows when a key was last used."
    )
    return _finding("arrivals", "wrong", 0, text, advice)


def _refused(report: Report) -> Finding | None:
    rows = [row for row in report["refused"] if row["reason"] not in _ACCEPTED]
    if not rows:
        return None
    text = "; ".join(f"{row['count']:,} refused as {row['reason']} ({row['meaning']})" for row in rows[:_SHOWN])
    return _finding(
        "refused",
        "wrong",
        sum(row["count"] for row in rows),
        text,
        "Correct the sender: its own log has the sentence that it was answered, and so has `refused` of this report.",
    )


def _dropped(report: Report) -> Finding | None:
    rows = [row for row in report["dropped"] if row["reason"] not in _DELIBERATE]
    if not rows:
        return None
    count = sum(row["spanCount"] for row in rows)
    services = sorted({service for row in rows for service in row["services"]})
    by = f" in {', '.join(services[:_SHOWN])}" if services else ""
    text = "; ".join(f"{row['spanCount']:,} as {row['reason']} ({row['meaning']})" for row in rows[:_SHOWN])
    advice = "The table of reasons in the SDK's README says what to do; the program's log has a line of `threadline` for each."
    return _finding("dropped", "wrong", count, f"clients dropped {count:,} spans{by}: {text}", advice)


def _without_session(report: Report) -> Finding | None:
    count, of_all = report["withoutSession"]["traceCount"], report["traceCount"]
    if not count:
        return None
    senders = ", ".join(map(_sender_text, report["withoutSession"]["senders"][:_SHOWN]))
    text = (
        f"{count:,} of {of_all:,} traces name no session, from {senders}" if senders else f"{count:,} name no session"
    )
    advice = (
        "Set session.id on any span of the trace (or obs.session(...), gen_ai.conversation.id, thread_id in the metadata):"
        " one value for all turns of a conversation."
    )
    return _finding("without_session", "wrong" if count > MANY * of_all else "warning", count, text, advice)


def _one_call_sessions(report: Report) -> Finding | None:
    sessions, lone = report["oneCallSessions"]["sessionCount"], report["oneCallSessions"]["oneCallCount"]
    if sessions < ENOUGH_SESSIONS or lone < ONE_CALL_SHARE * sessions:
        return None
    text = f"{lone:,} of {sessions:,} sessions hold one trace with one model call: ids look as if made per request"
    advice = (
        "Give all turns of one conversation the same session id: make it when the conversation begins, and keep it."
    )
    return _finding("one_call_sessions", "warning", lone, text, advice)


def _not_understood(report: Report) -> Finding | None:
    strangers = report["notUnderstood"]
    if not strangers["traceCount"]:
        return None
    names = dict.fromkeys(name for example in strangers["examples"] for name in example["attributes"])
    told = f"; their attributes: {', '.join(list(names)[:6])}" if names else "; they have no attributes"
    text = f"{strangers['traceCount']:,} traces speak no dialect that is known here{told}"
    advice = (
        "Where these are model calls, use an instrumentation of the list in docs/reference/ingest.md or set gen_ai.*"
        " attributes; spans of web servers and databases alone are best not sent here."
    )
    state = "ok" if any(sender["generationCount"] for sender in report["senders"]) else "warning"
    return _finding("not_understood", state, strangers["traceCount"], text, advice)


def _unpriced(report: Report) -> Finding | None:
    models = report["unpricedModels"]
    if not models:
        return None
    shown = ", ".join(row["model"] for row in models[:_SHOWN])
    text = f"no price is known for {shown}{' and others' if len(models) > _SHOWN else ''}: their cost is left out"
    advice = "threadline prices set MODEL --input ... --output ..., then threadline prices reprice."
    return _finding("unpriced_models", "warning", len(models), text, advice)


def _ahead(report: Report) -> Finding | None:
    ahead = report["clocks"]["ahead"]
    if not ahead["spanCount"]:
        return None
    text = f"{ahead['spanCount']:,} spans came before their time, by up to {present.duration_text(ahead['most'])}"
    return _finding(
        "clock_ahead", "warning", ahead["spanCount"], text, "Set the sender's clock, and this server's, by NTP."
    )


def _behind(report: Report) -> Finding | None:
    behind = report["clocks"]["behind"]
    if not behind["spanCount"]:
        return None
    text = f"{behind['spanCount']:,} spans came long after they had ended, by up to {present.duration_text(behind['most'])}"
    advice = "Sessions are dated by their own time, so look there; unless this was an import, check the sender's clock."
    return _finding("clock_behind", "warning", behind["spanCount"], text, advice)


def _finding(code: str, state: str, count: int, message: str, advice: str | None) -> Finding:
    return {"code": code, "state": state, "count": count, "message": message, "advice": advice}


def _sender_text(sender: Mapping[str, Any]) -> str:
    return " / ".join(sender[name] for name in ("service", "scope", "dialect") if sender[name]) or "an unnamed sender"


_ACCEPTED: Final = ("metric", "log_record_apart")
"""Accepted and not stored, by design."""
_DELIBERATE: Final = ("sampled_out",)
"""Dropped by clients that were told to."""
_CHECKS: Final[tuple[Callable[[Report], Finding | None], ...]] = (
    _arrivals, _refused, _dropped, _without_session, _one_call_sessions, _not_understood, _unpriced, _ahead, _behind,
)  # fmt: skip
