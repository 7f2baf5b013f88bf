"""Records what a program that talks to language models does, conversation by conversation."""

from threadline._config import ConfigurationError
from threadline._drops import DropReason
from threadline._generation import Generation
from threadline._observability import Observability
from threadline._place import Mask, Place
from threadline._session import Session
from threadline._setup import get_observability, init_observability, is_initialized
from threadline._spans import Done, Span, SpanKind
from threadline._trace import Trace
from threadline._version import __version__

__all__ = [
    "ConfigurationError",
    "Done",
    "DropReason",
    "Generation",
    "Mask",
    "Observability",
    "Place",
    "Session",
    "Span",
    "SpanKind",
    "Trace",
    "__version__",
    "get_observability",
    "init_observability",
    "is_initialized",
]
