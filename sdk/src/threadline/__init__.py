"""Records what a program that talks to language models does, conversation by conversation."""

from threadline._config import ConfigurationError
from threadline._drops import DropReason
from threadline._extracted import Extracted
from threadline._generation import Generation
from threadline._observability import Observability
from threadline._observe import observe
from threadline._place import Mask, Place
from threadline._records import Waiting
from threadline._scores import ScoreValue
from threadline._session import Session
from threadline._session_ids import daily_session_id, new_session_id
from threadline._setup import get_observability, init_observability, is_initialized
from threadline._spans import Done, Span, SpanKind
from threadline._trace import Trace
from threadline._user_sessions import SessionStore
from threadline._version import __version__

__all__ = [
    "ConfigurationError",
    "Done",
    "DropReason",
    "Extracted",
    "Generation",
    "Mask",
    "Observability",
    "Place",
    "ScoreValue",
    "Session",
    "SessionStore",
    "Span",
    "SpanKind",
    "Trace",
    "Waiting",
    "__version__",
    "daily_session_id",
    "get_observability",
    "init_observability",
    "is_initialized",
    "new_session_id",
    "observe",
]
