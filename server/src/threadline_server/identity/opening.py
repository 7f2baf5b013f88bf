"""Opening the identity database at start, and what a first start puts into it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from threadline_server.credentials import Credentials, read_credentials, write_credentials
from threadline_server.data_directory import make_data_directory
from threadline_server.errors import StartupError, ThreadlineError
from threadline_server.identity import keys, projects
from threadline_server.identity.database import open_database
from threadline_server.identity.principal import DEFAULT_PROJECT, SCOPES, Principal
from threadline_server.identity.registry import Identity, utc_now
from threadline_server.identity.secret_text import RandomBytes, check_chosen_key, new_key
from threadline_server.identity.sqlite_file import DATABASE_FILE
from threadline_server.settings import Settings


def open_identity(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    monotonic: Callable[[], float] = time.monotonic,
    random_bytes: RandomBytes = secrets.token_bytes,
) -> Identity:
    """Open the identity database in the data directory, creating and migrating it as needed.

    Afterwards project ``default`` exists, and so does the key of ``settings.api_key``; a first start without one makes a
    random key. ``credentials.json`` says which. Raises StartupError. Takes no lock: a command may do it beside a server.
    """
    make_data_directory(settings.data_dir)
    database = open_database(settings.data_dir, settings.database)
    try:
        with database.writing() as connection:
            default = projects.find_project(connection, DEFAULT_PROJECT)
            is_first = default is None
            project = default or projects.create_project(connection, DEFAULT_PROJECT, now=now())
            owner = Principal(project.id, project.name, SCOPES, None)
            api_key = settings.api_key or (new_key(random_bytes) if is_first else None)
            project_name = _ensure_key(connection, owner, api_key, now=now()) if api_key else project.name
            # Before the commit: a first start that is cut off in between is a first start again.
            _update_credentials(settings, project_name, api_key)
    except OSError as error:
        database.close()
        raise StartupError(f"cannot write credentials.json in {settings.data_dir}: {error.strerror}") from error
    except ThreadlineError as error:
        database.close()
        raise StartupError(error.message, hint=error.hint) from error
    identity = Identity(database, now=now, monotonic=monotonic, random_bytes=random_bytes)
    identity.anonymous = owner if settings.insecure_no_auth else None
    return identity


def open_existing_identity(settings: Settings) -> Identity:
    """The identity that a server was started with, as it is. Raises StartupError: a mistyped directory stays empty."""
    data_dir = settings.data_dir
    if not settings.database and not (data_dir / DATABASE_FILE).exists():
        raise StartupError(
            f"cannot find the keys of {data_dir}: no server was started with this data directory",
            hint="Give the right --data-dir (THREADLINE_DATA_DIR), or start the server once.",
        )
    return Identity(open_database(data_dir, settings.database))


def _ensure_key(connection: Connection, owner: Principal, api_key: str, *, now: datetime) -> str:
    """The name of the project that the key belongs to."""
    existing = keys.find_key(connection, api_key)
    if existing is None:
        check_chosen_key(api_key)
        keys.create_key(connection, owner.project_id, api_key, name="first key", scopes=SCOPES, now=now)
        return owner.project_name
    if existing.revoked_at or (existing.expires_at and existing.expires_at <= now):
        raise StartupError(
            "cannot use the API key of THREADLINE_API_KEY: it was revoked or has expired",
            hint="Choose another, or unset the variable.",
        )
    project = projects.get_project(connection, existing.project_id)
    return project.name if project else owner.project_name


def _update_credentials(settings: Settings, project_name: str, api_key: str | None) -> None:
    written = read_credentials(settings.data_dir)
    if api_key:
        wanted = Credentials(project_name, api_key, settings.endpoint)
    elif written:
        wanted = Credentials(written.project, written.api_key, settings.endpoint)
    else:
        return  # A key cannot be shown twice: `threadline keys create` makes another one.
    if wanted != written:
        write_credentials(settings.data_dir, wanted)
