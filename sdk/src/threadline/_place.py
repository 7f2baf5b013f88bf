"""What the function given as ``mask`` gets to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Place(NamedTuple):
    """Where a text that is to be masked sits."""

    field: str
    """As the argument that it came by: ``input``, ``output``, ``metadata``, ``model_parameters``, ``name``, ``tags``,
    ``model_name``, ``provider``; or ``score.name``, ``score.value``, ``score.comment``, ``score.source``, ``session.id``, ``user.id``, ``error.type``, ``error.message``, ``error.stack``,
    ``service.name``, ``service.version``, ``deployment.environment.name``, or another attribute's name."""
    keys: tuple[str, ...]
    """The way to it inside the field, such as ``("messages", "0", "content")``; empty where the field is one text."""
    span_name: str
    """Not masked; empty for what is said about the program as a whole."""
    span_kind: str
    """Such as ``generation``."""
    is_key: bool = False
    """Whether the text is a key of the object at ``keys``, instead of a value."""

    @property
    def path(self) -> str:
        """Field and keys with dots between, such as ``input.messages.0.content``."""
        return ".".join((self.field, *self.keys))


Mask: TypeAlias = Callable[[str, Place], str]
"""Gets a text and its place; returns the text itself, or what is sent instead."""
