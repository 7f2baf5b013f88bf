"""Users and erasing: to look needs the scope read, to erase admin."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from threadline_server.erase.eraser import Eraser, Receipt
from threadline_server.errors import NotFound
from threadline_server.query import parameters, present, users
from threadline_server.serve import documents, documents_users
from threadline_server.serve.admin import only_parameters
from threadline_server.serve.auth import Admin, Reader
from threadline_server.serve.described import router_of
from threadline_server.serve.read import Query, Store, TheGoals
from threadline_server.serve.wire import json_answer

MAX_RECEIPTS = 1_000
router = router_of("users")


def _eraser(request: Request) -> Eraser:
    eraser: Eraser = request.app.state.eraser
    return eraser


TheEraser = Annotated[Eraser, Depends(_eraser)]


@router.get(
    "/users", **documents.answer("Users with their sessions' totals", documents_users.Users, documents_users.LIST)
)
def list_users(who: Reader, database: Store, pairs: Query, goals: TheGoals) -> Response:
    return json_answer(users.list_users(database, who.project_id, pairs, goals))


@router.get(
    "/users/{user_id:id}",
    **documents.answer("One user and a page of their sessions", documents_users.UserDetail, documents_users.DETAIL),
)
def one_user(user_id: str, who: Reader, database: Store, pairs: Query, goals: TheGoals) -> Response:
    return json_answer(users.one_user(database, who.project_id, user_id, pairs, goals))


@router.delete(
    "/users/{user_id:id}",
    dependencies=[only_parameters()],
    **documents.answer("What was erased", documents_users.ErasureReceipt),
)
def erase_user(user_id: str, who: Admin, eraser: TheEraser) -> Response:
    """Erase everything of a user, everywhere, for good; also what of it arrives later."""
    return json_answer(_receipt(eraser.erase_user(who.project_id, user_id)))


@router.delete(
    "/sessions/{session_id:id}",
    dependencies=[only_parameters()],
    **documents.answer("What was erased", documents_users.ErasureReceipt),
)
def erase_session(session_id: str, who: Admin, eraser: TheEraser) -> Response:
    """Erase a session and all that is in it, for good; also what of it arrives later."""
    return json_answer(_receipt(eraser.erase_session(who.project_id, session_id)))


@router.get(
    "/erasures",
    **documents.answer("The latest erasures, retention included; the newest first", documents_users.ErasureReceipts),
)
def list_erasures(who: Admin, eraser: TheEraser, pairs: Query) -> Response:
    parameters.check_known(pairs, ())
    receipts = eraser.receipts(who.project_id, MAX_RECEIPTS)
    return json_answer({"data": [_receipt(receipt) for receipt in receipts], "nextCursor": None})


@router.get(
    "/erasures/{erasure_id:id}",
    **documents.answer("What was erased, and whether its rows are deleted", documents_users.ErasureReceipt),
)
def one_erasure(erasure_id: str, who: Admin, eraser: TheEraser, pairs: Query) -> Response:
    parameters.check_known(pairs, ())
    receipt = eraser.receipt(who.project_id, erasure_id)
    if receipt is None:
        raise NotFound("cannot find this erasure")
    return json_answer(_receipt(receipt))


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "id": receipt.erasure_id,
        "kind": receipt.kind,
        "digest": receipt.digest or None,
        "until": present.moment(receipt.until_ns // 1_000_000) if receipt.until_ns else None,
        "erasedAt": present.moment(receipt.erased_ns // 1_000_000),
        "deletedAt": present.moment(receipt.done_ns // 1_000_000) if receipt.done_ns else None,
        "sessionCount": receipt.sessions,
        "traceCount": receipt.traces,
        "spanCount": receipt.spans,
    }
