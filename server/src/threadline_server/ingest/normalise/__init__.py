"""A raw span in any vocabulary -> a ``Span`` in ours. Only the modules of this folder know foreign attribute names.

A span often speaks several dialects at once. Each one that is on it is read, in the order of ``DIALECTS``, and offers what
it understands; the first offer for a fact stands. OpenTelemetry's general names come before all (an explicit ``session.id``
beats a ``gen_ai.conversation.id``), the resource's and then the metadata's ids come after all. Attributes that are wholly in
another column are left out of ``attributes``; every other one stays there under the name it came with.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Final, TypeAlias

from threadline_server.ingest import reasons
from threadline_server.ingest.normalise import (
    adk,
    agentops,
    carried,
    claude_code_spans,
    crewai,
    gemini_cli,
    genai,
    genai_older,
    general,
    genkit,
    langfuse,
    langsmith,
    langtrace,
    litellm,
    logfire,
    mastra,
    mlflow,
    openinference,
    openlit,
    openllmetry,
    spring,
    strands,
    threadline,
    trulens,
    vercel,
)
from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.finish import finished
from threadline_server.ingest.normalise.shape import MAX_KEPT, MAX_KEPT_CHARACTERS, Shape
from threadline_server.model import Drop, RawSpan, Span

__all__ = ["DIALECTS", "normalise"]

Reader: TypeAlias = Callable[[RawSpan, Draft], None]

DIALECTS: Final[tuple[tuple[str, tuple[str, ...], Reader], ...]] = (
    (threadline.NAME, threadline.PREFIXES, threadline.read),
    (agentops.NAME, agentops.PREFIXES, agentops.read),
    (litellm.NAME, litellm.PREFIXES, litellm.read),
    (langfuse.NAME, langfuse.PREFIXES, langfuse.read),
    (langsmith.NAME, langsmith.PREFIXES, langsmith.read),
    (mlflow.NAME, mlflow.PREFIXES, mlflow.read),
    (trulens.NAME, trulens.PREFIXES, trulens.read),
    (vercel.NAME, vercel.PREFIXES, vercel.read),
    (openllmetry.NAME, openllmetry.PREFIXES, openllmetry.read),
    (crewai.NAME, crewai.PREFIXES, crewai.read_told),
    (logfire.NAME, logfire.PREFIXES, logfire.read),
    (claude_code_spans.NAME, claude_code_spans.PREFIXES, claude_code_spans.read),
    (spring.NAME, spring.PREFIXES, spring.read),
    (mastra.NAME, mastra.PREFIXES, mastra.read),
    (genkit.NAME, genkit.PREFIXES, genkit.read),
    (langtrace.NAME, langtrace.PREFIXES, langtrace.read),
    (openinference.NAME, openinference.PREFIXES, openinference.read),
    (genai.NAME, genai.PREFIXES, genai.read),
    (genai_older.NAME, genai_older.PREFIXES, genai_older.read),
    (adk.NAME, adk.PREFIXES, adk.read),
    (strands.NAME, strands.PREFIXES, strands.read),
    (openlit.NAME, openlit.PREFIXES, openlit.read),
    (genai.NAME, gemini_cli.PREFIXES, gemini_cli.read_span),
    (carried.NAME, carried.PREFIXES, carried.read),
)
"""(name, the beginnings of its attributes' names, its reader) in the order of reading, the most telling first."""
_SHARED: Final = ("", openinference.NAME, genai.NAME)
"""Names that say less of who wrote a span than any other that is on it."""

_MAX_SHAPES: Final = 2_000
_shapes: dict[tuple[str, ...], tuple[str, tuple[Reader, ...], Shape]] = {}


def normalise(raw: RawSpan) -> Span | Drop:
    """The span in our words, or why it cannot be kept (``Drop.index`` is -1: a span does not know where it stood)."""
    attributes = raw.attributes
    names = (*attributes, *[event.name for event in raw.events]) if raw.events else tuple(attributes)
    dialect, readers, shape = _shapes.get(names) or _learn(names)
    draft = Draft(attributes, shape)
    general.read(raw, draft)
    for read in readers:
        read(raw, draft)
    resource = general.resource_of(raw)
    general.read_last(raw, draft, resource)
    if len(draft.session_id) > reasons.MAX_SESSION_ID:
        return Drop(-1, reasons.SESSION_ID, f"the session id is longer than {reasons.MAX_SESSION_ID} characters")
    return finished(raw, draft, resource, dialect)


def _learn(names: tuple[str, ...]) -> tuple[str, tuple[Reader, ...], Shape]:
    """The dialects that are spoken by attributes and events of these names, the most telling first."""
    chosen = [(name, read) for name, prefixes, read in DIALECTS if any(map(str.startswith, names, repeat(prefixes)))]
    spoken = [name for name, _ in chosen]
    dialect = next((name for name in spoken if name not in _SHARED), spoken[0] if spoken else "")
    learned = dialect, tuple(read for _, read in chosen), Shape(names)
    if len(names) <= MAX_KEPT and sum(map(len, names)) <= MAX_KEPT_CHARACTERS:
        if len(_shapes) >= _MAX_SHAPES:
            _shapes.clear()
        _shapes[names] = learned
    return learned
