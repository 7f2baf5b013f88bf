"""Links by which somebody without an account reads one session, in the database: each ends by itself, and can be revoked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Row, delete, func, insert, select, update

from threadline_server.errors import BadRequest, Conflict, NotFound, Unauthenticated
from threadline_server.identity.audit import actor_of
from threadline_server.identity.database import Database
from threadline_server.identity.principal import Principal
from threadline_server.identity.secret_text import MAX_SECRET_LENGTH, RandomBytes, digest, new_token
from threadline_server.identity.tables import projects, shares

USUAL_LIFETIME: Final = timedelta(days=7)
LONGEST_LIFETIME: Final = timedelta(days=90)
MAX_OPEN: Final = 100
"""Of one session."""
MANY: Final = 500


class Share(msgspec.Struct, frozen=True):
    """``created_by`` is a name of then: an e-mail address, a key's name, or empty. It outlives what it names."""

    id: int
    project_id: int
    session_id: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_opened_at: datetime | None


class Shares:
    """The table ``shares``. Every method may raise Unavailable.

    Nothing is remembered between two questions: what was revoked or has expired opens nothing from then on.
    """

    def __init__(self, database: Database, now: Callable[[], datetime], random_bytes: RandomBytes) -> None:
        self._database = database
        self._now = now
        self._random_bytes = random_bytes

    def create(self, who: Principal, session_id: str, expires_at: datetime | None) -> tuple[Share, str]:
        """A share of a session and its secret (192 bits, kept by its digest only). Raises BadRequest, Conflict."""
        now, token = self._now(), new_token(self._random_bytes)
        ends = now + USUAL_LIFETIME if expires_at is None else expires_at
        if not now < ends <= now + LONGEST_LIFETIME:
            raise BadRequest(
                f"cannot use 'expiresAt': a link ends within {LONGEST_LIFETIME.days} days, and not in the past",
                hint=f"Leave it out for {USUAL_LIFETIME.days} days.",
            )
        mine = (shares.c.project_id == who.project_id) & (shares.c.session_id == session_id)
        is_open = shares.c.revoked_at.is_(None) & (shares.c.expires_at > now)
        with self._database.writing() as connection:
            if connection.execute(select(func.count()).where(mine & is_open)).scalar_one() >= MAX_OPEN:
                raise Conflict(f"cannot share: {MAX_OPEN} links to this session are open", hint="Revoke some.")
            row = connection.execute(
                insert(shares)
                .values(
                    project_id=who.project_id, session_id=session_id, hash=digest(token), created_at=now, expires_at=ends,
                    created_by=actor_of(connection, who)[2],
                )
                .returning(shares)
            ).one()  # fmt: skip
        return _share(row), token

    def of(self, project_id: int, session_id: str) -> list[Share]:
        """The links of a session that still open it, oldest first."""
        mine = select(shares).where(
            shares.c.project_id == project_id,
            shares.c.session_id == session_id,
            shares.c.revoked_at.is_(None),
            shares.c.expires_at > self._now(),
        )
        with self._database.reading() as connection:
            return [_share(row) for row in connection.execute(mine.order_by(shares.c.id))]

    def revoke(self, project_id: int, session_id: str, share_id: int) -> None:
        """It opens nothing from now on. Raises NotFound."""
        mine = (
            (shares.c.project_id == project_id)
            & (shares.c.session_id == session_id)
            & (shares.c.id == share_id)
            & shares.c.revoked_at.is_(None)
        )
        with self._database.writing() as connection:
            if not connection.execute(update(shares).where(mine).values(revoked_at=self._now())).rowcount:
                raise NotFound(f"cannot revoke share {share_id}: this session has no such link, or it was revoked")

    def begin(self, token: str) -> Share:
        """The share that a link's secret belongs to; it notes the moment. Raises Unauthenticated."""
        with self._database.writing() as connection:
            opened = update(shares).where(*self._open(token)).values(last_opened_at=self._now()).returning(shares)
            row = connection.execute(opened).one_or_none()
        if row is None:
            raise _over()
        return _share(row)

    def reader(self, share_id: str, token: str) -> tuple[Share, Principal]:
        """The share of this id and secret, and who reads by it. Raises Unauthenticated."""
        wanted = select(shares, projects.c.name).join(projects, projects.c.id == shares.c.project_id)
        with self._database.reading() as connection:
            row = connection.execute(wanted.where(*self._open(token))).one_or_none()
        if row is None or str(row.id) != share_id:
            raise _over()
        return _share(row), Principal(row.project_id, row.name, frozenset({"read"}), None)

    def erase(self, project_id: int, session_ids: Collection[str]) -> None:
        """Forget these sessions, on the disk too."""
        erased, ids = 0, list(session_ids)
        with self._database.writing() as connection:
            for begin in range(0, len(ids), MANY):
                mine = (shares.c.project_id == project_id) & shares.c.session_id.in_(ids[begin : begin + MANY])
                erased += connection.execute(delete(shares).where(mine)).rowcount
        if erased:
            self._database.scrub()

    def _open(self, token: str) -> tuple[Any, ...]:
        known = digest(token[: MAX_SECRET_LENGTH + 1])
        return shares.c.hash == known, shares.c.revoked_at.is_(None), shares.c.expires_at > self._now()


def _over() -> Unauthenticated:
    return Unauthenticated(
        "cannot open what was shared: the link has expired or was revoked, or is not whole",
        hint="Ask whoever sent it for another.",
    )


def _share(row: Row[Any]) -> Share:
    return Share(
        row.id, row.project_id, row.session_id, row.created_by, row.created_at, row.expires_at, row.revoked_at,
        row.last_opened_at,
    )  # fmt: skip
