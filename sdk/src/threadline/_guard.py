"""The one boundary between the SDK and the program it runs in: the program never sees our exceptions."""

from __future__ import annotations

from types import TracebackType
from typing import ClassVar

from threadline._drops import Drops


class Guard:
    """``with guard:`` around everything that the program calls; it keeps no state, so one serves all threads."""

    reraise: ClassVar[bool] = False
    """True only in our own tests, where a swallowed mistake would go unseen."""

    def __init__(self, drops: Drops, spans: int = 1) -> None:
        self._drops = drops
        self._spans = spans

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        # KeyboardInterrupt and SystemExit are the program's, not ours.
        if not isinstance(error, Exception) or Guard.reraise:
            return False
        self._drops.count("internal_error", self._spans, detail=_where(error))
        return True


def _where(error: Exception) -> str:
    place = type(error).__name__
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        place = f"{type(error).__name__} in {code.co_qualname}, line {step.tb_lineno}"
        step = step.tb_next
    return place
