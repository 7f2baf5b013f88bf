"""What the gate writes into the audit log of a request that was done: its action, and what it was done to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from threadline_server.errors import Unavailable
from threadline_server.identity import Identity, Principal
from threadline_server.serve.auth import PRINCIPAL
from threadline_server.serve.problems import problem_of
from threadline_server.store import erasures

log = logging.getLogger(__name__)

FAILED: Final = 400
_TARGET: Final = "threadline.target"


def note(request: Request, target: str) -> None:
    """Say what the request was done to, where its address does not. Never what was said in a session."""
    request.scope[_TARGET] = target


def noting(scope: Scope, receive: Receive, send: Send, action: str, address: str) -> Send:
    """``send``, before whose answer the audit log has the action, unless it failed.

    So nobody has the answer of what is not in the log: where that cannot be written, the answer is 503.
    """
    is_answered = False

    async def after_noting(message: Message) -> None:
        nonlocal is_answered
        if is_answered:
            return
        if message["type"] == "http.response.start" and message["status"] < FAILED and PRINCIPAL in scope:
            try:
                await run_in_threadpool(_write, scope, action, address)
            except Unavailable as error:
                log.warning("cannot note %s in the audit log, it was done: %s", action, error.message)
                is_answered = True
                await problem_of(error)(scope, receive, send)
                return
        await send(message)

    return after_noting


def _write(scope: Scope, action: str, address: str) -> None:
    identity: Identity = scope["app"].state.identity
    who: Principal = scope[PRINCIPAL]
    target = scope.get(_TARGET) or _target(who, scope.get("path_params", {}))
    identity.audit.add(who, action, target, address=address, is_anonymous=who is identity.anonymous)


def _target(who: Principal, parameters: Mapping[str, str]) -> str:
    """Ids of sessions and users are their callers' texts: as digests, by which receipts of erasing name them too."""
    digests: Mapping[str, Callable[[str], str]] = {
        "session_id": lambda name: erasures.digest(who.project_id, "session", name),
        "user_id": lambda name: erasures.digest(who.project_id, "user", name),
    }
    return ", ".join(
        f"{name.removesuffix('_id')} {digests[name](value) if name in digests else value}"
        for name, value in parameters.items()
    )
