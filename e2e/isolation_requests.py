"""What somebody can ask with the ids and names of another project: every route of the access table, with them in the path, query and body."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from e2e.isolation_world import BEGIN, Project
from threadline_server.serve.access import TABLE

IN_PATH: Mapping[str, str] = {
    "session_id": "session", "other_id": "session", "trace_id": "trace", "run_id": "trace", "user_id": "user", "score_id": "score", "goal_id": "goal",
    "comment_id": "comment", "view_id": "view", "rule_id": "rule", "alert_id": "alert", "price_id": "price", "key_id": "key", "share_id": "share",
    "invitation_id": "invitation", "account_id": "account", "erasure_id": "erasure", "field": "field",
}  # fmt: skip
IN_QUERY: Mapping[str, str] = {
    "sessionId": "session", "traceId": "trace", "spanId": "span", "userId": "user", "ruleId": "rule", "environment": "env", "release": "rel",
    "baseRelease": "rel", "model": "model", "tool": "tool", "outcome": "out", "tag": "tag", "goal": "goalname", "completionGoal": "goalname",
    "hasStep": "step", "fromStep": "step", "toStep": "step", "entryStep": "step", "exitStep": "step", "path": "step", "funnelStep": "step",
    "step": "step", "name": "step", "q": "word", "prefix": "word", "cursor": "cursor",
}  # fmt: skip
FIXED: Mapping[str, tuple[str, ...]] = {
    "limit": ("1", "50"), "order": ("asc", "desc"), "interval": ("day", "week"), "collapse": ("true", "false"), "by": ("name", "tag"),
    "groupBy": ("model", "user", "tag", "environment", "release", "metadata.secret", "traceName", "tool", "goal"), "state": ("firing", "cleared"),
    "format": ("json", "jsonl", "csv", "md"), "hasError": ("true", "false"), "minTraces": ("1",), "from": ("2026-11-01T00:00:00Z",),
    "to": ("2026-12-01T00:00:00Z",), "baseFrom": ("2026-10-01T00:00:00Z",), "baseTo": ("2026-11-01T00:00:00Z",),
}  # fmt: skip
EXPRESSIONS = ('session.id = "{session}"', 'user.id in ("{user}")', 'tag in ("{tag}") or turns >= 0', 'goal("{goalname}") = false', 'metadata.known = "{word}"',
               'model = "{model}" or spans > 0', 'not step in ("{step}")')  # fmt: skip
FIELDS = (
    "session.id",
    "user.id",
    "tag",
    "model",
    "environment",
    "release",
    "step",
    "metadata",
    "tool",
    "outcome",
    "name",
)
LEFT_OUT = frozenset(
    {
        "/auth/logout",
        "/auth/login",
        "/auth/accept",
        "/auth/oidc",
        "/auth/oidc/callback",
        "/auth/share",
        "/auth/password",
    }
)
"""They take a secret, not an id, or end one's own way in."""
ENDS_ITSELF = frozenset({("DELETE", "/auth/sessions"), ("POST", "/observability/projects")})
"""The first ends one's own way in, the second makes ever more."""
PARAMETER = re.compile(r"\{(\w+)(?::id)?\}")
Pick = Callable[[str], str]
Parameters = Mapping[tuple[str, str], list[str]]
"""Names of what a query may have, by method and address."""
GOOD: Mapping[str, Any] = {"when": {"aggregate": "sessionCount", "above": 1e9, "window": 60_000}}


@dataclass(frozen=True)
class Asked:
    """A request. ``is_theirs``: an id in its path is one that only the other project has."""

    method: str
    route: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Any
    is_theirs: bool


COSTLY = re.compile("/analytics/|/export$|/live$|/users$|/metrics$|/quality$|/compare/")


def routes() -> list[tuple[str, str]]:
    """Methods and addresses for which a credential is needed."""
    return [
        (method, path)
        for path, rules in TABLE.items()
        for method, rule in rules.items()
        if rule.need != "nothing" and path not in LEFT_OUT and (method, path) not in ENDS_ITSELF
    ]


def tells(method: str, path: str) -> bool:
    """Whether it makes something of one's own under the id that is told."""
    return (
        method != "GET" and TABLE[path][method].need == "ingest" and path != "/observability/sessions/{session_id:id}"
    )


def _trace(pick: Pick) -> dict[str, Any]:
    return {"id": pick("trace"), "sessionId": pick("session"), "userId": pick("user"), "projectId": pick("project"), "project": pick("project"),
            "startTime": f"{BEGIN}0Z", "observations": [{"id": pick("span"), "parentObservationId": pick("span")}]}  # fmt: skip


def _otlp(pick: Pick) -> dict[str, Any]:
    attributes = [{"key": key, "value": {"stringValue": pick(kind)}} for key, kind in
                  (("session.id", "session"), ("user.id", "user"), ("project", "project"), ("project.id", "project"))]  # fmt: skip
    span = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "n", "startTimeUnixNano": "1763634600000000000",
            "endTimeUnixNano": "1763634601000000000", "attributes": attributes}  # fmt: skip
    return {"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [{"spans": [span]}]}]}


def _run(pick: Pick) -> dict[str, Any]:
    return {"id": pick("trace"), "trace_id": pick("trace"), "session_name": pick("project"), "name": "n", "run_type": "llm", "inputs": {}, "parent_run_id": pick("span"),
            "start_time": f"{BEGIN}0Z", "extra": {"metadata": {"session_id": pick("session")}}}  # fmt: skip


def _score(pick: Pick) -> dict[str, Any]:
    of = pick.__self__.choice(("session", "trace"))  # type: ignore[attr-defined]  # a method of Asking
    return {f"{of}Id": pick(of), "id": pick("score"), "name": "helpful", "value": 0}


def _imported(pick: Pick) -> dict[str, Any]:
    span = {
        "id": pick("span"),
        "kind": "span",
        "name": "n",
        "startTimeUnixNano": "1763634600000000000",
        "endTimeUnixNano": "1763634601000000000",
    }
    return {"format": "threadline.session/1", "id": pick("session"), "traces": [{"id": pick("trace"), "spans": [span], "logs": []}],
            "comments": [{"id": pick("comment"), "body": "b"}], "scores": [{"id": pick("score"), "name": "helpful", "value": 1}]}  # fmt: skip


BODIES: Mapping[str, Callable[[Pick], Any]] = {
    "/auth/project": lambda pick: {"project": pick("project")},
    "/v1/traces": _otlp,
    "/v1/logs": _otlp,
    "/runs": _run,
    "/runs/batch": lambda pick: {"post": [_run(pick)], "patch": [_run(pick)]},
    "/runs/{run_id}": lambda pick: {"outputs": {}, "trace_id": pick("trace"), "end_time": f"{BEGIN}5Z"},
    "/feedback": lambda pick: {"run_id": pick("trace"), "key": "helpful", "score": 0},
    "/api/public/scores": lambda pick: {"traceId": pick("trace"), "name": "helpful", "value": 0, "id": pick("score")},
    "/api/public/ingestion": lambda pick: {
        "batch": [{"id": "e", "type": "trace-create", "timestamp": f"{BEGIN}0Z", "body": _trace(pick)}]
    },
    "/v1/traces/ingest": lambda pick: {
        "data": [{"object": "trace", "id": pick("trace"), "group_id": pick("session"), "workflow_name": "n"}]
    },
    "/observability/traces": lambda pick: {"traces": [_trace(pick)]},
    "/observability/import": _imported,
    "/observability/sessions/{session_id:id}": lambda pick: {"title": "taken", "tags": [pick("tag")]},
    "/observability/analytics/goals": lambda pick: {"when": {"tag": pick("tag")}},
    "/observability/scores": _score,
    "/observability/comments": lambda pick: {"traceId": pick("trace"), "spanId": pick("span"), "body": "b"},
    "/observability/goals": lambda pick: {"name": pick("goalname"), "when": {"tag": pick("tag")}},
    "/observability/goals/{goal_id}": lambda pick: {"name": "taken", "when": {"tag": pick("tag")}},
    "/observability/views": lambda pick: {"name": "taken", "q": pick("word")},
    "/observability/views/{view_id}": lambda pick: {"name": "taken", "q": pick("word")},
    "/observability/alerts/rules": lambda _: {"name": "taken", **GOOD},
    "/observability/alerts/rules/{rule_id}": lambda _: {"name": "taken", **GOOD},
    "/observability/prices": lambda pick: {"model": pick("model"), "input": 1},
    "/observability/settings": lambda _: {"idleMinutes": 30},
    "/observability/settings/masking": lambda _: {"detectors": []},
    "/observability/settings/masking/try": lambda pick: {"text": pick("word")},
    "/observability/keys": lambda _: {"name": "taken"},
    "/observability/keys/{key_id}/rotate": lambda _: {"overlapSeconds": 0},
    "/observability/accounts/{account_id}": lambda _: {"role": "viewer"},
    "/observability/invitations": lambda pick: {"email": f"{pick('word')}@test.example"},
}
"""What is sent to an address; nothing to those that are not here."""


class Asking:
    """Makes the requests of one project about another."""

    def __init__(
        self, chance: random.Random, parameters: Parameters, me: Project, other: Project, is_allowed: Callable[[str, str], bool]
    ) -> None:  # fmt: skip
        self._chance, self._parameters, self._me, self._other = chance, parameters, me, other
        self._routes = [one for one in routes() if is_allowed(*one)]
        # Most lists and documents, few of what makes ever more or costs everybody time.
        self._weights = [
            (2 if COSTLY.search(path) else 8) if method == "GET" else 4 if "{" in path else 1
            for method, path in self._routes
        ]
        self.choice = chance.choice

    def request(self) -> Asked:
        method, route = self._chance.choices(self._routes, self._weights)[0]
        body = BODIES.get(
            route.removeprefix("/api/public/otel")
            .removeprefix("/otel")
            .removeprefix("/api/v1/otel")
            .removeprefix("/api/v1")
        )
        theirs: list[bool] = []

        def value(match: re.Match[str]) -> str:
            kind = IN_PATH[match[1]]
            own = self._other.own.get(kind, [])
            theirs.append(bool(own) and (method != "GET" or self._chance.random() < 0.6))
            return quote(self.choice(own) if theirs[-1] else self.pick(kind), safe="")

        path = PARAMETER.sub(value, route)
        is_theirs = any(theirs) and route.count("{") == len(theirs)
        return Asked(
            method,
            route,
            path,
            self._query(method, route),
            body(self.pick) if body and method != "GET" else None,
            is_theirs,
        )

    def pick(self, kind: str) -> str:
        """Mostly one of the other's values, sometimes one's own."""
        if kind == "field":
            return self.choice(FIELDS)
        is_theirs = (
            self._chance.random() < 0.75 or kind == "project"
        )  # who goes to their own project gets another cookie
        whose = self._other if is_theirs or not self._me.known[kind] else self._me
        return self.choice(whose.known[kind])

    def _query(self, method: str, route: str) -> tuple[tuple[str, str], ...]:
        names = self._parameters.get((method, PARAMETER.sub(r"{\1}", route)), [])
        if not names or self._chance.random() < 0.2:
            return ()
        chosen = self._chance.sample(names, min(len(names), self._chance.choice((1, 1, 2, 3))))
        if "step" in names and self._chance.random() < 0.9:
            chosen = [name for name in chosen if name != "step"] + ["step", "step"]
        if "baseRelease" in names and self._chance.random() < 0.9:
            chosen += [name for name in ("release", "baseRelease") if name not in chosen]
        return tuple((name, self._value(name)) for name in chosen)

    def _value(self, name: str) -> str:
        if name == "filter":
            return re.sub(r"\{(\w+)\}", lambda match: self.pick(match[1]), self.choice(EXPRESSIONS))
        if name in FIXED:
            return self.choice(FIXED[name])
        return self.pick(IN_QUERY[name]) if name in IN_QUERY else self.choice(("1", "true", self.pick("word")))
