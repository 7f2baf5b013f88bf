"""An ``Observability`` for each application of the demo.

A program usually has one, from ``init_observability``. The demo plays several programs in one process, at other times than
now, so it makes its own from the parts that ``init_observability`` is made of.
"""

from __future__ import annotations

from threadline import Observability
from threadline._config import resolve
from threadline._recorder import Recorder
from threadline._setup import _server_exporter
from threadline.testing import Clock, Exporter, Ids
from threadline_server.demo.plan import Part


def record_for(dsn: str, part: Part, clock: Clock | None = None, ids: Ids | None = None) -> Observability:
    """Sends what the program of ``part`` does, in its release and environment, to the server."""
    arguments: dict[str, str | None] = {
        "dsn": dsn,
        "api_key": None,
        "endpoint": None,
        "environment": part.environment,
        "release": part.release,
        "service_name": part.script.program.service,
    }
    recorder = Recorder()
    recorder.use(_server_exporter(resolve(arguments, {}), recorder), clock, ids)
    return Observability(recorder)


def record_into(exporter: Exporter, clock: Clock, ids: Ids) -> Observability:
    """Hands everything to ``exporter``."""
    recorder = Recorder()
    recorder.use(exporter, clock, ids)
    return Observability(recorder)
