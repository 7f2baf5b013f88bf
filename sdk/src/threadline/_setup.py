"""The one ``Observability`` of the process: how it starts sending, and how it ends with the program."""

from __future__ import annotations

import atexit
import os
import threading
from functools import partial
from typing import TYPE_CHECKING

from threadline._config import Config, ConfigurationError, resolve
from threadline._notices import logger
from threadline._observability import Observability
from threadline._recorder import Recorder
from threadline._spool_settings import resolve_spool

if TYPE_CHECKING:
    from threadline._records import Exporter
    from threadline._sources import Clock, Ids
    from threadline._spool_settings import SpoolSettings

_EXIT_TIMEOUT_S = 2.0
_SHOW_RUNNING_AFTER_S = 1.0
"""Most steps that are no model calls are over by then, and so are sent once."""


class _Process:
    """Starts and stops the sending of one ``Observability``."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.observability = Observability(self.recorder)
        self.is_untouched = True
        """Nobody has said yet where spans go."""
        self._config: tuple[Config, SpoolSettings | None] | None = None
        self._lock = threading.RLock()
        atexit.register(self.observability.shutdown, _EXIT_TIMEOUT_S)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork_in_child)

    def send_to_server(self, config: Config, spool: SpoolSettings | None) -> None:
        with self._lock:
            if (config, spool) == self._config and self.recorder.exporter is not None:
                return
            exporter = _server_exporter(config, self.recorder, spool)
            self.send_to(exporter, show_running_after_s=_SHOW_RUNNING_AFTER_S)
            self._config = config, spool

    def send_to(
        self,
        exporter: Exporter,
        clock: Clock | None = None,
        ids: Ids | None = None,
        *,
        show_running_after_s: float | None = None,
    ) -> None:
        with self._lock:
            self.is_untouched = False
            self.observability.shutdown(_EXIT_TIMEOUT_S)
            self._config = None
            self.recorder.use(exporter, clock, ids, show_running_after_s=show_running_after_s)

    def _after_fork_in_child(self) -> None:
        self._lock = threading.RLock()
        self.recorder.after_fork_in_child()


def _server_exporter(config: Config, recorder: Recorder, spool: SpoolSettings | None = None) -> Exporter:
    # These load the standard library's HTTP client, most of what the SDK costs to import.
    from threadline import semconv
    from threadline._export import Sender
    from threadline._http import HttpTransport
    from threadline._otlp import encode_resource
    from threadline._queue import BackgroundExporter
    from threadline._spool import Spool

    facts = {
        semconv.SERVICE_NAME: config.service_name,
        semconv.RELEASE: config.release,
        semconv.ENVIRONMENT: config.environment,
    }
    resource = encode_resource({name: value for name, value in facts.items() if value is not None})
    transport = HttpTransport(config.endpoint, config.api_key)
    sender = Sender(transport, recorder.drops, recorder.notices)

    open_spool = None if spool is None else partial(Spool, *spool, recorder.drops, recorder.notices)
    exporter = BackgroundExporter(sender, recorder.drops, resource=resource, spool=open_spool)
    exporter.start()
    return exporter


_process = _Process()


def init_observability(
    dsn: str | None = None,
    *,
    api_key: str | None = None,
    endpoint: str | None = None,
    environment: str | None = None,
    release: str | None = None,
    service_name: str | None = None,
    spool: bool | None = None,
    spool_dir: str | None = None,
    spool_max_bytes: int | None = None,
    exporter: Exporter | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
) -> Observability:
    """Says where spans go. Call it once, at the start of the program; it is the only call that may raise.

    What is not given is taken from the environment: ``THREADLINE_`` and the argument's name in capitals, from ``dsn``
    to ``spool_max_bytes``.
    Called again with the same values it changes nothing; with others it delivers what waits, for up to 2 seconds, and
    sends to the new place from then on. Handles and ``Observability`` objects from before stay valid.

    Args:
        dsn: Address and key in one: ``http://pk_xxx@127.0.0.1:4318/default``. The last part of the path names the
            project for people to read; the key decides which project it is.
        api_key: The key, if not in the DSN.
        endpoint: The server's address, if not in the DSN; ``http://127.0.0.1:4318`` unless set.
        environment: Such as ``production``.
        release: The program's version.
        service_name: The program's name; ``unknown_service:python`` unless set.
        spool: Whether spans wait on disk while the server is away, which is the default. They are read by the next
            program of this user that sends to the same server with the same key. False: they wait in memory only.
        spool_dir: Where, instead of the user's state directory, such as ``~/.local/state/threadline/spool``.
        spool_max_bytes: How much may wait on disk for one server and key, all processes together; 256 MB unless set.
            Beyond it the newest spans are dropped as ``spool_full``.
        exporter: Takes the spans instead of the server, see ``threadline.testing``; no key is needed then.
        clock: Tells the time instead of the computer; for tests, with ``exporter``.
        ids: Makes the ids instead of chance; for tests, with ``exporter``.

    Returns:
        What ``get_observability`` returns.

    Raises:
        ConfigurationError: There is no key, or a value is malformed.
    """
    if exporter is not None:
        _process.send_to(exporter, clock, ids)
        return _process.observability
    arguments = {
        "dsn": dsn,
        "api_key": api_key,
        "endpoint": endpoint,
        "environment": environment,
        "release": release,
        "service_name": service_name,
    }
    config = resolve(arguments, os.environ)
    settings = resolve_spool(config, os.environ, spool=spool, directory=spool_dir, max_bytes=spool_max_bytes)
    _process.send_to_server(config, settings)
    return _process.observability


def get_observability() -> Observability:
    """Returns the process's ``Observability``, always the same object.

    If nothing has been initialised and ``THREADLINE_DSN`` is set, that is used. Without it everything works and
    nothing is sent, until ``init_observability`` is called.
    """
    if _process.is_untouched and os.environ.get("THREADLINE_DSN"):
        try:
            init_observability()
        except ConfigurationError as error:
            _process.is_untouched = False
            logger.error("%s", error)  # the message says all; the stack would be ours
    return _process.observability


def is_initialized() -> bool:
    """Returns whether spans are sent anywhere."""
    return _process.observability.is_initialized()
