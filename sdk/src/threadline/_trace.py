"""The root of a trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from threadline._spans import Span


class Trace(Span):
    """One unit of work, usually one turn of a conversation: the root of its spans.

    It is current from its start to its end, without ``with`` too.
    """

    def update(
        self,
        *,
        name: str | None = None,
        input: object = None,
        output: object = None,
        metadata: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
    ) -> Self:
        """Adds facts; what is not given stays as it is.

        Args:
            name: Replaces the name.
            input: Replaces the input; any value, copied as JSON at once.
            output: Replaces the output; any value, copied as JSON at once.
            metadata: Added key by key, the newer value winning.
            tags: Added to the tags.
            session_id: Puts the trace in a session: up to 512 characters of any kind.
            user_id: Whom the trace belongs to.

        Returns:
            The trace itself.
        """
        super().update(name=name, input=input, output=output, metadata=metadata, tags=tags)
        with self._recorder.guard:
            self._state.belong(session_id, user_id, self._recorder.notices)
        return self
