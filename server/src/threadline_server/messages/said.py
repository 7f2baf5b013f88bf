"""The new words of one step, for whoever looks for them later: told from this step alone, since each is seen alone.

News stand after the last answer in what a model call is given: what stands before is repeated history, and was said in an
earlier step. So nothing is searched twice, and a turn that fails and is tried again says the same words twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from threadline_server.messages import Message, message_text
from threadline_server.messages.plain import compact

MAX_SAID: Final = 16_000
"""Characters of one step."""
BETWEEN: Final = "\0"
"""Between two messages of a step."""


def said(given: Sequence[Message], answered: Sequence[Message]) -> str:
    """What is new in ``given``, then in ``answered``, a message each, cut at ``MAX_SAID``; reasoning and instructions left out."""
    found: list[str] = []
    room = MAX_SAID
    for message in (*_news(given), *_answer(answered)):
        for text in _texts(message):
            if room <= 0:
                return BETWEEN.join(found)
            found.append(text[:room].replace(BETWEEN, " "))
            room -= len(text)
    return BETWEEN.join(found)


def _news(given: Sequence[Message]) -> Sequence[Message]:
    """An answer that ends the input is only begun in it."""
    end = len(given)
    while end and given[end - 1]["role"] == "assistant":
        end -= 1
    start = end
    while start and given[start - 1]["role"] != "assistant":
        start -= 1
    return given[start:end]


def _answer(answered: Sequence[Message]) -> Sequence[Message]:
    """Where the whole history comes back, what follows the last question."""
    asked = next((at for at in range(len(answered) - 1, -1, -1) if answered[at]["role"] == "user"), -1)
    return answered[asked + 1 :]


def _texts(message: Message) -> Iterator[str]:
    if message["role"] == "system":
        return
    if text := message_text(message):
        yield text
    for call in message.get("toolCalls", ()):
        yield f"{call['name']} {compact(call['arguments'])}"
