"""The settings of every project, at hand: for those who need them too often to ask the identity database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from threadline_server.identity.project_settings import UNSET, ProjectSettings


class Source(Protocol):
    """Where the settings are kept."""

    def everything(self) -> Mapping[int, ProjectSettings]:
        """Of every project that has set something."""

    def change(self, project_id: int, **changed: Any) -> ProjectSettings:
        """Set what is named."""


class ProjectBook:
    """A snapshot that is swapped by ``refresh``."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._settings: Mapping[int, ProjectSettings] = {}

    def refresh(self) -> Mapping[int, ProjectSettings]:
        """Take over what has changed. Raises Unavailable."""
        self._settings = self._source.everything()
        return self._settings

    def of(self, project_id: int) -> ProjectSettings:
        return self._settings.get(project_id, UNSET)

    def auto_idle_ms(self, project_id: int) -> int:
        """The idle time by which sessions are made for traces without one, 0 for none."""
        return self.of(project_id).auto_minutes * 60_000

    def note_applied(self, project_id: int, auto_minutes: int) -> None:
        """That all automatic sessions of the past stand by this idle time. Raises Unavailable."""
        self._source.change(project_id, auto_applied_minutes=auto_minutes)
