"""The object that programs record with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from threadline import _context
from threadline._drops import DropReason
from threadline._elsewhere import Elsewhere
from threadline._generation import Generation
from threadline._recorder import Recorder
from threadline._records import Waiting
from threadline._scores import Judged, ScoreValue, score_by_ids, score_event
from threadline._session import Session, current_session
from threadline._spans import Span, SpanKind
from threadline._trace import Trace
from threadline._user_sessions import SessionStore

if TYPE_CHECKING:
    from datetime import timedelta

Handle = TypeVar("Handle", bound=Span)


class Observability(Elsewhere):
    """Starts traces and spans; get it from ``init_observability`` or ``get_observability``.

    No method raises or blocks, ``flush`` and ``shutdown`` excepted, which wait up to their timeout, and ``session_for``
    with a store, which asks it.

    Common arguments:

    - ``name``: what is done, such as ``chat-turn``; the same for every run.
    - ``input`` and ``output``: any value. It is copied as JSON at once, up to a million characters.
    - ``metadata``: facts to find it by, such as ``{"channel": "web"}``.
    - ``tags``: words to find it by.
    - ``parent``: the span to attach to, where it is not the current one, as in a thread that you started yourself.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def trace(
        self,
        name: str = "trace",
        *,
        session_id: str | None = None,
        user_id: str | None = None,
        input: object = None,
        metadata: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
    ) -> Trace:
        """Starts a trace: one unit of work, usually one turn of a conversation.

        It is current at once: what is started next, in this task and the ones it starts, attaches to it.

        Args:
            name: What is done.
            session_id: The conversation it belongs to, 1 to 512 characters; as a rule that of ``session``.
            user_id: Whom it is done for; as a rule that of ``session``.
            input: What came in, such as ``{"message": "Hello!"}``.
            metadata: Facts to find it by.
            tags: Words to find it by.
        """
        session = current_session()
        if session is not None and session_id is not None and session_id != session.id:
            session = None
        trace = Trace(self._recorder, name=name, kind="span", parent=_context.parent_of_trace(), session=session)
        trace.update(session_id=session_id, user_id=user_id, input=input, metadata=metadata, tags=tags)
        with self._recorder.guard:
            _context.enter(trace)
        return trace

    def generation(
        self,
        name: str = "generation",
        *,
        model_name: str | None = None,
        model_parameters: Mapping[str, object] | None = None,
        provider: str | None = None,
        input: object = None,
        metadata: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        parent: Span | None = None,
    ) -> Generation:
        """Starts a call of a language model.

        Args:
            name: What it is for.
            model_name: The model as its provider names it, such as ``gpt-4o``.
            model_parameters: Temperature and the like.
            provider: Who serves the model, such as ``openai``.
            input: What the model gets, usually ``{"messages": [...]}``.
            metadata: Facts to find it by.
            tags: Words to find it by.
            parent: The span to attach to instead of the current one.
        """
        generation = self._start(Generation, name, "generation", parent)
        return generation.update(
            input=input,
            metadata=metadata,
            tags=tags,
            model_name=model_name,
            model_parameters=model_parameters,
            provider=provider,
        )

    def span(
        self,
        name: str = "span",
        *,
        kind: SpanKind = "span",
        input: object = None,
        metadata: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        parent: Span | None = None,
    ) -> Span:
        """Starts any other step.

        Args:
            name: What is done.
            kind: What sort of step it is, such as ``retriever`` or ``agent``.
            input: What came in.
            metadata: Facts to find it by.
            tags: Words to find it by.
            parent: The span to attach to instead of the current one.
        """
        return self._start(Span, name, kind, parent).update(input=input, metadata=metadata, tags=tags)

    def tool(
        self,
        name: str = "tool",
        *,
        input: object = None,
        metadata: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        parent: Span | None = None,
    ) -> Span:
        """Starts the use of a tool.

        Args:
            name: The tool's name.
            input: Its arguments.
            metadata: Facts to find it by.
            tags: Words to find it by.
            parent: The span to attach to instead of the current one.
        """
        return self.span(name, kind="tool", input=input, metadata=metadata, tags=tags, parent=parent)

    def event(
        self,
        name: str = "event",
        *,
        input: object = None,
        output: object = None,
        metadata: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        parent: Span | None = None,
    ) -> Span:
        """Records a moment: a span that has ended when this returns.

        Args:
            name: What happened.
            input: What it happened to.
            output: What came of it.
            metadata: Facts to find it by.
            tags: Words to find it by.
            parent: The span to attach to instead of the current one.
        """
        event = self.span(name, kind="event", input=input, metadata=metadata, tags=tags, parent=parent)
        event.end(output=output)
        return event

    def session(
        self,
        id: str,
        *,
        user_id: str | None = None,
        metadata: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
    ) -> Session:
        """Gives every trace that is started inside ``with`` or ``async with`` the session.

        A trace that names another session itself takes nothing from this one.

        Args:
            id: The conversation, 1 to 512 characters.
            user_id: The user of the traces inside, unless they name their own; as a rule that of the session around.
            metadata: Facts for each trace inside; a trace's own win.
            tags: Tags for each trace inside, beside its own.
        """
        around = current_session()
        if user_id is None and around is not None:
            user_id = around.user_id
        session = Session(id, user_id, self._recorder)
        with self._recorder.guard:
            session.describe(metadata, tags)
        return session

    def session_for(
        self,
        user_id: str,
        *,
        idle: timedelta | None = None,
        new: bool = False,
        metadata: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        store: SessionStore | None = None,
    ) -> Session:
        """Gives every trace inside ``with`` or ``async with`` the session that the user is in, or a new one.

        The session goes on from call to call and starts anew when the user was idle: nothing was begun or ended with
        ``session_for`` in the meantime.

        Args:
            user_id: Whose session.
            idle: How long without activity ends a session; 30 minutes unless given.
            new: Start a new session now, as when the user asks for a new chat.
            metadata: As in ``session``.
            tags: As in ``session``.
            store: Where programs of several processes keep who is in which session: a Redis client, or a mutable mapping
                that they share. In the memory of this process unless given, for the 10,000 users active last. While the
                store fails, the memory is used.
        """
        self._recorder.notice_fork()
        session = self._recorder.user_sessions.session(user_id, idle, store, new=new)
        with self._recorder.guard:
            session.describe(metadata, tags)
        return session

    def current_span(self) -> Span | None:
        """Returns the span that what is started next attaches to: a ``Trace`` or ``Generation`` where it is one.

        Returns:
            None where nothing is current.
        """
        span = _context.current_span()
        return None if span is None or span._is_outside else span  # noqa: SLF001

    def current_session(self) -> Session | None:
        """Returns the session that traces started next belong to; None outside of every ``session``."""
        return current_session()

    def score(
        self,
        name: str,
        value: ScoreValue,
        *,
        session_id: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        id: str | None = None,
        comment: str | None = None,
        source: str | None = None,
    ) -> None:
        """Notes how well something was done: what the ids name, or else the current span, or else the current session.

        With ids it may have been recorded long ago and by another process, as where users judge an answer that they have
        got. The score is delivered as spans are, and counts as one in ``dropped`` and ``waiting``.

        Args:
            name: What is judged, such as ``helpfulness``; the same for every run.
            value: A number, ``True`` or ``False``, or the name of a category.
            session_id: The session that is judged.
            trace_id: The trace that is judged, as its ``trace_id`` says.
            span_id: The span of that trace that is judged, as its ``id`` says.
            id: The score's, up to 200 characters, so that saying it again changes the score, as when a user thinks better
                of it; one by chance unless given, and then each call is a score of its own.
            comment: Why.
            source: Who judged, such as ``user`` or ``evaluator``.
        """
        named = Judged(session_id, trace_id, span_id)
        current = (self.current_span() or current_session()) if named == Judged() else None
        if named == Judged() and current is None:
            self._recorder.notices.warn("score", "ignored a score: no span and no session is current")
        elif current is not None and id is None:
            current.score(name, value, comment=comment, source=source)
        else:
            with self._recorder.guard:
                event = score_event(self._recorder, name, value, comment, source, None)
                score_by_ids(self._recorder, event, named if current is None else Judged.of(current), id)

    @property
    def dropped(self) -> dict[DropReason, int]:
        """How many spans, and scores by ids, will not arrive, for each reason that occurred in this process."""
        return self._recorder.drops.by_reason()

    @property
    def masking_failures(self) -> int:
        """How many texts the function given as ``mask`` could not mask; each was replaced by ``<masking failed>``."""
        return self._recorder.masking_failures

    @property
    def waiting(self) -> Waiting:
        """How many spans, and scores by ids, are not delivered yet: those in memory are lost if the process is killed, those on disk not."""
        waiting = getattr(self._recorder.exporter, "waiting", None)
        return waiting if isinstance(waiting, Waiting) else Waiting(0, 0)

    def is_initialized(self) -> bool:
        """Returns whether spans are sent anywhere."""
        return self._recorder.exporter is not None

    def flush(self, timeout: float = 5.0) -> bool:
        """Waits until everything that has ended is delivered, and what programs that were killed left on disk, too.

        What cannot be delivered in time waits on, in memory or on disk: see ``waiting``.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            True when it is delivered; False when the time was up, or spans were dropped since the last ``flush``.
        """
        delivered = False
        with self._recorder.guard:
            self._recorder.notice_fork()
            if (exporter := self._recorder.exporter) is not None:
                delivered = exporter.flush(timeout)
        return delivered

    def shutdown(self, timeout: float = 2.0) -> bool:
        """Delivers what has ended and stops; spans that end later are dropped until the next ``init_observability``.

        What the server does not take in time is written to disk, for the next program that sends to it. A server that
        is away is not waited for.

        A program need not call it: at its regular exit this happens by itself.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            As ``flush``.
        """
        delivered = False
        with self._recorder.guard:
            if (exporter := self._recorder.stop()) is not None:
                delivered = exporter.close(timeout)
        return delivered

    async def aflush(self, timeout: float = 5.0) -> bool:  # noqa: ASYNC109  # as flush has it
        """Does what ``flush`` does while other tasks go on.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            As ``flush``.
        """
        import asyncio

        return await asyncio.to_thread(self.flush, timeout)

    async def ashutdown(self, timeout: float = 2.0) -> bool:  # noqa: ASYNC109  # as shutdown has it
        """Does what ``shutdown`` does while other tasks go on.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            As ``flush``.
        """
        import asyncio

        return await asyncio.to_thread(self.shutdown, timeout)

    def _start(self, handle: type[Handle], name: str, kind: SpanKind, parent: Span | None) -> Handle:
        attached_to = parent if isinstance(parent, Span) else _context.current_span()
        return handle(self._recorder, name=name, kind=kind, parent=attached_to, session=current_session())
