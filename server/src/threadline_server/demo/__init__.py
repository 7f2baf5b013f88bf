"""``threadline demo``: the server with two weeks of sample conversations, sent through the SDK, and some that go on."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from threadline_server.credentials import Credentials, read_credentials
from threadline_server.demo.filling import Filled, fill
from threadline_server.demo.goals import define_goals
from threadline_server.demo.live import LiveSessions
from threadline_server.demo.marker import Marker, read_marker, write_marker
from threadline_server.demo.plan import SESSIONS
from threadline_server.demo.script import load_scripts
from threadline_server.remote import Remote
from threadline_server.settings import Settings

__all__ = ["Filled", "fill", "run"]

log = logging.getLogger(__name__)

_STOP_S = 1.0


def run(settings: Settings) -> None:
    """Run the server until SIGTERM or SIGINT; once it is ready, fill it if it is new, and keep a few sessions going."""
    from threadline_server.start import start

    stop = threading.Event()

    def play(served: Settings) -> None:
        threading.Thread(target=_play, args=(served, stop), name="demo", daemon=True).start()

    try:
        start(settings, on_ready=play)
    finally:
        stop.set()


def _play(settings: Settings, stop: threading.Event) -> None:
    from threadline_server.announce import announce

    credentials = read_credentials(settings.data_dir)
    dsn = _local(credentials, settings).dsn if credentials else None
    try:
        if credentials and dsn and fill_once(settings, dsn):
            define_goals(Remote(settings.local_url, credentials.api_key))
    except Exception:
        log.exception("BUG: the sample conversations could not be sent")
    announce(settings)
    if dsn is None:
        log.warning("no sample conversations: the key of this data directory is not kept in it")
        return
    live = LiveSessions(dsn, load_scripts())
    live.start()
    stop.wait()
    live.stop(_STOP_S)


def _local(credentials: Credentials, settings: Settings) -> Credentials:
    return Credentials(credentials.project, credentials.api_key, settings.local_url)


def fill_once(settings: Settings, dsn: str) -> bool:
    """Fill the server, unless that was done before; what was broken off goes on with the same two weeks, and so the same ids.

    True where the last of it has been sent now.
    """
    from threadline_server.demo.terminal import progress

    marker = read_marker(settings.data_dir) or Marker(datetime.now(UTC), is_filled=False)
    if marker.is_filled:
        return False
    write_marker(settings.data_dir, marker)
    with progress("Filling in sample conversations", SESSIONS) as step:
        filled = fill(dsn, now=marker.now, sessions=SESSIONS, on_session=step)
    if filled.dropped:
        log.warning("%d of %d spans of the sample conversations did not arrive", filled.dropped, filled.spans)
        return False
    write_marker(settings.data_dir, Marker(marker.now, is_filled=True))
    return True
