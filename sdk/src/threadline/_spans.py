"""The handle of one step; `Generation` and `Trace` add facts of their own."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from threadline import _context, _values, semconv
from threadline._errors import error_record
from threadline._records import AttributeValue, ErrorRecord, EventRecord, SpanRecord
from threadline._scores import ScoreValue, score_event
from threadline._trace_state import TraceState

if TYPE_CHECKING:
    from threadline._recorder import Recorder
    from threadline._session import Session

SpanKind: TypeAlias = Literal["span", "generation", "tool", "retriever", "embedding", "agent", "event"]
"""What a span does."""


class Done:
    """What ``end`` and ``error`` return: nothing is left to wait for, so ``await`` is allowed and not needed."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


_DONE = Done()


class Span:
    """One step of a trace, open until ``end`` or ``error``; also a synchronous or asynchronous context manager.

    Inside ``with`` it is the current span, so what is started there becomes its child; at the end of the block it
    is ended, with the exception if there is one. Without ``with`` it never becomes current, so that several spans
    can be open side by side; give ``parent=`` to start children of it.

    Calls on a span that has ended change nothing. No method raises or blocks.
    """

    _is_outside = False
    """It begins outside of all that we record: what attaches to it is the root of our part of the trace."""
    _end: tuple[int, ErrorRecord | None] | None = None
    """When and how it ended, as it was delivered."""

    def __init__(
        self, recorder: Recorder, *, name: str, kind: SpanKind, parent: Span | None, session: Session | None
    ) -> None:
        recorder.notice_fork()
        self._recorder = recorder
        self._is_root = parent is None or parent._is_outside  # noqa: SLF001
        if parent is None:
            self._state: TraceState = TraceState(recorder.ids.trace_id())
        else:
            self._state = parent._state.apart() if self._is_root else parent._state  # noqa: SLF001
        self._name = _values.text(name)
        self._parent_id = None if parent is None else parent.id
        self._attributes: dict[str, AttributeValue] = {semconv.KIND: _values.text(kind)}
        self._metadata: dict[str, _values.JsonValue] = {}
        self._tags: dict[str, None] = {}
        self._events: list[EventRecord] = []
        self._id = recorder.ids.span_id()
        self._start = recorder.clock.now()
        self._state.unended[self._id] = self
        if self._is_root and session is not None:
            self._join(session)
        if (running := recorder.running) is not None:
            running.began(self._start.monotonic_ns, self._id, self._state)

    @property
    def id(self) -> str:
        """The span id: 16 hexadecimal digits."""
        return self._id

    @property
    def trace_id(self) -> str:
        """The trace id: 32 hexadecimal digits."""
        return self._state.trace_id

    @property
    def session_id(self) -> str | None:
        """The session that the trace belongs to."""
        return self._state.session_id

    @property
    def user_id(self) -> str | None:
        """The user that the trace belongs to."""
        return self._state.user_id

    @property
    def has_ended(self) -> bool:
        """Whether ``end`` or ``error`` has been called."""
        return self._id not in self._state.unended

    def update(
        self,
        *,
        name: str | None = None,
        input: object = None,
        output: object = None,
        metadata: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
    ) -> Self:
        """Adds facts; what is not given stays as it is.

        Args:
            name: Replaces the name.
            input: Replaces the input; any value, copied as JSON at once.
            output: Replaces the output; any value, copied as JSON at once.
            metadata: Added key by key, the newer value winning.
            tags: Added to the tags.

        Returns:
            The span itself.
        """
        with self._recorder.guard:
            if name is not None:
                self._name = _values.text(name)
            self._set_json(semconv.INPUT, input)
            self._set_json(semconv.OUTPUT, output)
            if metadata is not None:
                self._metadata |= _values.json_object(metadata)
            if tags is not None:
                self._tags |= dict.fromkeys(_values.texts(tags))
        return self

    def end(self, *, output: object = None, metadata: Mapping[str, object] | None = None) -> Done:
        """Ends the span; the first call counts.

        The end of a trace's root also delivers what is still open in the trace, as it stands and with the same end;
        a span ended later, say by a background task, then replaces what was delivered of it.

        Args:
            output: As in ``update``.
            metadata: As in ``update``.

        Returns:
            A value that may be awaited and need not be.
        """
        self.update(output=output, metadata=metadata)
        return self._finish()

    def error(self, error: BaseException | str) -> Done:
        """Ends the span as failed; the first call of ``end`` or ``error`` counts.

        Where the root of a trace fails, what is still open in the trace is delivered as failed too, since that is
        where the exception came from.

        Args:
            error: The exception, or a text that says what went wrong.

        Returns:
            A value that may be awaited and need not be.
        """
        return self._finish(error)

    def score(self, name: str, value: ScoreValue, *, comment: str | None = None, source: str | None = None) -> Self:
        """Notes how well this step was done; on a trace, how well the whole of it was.

        Of a span that has ended it is delivered with the span once more, which counts nothing twice.

        Args:
            name: What is judged, such as ``helpfulness``; the same for every run.
            value: A number, ``True`` or ``False``, or the name of a category.
            comment: Why.
            source: Who judged, such as ``user`` or ``evaluator``.

        Returns:
            The span itself.
        """
        with self._recorder.guard:
            self._tell(score_event(self._recorder, name, value, comment, source, "span"))
        return self

    def __enter__(self) -> Self:
        with self._recorder.guard:
            _context.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # A generator that is closed before its end has not failed.
        if error is None or isinstance(error, GeneratorExit):
            self._finish()
        else:
            self._finish(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def _join(self, session: Session) -> None:
        self._state.belong(session.id, session.user_id, self._recorder.notices)
        session._latest = self  # noqa: SLF001
        self._metadata |= session.metadata
        self._tags |= dict.fromkeys(session.tags)

    def _tell(self, event: EventRecord | None) -> None:
        if event is not None:
            self._events.append(event)
            if self._end is not None:
                self._record(*self._end)

    def _set_json(self, attribute: str, value: object) -> None:
        recorder = self._recorder
        if value is not None and (recorder.captures_content or attribute not in semconv.CONTENT):
            self._attributes[attribute] = _values.json_text(value, recorder.max_value_characters)

    def _set_text(self, attribute: str, value: object) -> None:
        if value is not None:
            self._attributes[attribute] = _values.text(value)

    def _finish(self, error: object = None) -> Done:
        with self._recorder.guard:
            # Attributes are complete before this line, so whoever delivers the span delivers all of them.
            if self._state.unended.pop(self._id, None) is not None:
                _context.leave(self)
                self._deliver(error)
        return _DONE

    def _deliver(self, error: object) -> None:
        now = self._recorder.clock.now()
        end_ns = self._start.wall_ns + now.monotonic_ns - self._start.monotonic_ns
        failure = None if error is None else error_record(error, end_ns)
        if self._is_root:
            self._state.root_has_ended = True
            for span in list(self._state.unended.values()):
                span._record(max(end_ns, span._start.wall_ns), failure)  # noqa: SLF001
        self._end = (end_ns, failure)
        self._record(end_ns, failure)

    def _record(self, end_ns: int, failure: ErrorRecord | None) -> None:
        self._recorder.record(self._as_record(end_ns, failure), self._state)

    def _as_record(self, end_ns: int, failure: ErrorRecord | None) -> SpanRecord:
        # Whoever asks may be another thread than the one that adds facts: each of these copies is made in one step.
        attributes = dict(self._attributes)
        if self._state.session_id is not None:
            attributes[semconv.SESSION_ID] = self._state.session_id
        if self._state.user_id is not None:
            attributes[semconv.USER_ID] = self._state.user_id
        if self._metadata:
            attributes[semconv.METADATA] = _values.json_text(dict(self._metadata))
        if self._tags:
            attributes[semconv.TAGS] = list(self._tags)
        return SpanRecord(
            self._state.trace_id,
            self._id,
            self._parent_id,
            self._name,
            self._start.wall_ns,
            end_ns,
            attributes,
            failure,
            tuple(self._events),
        )
