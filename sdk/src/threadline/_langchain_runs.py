"""The runs of LangChain that are open, each with its span."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from threadline import _context
from threadline._clients.answers import Json, text
from threadline._generation import Generation
from threadline._session import current_session
from threadline._setup import get_observability
from threadline._spans import Span, SpanKind

if TYPE_CHECKING:
    from threadline._recorder import Recorder

_MOST_OPEN_RUNS = 10_000
"""A run that is abandoned is never told to have ended."""
_HIDDEN = "langsmith:hidden"
_SESSIONS = ("session_id", "thread_id", "conversation_id")
_INTERNAL = ("ls_", "lc_", "langgraph_", "checkpoint_", "__")
_INTERNAL_TAGS = ("seq:", "graph:", "map:", "langsmith:")


class Run:
    """One open run: its span, or that of the run around it where it is hidden."""

    def __init__(self, span: Span, metadata: Json, tags: Sequence[str], *, is_hidden: bool = False) -> None:
        self.span = span
        self.metadata = metadata
        self.tags = tags
        self.is_hidden = is_hidden
        self.has_said_anything = False
        self.tokens: list[str] = []
        """What a model has said so far, for the case that it fails."""


class Runs:
    """Starts a span for each run, below that of the run around it."""

    def __init__(self) -> None:
        self._open: dict[UUID, Run] = {}
        self._spans: weakref.WeakSet[Span] = weakref.WeakSet()

    @property
    def recorder(self) -> Recorder:
        return get_observability()._recorder  # noqa: SLF001

    def start(
        self,
        run_id: UUID,
        parent_run_id: UUID | None,
        name: str,
        kind: SpanKind,
        facts: Mapping[str, Any],
    ) -> Run:
        """Starts a run's span and makes it current; ``facts`` are LangChain's keyword arguments."""
        around = None if parent_run_id is None else self._open.get(parent_run_id)
        metadata, tags = facts.get("metadata") or {}, facts.get("tags") or []
        if around is not None and _HIDDEN in tags:
            run = Run(around.span, metadata, tags, is_hidden=True)
        else:
            run = Run(self._span(around, name, kind), metadata, tags)
            self._describe(run, around)
            _context.enter(run.span)
        while len(self._open) >= _MOST_OPEN_RUNS:
            self._open.pop(next(iter(self._open)), None)
        self._open[run_id] = run
        return run

    def get(self, run_id: UUID) -> Run | None:
        """Returns an open run."""
        return self._open.get(run_id)

    def pop(self, run_id: UUID) -> Span | None:
        """Closes a run and returns its span for the last facts; None where there is nothing to say."""
        run = self._open.pop(run_id, None)
        return None if run is None or run.is_hidden else run.span

    def _span(self, around: Run | None, name: str, kind: SpanKind) -> Span:
        handle = Generation if kind == "generation" else Span
        parent = around.span if around is not None else self._current()
        span = handle(self.recorder, name=name, kind=kind, parent=parent, session=current_session())
        self._spans.add(span)
        return span

    def _current(self) -> Span | None:
        """Returns the span around a first run, past what a run that ended in another context has left behind."""
        current = _context.innermost()
        if current is not None and current.has_ended and current in self._spans:
            _context.leave(current)
        return _context.current_span()

    def _describe(self, run: Run, around: Run | None) -> None:
        # LangChain hands metadata and tags down to every run below.
        metadata, tags = (around.metadata, around.tags) if around is not None else ({}, [])
        run.span.update(
            metadata={
                name: value
                for name, value in run.metadata.items()
                if metadata.get(name) != value
                and not name.startswith(_INTERNAL)
                and name not in {*_SESSIONS, "user_id", "revision_id"}
            },
            tags=[tag for tag in run.tags if tag not in tags and not tag.startswith(_INTERNAL_TAGS)],
        )
        state = run.span._state  # noqa: SLF001
        if state.session_id is None:
            session_id = next((value for name in _SESSIONS if (value := text(run.metadata.get(name)))), None)
            state.belong(session_id, None, self.recorder.notices)
        if state.user_id is None:
            state.belong(None, text(run.metadata.get("user_id")), self.recorder.notices)
