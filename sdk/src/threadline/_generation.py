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
        reasoning_tokens: SupportsIndex | None = None,
        cost: SupportsFloat | None = None,
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
            reasoning_tokens: The part of ``completion_tokens`` that was reasoning.
            cost: US dollars for this call, where you know better than the server's price list.

        Returns:
            The generation itself.
        """
        super().update(name=name, input=input, output=output, metadata=metadata, tags=tags)
        with self._recorder.guard:
            self._set_text(semconv.REQUEST_MODEL, model_name)
            self._set_text(semconv.PROVIDER, provider)
            if model_parameters is not None:
                is_object = type(model_parameters) is dict
                self._set_json(
                    semconv.MODEL_PARAMETERS, model_parameters if is_object else _values.json_object(model_parameters)
                )
            self._set_count(semconv.PROMPT_TOKENS, prompt_tokens)
            self._set_count(semconv.COMPLETION_TOKENS, completion_tokens)
            self._set_count(semconv.CACHED_TOKENS, cached_tokens)
            self._set_count(semconv.REASONING_TOKENS, reasoning_tokens)
            self._set_cost(cost)
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
        reasoning_tokens: SupportsIndex | None = None,
        cost: SupportsFloat | None = None,
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
            reasoning_tokens=reasoning_tokens,
            cost=cost,
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

    def _set_cost(self, value: SupportsFloat | None) -> None:
        if value is None:
            return
        try:
            cost = float(value)
        except (TypeError, ValueError, OverflowError):
            cost = -1.0
        if 0 <= cost < float("inf"):
            self._attributes[semconv.COST_USD] = cost
        else:
            self._ignore(semconv.COST_USD, value, "a number of US dollars of at least 0")

    def _ignore(self, attribute: str, value: object, expected: str) -> None:
        # Not the value: what was meant for another argument may be a secret, and the log is not masked.
        self._recorder.notices.warn(attribute, f"ignored {type(value).__name__} as {attribute}: it must be {expected}")
