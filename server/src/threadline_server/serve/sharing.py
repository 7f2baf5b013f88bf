"""Sharing a session with whoever has a link: made by members, read without an account, and nothing but that session.

A link's secret is in its fragment, which no browser sends and no log has. Its page exchanges it for a cookie that scripts cannot
read, and names the share in a header: so the cookie does nothing by itself, and is never taken for a sign-in.
"""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response
from pydantic import AwareDatetime, Field
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from threadline_server.errors import NotFound, Unauthenticated
from threadline_server.identity import Identity, Principal
from threadline_server.identity.secret_text import MAX_SECRET_LENGTH
from threadline_server.identity.shares import Share
from threadline_server.query import sessions
from threadline_server.serve.admin import TheIdentity, only_parameters
from threadline_server.serve.auth import Editor, RawHeaders, Reader, cookie_of
from threadline_server.serve.described import router_of
from threadline_server.serve.login import guessing, is_https
from threadline_server.serve.noting import note
from threadline_server.serve.read import Store
from threadline_server.serve.wire import Answer, Body, Moment, iso_text, number_in
from threadline_server.settings import Settings
from threadline_server.store import erasures

HEADER: Final = b"threadline-share"
"""Which share a request reads by; the cookie of that share has its secret."""
COOKIE_START: Final = "threadline_share_"
PRIVATE: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


class NewShare(Body):
    expires_at: AwareDatetime | None = Field(
        default=None, description="When it stops working, at most 90 days from now; 7 days unless given."
    )


class ShareAnswer(Answer):
    id: int
    session_id: str
    created_by: str = Field(description="Who made it, as they were called then; empty where nobody is known.")
    created_at: Moment
    expires_at: Moment
    last_opened_at: Moment | None


class NewShareAnswer(ShareAnswer):
    link: str = Field(description="Whoever has it reads the session. It is shown this once.")


class ShareList(Answer):
    data: list[ShareAnswer]
    next_cursor: None = None


class OpenedShare(Answer):
    id: int
    session_id: str
    expires_at: Moment


class Secret(Body):
    token: str = Field(max_length=MAX_SECRET_LENGTH, description="What stands in the link behind #.")


router = router_of("shares", prefix="")


@router.get("/observability/sessions/{session_id:id}/shares", dependencies=[only_parameters()])
def list_shares(session_id: str, who: Reader, identity: TheIdentity, database: Store) -> ShareList:
    """The links that open this session now, oldest first."""
    sessions.session_place(database, who.project_id, session_id)
    return ShareList(data=[_answer(share) for share in identity.shares.of(who.project_id, session_id)])


@router.post("/observability/sessions/{session_id:id}/shares", status_code=201, dependencies=[only_parameters()])
def share_session(
    request: Request, session_id: str, who: Editor, identity: TheIdentity, database: Store, response: Response,
    body: NewShare | None = None,
) -> NewShareAnswer:  # fmt: skip
    """A link by which anybody reads this one session, until it ends or is revoked."""
    sessions.session_place(database, who.project_id, session_id)
    share, token = identity.shares.create(who, session_id, (body or NewShare()).expires_at)
    whose = erasures.digest(who.project_id, "session", session_id)
    note(request, f"session {whose}, share {share.id} until {iso_text(share.expires_at)}")
    response.headers["cache-control"] = "no-store"
    settings: Settings = request.app.state.settings
    return NewShareAnswer(**_answer(share).model_dump(), link=f"{settings.endpoint}/share#{token}")


@router.delete(
    "/observability/sessions/{session_id:id}/shares/{share_id}",
    status_code=204,
    response_class=Response,
    dependencies=[only_parameters()],
)
def revoke_share(session_id: str, share_id: str, who: Editor, identity: TheIdentity) -> Response:
    """Revoke a link: whoever reads by it is shut out at once."""
    if (number := number_in(share_id)) is None:
        raise NotFound("cannot revoke the share: this session has no such link")
    identity.shares.revoke(who.project_id, session_id, number)
    return Response(status_code=204)


@router.post("/auth/share", dependencies=[only_parameters()])
def open_share(request: Request, identity: TheIdentity, body: Secret, response: Response) -> OpenedShare:
    """Exchange a link's secret for a cookie. 401: it has expired, was revoked, or is wrong; 429: too many wrong ones."""
    with guessing(request):
        share = identity.shares.begin(body.token)
    response.headers.update(PRIVATE)
    # Without a lifetime of its own: it goes when the browser is closed, and the link brings another.
    response.set_cookie(
        f"{COOKIE_START}{share.id}", body.token, path="/", secure=is_https(request), httponly=True, samesite="strict"
    )
    return _opened(share)


@router.get("/auth/share/{share_id}", dependencies=[only_parameters()])
def opened_share(request: Request, share_id: str, identity: TheIdentity, response: Response) -> OpenedShare:
    """What this browser reads by a link that it has opened. 401 once that is over."""
    response.headers.update(PRIVATE)
    return _opened(_reader(identity, request.scope["headers"], share_id)[0])


def share_named(headers: RawHeaders) -> str | None:
    """The id of the share by which a request reads; None where it does not say that it does."""
    return next((value.decode("latin-1") for name, value in headers if name == HEADER), None)


def reader_of(identity: Identity, scope: Scope, share_id: str) -> Principal:
    """Who reads by this share, if the address is one of its session. Raises Unauthenticated, NotFound."""
    share, who = _reader(identity, scope["headers"], share_id)
    if scope["path_params"].get("session_id") != share.session_id:
        raise NotFound("cannot find this session")
    return who


def privately(send: Send) -> Send:
    """``send``, for an answer that nobody keeps."""

    async def private(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(PRIVATE)
        await send(message)

    return private


def _reader(identity: Identity, headers: RawHeaders, share_id: str) -> tuple[Share, Principal]:
    token = cookie_of(headers, f"{COOKIE_START}{share_id}")
    if not token:
        raise Unauthenticated(
            "cannot open what was shared: this browser has not opened the link", hint="Open it again."
        )
    return identity.shares.reader(share_id, token)


def _answer(share: Share) -> ShareAnswer:
    return ShareAnswer(
        id=share.id,
        session_id=share.session_id,
        created_by=share.created_by,
        created_at=share.created_at,
        expires_at=share.expires_at,
        last_opened_at=share.last_opened_at,
    )


def _opened(share: Share) -> OpenedShare:
    return OpenedShare(id=share.id, session_id=share.session_id, expires_at=share.expires_at)
