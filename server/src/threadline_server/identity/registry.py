"""Identity: the open identity database, and who is who in it, remembered for up to a second."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from threadline_server.errors import NotFound, ThreadlineError
from threadline_server.identity import keys, logins, projects
from threadline_server.identity.accounts import Accounts
from threadline_server.identity.alert_events import AlertEvents
from threadline_server.identity.alert_rules import AlertRules
from threadline_server.identity.audit import AuditLog
from threadline_server.identity.database import Database
from threadline_server.identity.goals import Goals
from threadline_server.identity.invitations import Invitations
from threadline_server.identity.masking import MaskingOfProjects
from threadline_server.identity.prices import Prices
from threadline_server.identity.principal import SCOPES, ApiKey, IssuedKey, NewProject, Principal, Project
from threadline_server.identity.project_settings import SettingsOfProjects
from threadline_server.identity.repricings import Repricings
from threadline_server.identity.secret_text import (
    KEY_START,
    MAX_SECRET_LENGTH,
    RandomBytes,
    digest,
    is_mistyped,
    new_key,
    new_token,
)
from threadline_server.identity.shares import Shares
from threadline_server.identity.views import Views

REMEMBERED_S = 1.0
"""How long an answer is reused: a revocation made by another process takes effect within this time."""
MAX_REMEMBERED = 4096
USE_NOTED_EVERY = timedelta(minutes=1)
MAX_ID = 2**31 - 1

logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Identity:
    """Made by ``open_identity``. Every method may raise Unavailable when the database cannot be read or written.

    ``goals``, ``prices``, ``repricings``, ``settings``, ``masking``, ``views``, ``alert_rules``, ``alert_events``, ``accounts``,
    ``invitations``, ``shares`` and ``audit`` are tables of their own; ``turn`` is that of one server among several. ``anonymous`` is who a request without credentials comes from: None, unless authentication is off.
    """

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        random_bytes: RandomBytes = secrets.token_bytes,
    ) -> None:
        self.anonymous: Principal | None = None
        self.goals = Goals(database, now)
        self.prices = Prices(database, now)
        self.repricings = Repricings(database, now)
        self.settings = SettingsOfProjects(database, now)
        self.masking = MaskingOfProjects(database, now)
        self.views = Views(database, now)
        self.alert_rules = AlertRules(database, now)
        self.alert_events = AlertEvents(database, now)
        self.audit = AuditLog(database, now)
        self.accounts = Accounts(database, now, self._changing)
        self.invitations = Invitations(database, now, random_bytes, self._changing)
        self.shares = Shares(database, now, random_bytes)
        self.turn = database.turn
        self._database = database
        self._now = now
        self._monotonic = monotonic
        self._random_bytes = random_bytes
        self._remembered: dict[tuple[str, bytes], tuple[float, Principal]] = {}
        self._generation = 0
        self._remembering = threading.Lock()
        self._noted: dict[int, datetime] = {}
        self._later = ThreadPoolExecutor(1, thread_name_prefix="identity")

    def close(self) -> None:
        self._later.shutdown()
        self._database.close()

    # --- who is asking ---

    def authenticate(self, secret: str, *, within_s: float = REMEMBERED_S) -> Principal | None:
        """Whose key this is; None when it is unknown, revoked or expired. A dictionary lookup, but for once in ``within_s`` and key."""
        if not secret.startswith(KEY_START) or len(secret) > MAX_SECRET_LENGTH or is_mistyped(secret):
            return None
        key_digest, now = digest(secret), self._now()
        return self._recall(
            "key", key_digest, within_s, lambda connection: keys.principal_of_key(connection, key_digest, now=now)
        )

    def authenticate_web_session(self, token: str, *, within_s: float = REMEMBERED_S) -> Principal | None:
        """Who signed in with the browser that sends this cookie; None when that is over."""
        if not token or len(token) > MAX_SECRET_LENGTH:
            return None
        token_digest, now = digest(token), self._now()
        return self._recall(
            "web session",
            token_digest,
            within_s,
            lambda connection: logins.principal_of_web_session(connection, token_digest, now=now),
        )

    def _recall(
        self, kind: str, secret_digest: bytes, within_s: float, look_up: Callable[[Connection], Principal | None]
    ) -> Principal | None:
        who = (kind, secret_digest)
        moment = self._monotonic()
        remembered = self._remembered.get(who)
        if remembered and moment < remembered[0] + within_s:
            return remembered[1]
        generation = self._generation
        with self._database.reading() as connection:
            principal = look_up(connection)
        with self._remembering:
            # Only who is known: a key is valid from the moment it is made, and guesses cannot fill the memory.
            # Nor anything read before a change that was made meanwhile.
            if principal is None or generation != self._generation:
                self._remembered.pop(who, None)
            else:
                if len(self._remembered) >= MAX_REMEMBERED:
                    self._remembered.clear()
                self._remembered[who] = (moment, principal)
        if principal and principal.key_id is not None:
            self._note_use(principal.key_id)
        return principal

    def _forget(self) -> None:
        with self._remembering:
            self._generation += 1
            self._remembered.clear()

    def _note_use(self, key_id: int) -> None:
        now = self._now()
        noted = self._noted.get(key_id)
        if noted is None or now - noted >= USE_NOTED_EVERY or now < noted:
            self._noted[key_id] = now
            self._later.submit(self._write_use, key_id, now)

    def _write_use(self, key_id: int, now: datetime) -> None:
        try:
            with self._database.writing() as connection:
                keys.note_use(connection, key_id, now=now)
        except ThreadlineError as error:
            logger.warning("cannot note the use of key %s: %s", key_id, error.message)

    # --- signing in with a browser ---

    def create_login_token(self, principal: Principal) -> str:
        """A token that signs one browser in as ``principal``, once, within the hour."""
        token = new_token(self._random_bytes)
        with self._database.writing() as connection:
            logins.add_login_token(connection, digest(token), principal, now=self._now())
        return token

    def redeem_login_token(self, token: str) -> Principal | None:
        with self._database.writing() as connection:
            return logins.redeem_login_token(connection, digest(token), now=self._now())

    def start_web_session(self, principal: Principal) -> str:
        """The cookie's value."""
        token = new_token(self._random_bytes)
        with self._database.writing() as connection:
            logins.add_web_session(connection, digest(token), principal, now=self._now())
        return token

    def end_web_session(self, token: str) -> None:
        with self._changing() as connection:
            logins.end_web_session(connection, digest(token))

    # --- keys and projects ---

    def create_key(
        self,
        project_id: int,
        *,
        name: str,
        scopes: AbstractSet[str],
        secret: str | None = None,
        expires_at: datetime | None = None,
    ) -> IssuedKey:
        """A new key, random unless ``secret`` (already checked) is given. Raises BadRequest, Conflict."""
        text = secret or new_key(self._random_bytes)
        with self._database.writing() as connection:
            key = keys.create_key(
                connection, project_id, text, name=name, scopes=scopes, now=self._now(), expires_at=expires_at
            )
        return IssuedKey(key, text)

    def rotate_key(self, project_id: int, key_id: int, *, overlap: timedelta = keys.USUAL_OVERLAP) -> IssuedKey:
        """A key in place of this one, which stays valid for ``overlap``. Raises BadRequest, Conflict, NotFound."""
        text, new = new_key(self._random_bytes), None
        if 0 < key_id <= MAX_ID:
            with self._changing() as connection:
                new = keys.rotate_key(connection, project_id, key_id, text, overlap=overlap, now=self._now())
        if new is None:
            raise NotFound(f"cannot rotate key {key_id}: this project has no such key")
        return IssuedKey(new, text)

    def list_keys(self, project_id: int, *, after: int = 0, limit: int | None = None) -> list[ApiKey]:
        """The project's keys by id, those after ``after``."""
        with self._database.reading() as connection:
            return keys.list_keys(connection, project_id, after=after, limit=limit)

    def find_key(self, secret: str) -> ApiKey | None:
        """The key with this text, even if revoked."""
        with self._database.reading() as connection:
            return keys.find_key(connection, secret)

    def revoke_key(self, project_id: int, key_id: int) -> ApiKey:
        """Effective at once here, and within REMEMBERED_S in other processes. Raises NotFound."""
        revoked = None
        if 0 < key_id <= MAX_ID:
            with self._changing() as connection:
                revoked = keys.revoke_key(connection, project_id, key_id, now=self._now())
        if revoked is None:
            raise NotFound(f"cannot revoke key {key_id}: this project has no such key")
        return revoked

    def create_project(self, name: str, *, secret: str | None = None) -> NewProject:
        """A project with its first key, which has every scope. Raises BadRequest, Conflict."""
        with self._database.writing() as connection:
            project = projects.create_project(connection, name, now=self._now())
            text = secret or new_key(self._random_bytes)
            key = keys.create_key(connection, project.id, text, name="first key", scopes=SCOPES, now=self._now())
            return NewProject(project, IssuedKey(key, text))

    def list_projects(self) -> list[Project]:
        with self._database.reading() as connection:
            return projects.list_projects(connection)

    def find_project(self, name: str) -> Project | None:
        with self._database.reading() as connection:
            return projects.find_project(connection, name)

    def get_project(self, project_id: int) -> Project | None:
        with self._database.reading() as connection:
            return projects.get_project(connection, project_id)

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        try:
            with self._database.writing() as connection:
                yield connection
        finally:
            self._forget()
