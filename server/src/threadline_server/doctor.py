"""``threadline doctor``: what is wrong with a set-up, and what to do about it. Looks, and changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from threadline_server.credentials import CREDENTIALS_FILE, Credentials, read_credentials
from threadline_server.data_directory import holder_of, lock_data_directory
from threadline_server.errors import StartupError
from threadline_server.settings import MIB, Settings

ENOUGH_DISK = 1024 * MIB
TOO_LITTLE_DISK = 200 * MIB
OLDEST_PYTHON = (3, 11)
PROBE_TIMEOUT_S = 3.0
UI_PAGE = Path(__file__).parent / "static" / "index.html"

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``advice`` is there unless all is well."""

    subject: str
    state: State
    fact: str
    advice: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """What the checks share: who holds the data directory, and what answers on the port."""

    settings: Settings
    holder: str | None
    credentials: Credentials | None
    has_server: bool


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check in turn, each as soon as it is done."""
    around = Surroundings(
        settings, holder_of(settings.data_dir), read_credentials(settings.data_dir), is_threadline(settings.local_url)
    )
    checks: tuple[Callable[[Surroundings], Finding], ...] = (
        check_python,
        check_data_directory,
        check_disk,
        check_port,
        check_grpc_port,
        check_store,
        check_identity,
        check_credentials,
        check_key,
        check_dashboard,
    )
    for check in checks:
        yield check(around)


def check_python(_around: Surroundings) -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", "ok", version)
    return Finding("Python", "wrong", version, "Install Python 3.11 or newer.")


def check_data_directory(around: Surroundings) -> Finding:
    subject, path = "data directory", around.settings.data_dir
    if not path.exists():
        return Finding(subject, "ok", f"{path} is not there yet: the first start makes it")
    if not path.is_dir():
        return Finding(subject, "wrong", f"{path} is not a directory", "Choose another --data-dir.")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return Finding(subject, "wrong", f"{path} cannot be written", f"Give your user the right to write to {path}.")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding(subject, "warning", f"others can look into {path} (mode {mode:04o})", f"chmod 700 {path}")
    return Finding(subject, "ok", f"{path}, {f'in use by {around.holder}' if around.holder else 'not in use'}")


def check_disk(around: Surroundings) -> Finding:
    there = next(path for path in (around.settings.data_dir, *around.settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(there).free
    fact = f"{free / (1024 * MIB):.1f} GiB free"
    if free >= ENOUGH_DISK:
        return Finding("disk", "ok", fact)
    state: State = "wrong" if free < TOO_LITTLE_DISK else "warning"
    return Finding("disk", state, fact, "Free some space, or choose another --data-dir: a full disk stops ingest.")


def check_port(around: Surroundings) -> Finding:
    settings = around.settings
    if around.has_server and around.holder:
        return Finding("port", "ok", f"a Threadline server answers at {settings.local_url}")
    if around.has_server:
        fact = f"a Threadline server with another data directory answers at {settings.local_url}"
        return Finding("port", "wrong", fact, "Stop it, give its --data-dir here, or choose another --port.")
    return _free_port("port", settings, settings.port, "--port")


def check_grpc_port(around: Surroundings) -> Finding:
    settings = around.settings
    if around.has_server:
        is_open = _connects(settings.local_host, settings.grpc_port)
        fact = f"port {settings.grpc_port} {'is open' if is_open else 'does not answer'}"
        advice = None if is_open else "Look into the server's log; OTLP over HTTP works without it."
        return Finding("gRPC port", "ok" if is_open else "warning", fact, advice)
    return _free_port("gRPC port", settings, settings.grpc_port, "--grpc-port")


def _free_port(subject: str, settings: Settings, port: int, option: str) -> Finding:
    if _connects(settings.local_host, port):
        return Finding(
            subject, "wrong", f"another program listens on port {port}", f"Stop it or choose another {option}."
        )
    return Finding(subject, "ok", f"{port} is free")


def check_store(around: Surroundings) -> Finding:
    settings = around.settings
    if around.holder:
        return Finding("store", "ok", f"in use by {around.holder}")
    if settings.store_dir is not None and not settings.store_dir.exists():
        return Finding("store", "ok", "not there yet: the first start makes it")
    try:
        from threadline_server.store.database import Database

        if settings.store_dir is not None and settings.data_dir.exists():
            with lock_data_directory(settings.data_dir):
                Database(settings.store).close()
        else:
            Database(settings.store).close()
    except StartupError as error:
        return Finding("store", "wrong", error.message, error.hint or "Check --store (THREADLINE_STORE).")
    return Finding("store", "ok", "can be opened")


def check_identity(around: Surroundings) -> Finding:
    from threadline_server.identity.inspection import inspect_identity

    try:
        inspection = inspect_identity(around.settings, None)
    except ValueError as error:
        if around.settings.database:
            return Finding("keys", "wrong", f"their database cannot be read: {error}", "Check THREADLINE_DATABASE.")
        advice = "Restore it from a backup, or move it away: the next start makes a new one with a new key."
        return Finding("keys", "wrong", f"identity.db cannot be read: {error}", advice)
    if inspection is None:
        return Finding("keys", "ok", "none yet: the first start makes one")
    if inspection.active_keys == 0:
        return Finding("keys", "wrong", "every key is revoked", "threadline keys create")
    waiting = "" if inspection.is_current else "; the database is of another version and is migrated at the next start"
    return Finding("keys", "ok", f"{inspection.active_keys} active{waiting}")


def check_credentials(around: Surroundings) -> Finding:
    from threadline_server.identity.inspection import inspect_identity

    path = around.settings.data_dir / CREDENTIALS_FILE
    make_key = "Make a key (threadline keys create --scope ingest --scope read) and give it to your programs yourself."
    if not path.exists():
        is_new = not around.settings.data_dir.exists() or not any(around.settings.data_dir.glob("identity.db"))
        fact = "credentials.json is not there" + (" yet: the first start writes it" if is_new else "")
        return Finding("credentials", "ok" if is_new else "warning", fact, None if is_new else make_key)
    if around.credentials is None:
        return Finding("credentials", "wrong", f"{path} cannot be read", f"Delete it. {make_key}")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding("credentials", "wrong", f"others can read {path} (mode {mode:04o})", f"chmod 600 {path}")
    try:
        inspection = inspect_identity(around.settings, around.credentials.api_key)
    except ValueError:
        inspection = None
    if inspection and not inspection.knows_key:
        return Finding("credentials", "wrong", "the key in credentials.json is unknown or revoked", make_key)
    return Finding("credentials", "ok", str(path))


def check_key(around: Surroundings) -> Finding:
    subject = "running server"
    if not (around.has_server and around.holder):
        return Finding(subject, "ok", "none with this data directory")
    if around.credentials is None:
        return Finding(subject, "ok", "not asked: there is no key to ask with")
    status, body = _get(f"{around.settings.local_url}/auth/me", around.credentials.api_key)
    if status == 200:
        return Finding(subject, "ok", f"takes the key of credentials.json: {body}")
    advice = "Restart the server; if that does not help, make a new key: threadline keys create"
    return Finding(subject, "wrong", f"answers {status or 'nothing'} to the key of credentials.json", advice)


def check_dashboard(_around: Surroundings) -> Finding:
    if UI_PAGE.exists():
        return Finding("dashboard", "ok", "is built")
    return Finding("dashboard", "wrong", "is not built into this installation", "In a checkout: make ui")


def is_threadline(url: str) -> bool:
    """Whether a Threadline server that can take data answers at ``url``."""
    status, body = _get(f"{url}/healthz", None)
    try:
        return status == 200 and bool(json.loads(body)["status"] == "ok")
    except (ValueError, KeyError, TypeError):
        return False


def _get(url: str, api_key: str | None) -> tuple[int | None, str]:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    # No proxy: the address is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=PROBE_TIMEOUT_S) as answer:  # noqa: S310
            return answer.status, answer.read(4096).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""
    except (OSError, ValueError):
        return None, ""


def _connects(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=PROBE_TIMEOUT_S):
            return True
    except OSError:
        return False
