"""Our own vocabulary, as the SDK and the plain-JSON route write it. Source: ``threadline.semconv``.

Models, providers and tokens travel under OpenTelemetry's GenAI names and are read there.
"""

from __future__ import annotations

from typing import Any, Final, get_args

from threadline import semconv
from threadline_server.ingest.normalise.draft import Draft
from threadline_server.model import LOG, Kind, RawSpan

NAME: Final = "threadline"
PREFIXES: Final = ("threadline.",)
_KINDS: Final[dict[Any, Kind]] = {kind: kind for kind in get_args(Kind) if kind != LOG}


def read(span: RawSpan, draft: Draft) -> None:
    get = span.attributes.get
    if draft.kind is None:
        said = get(semconv.KIND)
        draft.kind = _KINDS.get(said) if isinstance(said, str) else None
    draft.offer_cost(semconv.COST_USD, get(semconv.COST_USD))
    draft.offer_latency(semconv.TIME_TO_FIRST_TOKEN_MS, get(semconv.TIME_TO_FIRST_TOKEN_MS), unit_ms=1)
    draft.offer_parameters(semconv.MODEL_PARAMETERS, get(semconv.MODEL_PARAMETERS))
    draft.offer_tags(get(semconv.TAGS))
    draft.offer_metadata_object(semconv.METADATA, get(semconv.METADATA))
    draft.offer_input(semconv.INPUT, get(semconv.INPUT), is_json=True)
    draft.offer_output(semconv.OUTPUT, get(semconv.OUTPUT), is_json=True)
