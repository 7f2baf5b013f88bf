"""Who may do what: one table of every route and method, from which the gate in front of each route decides.

A route that is not here cannot be served: ``gate.install`` raises while the application is built. The same table for people is
``docs/reference/access.md``; a test asks every route with every kind of credential.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from threadline_server.serve.pages import ADDRESSES

Need: TypeAlias = Literal["nothing", "any", "ingest", "read", "write", "admin"]
"""``any``: a valid credential, whatever its scopes. ``write``: what the project defines for itself; ``admin`` includes it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a request needs, and the action under which the audit log has it once it was done (None: it does not).

    ``is_shared``: whoever has a link to the session of the address may read it too.
    """

    need: Need
    action: str | None = None
    is_shared: bool = False


Rules: TypeAlias = Mapping[str, Rule]
"""Of one address, by method; ``GET`` stands for ``HEAD`` too."""

OPEN: Final = Rule("nothing")
KNOWN: Final = Rule("any")
INGEST: Final = Rule("ingest")
READ: Final = Rule("read")
SHARED: Final = Rule("read", is_shared=True)
ADMIN: Final = Rule("admin")

_PAGE: Final[Rules] = {"GET": OPEN}
_SENT: Final[Rules] = {"POST": INGEST}


def _write(action: str) -> Rule:
    return Rule("write", action)


def _admin(action: str) -> Rule:
    return Rule("admin", action)


TABLE: Final[Mapping[str, Rules]] = {
    # the dashboard's page and files, which hold no data
    **dict.fromkeys(ADDRESSES, _PAGE),
    "/assets/{name}": _PAGE,
    "/favicon.svg": _PAGE,
    # what is the same for everybody
    "/healthz": {"GET": OPEN},
    "/readyz": {"GET": OPEN},
    "/metrics": {"GET": KNOWN},
    "/openapi.json": {"GET": OPEN},
    "/info": {"GET": OPEN},
    "/api/v1/info": {"GET": OPEN},
    "/api/public/health": {"GET": OPEN},
    # signing in: the routes look at what they are given themselves
    "/auth/login": {"POST": Rule("nothing", "signIn")},
    "/auth/logout": {"POST": OPEN},
    "/auth/accept": {"POST": Rule("nothing", "invitation.accept")},
    "/auth/methods": {"GET": OPEN},
    "/auth/oidc": {"POST": OPEN},
    "/auth/oidc/callback": {"GET": Rule("nothing", "signIn")},
    "/auth/me": {"GET": KNOWN},
    "/auth/password": {"POST": Rule("any", "account.password")},
    "/auth/project": {"POST": KNOWN},
    "/auth/sessions": {"GET": KNOWN, "DELETE": KNOWN},
    "/auth/sessions/{session_id}": {"DELETE": KNOWN},
    "/auth/share": {"POST": OPEN},
    "/auth/share/{share_id}": {"GET": OPEN},
    # telemetry
    "/v1/traces": _SENT,
    "/v1/logs": _SENT,
    "/v1/metrics": _SENT,
    "/v1/traces/ingest": _SENT,
    "/api/public/otel/v1/traces": _SENT,
    "/otel/v1/traces": _SENT,
    "/api/v1/otel/v1/traces": _SENT,
    "/api/public/ingestion": _SENT,
    "/api/public/scores": _SENT,
    "/api/public/projects": {"GET": INGEST},
    "/runs": _SENT,
    "/runs/batch": _SENT,
    "/runs/multipart": _SENT,
    "/runs/{run_id}": {"PATCH": INGEST},
    "/feedback": _SENT,
    "/api/v1/runs": _SENT,
    "/api/v1/runs/batch": _SENT,
    "/api/v1/runs/multipart": _SENT,
    "/api/v1/runs/{run_id}": {"PATCH": INGEST},
    "/api/v1/feedback": _SENT,
    "/observability/traces": {"GET": READ, "POST": INGEST},
    "/observability/import": {"POST": Rule("ingest", "import")},
    # what is read
    "/observability/sessions": {"GET": READ},
    "/observability/sessions/{session_id:id}": {
        "GET": SHARED,
        "PATCH": INGEST,
        "DELETE": _admin("session.erase"),
    },
    "/observability/sessions/{session_id:id}/traces": {"GET": SHARED},
    "/observability/sessions/{session_id:id}/traces/{trace_id:id}": {"GET": SHARED},
    "/observability/sessions/{session_id:id}/conversation": {"GET": SHARED},
    "/observability/sessions/{session_id:id}/metrics": {"GET": READ},
    "/observability/sessions/{session_id:id}/compare/{other_id:id}": {"GET": READ},
    "/observability/sessions/{session_id:id}/export": {"GET": Rule("read", "session.export")},
    "/observability/sessions/{session_id:id}/goals": {"GET": READ},
    "/observability/sessions/{session_id:id}/scores": {"GET": READ},
    "/observability/sessions/{session_id:id}/comments": {"GET": READ},
    "/observability/sessions/{session_id:id}/shares": {"GET": READ, "POST": _write("share.create")},
    "/observability/sessions/{session_id:id}/shares/{share_id}": {"DELETE": _write("share.revoke")},
    "/observability/traces/{trace_id:id}": {"GET": READ},
    "/observability/traces/{trace_id:id}/scores": {"GET": READ},
    "/observability/users": {"GET": READ},
    "/observability/users/{user_id:id}": {"GET": READ, "DELETE": _admin("user.erase")},
    "/observability/erasures": {"GET": ADMIN},
    "/observability/erasures/{erasure_id:id}": {"GET": ADMIN},
    "/observability/export": {"GET": Rule("read", "sessions.export")},
    "/observability/live": {"GET": READ},
    "/observability/quality": {"GET": READ},
    "/observability/ingestion": {"GET": READ},
    "/observability/filters": {"GET": READ},
    "/observability/filters/{field:id}/values": {"GET": READ},
    "/observability/analytics/sessions": {"GET": READ},
    "/observability/analytics/costs": {"GET": READ},
    "/observability/analytics/compare": {"GET": READ},
    "/observability/analytics/goals": {"GET": READ, "POST": READ},
    "/observability/analytics/journeys": {"GET": READ},
    "/observability/analytics/funnel": {"GET": READ},
    # what people say of sessions
    "/observability/scores": {"POST": INGEST},
    "/observability/scores/{score_id:id}": {"DELETE": INGEST},
    "/observability/comments": {"GET": READ, "POST": INGEST},
    "/observability/comments/{comment_id:id}": {"DELETE": INGEST},
    "/observability/alerts": {"GET": READ},
    "/observability/alerts/{alert_id}/acknowledge": {"POST": INGEST},
    # what a project defines for itself
    "/observability/goals": {"GET": READ, "POST": _write("goal.create")},
    "/observability/goals/{goal_id}": {"PUT": _write("goal.change"), "DELETE": _write("goal.delete")},
    "/observability/views": {"GET": READ, "POST": _write("view.create")},
    "/observability/views/{view_id}": {"PUT": _write("view.change"), "DELETE": _write("view.delete")},
    "/observability/alerts/rules": {"GET": READ, "POST": _admin("alertRule.create")},
    "/observability/alerts/rules/{rule_id}": {
        "PUT": _admin("alertRule.change"),
        "DELETE": _admin("alertRule.delete"),
    },
    "/observability/alerts/rules/{rule_id}/test": {"POST": _admin("alertRule.test")},
    "/observability/prices": {"GET": READ, "POST": _admin("price.create")},
    "/observability/prices/{price_id}": {"DELETE": _admin("price.delete")},
    "/observability/prices/reprice": {"GET": READ, "POST": _admin("prices.reprice")},
    "/observability/settings": {"GET": READ, "PUT": _admin("settings.change")},
    "/observability/settings/masking": {"GET": READ, "PUT": _admin("masking.change")},
    "/observability/settings/masking/try": {"POST": READ},
    # who gets in
    "/observability/keys": {"GET": ADMIN, "POST": _admin("key.create")},
    "/observability/keys/{key_id}": {"DELETE": _admin("key.revoke")},
    "/observability/keys/{key_id}/rotate": {"POST": _admin("key.rotate")},
    "/observability/accounts": {"GET": ADMIN},
    "/observability/accounts/{account_id}": {
        "PATCH": _admin("account.role"),
        "DELETE": _admin("account.remove"),
    },
    "/observability/accounts/{account_id}/sessions": {"DELETE": _admin("account.signOut")},
    "/observability/invitations": {"GET": ADMIN, "POST": _admin("invitation.create")},
    "/observability/invitations/{invitation_id}": {"DELETE": _admin("invitation.withdraw")},
    "/observability/oidc": {"GET": ADMIN},
    "/observability/audit": {"GET": ADMIN},
    "/observability/projects": {"GET": ADMIN, "POST": _admin("project.create")},
}

ACTIONS: Final = frozenset(rule.action for rules in TABLE.values() for rule in rules.values() if rule.action)
"""What the audit log can have."""

GRPC: Final[Mapping[str, Rule]] = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": INGEST,
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": INGEST,
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": INGEST,
}
"""The methods of gRPC; ``otlp_grpc`` serves no other."""
