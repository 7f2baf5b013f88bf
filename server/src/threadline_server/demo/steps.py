"""The work inside a turn: the model asks for something, a span of its kind does it, and the model is told what came out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from threadline import Observability
from threadline_server.demo.clocks import StageClock
from threadline_server.demo.failures import ToolError, Trouble, tool_failure
from threadline_server.demo.model_calls import ModelCalls
from threadline_server.demo.plan import Part
from threadline_server.demo.script import Delegation, Phrases, Search, Step, ToolCall, read_step
from threadline_server.demo.talk import Talk, assistant, tool_result
from threadline_server.demo.wording import Wording

SEARCH_TOOL = "search_documents"
_DIMENSIONS = 1536
_TOOL_TIMEOUT_S = 5.0


class Worker:
    """Does what the turns of one session ask for.

    Args:
        part: The session.
        observability: Where its spans are recorded.
        clock: Moves on while something is done.
        wording: Fills in arguments and results.
        chance: Decides how long things take.
    """

    def __init__(
        self, part: Part, observability: Observability, clock: StageClock, wording: Wording, chance: Random
    ) -> None:
        self._part = part
        self._program = part.script.program
        self._observability = observability
        self._clock = clock
        self._wording = wording
        self._chance = chance
        self._calls = ModelCalls(observability, clock, part.model, chance, part.person.user)
        self._tool_trouble: Trouble = ""

    def trouble(self, trouble: Trouble) -> None:
        """Sets what the next turn runs into."""
        self._calls.trouble = self._tool_trouble = trouble

    def work(self, talk: Talk, steps: Sequence[dict[str, Any]], answer: Phrases, generation: str) -> str:
        """Takes the steps one after the other and returns the model's answer. Raises SampleError if it comes to none."""
        for together in _grouped([read_step(step) for step in steps]):
            self._take(talk, together, generation)
        said = self._wording.text(answer)
        self._calls.ask(talk, assistant(said), generation)
        return said

    def _take(self, talk: Talk, steps: Sequence[Step], generation: str) -> None:
        wanted = [(self._call_id(), *self._wanted(step)) for step in steps]
        words = self._wording.text(steps[0].say) if steps[0].say else ""
        self._calls.ask(talk, assistant(words, wanted), generation)
        begin = end = self._clock.now()
        results = []
        for step, (_id, name, arguments) in zip(steps, wanted, strict=True):
            self._clock.return_to(begin)
            results.append(self._do(step, name, arguments))
            end = max(end, self._clock.now())
        self._clock.return_to(end)
        for (id_, name, _arguments), result in zip(wanted, results, strict=True):
            talk.hear(tool_result(id_, name, result))

    def _wanted(self, step: Step) -> tuple[str, object]:
        match step:
            case ToolCall():
                return step.tool, self._wording.value(step.args)
            case Search():
                return SEARCH_TOOL, {"query": self._wording.text(step.search)}
            case Delegation():
                return f"ask_{step.agent.replace('-', '_')}", {"task": self._wording.text(step.task)}

    def _call_id(self) -> str:
        return f"call_{self._chance.getrandbits(64):016x}"

    def _do(self, step: Step, name: str, arguments: object) -> object:
        match step:
            case ToolCall():
                return self._use_tool(step, name, arguments)
            case Search():
                return self._search(step, arguments)
            case Delegation():
                return self._delegate(step, name, arguments)

    def _use_tool(self, step: ToolCall, name: str, arguments: object) -> object:
        try:
            return self._use_tool_once(step, name, arguments)
        except ToolError as error:
            if self._tool_trouble == "tool hiccup":
                self._tool_trouble = ""
                return self._use_tool_once(step, name, arguments)
            if not step.fails:
                raise
            return f"Error: {error}"

    def _use_tool_once(self, step: ToolCall, name: str, arguments: object) -> object:
        with self._observability.tool(name, input=arguments) as tool:
            if failure := tool_failure(self._tool_trouble, name, self._chance):
                self._clock.spend(_TOOL_TIMEOUT_S * self._chance.uniform(1.0, 1.02))
                raise failure
            self._clock.spend(step.seconds * self._chance.lognormvariate(0, 0.4))
            if step.fails:
                raise ToolError(self._wording.text(step.fails))
            result = self._wording.value(step.result)
            tool.update(output=result)
        return result

    def _search(self, step: Search, arguments: object) -> object:
        with self._observability.span("search-documents", kind="retriever", input=arguments) as search:
            terms = self._search_terms(self._wording.text(step.search))
            with self._observability.span("embed-query", kind="embedding", input={"text": terms}) as embedding:
                self._clock.spend(0.09 * self._chance.lognormvariate(0, 0.3))
                embedding.update(output={"model": "text-embedding-3-small", "dimensions": _DIMENSIONS})
            self._clock.spend(step.seconds * self._chance.lognormvariate(0, 0.3))
            found = list(self._passages(step.finds))
            search.update(output={"documents": found})
        return {"documents": found}

    def _search_terms(self, question: str) -> str:
        """What is looked up: since the newer release a small model makes search terms of the question."""
        rewriter = self._program.rewriter
        if rewriter is None or self._part.release != self._program.releases[1]:
            return question
        terms = " ".join(re.findall(r"\w[\w-]{3,}", question.lower()))
        talk = Talk("Rewrite the question as search terms. Answer with the terms only.", window=1, tool_tokens=0)
        talk.hear({"role": "user", "content": question})
        calls = ModelCalls(self._observability, self._clock, rewriter, self._chance, self._part.person.user)
        calls.ask(talk, assistant(terms), "rewrite-question")
        return terms

    def _passages(self, names: Sequence[str]) -> Iterator[dict[str, object]]:
        score = self._chance.uniform(0.83, 0.94)
        for number, name in enumerate(names, start=1):
            document = self._part.script.documents[name]
            passage = {"number": number, "id": name, "title": document.title, "text": document.text}
            yield passage | {"score": round(score, 3)}
            score -= self._chance.uniform(0.02, 0.11)

    def _delegate(self, step: Delegation, name: str, arguments: object) -> object:
        """Another agent as a tool of this one: what it says to itself is no part of the conversation."""
        task = self._wording.text(step.task)
        system = self._wording.text(self._program.agents[step.agent])
        talk = Talk(system, window=self._program.window, tool_tokens=self._program.tool_tokens)
        talk.hear({"role": "user", "content": task})
        with (
            self._observability.tool(name, input=arguments) as tool,
            self._observability.span(step.agent, kind="agent", input={"task": task}) as agent,
        ):
            report = self.work(talk, step.steps, step.answer, f"{step.agent}-step")
            agent.update(output={"report": report})
            tool.update(output=report)
        return report


def _grouped(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Steps that are called together."""
    group: list[Step] = []
    for step in steps:
        if group and not step.also:
            yield group
            group = []
        group.append(step)
    if group:
        yield group
