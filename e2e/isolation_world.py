"""Projects that are full of everything a project can hold: some of it under ids that all of them have, all of it with a word that is its own."""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx

from e2e.api import Api, eventually, session_path
from e2e.server_process import ServerProcess

CANARY = r"canary[0-9a-f]{16}"
BEGIN = "2026-11-20T10:30:0"
PASSWORD = "a dozen letters and more"
SHARED, OWN = 2, 3
"""Sessions with ids that every project has, and with ids that only this one has."""
NOT_OF_THE_PROJECT = ("lastUsedAt", "tries", "deliveryTries", "nextTryAt", "deletedAt")
LISTS = (
    "/sessions", "/traces", "/users", "/alerts", "/alerts/rules", "/goals", "/views", "/prices", "/prices/reprice", "/settings",
    "/settings/masking", "/accounts", "/invitations", "/keys", "/erasures", "/projects", "/analytics/sessions", "/analytics/costs",
)  # fmt: skip


@dataclass
class Project:
    """One of them. ``known`` are values that somebody may come to know and ask for, by kind, and ``own`` those that no other has."""

    api: Api
    canary: str
    mark: str
    known: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    own: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    cookie: str = ""

    def add(self, kind: str, *values: object, is_own: bool = True) -> None:
        self.known[kind] += map(str, values)
        if is_own:
            self.own[kind] += map(str, values)

    def sent(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = self.api.http.request(method, f"/observability{path}", json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def holds(self) -> dict[str, Any]:
        """All that it answers about itself, for a later comparison."""
        told: dict[str, Any] = {path: lasting(self.api.get(path)) for path in LISTS}
        for session in self.known["session"]:
            for below in ("", "/conversation", "/scores", "/comments", "/shares", "/metrics"):
                answer = self.api.http.get(f"/observability{session_path(session)}{below}")
                told[f"{session}{below}"] = answer.status_code, lasting(answer.json())
        return told


def lasting(found: Any) -> Any:
    """Without what changes by being asked for, or by what the server does in its own time."""
    if isinstance(found, dict):
        return {name: lasting(value) for name, value in found.items() if name not in NOT_OF_THE_PROJECT}
    return [lasting(one) for one in found] if isinstance(found, list) else found


def trace_of(trace: str, session: str, of: Project) -> dict[str, Any]:
    """With the canary in every text, beside values that may be asked for."""
    times = {"startTime": f"{BEGIN}0Z", "endTime": f"{BEGIN}5Z"}
    texts = {"input": f"{of.mark} asks {of.canary}", "output": f"{of.mark} is answered {of.canary}"}
    call = {
        "id": f"{trace}-g",
        "kind": "generation",
        "name": of.canary,
        "modelName": f"model-{of.mark}",
        "promptTokens": 7,
        "cost": 0.5,
    }
    tool = {"id": f"{trace}-t", "kind": "tool", "name": f"tool-{of.mark}", "error": {"message": of.canary}}
    return {
        "id": trace, "name": f"step-{of.mark}", "sessionId": session, "userId": f"user-{of.mark}", "tags": [f"tag-{of.mark}", of.canary],
        "metadata": {"known": of.mark, "secret": of.canary}, "environment": f"env-{of.mark}", "release": f"rel-{of.mark}",
        "observations": [{**call, **texts, **times}, {**tool, **texts, **times}], **texts, **times,
    }  # fmt: skip


def fill(project: Project) -> None:
    """Everything that can be made over the API."""
    sent: list[dict[str, Any]] = []
    for number in range(SHARED + OWN):
        is_own = number >= SHARED
        session = f"own/{project.mark}-{number}" if is_own else f"shared é-{number}"
        traces = [f"t-{project.mark if is_own else 'shared'}-{number}-{turn}" for turn in range(2)]
        sent += [trace_of(trace, session, project) for trace in traces]
        project.add("session", session, is_own=is_own)
        project.add("trace", *traces, is_own=is_own)
        project.add("span", *(f"{trace}-g" for trace in traces), is_own=is_own)
    project.api.send(sent)
    for kind in ("user", "tag", "model", "env", "rel", "step", "tool"):
        project.add(kind, f"{kind}-{project.mark}")
    project.add("word", project.mark)
    canary = project.canary
    for session in project.known["session"]:
        answer = project.api.http.patch(
            f"/observability{session_path(session)}", json={"title": canary, "outcome": f"out-{project.mark}"}
        )
        assert answer.is_success, answer.text
        comment = project.sent("POST", "/comments", {"sessionId": session, "body": canary, "author": canary})
        score = project.sent(
            "POST", "/scores", {"sessionId": session, "name": "helpful", "value": 1, "comment": canary}
        )
        share = project.sent("POST", f"{session_path(session)}/shares", {})
        project.add("comment", comment["id"])
        project.add("score", score["id"])
        project.add("share", share["id"])
    project.add("out", f"out-{project.mark}")
    goal = project.sent("POST", "/goals", {"name": f"goal-{project.mark}", "when": {"tag": canary}})
    project.add("goalname", goal["name"])
    project.add("goal", goal["id"])
    project.add("view", project.sent("POST", "/views", {"name": canary, "q": canary})["id"])
    when = {"aggregate": "sessionCount", "above": 0, "window": 31 * 86_400_000}
    project.add("rule", project.sent("POST", "/alerts/rules", {"name": canary, "when": when})["id"])
    project.add("price", project.sent("POST", "/prices", {"model": canary, "input": 1})["id"])
    project.add("key", project.sent("POST", "/keys", {"name": canary, "scopes": ["read"]})["id"])
    project.add("invitation", project.sent("POST", "/invitations", {"email": f"{canary}@test.example"})["id"])
    project.cookie = person(project)
    project.add("account", *(one["id"] for one in project.api.get("/accounts")["data"]))
    project.add("erasure", project.sent("DELETE", session_path(f"own/{project.mark}-{SHARED}"))["id"])
    alerts = eventually(lambda: project.api.get("/alerts")["data"], bool)
    project.add("alert", *(alert["id"] for alert in alerts))
    for path in ("/sessions", "/traces", "/users"):
        if cursor := project.api.get(path, limit=1)["nextCursor"]:
            project.add("cursor", cursor)
    project.add("project", project.api.get("/projects")["data"][0]["name"])


def person(project: Project) -> str:
    """Somebody comes in by an invitation, as an owner; what the browser then has for a cookie."""
    invited = project.sent("POST", "/invitations", {"role": "owner"})
    body = {
        "token": invited["link"].partition("#invitation=")[2],
        "email": f"{project.mark}@test.example",
        "name": project.canary,
    }
    with httpx.Client(base_url=project.api.url, headers={"origin": project.api.url}, trust_env=False) as browser:
        answer = browser.post("/auth/accept", json={**body, "password": PASSWORD})
        assert answer.is_success, answer.text
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def made(server: ServerProcess, mark: str) -> Project:
    """A new project with nothing in it."""
    canary = f"canary{secrets.token_hex(8)}"
    return Project(server.api.new_project(f"project-{mark}"), canary, mark)
