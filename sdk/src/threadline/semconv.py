"""Names of the attributes that the SDK writes and the server reads.

Where OpenTelemetry's general or GenAI semantic conventions name a fact, that name is used, so that any
OTLP backend understands our spans; ``threadline.*`` is used only where they name nothing.
This is the only module of the SDK that the server imports.
"""

from typing import Final

SDK_NAME: Final = "threadline"

# --- resource ---------------------------------------------------------------------------------------
SERVICE_NAME: Final = "service.name"
RELEASE: Final = "service.version"
ENVIRONMENT: Final = "deployment.environment.name"

# --- who and which conversation ---------------------------------------------------------------------
SESSION_ID: Final = "session.id"
USER_ID: Final = "user.id"

# --- any span ---------------------------------------------------------------------------------------
KIND: Final = "threadline.span.kind"
"""One of ``KINDS``."""
INPUT: Final = "threadline.input"
"""JSON text of the value."""
OUTPUT: Final = "threadline.output"
"""JSON text of the value."""
TAGS: Final = "threadline.tags"
"""Array of strings."""
METADATA: Final = "threadline.metadata"
"""JSON text of an object."""

JSON_OBJECTS: Final = frozenset({METADATA, "threadline.model_parameters"})
JSON_TEXTS: Final = frozenset({INPUT, OUTPUT}) | JSON_OBJECTS
CONTENT: Final = frozenset({INPUT, OUTPUT, "gen_ai.evaluation.explanation"})
"""What people and models said. With the messages and stacks of errors, which may quote it, all that is content."""

# --- generations ------------------------------------------------------------------------------------
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
"""The model that answered, where it has a longer name than the one asked for."""
RESPONSE_ID: Final = "gen_ai.response.id"
"""The provider's id of the answer: two spans that tell of the same one count once."""
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
"""Array of strings."""
TOOL_CALL_ID: Final = "gen_ai.tool.call.id"
"""Of a tool: which of the model's calls it answers."""
HTTP_STATUS: Final = "http.response.status_code"
"""Of a call that failed."""
PROVIDER: Final = "gen_ai.provider.name"
MODEL_PARAMETERS: Final = "threadline.model_parameters"
"""JSON text of an object."""
PROMPT_TOKENS: Final = "gen_ai.usage.input_tokens"
"""Includes cached tokens."""
COMPLETION_TOKENS: Final = "gen_ai.usage.output_tokens"
"""Includes reasoning tokens."""
CACHED_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_creation.input_tokens"
"""Parts of the prompt that were written to the provider's cache, which has a price of its own."""
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
PROMPT_AUDIO_TOKENS: Final = "threadline.prompt_audio_tokens"
COMPLETION_AUDIO_TOKENS: Final = "threadline.completion_audio_tokens"
TOTAL_TOKENS: Final = "gen_ai.usage.total_tokens"
"""For callers who know the sum only."""
COST_USD: Final = "threadline.cost_usd"
"""US dollars for this call, as the caller knows them; wins over any price list."""
TIME_TO_FIRST_TOKEN_MS: Final = "threadline.time_to_first_token_ms"

# --- scores: OpenTelemetry's evaluation event -------------------------------------------------------
SCORE_EVENT: Final = "gen_ai.evaluation.result"
SCORE_NAME: Final = "gen_ai.evaluation.name"
SCORE_VALUE: Final = "gen_ai.evaluation.score.value"
"""A number; 1 and 0 for yes and no."""
SCORE_LABEL: Final = "gen_ai.evaluation.score.label"
"""The category; ``true`` or ``false`` for yes and no."""
SCORE_COMMENT: Final = "gen_ai.evaluation.explanation"
SCORE_SOURCE: Final = "threadline.score.source"
"""Who judged, such as ``user``."""
SCORE_ID: Final = "threadline.score.id"
"""The same in every delivery of a score."""
SCORE_TARGET: Final = "threadline.score.target"
"""``span``: the span that holds the event; ``session``: the session of its trace."""

# --- errors: OpenTelemetry's exception event --------------------------------------------------------
EXCEPTION_EVENT: Final = "exception"
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACK: Final = "exception.stacktrace"

# --- dropped spans: a metric, a delta sum -------------------------------------------------------------
DROPPED_SPANS: Final = "threadline.sdk.spans.dropped"
DROP_REASON: Final = "threadline.drop.reason"
"""One of ``threadline.DropReason``."""
DROP_REPORT_ID: Final = "threadline.drop.report_id"
"""The same when a report is sent again: with the reason, the key by which it is counted once."""

KINDS: Final = ("span", "generation", "tool", "retriever", "embedding", "agent", "event")
