"""OpenLIT, what it adds to the GenAI names and where it means something else by them.

Source: ``openlit.semcov.SemanticConvention`` and https://docs.openlit.io. It prices each call from a list of its own, and a
model that is not on that list costs 0. ``function.args`` and ``.kwargs`` are what a function under ``@openlit.trace`` was
given, as Python writes it.
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.prefixed import literal
from threadline_server.ingest.normalise.shape import Names
from threadline_server.model import RawSpan

NAME: Final = "openlit"
PREFIXES: Final = ("openlit.", "gen_ai.sdk.version", "function.args")

_SCOPE: Final = "openlit"
_TEXTS: Final[Names] = (("gen_ai.request.user", "user_id"),)
_COUNTS: Final[Names] = (
    ("gen_ai.usage.prompt_tokens_details.cached_tokens", "cached"),
    ("gen_ai.usage.prompt_tokens_details.cache_creation_tokens", "cache_write"),
    ("gen_ai.usage.completion_tokens_details.reasoning_tokens", "reasoning"),
)
_FIRST_TOKEN: Final = "gen_ai.server.time_to_first_token"
_ARGUMENTS: Final = (("args", "function.args"), ("kwargs", "function.kwargs"))


def read(span: RawSpan, draft: Draft) -> None:
    if not span.scope.startswith(_SCOPE):
        return
    attributes = span.attributes
    get = attributes.get
    draft.offer_texts(attributes, _TEXTS)
    draft.offer_counts(attributes, _COUNTS)
    if not draft.cost_usd:
        draft.cost_usd = None
    if get("gen_ai.request.stream") is True:  # of a whole answer it is the time until all of it was there
        draft.offer_latency(_FIRST_TOKEN, get(_FIRST_TOKEN), unit_ms=1_000)
    given = {key: literal(told, otherwise=told) for key, name in _ARGUMENTS if (told := plain_text(get(name)))}
    if given:
        draft.offer_input("function", given, is_json=False)
