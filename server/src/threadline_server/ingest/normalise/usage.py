"""Token counts of any source -> ``Usage``, in which the prompt includes its cached and the completion its reasoning tokens.

Most sources count like that (OpenAI, OpenTelemetry's GenAI conventions, OpenInference). Some leave the cached tokens out of
the prompt (Anthropic's API, LangChain's buckets) or the reasoning out of the completion (Gemini's API), under the same names.
A part that is larger than its whole, or a total that only adds up with the parts, tells them apart.
"""

from __future__ import annotations

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.model import Usage


def usage_of(draft: Draft) -> Usage | None:
    """None where the span names no tokens, or only zeros: a call that failed has no usage."""
    prompt, completion = draft.prompt or 0, draft.completion or 0
    total = draft.total or 0
    if not (prompt or completion or total):
        return None
    cached, cache_write, reasoning = draft.cached or 0, draft.cache_write or 0, draft.reasoning or 0
    if cached or cache_write or reasoning:
        from_cache = cached + cache_write
        if from_cache > prompt or (from_cache and total == prompt + completion + from_cache):
            prompt += from_cache
        elif from_cache and reasoning and total == prompt + completion + from_cache + reasoning:
            prompt, completion = prompt + from_cache, completion + reasoning
        if reasoning > completion or (reasoning and total == prompt + completion + reasoning):
            completion += reasoning
    known = prompt + completion
    whole = known if draft.prompt is not None and draft.completion is not None else max(known, total)
    return Usage(prompt, completion, cached, cache_write, reasoning, whole)
