"""One call of a wrapped client: begun before the request, ended by its answer, its error or the end of its stream."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from threadline import _context, semconv
from threadline._clients.answers import Json, Wire
from threadline._clients.telling import tell_answer, tell_first_token
from threadline._generation import Generation
from threadline._session import current_session

if TYPE_CHECKING:
    from threadline._observability import Observability


class Call:
    """The generation that stands for a call; current inside ``with``, which the request itself is made in.

    Its end is that of the answer: of a stream when the program has read or closed it. An exception inside ``with`` is
    the call's error. The first end counts.
    """

    def __init__(self, obs: Observability, wire: Wire, body: Json, provider: str | None) -> None:
        asked = wire.asked(body)
        recorder = obs._recorder  # noqa: SLF001
        name = f"{wire.operation} {asked.model}" if asked.model else wire.operation
        self.guard = recorder.guard
        self.wire = wire
        self.generation = Generation(
            recorder, name=name, kind=wire.kind, parent=_context.current_span(), session=current_session()
        )
        self.is_told = False
        """The answer has been noted, before the library made the program's types of it."""
        self._failure: str | None = None
        self._recorder = recorder
        self.generation.update(
            input=asked.input, model_name=asked.model, model_parameters=asked.parameters or None, provider=provider
        )

    def __enter__(self) -> Self:
        with self.guard:
            _context.enter(self.generation)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self.fail(error)
        with self.guard:
            _context.leave(self.generation)

    def first_token(self) -> None:
        """Notes that the model says its first word now."""
        tell_first_token(self.generation, self._recorder)

    def tell(self, whole: Json) -> None:
        """Notes a whole answer, or what came of one."""
        answer = self.wire.answer(whole)
        tell_answer(self.generation, answer)
        self._failure = answer.failure
        self.is_told = True

    def end(self, whole: Json | None = None) -> None:
        """Ends the call with its answer."""
        with self.guard:
            if whole is not None:
                self.tell(whole)
            if self._failure is not None:
                self.generation.error(self._failure)
        self.generation.end()

    def fail(self, error: BaseException, whole: Json | None = None) -> None:
        """Ends the call with an exception, and what had come before it."""
        with self.guard:
            if whole is not None:
                self.tell(whole)
            status: Any = getattr(error, "status_code", None)
            if isinstance(status, int):
                self.generation._attributes[semconv.HTTP_STATUS] = status  # noqa: SLF001
        self.generation.error(error)
