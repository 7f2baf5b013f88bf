"""What the stand-in for a model says: the same small conversation for every library, with known numbers of tokens.

A greeting; a question that needs a tool, and the answer once the tool has been asked; a request that the model refuses;
a farewell; a story that breaks off where it is streamed. The prompt includes what was cached (and written to the cache), the completion what was reasoning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

REFUSAL = "The fake model refused this request"
TOOL = "get_weather"


@dataclass(frozen=True)
class Answer:
    """A text, or a call of the tool, or embeddings; none of them is a refusal."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    written: int = 0
    reasoning: int = 0
    text: str | None = None
    arguments: dict[str, str] | None = None
    vectors: int = 0


GREETED = Answer(21, 9, text="Hello Ada! How can I help you today?")
ASKED_FOR_WEATHER = Answer(120, 17, cached=64, written=32, reasoning=5, arguments={"city": "Paris"})
TOLD_THE_WEATHER = Answer(160, 12, cached=128, text="It is 18C and cloudy in Paris.")
CUT_OFF = Answer(25, 11, text="Once upon a time there was a princess in a tower.")
TOOK_LEAVE = Answer(33, 6, reasoning=2, text="Goodbye Bob, see you soon!")
REFUSED = Answer()


def answer_to(said: Sequence[tuple[str, str]]) -> Answer:
    """What follows on a conversation, given as ``(role, text)``; the role ``tool`` is a tool's result."""
    role, text = said[-1]
    if role == "tool":
        return TOLD_THE_WEATHER
    for word, answer in (
        ("weather", ASKED_FOR_WEATHER),
        ("failure", REFUSED),
        ("goodbye", TOOK_LEAVE),
        ("story", CUT_OFF),
    ):
        if word in text:
            return answer
    return GREETED
