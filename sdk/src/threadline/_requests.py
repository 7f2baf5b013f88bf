"""Which session a request that came in belongs to: what both middlewares share."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from threadline._propagation import MAX_IDENTITY_CHARACTERS
from threadline._session_ids import new_session_id
from threadline._setup import get_observability

if TYPE_CHECKING:
    from collections.abc import Sequence


class Rules(NamedTuple):
    """How a middleware reads requests."""

    header: str
    """In lower case."""
    trusts_caller: bool


def entered(pairs: Sequence[tuple[str, str]], rules: Rules) -> ExitStack:
    """Returns what to leave at the end of a request: inside, it has the caller's session, or that of its request id.

    Args:
        pairs: Its headers, names in lower case.
        rules: How they are read.
    """
    obs = get_observability()
    stack = ExitStack()
    extracted = stack.enter_context(obs.extract(pairs)) if rules.trusts_caller else None
    if extracted is None or extracted.session_id is None:
        stack.enter_context(obs.session(_request_id(pairs, rules.header)))
    return stack


def _request_id(pairs: Sequence[tuple[str, str]], header: str) -> str:
    given = next((value.strip() for name, value in pairs if name == header), "")
    return given if 1 <= len(given) <= MAX_IDENTITY_CHARACTERS else new_session_id("request")
