"""A call of a language model, and what it used."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Self, SupportsFloat, SupportsIndex

from threadline import _values, semconv
from threadline._spans import Done, Span

_MAX_COUNT = 2**63 - 1


class Generation(Span):
    """A call of a language model."""

    def update(
        self,
        *,
        name: str | None = None,
        input: object = None,
        output: object = None,
        metadata: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        model_name: str | None = None,
        model_parameters: Mapping[str, object] | None = None,
        provider: str | None = None,
        prompt_tokens: SupportsIndex | None = None,
        completion_tokens: SupportsIndex | None = None,
        cached_tokens: SupportsIndex | None = None,
        cache_write_tokens: SupportsIndex | None = None,
        reasoning_tokens: SupportsIndex | None = None,
        total_tokens: SupportsIndex | None = None,
        cost: SupportsFloat | None = None,
        time_to_first_token_ms: SupportsFloat | None = None,
    ) -> Self:
        """Adds facts; what is not given stays as it is.

        Args:
            name: Replaces the name.
            input: Replaces the input, usually ``{"messages": [...]}``; copied as JSON at once.
            output: Replaces the output; copied as JSON at once.
            metadata: Added key by key, the newer value winning.
            tags: Added to the tags.
            model_name: The model as its provider names it, such as ``gpt-4o``.
            model_parameters: Temperature and the like.
            provider: Who serves the model, such as ``openai``.
            prompt_tokens: Tokens that went in, cached ones included.
            completion_tokens: Tokens that came out, reasoning included.
            cached_tokens: The part of ``prompt_tokens`` that came from the provider's cache.
            cache_write_tokens: The part of ``prompt_tokens`` that was written to the provider's cache.
            reasoning_tokens: The part of ``completion_tokens`` that was reasoning.
            total_tokens: Both together, where you know only the sum.
            cost: US dollars for this call, where you know better than the server's price list.
            time_to_first_token_ms: Milliseconds until the answer began, where ``first_token`` cannot be called then.

        Returns:
            The generation itself.
        """
        super().update(name=name, input=input, output=output, metadata=metadata, tags=tags)
        with self._recorder.guard:
            self._set_text(semconv.REQUEST_MODEL, model_name)
            self._set_text(semconv.PROVIDER, provider)
            self._set_parameters(model_parameters)
            self._set_count(semconv.PROMPT_TOKENS, prompt_tokens)
            self._set_count(semconv.COMPLETION_TOKENS, completion_tokens)
            self._set_count(semconv.CACHED_TOKENS, cached_tokens)
            self._set_count(semconv.CACHE_WRITE_TOKENS, cache_write_tokens)
            self._set_count(semconv.REASONING_TOKENS, reasoning_tokens)
            self._set_count(semconv.TOTAL_TOKENS, total_tokens)
            self._set_number(semconv.COST_USD, cost, "US dollars")
            self._set_number(semconv.TIME_TO_FIRST_TOKEN_MS, time_to_first_token_ms, "milliseconds")
        return self

    def _set_parameters(self, given: Mapping[str, object] | None) -> None:
        if given is not None:
            self._set_json(semconv.MODEL_PARAMETERS, given if type(given) is dict else _values.json_object(given))

    def first_token(self) -> Self:
        """Notes that the answer begins now: call it when the first piece of a stream arrives; the first call counts.

        Returns:
            The generation itself.
        """
        with self._recorder.guard:
            if semconv.TIME_TO_FIRST_TOKEN_MS not in self._attributes:
                elapsed_ns = self._recorder.clock.now().monotonic_ns - self._start.monotonic_ns
                self._attributes[semconv.TIME_TO_FIRST_TOKEN_MS] = elapsed_ns / 1_000_000
        return self

    def end(
        self,
        *,
        output: object = None,
        metadata: Mapping[str, object] | None = None,
        model_name: str | None = None,
        model_parameters: Mapping[str, object] | None = None,
        prompt_tokens: SupportsIndex | None = None,
        completion_tokens: SupportsIndex | None = None,
        cached_tokens: SupportsIndex | None = None,
        cache_write_tokens: SupportsIndex | None = None,
        reasoning_tokens: SupportsIndex | None = None,
        total_tokens: SupportsIndex | None = None,
        cost: SupportsFloat | None = None,
        time_to_first_token_ms: SupportsFloat | None = None,
    ) -> Done:
        """Ends the generation; the first call counts. The arguments are those of ``update``.

        Returns:
            A value that may be awaited and need not be.
        """
        self.update(
            output=output,
            metadata=metadata,
            model_name=model_name,
            model_parameters=model_parameters,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            cached_tokens=cached_tokens,
            cache_write_tokens=cache_write_tokens,
            reasoning_tokens=reasoning_tokens,
            total_tokens=total_tokens,
            cost=cost,
            time_to_first_token_ms=time_to_first_token_ms,
        )
        return self._finish()

    def _set_count(self, attribute: str, value: SupportsIndex | None) -> None:
        if value is None:
            return
        try:
            count = operator.index(value)
        except TypeError:
            count = -1
        if 0 <= count <= _MAX_COUNT:
            self._attributes[attribute] = count
        else:
            self._ignore(attribute, value, "a whole number of at least 0")

    def _set_number(self, attribute: str, value: SupportsFloat | None, unit: str) -> None:
        if value is None:
            return
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = -1.0
        if 0 <= number < float("inf"):
            self._attributes[attribute] = number
        else:
            self._ignore(attribute, value, f"a number of {unit} of at least 0")

    def _ignore(self, attribute: str, value: object, expected: str) -> None:
        # Not the value: what was meant for another argument may be a secret, and the log is not masked.
        self._recorder.notices.warn(attribute, f"ignored {type(value).__name__} as {attribute}: it must be {expected}")
