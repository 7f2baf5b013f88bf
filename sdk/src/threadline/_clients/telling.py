"""What a generation is told of an answer, whoever watched the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadline import _values, semconv
from threadline._clients.answers import Answer

if TYPE_CHECKING:
    from threadline._generation import Generation
    from threadline._recorder import Recorder
    from threadline._spans import Span


def tell_answer(generation: Generation, answer: Answer) -> None:
    """Notes what the model said, and what it used."""
    usage = answer.usage
    generation.update(
        output=answer.output,
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        cached_tokens=usage.cached,
        reasoning_tokens=usage.reasoning,
    )
    facts = {
        semconv.RESPONSE_MODEL: answer.model,
        semconv.RESPONSE_ID: answer.response_id,
        semconv.FINISH_REASONS: _values.texts(answer.finish_reasons) or None,
        semconv.CACHE_WRITE_TOKENS: usage.cache_write,
        semconv.PROMPT_AUDIO_TOKENS: usage.prompt_audio or None,
        semconv.COMPLETION_AUDIO_TOKENS: usage.completion_audio or None,
    }
    told = {name: value for name, value in facts.items() if value is not None}
    generation._attributes.update(told)  # noqa: SLF001


def tell_first_token(span: Span, recorder: Recorder) -> None:
    """Notes that the model says its first word now."""
    elapsed_ns = recorder.clock.now().monotonic_ns - span._start.monotonic_ns  # noqa: SLF001
    span._attributes[semconv.TIME_TO_FIRST_TOKEN_MS] = elapsed_ns / 1_000_000  # noqa: SLF001
