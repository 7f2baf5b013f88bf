"""Whether and where spans wait on disk while the server is away: argument, then environment variable, then default.

========================  ==================================================  ===========================
argument                  environment variable                                default
========================  ==================================================  ===========================
``spool``                 ``THREADLINE_SPOOL``: ``on`` or ``off``             on
``spool_dir``             ``THREADLINE_SPOOL_DIR``                            the user's state directory
``spool_max_bytes``       ``THREADLINE_SPOOL_MAX_BYTES``                      268435456 (256 MB)
========================  ==================================================  ===========================
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from threadline._config import Config, ConfigurationError

_MAX_BYTES = 256 * 1024 * 1024
_SWITCH = {"on": True, "1": True, "true": True, "off": False, "0": False, "false": False}


class SpoolSettings(NamedTuple):
    """Where spans wait on disk."""

    folder: str
    """Its own for each server and key, so that nothing is ever sent elsewhere than it was meant for."""
    max_bytes: int
    """Of all processes that share the folder."""


def resolve_spool(
    config: Config, environ: Mapping[str, str], *, spool: bool | None, directory: str | None, max_bytes: int | None
) -> SpoolSettings | None:
    """Returns what to use; None where nothing is to be written to disk.

    Raises:
        ConfigurationError: A value is malformed.
    """
    is_on = _switch(environ.get("THREADLINE_SPOOL", "")) if spool is None else spool
    limit = _bytes(environ.get("THREADLINE_SPOOL_MAX_BYTES", "")) if max_bytes is None else max_bytes
    if limit <= 0:
        raise ConfigurationError(f"cannot use spool_max_bytes={limit}: it must be positive; spool=False writes nothing")
    root = directory or environ.get("THREADLINE_SPOOL_DIR", "").strip() or _default_root(environ)
    if not is_on or root is None:
        return None
    return SpoolSettings(os.path.join(os.path.abspath(root), _destination(config)), limit)


def _switch(text: str) -> bool:
    word = text.strip().lower() or "on"
    if word not in _SWITCH:
        raise ConfigurationError(f"cannot read THREADLINE_SPOOL: it is {text!r}; it must be on or off")
    return _SWITCH[word]


def _bytes(text: str) -> int:
    if not text.strip():
        return _MAX_BYTES
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError(
            f"cannot read THREADLINE_SPOOL_MAX_BYTES: it is {text!r}; it must be a number of bytes"
        ) from None


def _default_root(environ: Mapping[str, str]) -> str | None:
    """The user's directory for what a program keeps between its runs; None for a user who has none."""
    if sys.platform == "win32":
        base = environ.get("LOCALAPPDATA", "") or "~\\AppData\\Local"
    elif sys.platform == "darwin":
        base = "~/Library/Application Support"
    else:
        base = environ.get("XDG_STATE_HOME", "") or "~/.local/state"
    base = os.path.expanduser(base)
    return os.path.join(base, "threadline", "spool") if os.path.isabs(base) else None


def _destination(config: Config) -> str:
    import hashlib

    # The key is 160 bits of chance, so nobody finds it from its hash.
    digest = hashlib.sha256(f"{config.endpoint}\n{config.api_key}".encode()).hexdigest()[:16]
    host = re.sub(r"[^a-z0-9.]+", "_", urlsplit(config.endpoint).netloc.lower())[:64]
    return f"{host}-{digest}"
