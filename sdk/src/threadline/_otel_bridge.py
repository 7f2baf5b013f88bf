"""Keeps OpenTelemetry's current span and ours in step, so that each tracer's spans nest in the other's."""

from __future__ import annotations

import weakref

from opentelemetry import baggage, trace
from opentelemetry.context import Context, attach
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace import Span as OtelSpan
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from threadline import _context, _values, semconv
from threadline._foreign import ForeignSpan
from threadline._session import current_session
from threadline._setup import get_observability
from threadline._spans import Span
from threadline._trace_state import TraceState

_IDENTITIES = (semconv.SESSION_ID, semconv.USER_ID)


class ThreadlineSpanProcessor(SpanProcessor):
    """Nests OpenTelemetry's spans in Threadline's, and gives them the session and the user.

    While it lives, a Threadline span that is current is so for OpenTelemetry too: spans of both are children of
    whichever is the innermost, in the same trace. Each OpenTelemetry span gets ``session.id`` and ``user.id`` of the
    Threadline trace around it, of ``obs.session`` or of the baggage it came with, unless it names its own; one that
    begins a trace gets the session's tags and metadata.

    The spans themselves must be sent to Threadline too, or what nests in them hangs in the air.

    Args:
        propagate_session: Put session and user into OpenTelemetry's baggage while a Threadline trace is current, so that
            its ``inject`` sends them along. Off by default: instrumented HTTP clients send baggage to whomever they call.
    """

    def __init__(self, *, propagate_session: bool = False) -> None:
        self._bridge = _OtelBridge(propagates_session=propagate_session)
        _context.bridge = self._bridge

    def on_start(self, span: OtelSpan, parent_context: Context | None = None) -> None:
        """Called by OpenTelemetry."""
        with get_observability()._recorder.guard:  # noqa: SLF001
            told = span.attributes or {}
            for name, value in _stamps(span, parent_context).items():
                if name not in told:
                    span.set_attribute(name, value)

    def on_end(self, span: ReadableSpan) -> None:
        """Called by OpenTelemetry."""

    def shutdown(self) -> None:
        """Lets both tracers go their own ways again."""
        if _context.bridge is self._bridge:
            _context.bridge = None

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Called by OpenTelemetry; nothing waits here."""
        return True


def _stamps(span: OtelSpan, parent_context: Context | None) -> dict[str, str | list[str]]:
    session = current_session()
    around = _context.innermost()
    if around is not None and around.trace_id == trace.format_trace_id(span.get_span_context().trace_id):
        told = {semconv.SESSION_ID: around.session_id, semconv.USER_ID: around.user_id}
    elif session is not None:
        told = {semconv.SESSION_ID: session.id, semconv.USER_ID: session.user_id}
    else:
        told = {name: _in_baggage(name, parent_context) for name in _IDENTITIES}
    stamps: dict[str, str | list[str]] = {name: value for name, value in told.items() if value is not None}
    if session is not None and (span.parent is None or span.parent.is_remote):
        if session.tags:
            stamps[semconv.TAGS] = list(session.tags)
        if session.metadata:
            stamps[semconv.METADATA] = _values.json_text(session.metadata)
    return stamps


def _in_baggage(name: str, context: Context | None) -> str | None:
    value = baggage.get_baggage(name, context)
    return value if isinstance(value, str) else None


class _SpanInOtel(NonRecordingSpan):
    """A Threadline span in OpenTelemetry's context."""

    def __init__(self, span: Span, before: trace.Span) -> None:
        ids = SpanContext(
            int(span.trace_id, 16), int(span.id, 16), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)
        )
        super().__init__(ids)
        is_ours = isinstance(before, _SpanInOtel)
        self.before = None if is_ours else before
        """OpenTelemetry's own span, where that was current before."""
        self.outside: trace.Span = before.outside if isinstance(before, _SpanInOtel) else before
        """OpenTelemetry's own span around all of ours."""
        self.came_from: trace.Span | None = None
        """Where this was brought from another place: what was current here."""
        self.identities_before = tuple(_in_baggage(name, None) for name in _IDENTITIES)


class _OtelBridge:
    """What ``_context`` tells of our spans, told to OpenTelemetry."""

    def __init__(self, *, propagates_session: bool) -> None:
        self._propagates_session = propagates_session
        # Weakly, so that traces nobody ends cannot pile up.
        self._ours: weakref.WeakKeyDictionary[Span, _SpanInOtel] = weakref.WeakKeyDictionary()

    def entered(self, span: Span) -> None:
        ours = self._ours[span] = _SpanInOtel(span, trace.get_current_span())
        self._make_current(ours, (span.session_id, span.user_id))

    def left(self, span: Span, outer: Span | None) -> None:
        ours = self._ours.get(span)
        # A span of OpenTelemetry's that is still open inside of ours stays current.
        if ours is None or trace.get_current_span() is not ours:
            return
        around = None if outer is None else self._ours.get(outer)
        self._make_current(ours.before or around or ours.outside, ours.identities_before)

    def moved(self, span: Span | None) -> None:
        here = trace.get_current_span()
        came_from = here.came_from if isinstance(here, _SpanInOtel) else None
        if isinstance(here, _SpanInOtel) and came_from is not None and _stands_for(came_from, span):
            self._make_current(came_from, here.identities_before)
        elif span is not None and not _stands_for(here, span):
            ours = _SpanInOtel(span, here)
            ours.came_from = here
            self._make_current(ours, (span.session_id, span.user_id))

    def parent(self, current: Span | None) -> Span | None:
        with get_observability()._recorder.guard:  # noqa: SLF001
            ids = _theirs()
            if ids is None:
                return current
            if current is not None and current.trace_id == trace.format_trace_id(ids.trace_id):
                span_id = trace.format_span_id(ids.span_id)
                return ForeignSpan(span_id, current._state, is_outside=current._is_outside)  # noqa: SLF001
            return _outside(ids)
        return current

    def parent_of_trace(self, current: Span | None, outside: Span | None) -> Span | None:
        with get_observability()._recorder.guard:  # noqa: SLF001
            ids = _theirs()
            if ids is None:
                return outside
            is_part_of_ours = current is not None and current.trace_id == trace.format_trace_id(ids.trace_id)
            return None if is_part_of_ours and outside is None else _outside(ids)
        return outside

    def _make_current(self, span: trace.Span, identities: tuple[str | None, ...]) -> None:
        # No token is kept: a trace may be ended in another task than it was started in.
        context = trace.set_span_in_context(span)
        if self._propagates_session:
            for name, value in zip(_IDENTITIES, identities, strict=True):
                if value is None:
                    context = baggage.remove_baggage(name, context)
                else:
                    context = baggage.set_baggage(name, value, context)
        attach(context)


def _theirs() -> SpanContext | None:
    """Returns the ids of OpenTelemetry's current span; None where there is none, it is ours, or nobody records it."""
    span = trace.get_current_span()
    ids = span.get_span_context()
    if isinstance(span, _SpanInOtel) or not ids.is_valid or not ids.trace_flags.sampled:
        return None
    return ids


def _stands_for(theirs: trace.Span, span: Span | None) -> bool:
    if span is None or not isinstance(theirs, _SpanInOtel):
        return span is None and not isinstance(theirs, _SpanInOtel)
    return trace.format_span_id(theirs.get_span_context().span_id) == span.id


def _outside(ids: SpanContext) -> ForeignSpan:
    """Returns OpenTelemetry's current span as a parent, with the session that it names or came with."""
    state = TraceState(trace.format_trace_id(ids.trace_id))
    attributes = getattr(trace.get_current_span(), "attributes", None) or {}
    session_id, user_id = (attributes.get(name) or _in_baggage(name, None) for name in _IDENTITIES)
    state.belong(session_id, user_id, get_observability()._recorder.notices)  # noqa: SLF001
    return ForeignSpan(trace.format_span_id(ids.span_id), state, is_outside=True)
