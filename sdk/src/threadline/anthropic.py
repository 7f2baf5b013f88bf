"""Anthropic's client: ``client = wrap(Anthropic())``, and its calls are recorded.

Recorded are messages, by whichever helper they are made: ``create``, ``stream``, ``parse``, ``with_raw_response``,
``with_streaming_response``, ``beta.messages``; of ``AsyncAnthropic``, ``AnthropicBedrock`` and ``AnthropicVertex`` too. Everything
else passes unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from threadline._clients.anthropic_messages import Messages
from threadline._clients.wrapping import Wires, wrap_client

if TYPE_CHECKING:
    from anthropic._base_client import AsyncAPIClient, SyncAPIClient

    # What all clients of the library are, those of clouds included.
    Client = TypeVar("Client", bound=SyncAPIClient | AsyncAPIClient)

__all__ = ["wrap"]

_WIRES: Wires = {"/v1/messages": Messages()}


def wrap(client: Client) -> Client:
    """Makes ``client`` record its calls: each becomes a generation of the current trace, or a trace of its own.

    The client itself is changed and returned; no other client is. What is copied from it (``with_options``, ``copy``)
    records too, and wrapping again changes nothing. Requests, answers and exceptions are the library's own. A stream's
    generation ends when the stream is read or closed. The prompt's tokens include those that were read from the
    cache or written to it, which Anthropic counts beside them.

    Args:
        client: An ``Anthropic`` or ``AsyncAnthropic``, or another client of the library, such as ``AnthropicBedrock``.

    Returns:
        The client.

    Raises:
        TypeError: It is no client of the library ``anthropic``.
    """
    return wrap_client(client, "anthropic", _WIRES)
