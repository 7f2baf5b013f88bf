"""OpenAI's client: ``client = wrap(OpenAI())``, and its calls are recorded.

Recorded are chat completions, responses, completions and embeddings, by whichever helper they are made: ``create``,
``parse``, ``stream``, ``with_raw_response``, ``with_streaming_response``; of ``AsyncOpenAI``, ``AzureOpenAI`` and any other server that
speaks OpenAI's API too. Everything else passes unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from threadline._clients.openai_chat import ChatCompletions
from threadline._clients.openai_embeddings import Embeddings
from threadline._clients.openai_responses import Responses
from threadline._clients.wrapping import Wires, wrap_client

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    Client = TypeVar("Client", bound=OpenAI | AsyncOpenAI)

__all__ = ["wrap"]

_CHAT = ChatCompletions()
_WIRES: Wires = {
    "/chat/completions": _CHAT,
    "/completions": _CHAT,
    "/responses": Responses(),
    "/embeddings": Embeddings(),
}


def wrap(client: Client) -> Client:
    """Makes ``client`` record its calls: each becomes a generation of the current trace, or a trace of its own.

    The client itself is changed and returned; no other client is. What is copied from it (``with_options``, ``copy``)
    records too, and wrapping again changes nothing. Requests, answers and exceptions are the library's own. A stream's
    generation ends when the stream is read or closed. Its tokens are known only where the program asks for them:
    ``stream_options={"include_usage": True}``.

    Args:
        client: An ``OpenAI`` or ``AsyncOpenAI``, or of a class below.

    Returns:
        The client.

    Raises:
        TypeError: It is no client of the library ``openai``.
    """
    return wrap_client(client, "openai", _WIRES)
