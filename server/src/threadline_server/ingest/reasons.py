"""Why a piece of data can be refused: the closed list of ``Drop.reason`` words, each with what it means."""

from __future__ import annotations

from typing import Final

MALFORMED: Final = "malformed"
TRACE_ID: Final = "invalid_trace_id"
SPAN_ID: Final = "invalid_span_id"
PARENT_ID: Final = "invalid_parent_id"
TIME_MISSING: Final = "time_missing"
TIME_UNIT: Final = "time_unit"
TIME_RANGE: Final = "time_out_of_range"
SESSION_ID: Final = "invalid_session_id"
ATTACHMENT: Final = "attachment"

MAX_SESSION_ID: Final = 512
"""Characters; contract, section 5."""
DROPPED_FIELDS: Final = "threadline.dropped_fields"
"""Attribute with which a stored span tells what of it was left out, and why."""

REASONS: Final[dict[str, str]] = {
    MALFORMED: "a field has another type than its format says, or the text of a time cannot be read",
    TRACE_ID: "the trace id is missing or all zero (spans), not 32 hexadecimal digits (OTLP), or no text of 1 to 512 characters (elsewhere)",
    SPAN_ID: "the span id is missing or all zero (spans), not 16 hexadecimal digits (OTLP), or no text of 1 to 512 characters (elsewhere)",
    PARENT_ID: "the parent's span id is neither empty nor a span id",
    TIME_MISSING: "the span has no start time, or the log record neither a time nor that of its observation",
    TIME_UNIT: "a time is seconds, milliseconds or microseconds where nanoseconds belong",
    TIME_RANGE: "a time lies before the year 2000 or more than 2 days ahead of the server's clock",
    SESSION_ID: "the session id is longer than 512 characters, or (plain JSON) empty or no text",
    ATTACHMENT: "a file that hangs on a run (LangSmith): its bytes are not stored",
}

APART: Final = "log_record_apart"
METRIC: Final = "metric"
IGNORED: Final[dict[str, str]] = {
    APART: "a log record without a trace and without a session that tells of no model call, or an agent's note of progress",
    METRIC: "a data point of a metric: Threadline computes its numbers from spans",
}
"""What is accepted and not stored, by the word under which it is counted."""

DELIBERATE: Final = "sampled_out"
BY_CLIENTS: Final[dict[str, str]] = {
    "not_initialized": "the program had not said where to send them: init_observability() came later",
    DELIBERATE: "sample_rate leaves their sessions out",
    "queue_full": "spans ended faster than the SDK could take them in",
    "too_large": "one span was larger than the server or the SDK's queue takes",
    "unauthorized": "the key was not accepted",
    "rejected": "the server refused spans of a request that it took; its own count is under `refused`",
    "refused": "the server refused the whole request",
    "unreachable": "the server was away, memory was full, and there was no spool on disk",
    "spool_full": "the server was away until the spool on disk was full",
    "corrupt": "a part of the spool on disk was damaged",
    "expired": "they waited on disk for more than 7 days",
    "shutdown": "the program ended before they could be delivered or written to disk",
    "internal_error": "a mistake of the SDK",
}
"""Why a client of ours drops spans, ``threadline.DropReason``; a newer one may name others."""

UNREADABLE: Final = "unreadable_request"
WHOLE_REQUESTS: Final[dict[str, str]] = {
    UNREADABLE: "a request of which nothing could be read: its body is not what its content type says",
    "too_large": "a request whose body is larger than the server takes",
    "unsupported_media_type": "a request whose content type or encoding no route reads",
}
"""What is refused as a whole, by the word under which a report tells of it."""
