"""What a project sets for itself: to look needs the scope read, to change it admin."""

from __future__ import annotations

from fastapi import Request
from pydantic import Field

from threadline_server.identity.project_settings import ProjectSettings
from threadline_server.lifecycle.tending import Lifecycle
from threadline_server.serve.admin import TheIdentity, only_parameters
from threadline_server.serve.auth import Admin, Reader
from threadline_server.serve.described import router_of
from threadline_server.serve.noting import note
from threadline_server.serve.wire import Answer, Body


class SettingsBody(Body):
    idle_minutes: int = Field(
        default=30, strict=True, description="A longer pause ends a stretch of activity; 30 unless set."
    )
    retention_days: int | None = Field(
        default=None,
        strict=True,
        description="Sessions whose last activity is longer ago are erased; null keeps for good.",
    )
    auto_sessions: bool = Field(
        default=False,
        strict=True,
        description="Whether traces that name a user and no session become sessions, one for each stretch of activity.",
    )


class SettingsAnswer(Answer):
    idle_minutes: int
    retention_days: int | None
    auto_sessions: bool
    is_applied: bool = Field(
        description="Whether automatic sessions of the past stand as the settings say; all else holds at once."
    )


router = router_of("settings", prefix="/observability/settings")


@router.get("", dependencies=[only_parameters()])
def project_settings(who: Reader, identity: TheIdentity) -> SettingsAnswer:
    """The project's settings."""
    return _answer(identity.settings.of(who.project_id))


@router.put("", dependencies=[only_parameters()])
def change_settings(request: Request, who: Admin, identity: TheIdentity, body: SettingsBody) -> SettingsAnswer:
    """Change what is named; the rest stays as it is. It holds at once, for past sessions as for those to come."""
    changed = {name: getattr(body, name) for name in body.model_fields_set}
    note(request, ", ".join(f"{name}={value}" for name, value in sorted(changed.items())))
    settings = identity.settings.change(who.project_id, **changed)
    lifecycle: Lifecycle = request.app.state.lifecycle
    lifecycle.look()
    return _answer(settings)


def _answer(settings: ProjectSettings) -> SettingsAnswer:
    return SettingsAnswer(
        idle_minutes=settings.idle_minutes,
        retention_days=settings.retention_days,
        auto_sessions=settings.auto_sessions,
        is_applied=settings.auto_minutes == settings.auto_applied_minutes,
    )
