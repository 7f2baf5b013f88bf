"""What goes wrong in the sample conversations, named and worded as providers and tools do."""

from __future__ import annotations

from random import Random
from typing import Literal, TypeAlias

from threadline_server.demo.script import Model

Trouble: TypeAlias = Literal["", "slow down", "rate limit", "timeout", "overloaded", "tool hiccup", "tool down"]
"""``slow down`` and ``tool hiccup`` pass with the second attempt; the others end the turn."""

HARMLESS: tuple[Trouble, ...] = ("slow down", "tool hiccup")
GRAVE: tuple[Trouble, ...] = ("rate limit", "timeout", "overloaded", "tool down", "tool down")


class SampleError(Exception):
    """Something that fails in a sample conversation; never a fault of the demo itself."""


class RateLimitError(SampleError):
    """The provider refuses: too many tokens a minute."""


class APITimeoutError(SampleError):
    """The provider does not answer."""


class InternalServerError(SampleError):
    """The provider is overloaded."""


class ToolError(SampleError):
    """A tool says that it cannot do what it was asked."""


class ToolTimeoutError(ToolError):
    """What a tool needs does not answer."""


def model_failure(trouble: Trouble, model: Model, chance: Random) -> SampleError | None:
    """What a call of this model raises; None if this trouble does not concern models."""
    if trouble in {"slow down", "rate limit"}:
        used = chance.randrange(28_600, 29_990)
        wait = chance.randrange(800, 6_500) / 1000
        return RateLimitError(
            f"Error code: 429 - Rate limit reached for {model.name} on tokens per min (TPM): "
            f"Limit 30000, Used {used}, Requested {chance.randrange(900, 4_200)}. Please try again in {wait:.3f}s."
        )
    if trouble == "timeout":
        return APITimeoutError("Request timed out.")
    if trouble == "overloaded":
        return InternalServerError("Error code: 503 - The model is currently overloaded, please try again later")
    return None


def tool_failure(trouble: Trouble, tool: str, chance: Random) -> ToolError | None:
    """What this tool raises; None if this trouble does not concern tools."""
    if trouble == "tool hiccup":
        return ToolTimeoutError(f"{tool}: no answer within 5 s, giving up")
    if trouble == "tool down":
        return chance.choice(
            (
                ToolTimeoutError(f"{tool}: timed out after 10 s (3 attempts)"),
                ToolError(f"{tool}: 503 Service Unavailable: upstream connect error, reset reason: overflow"),
                ToolError(f"{tool}: unexpected answer: Expecting value: line 1 column 1 (char 0)"),
            )
        )
    return None
