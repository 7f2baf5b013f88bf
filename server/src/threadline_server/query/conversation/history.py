"""What of a call's input is news. Model calls repeat the conversation so far; people want to read it once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

from threadline_server.messages import Message, message_text
from threadline_server.messages.plain import compact

_MAX_UNANSWERED: Final = 50


def key(message: Message) -> Hashable:
    """What makes two tellings of a message the same; blanks around the text, reasoning and names do not."""
    parts = [part for part in message["content"] if part["type"] not in ("text", "reasoning")]
    calls = [(call["id"], call["name"]) for call in message.get("toolCalls", ())]
    identity = message.get("toolCallId", "")
    text = "" if identity else message_text(message).strip()
    return message["role"], text, identity, compact(parts) if parts else "", tuple(calls)


class Heard:
    """What was heard in a session so far, as far as telling news from repetition needs it. One for each fold."""

    def __init__(self) -> None:
        self._systems: set[str] = set()
        self._systems_here: set[str] = set()
        self._before: set[int] = set()
        self._here: set[int] = set()
        self._unanswered: list[Hashable] = []
        self._since_answer: set[Hashable] = set()
        self._had_calls = False

    def begin_trace(self) -> None:
        """Another trace: what the last one held becomes history that this one may repeat."""
        if self._had_calls:
            self._before, self._systems = self._here, self._systems_here
        self._here, self._systems_here = set(), set()
        self._since_answer = set()
        self._had_calls = False

    def answered(self) -> None:
        """The assistant said something: from now on the same words from the user are said anew."""
        self._since_answer.clear()
        self._unanswered.clear()

    def news(self, given: Sequence[Message], *, whole: bool = False) -> list[Message]:
        """The messages of an input that were not heard before, in order; all of them where ``whole``.

        News stand after the last message of the assistant: that is what a caller adds to an answer. Of these, what continues
        an input of the same trace was heard already, so was what the trace before ended with, if anything follows it: a client
        that sends the same words in the next trace means them. System prompts count by their text, wherever they stand.
        """
        self._had_calls = True
        keys = [key(message) for message in given]
        spoken = [at for at, message in enumerate(given) if message["role"] not in ("system", "assistant")]
        prefixes = _prefixes(keys, spoken)
        start = 0 if whole else _after_last_answer(given)
        first = 0 if whole else max(start, 1 + self._known_until(keys, spoken, prefixes, start))
        self._here.update(prefixes)
        repeated = frozenset(self._since_answer)
        found = []
        for at, message in enumerate(given):
            if message["role"] == "system":
                if self._is_new_system(message):
                    found.append(message)
            elif at >= first and keys[at] not in repeated and (whole or message["role"] != "assistant"):
                found.append(message)
                self.hear(message)
        return found

    def hear(self, message: Message) -> None:
        """Something was said that the next input may repeat."""
        if message["role"] == "assistant":
            self.answered()
        else:
            self._since_answer.add(key(message))
            self._unanswered = [*self._unanswered[-_MAX_UNANSWERED:], key(message)]

    def _known_until(self, keys: Sequence[Hashable], spoken: Sequence[int], prefixes: Sequence[int], start: int) -> int:
        """The place of the last message that an input of the same trace had; for a first one, that ended the trace before."""
        known = [at for at, prefix in zip(spoken, prefixes, strict=True) if prefix in self._here]
        if known:
            return known[-1]
        before = [at for at, prefix in zip(spoken[:-1], prefixes, strict=False) if prefix in self._before]
        block = [at for at in spoken if at >= start][: _MAX_UNANSWERED + 1]
        left = [] if self._since_answer else self._unanswered
        for length in range(min(len(block) - 1, len(left)), 0, -1):
            if left[-length:] == [keys[at] for at in block[:length]]:
                before.append(block[length - 1])
                break
        return max(before, default=-1)

    def _is_new_system(self, message: Message) -> bool:
        text = message_text(message)
        is_new = text not in self._systems and text not in self._systems_here
        self._systems_here.add(text)
        return is_new


def _after_last_answer(given: Sequence[Message]) -> int:
    """Where the input's last block begins that is not the assistant's. An answer that ends the input is only begun in it."""
    end = len(given)
    while end and given[end - 1]["role"] == "assistant":
        end -= 1
    while end and given[end - 1]["role"] != "assistant":
        end -= 1
    return end


def _prefixes(keys: Sequence[Hashable], spoken: Sequence[int]) -> list[int]:
    """A number for each beginning of what others than the assistant said; the same beginning has the same number.

    The assistant's own words are left out, for callers write them into the history in other forms than they came.
    """
    numbers = []
    number = 0
    for at in spoken:
        number = hash((number, keys[at]))
        numbers.append(number)
    return numbers
