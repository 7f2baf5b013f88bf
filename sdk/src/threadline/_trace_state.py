"""What all spans of one trace share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadline import _values, semconv
from threadline._notices import Notices

if TYPE_CHECKING:
    from threadline._spans import Span

MAX_SESSION_ID_CHARACTERS = 512


class TraceState:
    """The trace's id, whom it belongs to, and which of its spans nobody has ended."""

    __slots__ = ("is_kept", "root_has_ended", "session_id", "trace_id", "unended", "user_id")

    def __init__(self, trace_id: str) -> None:
        self.trace_id = trace_id
        self.session_id: str | None = None
        self.user_id: str | None = None
        self.root_has_ended = False
        self.is_kept: bool | None = None
        """Whether sampling keeps the trace; None while that is not decided."""
        self.unended: dict[str, Span] = {}
        """By span id. Taking a span out is atomic, which makes ending it twice harmless without a lock."""

    def apart(self) -> TraceState:
        """Returns the state of another part of the same trace, which has spans of its own."""
        part = TraceState(self.trace_id)
        part.session_id, part.user_id = self.session_id, self.user_id
        return part

    def belong(self, session_id: object, user_id: object, notices: Notices) -> None:
        """Sets the session and the user, each where it is known."""
        if session_id is not None:
            identity = _values.text(session_id)
            if 1 <= len(identity) <= MAX_SESSION_ID_CHARACTERS:
                self.session_id = identity
            else:
                # The server would reject the trace's spans; without the session they are at least kept.
                limits = f"it must have 1 to {MAX_SESSION_ID_CHARACTERS}"
                notices.warn(semconv.SESSION_ID, f"ignored a session id of {len(identity)} characters: {limits}")
        if user_id is not None:
            self.user_id = _values.text(user_id)
