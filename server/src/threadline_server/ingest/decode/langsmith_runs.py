"""LangSmith's runs, one by one, in batches or as a form, -> parts. What makes spans of them is ``langsmith_spans``.

Source: https://docs.smith.langchain.com/reference (runs, feedback). A run is created (``post``) and finished (``patch``) by
messages of their own. ``session_name`` and ``session_id`` beside the run's fields name a project; a conversation is named in
``extra.metadata`` only.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any, Final

from threadline_server.errors import BadRequest
from threadline_server.ingest import reasons
from threadline_server.ingest.decode import langsmith_multipart, validity
from threadline_server.ingest.decode.json_body import parse
from threadline_server.ingest.decode.native_fields import Refused, identifier
from threadline_server.ingest.decode.piecewise import Told, Value, checked_session, instant, object_of, part_of, text_of
from threadline_server.model import Drop, SpanPart

RUN: Final = "langsmith.run"
FEEDBACK: Final = "langsmith.feedback"

SESSION_KEYS: Final = ("session_id", "thread_id", "conversation_id")
_STEPS: Final = {"post": 0, "patch": 1}
_IN_ORDER: Final = re.compile(r"^\d{8}T\d{6,12}Z(.+)$")


def decode_post(body: bytes, *, now_ns: int | None = None) -> Told:
    """``POST /runs``: one run begins, or is whole already."""
    return _told([("post", parse(body))], now_ns)


def decode_patch(body: bytes, *, run_id: str, now_ns: int | None = None) -> Told:
    """``PATCH /runs/{id}``: the same run goes on."""
    held = parse(body)
    return _told([("patch", {**held, "id": run_id} if isinstance(held, dict) else held)], now_ns)


def decode_batch(body: bytes, *, now_ns: int | None = None) -> Told:
    """``POST /runs/batch``: ``{"post": [...], "patch": [...]}``."""
    held = parse(body)
    lists = [(what, held.get(what) or []) for what in _STEPS] if isinstance(held, dict) else []
    if not lists or not all(isinstance(runs, list) for _, runs in lists):
        raise BadRequest('cannot read the body: it is not {"post": [...], "patch": [...]}')
    return _told([(what, run) for what, runs in lists for run in runs], now_ns)


def decode_multipart(body: bytes, *, content_type: str, now_ns: int | None = None) -> Told:
    """``POST /runs/multipart``."""
    return _told(langsmith_multipart.messages_of(body, content_type), now_ns)


def decode_feedback(body: bytes, *, now_ns: int | None = None) -> Told:
    """``POST /feedback``."""
    return _told([("feedback", parse(body))], now_ns)


def _told(messages: Iterable[tuple[str, Any]], now_ns: int | None) -> Told:
    latest_ns = (time.time_ns() if now_ns is None else now_ns) + validity.FUTURE_NS
    parts: list[tuple[int, SpanPart]] = []
    drops: list[Drop] = []
    ids: list[str] = []
    for index, (what, value) in enumerate(messages):
        ids.append(text_of(value, "id", "run_id") if isinstance(value, dict) else "")
        try:
            parts.append((index, _part(what, value, latest_ns)))
        except Refused as refusal:
            drops.append(Drop(index, refusal.reason, str(refusal)))
    return Told(parts, drops, ids)


def _part(what: str, value: Any, latest_ns: int) -> SpanPart:
    if not what:
        raise Refused(reasons.MALFORMED, value)
    if not isinstance(value, dict):
        raise Refused(reasons.MALFORMED, f"the {'feedback' if what == 'feedback' else 'run'} is not an object")
    if what == "attachment":
        raise Refused(reasons.ATTACHMENT, f"the file {value['name'][:100]!r} is not stored")
    return _feedback(value) if what == "feedback" else _run(what, value, latest_ns)


def _run(what: str, run: Value, latest_ns: int) -> SpanPart:
    run_id = identifier(run, "id", reasons.SPAN_ID)
    if not run_id:
        raise Refused(reasons.SPAN_ID, "id is missing")
    identifier(run, "parent_run_id", reasons.PARENT_ID)
    places = run_order(run)
    trace_id = identifier(run, "trace_id", reasons.TRACE_ID) or (places[0] if places else "")
    if not trace_id and what == "post":
        if run.get("parent_run_id"):
            raise Refused(reasons.TRACE_ID, "a run with a parent names neither trace_id nor dotted_order")
        trace_id = run_id
    start_ns, end_ns = instant(run, "start_time", latest_ns), instant(run, "end_time", latest_ns)
    if what == "post" and not start_ns:
        raise Refused(reasons.TIME_MISSING, "start_time is missing")
    metadata = object_of(object_of(run, "extra"), "metadata")
    checked_session(text_of(metadata, *SESSION_KEYS))
    return part_of(RUN, run_id, trace_id, {"run": run}, step=_STEPS[what], sent_ns=end_ns)


def run_order(run: Value) -> list[str]:
    """The ids of the runs around this one, from the trace's root to itself, as ``dotted_order`` tells them."""
    held = run.get("dotted_order")
    if not isinstance(held, str):
        return []
    found = [_IN_ORDER.match(place) for place in held.split(".")]
    return [match[1] for match in found if match is not None]


def _feedback(value: Value) -> SpanPart:
    own_id = identifier(value, "id", reasons.SPAN_ID)
    run_id, trace_id = identifier(value, "run_id", reasons.SPAN_ID), identifier(value, "trace_id", reasons.TRACE_ID)
    if not text_of(value, "key"):
        raise Refused(reasons.MALFORMED, "feedback has a key")
    key = own_id or f"{trace_id}/{run_id}/{text_of(value, 'key')}"
    return part_of(FEEDBACK, key, trace_id, {"feedback": value}, step=0, sent_ns=0)
