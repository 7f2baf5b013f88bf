"""LangChain and LangGraph: ``agent.invoke(..., config={"callbacks": [ThreadlineCallbackHandler()]})``.

Chains, graphs and their nodes, models, tools and retrievers become spans that nest as they ran, below the current trace
or as a trace of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

try:
    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.outputs import LLMResult
except ImportError as missing:
    raise ImportError("cannot import threadline.langchain without LangChain: `pip install langchain-core`") from missing

from threadline import _values, semconv
from threadline._clients.telling import tell_answer, tell_first_token
from threadline._generation import Generation
from threadline._langchain_runs import Run, Runs
from threadline._langchain_values import answer_of, message, model_of, readable
from threadline._setup import get_observability

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_core.messages import BaseMessage

    from threadline._guard import Guard
    from threadline._spans import Span, SpanKind

__all__ = ["ThreadlineCallbackHandler"]


class ThreadlineCallbackHandler(BaseCallbackHandler):
    """Records what LangChain and LangGraph do; one handler serves any number of runs, also side by side.

    Inside of a running trace the runs are a part of it; alone, each is a trace of its own. The session is that of the trace
    or of ``obs.session``; else the one that the run's config names: ``{"metadata": {"session_id": ...}}``, or a
    graph's ``{"configurable": {"thread_id": ...}}``. The user may be named there as ``user_id``.

    What runs inside of a node or tool, such as a wrapped client or ``obs.span``, attaches to its span.
    """

    # In the context of what is run, so that its span is current there; the handler never waits for anything.
    run_inline = True

    def __init__(self) -> None:
        self._runs = Runs()

    @property
    def _guard(self) -> Guard:
        return self._runs.recorder.guard

    def on_chain_start(
        self,
        serialized: dict[str, Any],
        inputs: dict[str, Any],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Called by LangChain."""
        with self._guard:
            self._start(serialized, "chain", "span", run_id, parent_run_id, kwargs, input=inputs)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        self._end(run_id, outputs)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        self._fail(run_id, error)

    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Called by LangChain."""
        with self._guard:
            given = input_str if inputs is None else inputs
            run = self._start(serialized, "tool", "tool", run_id, parent_run_id, kwargs, input=given)
            _name_call(run.span, kwargs.get("tool_call_id"))

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        with self._guard:
            if (run := self._runs.get(run_id)) is not None:
                _name_call(run.span, getattr(output, "tool_call_id", None))
        self._end(run_id, output)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        self._fail(run_id, error)

    def on_retriever_start(
        self,
        serialized: dict[str, Any],
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Called by LangChain."""
        with self._guard:
            self._start(serialized, "retriever", "retriever", run_id, parent_run_id, kwargs, input=query)

    def on_retriever_end(self, documents: Sequence[Document], *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        self._end(run_id, list(documents))

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        self._fail(run_id, error)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Called by LangChain."""
        with self._guard:
            asked = {"messages": [message(one) for batch in messages for one in batch]}
            self._ask(serialized, run_id, parent_run_id, kwargs, asked)

    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Called by LangChain."""
        with self._guard:
            asked = {"messages": [{"role": "user", "content": prompt} for prompt in prompts]}
            self._ask(serialized, run_id, parent_run_id, kwargs, asked)

    def on_llm_new_token(self, token: str | list[Any], *, chunk: Any = None, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        with self._guard:
            if token or getattr(getattr(chunk, "message", None), "tool_call_chunks", None):
                self._first_token(run_id)
            if token and isinstance(token, str) and (run := self._runs.get(run_id)) is not None:
                run.tokens.append(token)

    def on_stream_event(self, event: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        with self._guard:
            if isinstance(event, Mapping) and event.get("event") == "content-block-delta":
                self._first_token(run_id)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        with self._guard:
            if isinstance(span := self._runs.pop(run_id), Generation):
                tell_answer(span, answer_of(response))
                span.end()

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        with self._guard:
            run, partial = self._runs.get(run_id), kwargs.get("response")
            if run is not None and isinstance(run.span, Generation):
                if isinstance(partial, LLMResult) and any(
                    choice.text for batch in partial.generations for choice in batch
                ):
                    tell_answer(run.span, answer_of(partial))
                elif run.tokens:
                    run.span.update(output={"role": "assistant", "content": "".join(run.tokens)})
        self._fail(run_id, error)

    def on_retry(self, retry_state: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        with self._guard:
            if (run := self._runs.get(run_id)) is not None:
                run.span.update(metadata={"retries": retry_state.attempt_number})

    def on_custom_event(self, name: str, data: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Called by LangChain."""
        with self._guard:
            if (run := self._runs.get(run_id)) is not None:
                get_observability().event(name, input=readable(data), parent=run.span)

    def _start(
        self,
        serialized: dict[str, Any] | None,
        what: str,
        kind: SpanKind,
        run_id: UUID,
        parent_run_id: UUID | None,
        facts: dict[str, Any],
        *,
        input: Any,
    ) -> Run:
        run = self._runs.start(run_id, parent_run_id, _name(serialized, facts) or what, kind, facts)
        if not run.is_hidden:
            run.span.update(input=readable(input))
        return run

    def _ask(
        self,
        serialized: dict[str, Any] | None,
        run_id: UUID,
        parent_run_id: UUID | None,
        facts: dict[str, Any],
        asked: dict[str, Any],
    ) -> None:
        model = model_of(facts.get("invocation_params") or {}, facts.get("metadata") or {})
        if model.tools:
            asked["tools"] = model.tools
        run = self._start(serialized, "model", "generation", run_id, parent_run_id, facts, input=asked)
        if isinstance(run.span, Generation):
            run.span.update(model_name=model.name, provider=model.provider, model_parameters=model.parameters or None)

    def _first_token(self, run_id: UUID) -> None:
        run = self._runs.get(run_id)
        if run is not None and not run.has_said_anything:
            run.has_said_anything = True
            tell_first_token(run.span, self._runs.recorder)

    def _end(self, run_id: UUID, output: Any) -> None:
        with self._guard:
            if (span := self._runs.pop(run_id)) is not None:
                span.end(output=readable(output))

    def _fail(self, run_id: UUID, error: BaseException) -> None:
        with self._guard:
            if (span := self._runs.pop(run_id)) is None:
                return
            if _is_control_flow(error):
                span.end(output={type(error).__name__: readable(list(error.args))})
            else:
                span.error(error)


def _name(serialized: Mapping[str, Any] | None, facts: Mapping[str, Any]) -> str | None:
    if name := facts.get("name"):
        return str(name)
    told = serialized or {}
    path = told.get("id")
    return told.get("name") or (path[-1] if isinstance(path, list) and path else None)


def _name_call(tool: Span, call_id: object) -> None:
    if call_id is not None:
        tool._attributes[semconv.TOOL_CALL_ID] = _values.text(call_id)  # noqa: SLF001


def _is_control_flow(error: BaseException) -> bool:
    """Whether this is how LangGraph pauses for a person or hands over to another graph, or a stream left early."""
    return isinstance(error, GeneratorExit) or any(kind.__name__ == "GraphBubbleUp" for kind in type(error).__mro__)
