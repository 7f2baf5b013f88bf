"""The conversations that every program has, as a reader of the API sees them where the library tells all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from e2e.live.seen import Session, Turn

USER = "user-456"
FIRST, SECOND = "conversation-abc123", "conversation-def456"
ASKED, ANSWERED = "gpt-4o-mini", "gpt-4o-mini-2024-07-18"

GREETING = Turn("Hello, my name is Ada.", "Hello Ada! How can I help you today?")
QUESTION, REPLY = "What is the weather in Paris?", "It is 18C and cloudy in Paris."
WEATHER = Turn(QUESTION, REPLY, tools=(("get_weather", {"city": "Paris"}),), results=("18C and cloudy",))
REFUSED = Turn("Please trigger a failure now.", None, error=True)
FAREWELL = Turn("Say goodbye to Bob.", "Goodbye Bob, see you soon!")
WEATHER_IN_TWO_TRACES = (replace(WEATHER, assistant=None, results=()), replace(WEATHER, user=None, tools=()))


def first(*turns: Turn, **differently: Any) -> Session:
    """The conversation of three turns, the last of which the model refuses."""
    said = turns or (GREETING, WEATHER, REFUSED)
    told = Session(USER, said, (ANSWERED, ASKED), prompt=301, completion=38, cached=192, reasoning=5, errors=1)
    return replace(told, **differently)


def second(*turns: Turn, **differently: Any) -> Session:
    """The conversation of one turn."""
    said = turns or (FAREWELL,)
    told = Session(USER, said, (ANSWERED,), prompt=33, completion=6, cached=0, reasoning=2, errors=0)
    return replace(told, **differently)
