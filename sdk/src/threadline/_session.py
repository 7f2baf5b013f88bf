"""``with obs.session(...)``: every trace that is started inside belongs to the session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from threadline import _context
from threadline._scores import Judged, ScoreValue, score_by_ids, score_event
from threadline._values import JsonValue, json_object, texts

if TYPE_CHECKING:
    from threadline._recorder import Recorder
    from threadline._spans import Span


class EnteredSession(NamedTuple):
    """A session in force, and the one that was in force before."""

    session: Session
    outer: EnteredSession | None


class Session:
    """A conversation or flow, as a synchronous or asynchronous context manager; made by ``Observability.session``.

    It can be entered any number of times, also concurrently: once around each turn is as good as once around all.

    Attributes:
        id: The session id.
        user_id: The user of the traces inside, unless they name their own.
        metadata: Facts for each trace inside.
        tags: Tags for each trace inside.
    """

    def __init__(self, id: str, user_id: str | None, recorder: Recorder) -> None:
        self._recorder = recorder
        self._latest: Span | None = None
        """The root of the trace that was started last."""
        self.id = id
        self.user_id = user_id
        self.metadata: dict[str, JsonValue] = {}
        self.tags: list[str] = []

    def describe(self, metadata: Mapping[str, object] | None, tags: Iterable[str] | None) -> None:
        """Sets what the traces started from now on get.

        Args:
            metadata: Takes the place of the metadata there was; None leaves it.
            tags: Take the place of the tags there were; None leaves them.
        """
        if metadata is not None:
            self.metadata = json_object(metadata)
        if tags is not None:
            self.tags = texts(tags)

    def score(self, name: str, value: ScoreValue, *, comment: str | None = None, source: str | None = None) -> Self:
        """Notes how well the session went.

        It is delivered with the trace that was started last inside this object's ``with``; by itself where there was none.

        Args:
            name: What is judged, such as ``solved``; the same for every session.
            value: A number, ``True`` or ``False``, or the name of a category.
            comment: Why.
            source: Who judged, such as ``user`` or ``evaluator``.

        Returns:
            The session itself.
        """
        with self._recorder.guard:
            latest = self._latest
            event = score_event(self._recorder, name, value, comment, source, None if latest is None else "session")
            if latest is not None:
                latest._tell(event)  # noqa: SLF001
            else:
                score_by_ids(self._recorder, event, Judged(session_id=self.id))
        return self

    def __enter__(self) -> Self:
        _context.session.set(EnteredSession(self, _context.session.get()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        entered = _context.session.get()
        if entered is not None and entered.session is self:
            _context.session.set(entered.outer)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)


def current_session() -> Session | None:
    """Returns the session that new traces belong to."""
    entered = _context.session.get()
    return None if entered is None else entered.session
