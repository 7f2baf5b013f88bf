"""The masking rules of every project, at hand: a snapshot that is swapped when they change, here or in another process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from threadline_server.ingest.book import Book
from threadline_server.masking.rules import NO_RULES, MaskingRules

LOOK_EVERY_S: Final = 1.0
"""How long a change that another process made may go unnoticed."""


def no_masking(_project_id: int) -> MaskingRules:
    return NO_RULES


class Source(Protocol):
    """Where the rules are kept."""

    def everything(self) -> Mapping[int, MaskingRules]:
        """Of every project that has any."""


class MaskBook(Book):
    """The rules of every project."""

    def __init__(self, source: Source) -> None:
        super().__init__("masking", LOOK_EVERY_S)
        self._source = source
        self._rules: Mapping[int, MaskingRules] = {}

    def of(self, project_id: int) -> MaskingRules:
        """A project's rules as of now."""
        return self._rules.get(project_id, NO_RULES)

    def refresh(self) -> None:
        self._rules = self._source.everything()
