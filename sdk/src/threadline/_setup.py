"""The one ``Observability`` of the process: how it starts sending, and how it ends with the program."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from threadline._config import SETTINGS, Config, ConfigurationError, resolve
from threadline._observability import Observability
from threadline._privacy import PRIVACY_SETTINGS, Privacy, resolve_privacy
from threadline._recorder import Recorder
from threadline._spool_settings import resolve_spool

if TYPE_CHECKING:
    from threadline._masking import Masking
    from threadline._place import Mask
    from threadline._preparation import Preparation
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
        self._settings: tuple[Config, Privacy, SpoolSettings | None] | None = None
        self._held: tuple[Exporter, Clock | None, Ids | None] | None = None
        self._lock = threading.RLock()
        atexit.register(self.observability.shutdown, _EXIT_TIMEOUT_S)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork_in_child)

    @contextmanager
    def held(self, exporter: Exporter, clock: Clock | None, ids: Ids | None) -> Iterator[None]:
        """Gives everything to ``exporter``, whatever the program initialises meanwhile; then all is as before."""
        before = self.recorder, self.is_untouched, self._settings, self._held
        self._record_with(Recorder())
        self._held = exporter, clock, ids
        try:
            self.send_to(exporter, clock, ids, Privacy())
            yield
        finally:
            recorder, self.is_untouched, self._settings, self._held = before
            self._record_with(recorder)

    def _record_with(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.observability._recorder = recorder  # noqa: SLF001

    def send_to_server(self, resolved: Callable[[], tuple[Config, SpoolSettings | None]], privacy: Privacy) -> None:
        with self._lock:
            if self._held is not None:
                self.send_to(*self._held, privacy)
                return
            config, spool = resolved()
            if (config, privacy, spool) == self._settings and self.recorder.exporter is not None:
                return
            masking = _masking(privacy, self.recorder)
            exporter = _server_exporter(config, self.recorder, masking, _preparation(privacy, masking), spool)
            self._switch(exporter, None, None, privacy, masking, show_running_after_s=_SHOW_RUNNING_AFTER_S)
            self._settings = config, privacy, spool

    def send_to(self, exporter: Exporter, clock: Clock | None, ids: Ids | None, privacy: Privacy) -> None:
        from threadline._preparation import PreparedExporter

        with self._lock:
            masking = _masking(privacy, self.recorder)
            prepared = PreparedExporter(exporter, _preparation(privacy, masking))
            self._switch(prepared, clock, ids, privacy, masking)

    def _switch(
        self,
        exporter: Exporter,
        clock: Clock | None,
        ids: Ids | None,
        privacy: Privacy,
        masking: Masking | None,
        *,
        show_running_after_s: float | None = None,
    ) -> None:
        self.is_untouched = False
        self.observability.shutdown(_EXIT_TIMEOUT_S)
        self._settings = None
        self.recorder.masking = masking
        self.recorder.use(exporter, clock, ids, privacy, show_running_after_s=show_running_after_s)

    def _after_fork_in_child(self) -> None:
        self._lock = threading.RLock()
        self.recorder.after_fork_in_child()


def _masking(privacy: Privacy, recorder: Recorder) -> Masking | None:
    if privacy.mask is None:
        return None
    from threadline._masking import Masking

    return Masking(privacy.mask, privacy.mask_timeout, recorder.count_masking_failures)


def _preparation(privacy: Privacy, masking: Masking | None) -> Preparation:
    from threadline._preparation import Preparation

    return Preparation(
        masking, captures_content=privacy.capture_content, max_span_characters=privacy.max_span_characters
    )


def _server_exporter(
    config: Config,
    recorder: Recorder,
    masking: Masking | None = None,
    prepare: Preparation | None = None,
    spool: SpoolSettings | None = None,
) -> Exporter:
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
    said = {name: value for name, value in facts.items() if value is not None}
    resource = encode_resource(said if masking is None else masking.resource(said))
    transport = HttpTransport(config.endpoint, config.api_key)
    sender = Sender(transport, recorder.drops, recorder.notices)

    open_spool = None if spool is None else partial(Spool, *spool, recorder.drops, recorder.notices)
    exporter = BackgroundExporter(
        sender,
        recorder.drops,
        prepare=prepare,
        prepare_score=None if prepare is None else prepare.score,
        resource=resource,
        spool=open_spool,
    )
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
    mask: Mask | None = None,
    mask_timeout: float | None = None,
    capture_content: bool | None = None,
    sample_rate: float | None = None,
    max_value_characters: int | None = None,
    max_span_characters: int | None = None,
    exporter: Exporter | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
) -> Observability:
    """Says where spans go. Call it once, at the start of the program; it is the only call that may raise.

    What is not given is taken from the environment: ``THREADLINE_DSN``, ``THREADLINE_API_KEY``,
    ``THREADLINE_ENDPOINT`` and so on: the variable is named as the argument. ``mask`` has none.
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
        mask: Called with every text that spans hold, and its ``Place``; what it returns is sent instead. It runs on a
            thread of its own, never on one of the program. Where it fails or hangs, ``<masking failed>`` is sent.
        mask_timeout: Seconds that ``mask`` has for all texts of one span; 1 unless set.
        capture_content: False: no inputs and outputs, and of errors only their type. Names, metadata, tokens, cost and
            times stay.
        sample_rate: The share of sessions that is sent, from 0 to 1, each of them whole; 1 unless set.
        max_value_characters: Characters of one input, output or other value; the rest is cut off and marked.
            1,000,000 unless set.
        max_span_characters: Characters of all texts of one span together; 4,000,000 unless set.
        exporter: Takes the spans instead of the server, see ``threadline.testing``; no key is needed then.
        clock: Tells the time instead of the computer; for tests, with ``exporter``.
        ids: Makes the ids instead of chance; for tests, with ``exporter``.

    Returns:
        What ``get_observability`` returns.

    Raises:
        ConfigurationError: There is no key, or a value is malformed.
    """
    given = locals()
    privacy = resolve_privacy(mask, {name: given[name] for name in PRIVACY_SETTINGS}, os.environ)
    if exporter is not None:
        _process.send_to(exporter, clock, ids, privacy)
        return _process.observability

    def resolved() -> tuple[Config, SpoolSettings | None]:
        config = resolve({name: given[name] for name in SETTINGS}, os.environ)
        return config, resolve_spool(config, os.environ, spool=spool, directory=spool_dir, max_bytes=spool_max_bytes)

    _process.send_to_server(resolved, privacy)
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
            from threadline._notices import logger

            logger.error("%s", error)  # the message says all; the stack would be ours
    return _process.observability


def is_initialized() -> bool:
    """Returns whether spans are sent anywhere."""
    return _process.observability.is_initialized()
