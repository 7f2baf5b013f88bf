"""Calls of language models as the applications make them: with retries, with the tokens they use and the time they take."""

from __future__ import annotations

from random import Random

from threadline import Generation, Observability
from threadline_server.demo.clocks import StageClock
from threadline_server.demo.failures import RateLimitError, SampleError, Trouble, model_failure
from threadline_server.demo.script import Model
from threadline_server.demo.talk import Message, Talk, message_tokens

ATTEMPTS = 3
_BACKOFF_S = 1.5
_TIMEOUT_S = 30.0


class ModelCalls:
    """Calls one model for one session.

    Args:
        observability: Where the calls are recorded.
        clock: Moves on while the model answers.
        model: Which model.
        chance: Decides how long it takes.
        user: Sent along with the parameters, as providers ask for.
    """

    def __init__(
        self, observability: Observability, clock: StageClock, model: Model, chance: Random, user: str
    ) -> None:
        self._observability = observability
        self._clock = clock
        self._model = model
        self._chance = chance
        self._parameters = {**model.parameters, "user": user} if model.provider == "openai" else model.parameters
        self.trouble: Trouble = ""
        """What the next call runs into."""

    def ask(self, talk: Talk, reply: Message, name: str) -> None:
        """Has the model say ``reply`` to what was said so far. Raises SampleError when it does not come to that."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._begin(talk, name) as generation:
                    self._answer(talk, reply, generation)
            except RateLimitError:
                if attempt == ATTEMPTS:
                    raise
                self._clock.spend(_BACKOFF_S * 2**attempt * self._chance.uniform(0.6, 1.4))
            else:
                talk.hear(reply)
                return

    def _begin(self, talk: Talk, name: str) -> Generation:
        return self._observability.generation(
            name,
            model_name=self._model.name,
            provider=self._model.provider,
            model_parameters=self._parameters,
            input={"messages": talk.sent()},
        )

    def _answer(self, talk: Talk, reply: Message, generation: Generation) -> None:
        self._clock.spend(self._model.first_token_s * self._chance.lognormvariate(0, 0.35))
        self._run_into_trouble()
        said = message_tokens(reply)
        reasoning = int(said * self._model.reasons * self._chance.uniform(0.5, 2.0)) // 64 * 64
        prompt = talk.prompt_tokens()
        cached = talk.cached_tokens(self._clock.now().wall_ns) if self._model.caches else 0
        speed = self._model.tokens_per_second * self._chance.lognormvariate(0, 0.2)
        self._clock.spend((said + reasoning) / speed)
        generation.end(
            output=reply,
            prompt_tokens=prompt,
            completion_tokens=said + reasoning,
            cached_tokens=cached or None,
            reasoning_tokens=reasoning or None,
        )

    def _run_into_trouble(self) -> None:
        failure: SampleError | None = model_failure(self.trouble, self._model, self._chance)
        if failure is None:
            return
        if self.trouble == "slow down":
            self.trouble = ""
        if self.trouble == "timeout":
            self._clock.spend(_TIMEOUT_S)
        raise failure
