"""Alerts: their rules (to write one needs the scope admin), the feed of what rules found, and trying a webhook."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from pydantic import Field
from starlette.responses import Response

from threadline_server.alert import rules as conditions
from threadline_server.alert.deliverer import Deliverer, told
from threadline_server.alert.watcher import Watcher
from threadline_server.alert.webhook import WebhookClient
from threadline_server.errors import BadRequest, NotFound
from threadline_server.identity.alert_events import Wanted
from threadline_server.identity.alert_rules import RuleDraft
from threadline_server.model import AlertEvent, AlertRule
from threadline_server.query import parameters, present
from threadline_server.query.goal_conditions import Goals
from threadline_server.serve import documents, documents_alerts
from threadline_server.serve.admin import TheIdentity, only_parameters
from threadline_server.serve.auth import Admin, Reader, Sender
from threadline_server.serve.described import router_of
from threadline_server.serve.noting import note
from threadline_server.serve.read import Query, TheGoals
from threadline_server.serve.wire import Body, json_answer, number_in

LEAST_SECRET: Final = 16
MOST_SECRET: Final = 256
PAGE: Final = 50
MAX_PAGE: Final = 200

router = router_of("alerts", prefix="/observability/alerts")


class WebhookBody(Body):
    url: str = Field(
        description="http or https. Addresses that are not public are refused, unless the server allows them."
    )
    secret: str | None = Field(
        default=None,
        description="16 to 256 characters to sign with; never shown. Without it the one that there is stays, unless url is another.",
    )


class RuleBody(Body):
    name: str = Field(description="Unique in the project; any text of up to 200 characters.")
    when: dict[str, Any] = Field(
        description='{"session": metric, "above": n} or {"aggregate": metric, "above" or "below": n, "window": milliseconds}'
    )
    filters: dict[str, Any] = Field(default={}, description="Of the session list, each with a text or a list of texts.")
    enabled: bool = True
    webhook: WebhookBody | None = None


class Alerting:
    """What watches, delivers and sends: what the routes of alerts work with."""

    def __init__(self, watcher: Watcher, deliverer: Deliverer, sender: WebhookClient) -> None:
        self.watcher, self.deliverer, self.sender = watcher, deliverer, sender


def _alerting(request: Request) -> Alerting:
    alerting: Alerting = request.app.state.alerting
    return alerting


TheAlerting = Annotated[Alerting, Depends(_alerting)]


@router.get("", **documents.answer("Alerts, the newest first", documents_alerts.Alerts, documents_alerts.FEED))
def list_alerts(who: Reader, identity: TheIdentity, pairs: Query) -> Response:
    parameters.check_known(pairs, documents_alerts.FEED_PARAMETERS)
    limit = parameters.whole("limit", parameters.one(pairs, "limit") or str(PAGE), 1, MAX_PAGE)
    found = identity.alert_events.page(who.project_id, _wanted(pairs), limit + 1)
    cursor = str(found[limit - 1].id) if len(found) > limit else None
    tried = identity.alert_events.tried(found[:limit])
    return json_answer(
        {"data": [_in_feed(event, tried.get(event.id)) for event in found[:limit]], "nextCursor": cursor}
    )


@router.post(
    "/{alert_id}/acknowledge",
    dependencies=[only_parameters()],
    **documents.answer("The alert, acknowledged", documents_alerts.Alert),
)
def acknowledge(who: Sender, identity: TheIdentity, alert_id: str) -> Response:
    """Say that somebody has seen it. It needs the scope ingest, as what is said of sessions does."""
    seen = identity.alert_events.acknowledge(who.project_id, _number(alert_id))
    return json_answer(_in_feed(seen, identity.alert_events.tried([seen]).get(seen.id)))


@router.get("/rules", dependencies=[only_parameters()], **documents.answer("The rules", documents_alerts.Rules))
def list_rules(who: Reader, identity: TheIdentity) -> Response:
    return json_answer({"data": [_shown(rule) for rule in identity.alert_rules.of(who.project_id)], "nextCursor": None})


@router.post(
    "/rules", dependencies=[only_parameters()], **documents.answer("The rule", documents_alerts.Rule, status=201)
)
def add_rule(
    request: Request, who: Admin, identity: TheIdentity, alerting: TheAlerting, goals: TheGoals, body: RuleBody
) -> Response:
    """Add a rule. It holds of sessions that run now too."""
    rule = identity.alert_rules.add(who.project_id, _draft(body, alerting, goals))
    note(request, f"rule {rule.id} ({rule.name})")
    alerting.watcher.rules_changed()
    return json_answer(_shown(rule), 201)


@router.put("/rules/{rule_id}", dependencies=[only_parameters()], **documents.answer("The rule", documents_alerts.Rule))
def change_rule(
    request: Request,
    who: Admin,
    identity: TheIdentity,
    alerting: TheAlerting,
    goals: TheGoals,
    rule_id: str,
    body: RuleBody,
) -> Response:
    """Replace a rule. A webhook's secret stays if it is left out, unless the address is another."""
    rule = identity.alert_rules.change(who.project_id, _number(rule_id), _draft(body, alerting, goals))
    note(request, f"rule {rule.id} ({rule.name})")
    alerting.watcher.rules_changed()
    return json_answer(_shown(rule))


@router.delete("/rules/{rule_id}", status_code=204, response_class=Response, dependencies=[only_parameters()])
def remove_rule(request: Request, who: Admin, identity: TheIdentity, alerting: TheAlerting, rule_id: str) -> Response:
    """Remove a rule. What it found stays in the feed."""
    number = _number(rule_id)
    note(request, f"rule {number} ({identity.alert_rules.remove(who.project_id, number)})")
    alerting.watcher.rules_changed()
    return Response(status_code=204)


@router.post(
    "/rules/{rule_id}/test",
    dependencies=[only_parameters()],
    **documents.answer("What the webhook answered", documents_alerts.Tried),
)
def test_rule(request: Request, who: Admin, identity: TheIdentity, alerting: TheAlerting, rule_id: str) -> Response:
    """Send the rule's webhook an example, once."""
    rule, secret = identity.alert_rules.one(who.project_id, _number(rule_id))
    note(request, f"rule {rule.id} ({rule.name})")
    if rule.webhook_url is None:
        raise BadRequest("cannot test this rule: it has no webhook", hint="Give it one, by PUT.")
    outcome = alerting.deliverer.test({"id": rule.id, "name": rule.name}, rule.webhook_url, secret)
    return json_answer({"delivered": outcome.is_taken, "status": outcome.status, "problem": outcome.problem})


def _wanted(pairs: Query) -> Wanted:
    given = {name: parameters.one(pairs, name) for name in documents_alerts.FEED_PARAMETERS}
    state, seen = given["state"], given["acknowledged"]
    return Wanted(
        rule_id=parameters.whole("ruleId", given["ruleId"], 0, 2**31 - 1) if given["ruleId"] else None,
        session_id=given["sessionId"],
        is_firing=parameters.choice("state", state, documents_alerts.STATES) == "firing" if state else None,
        is_acknowledged=parameters.switch("acknowledged", seen) if seen else None,
        before_id=parameters.whole("cursor", given["cursor"], 0, 2**31 - 1) if given["cursor"] else None,
    )


def _draft(body: RuleBody, alerting: Alerting, goals: Goals) -> RuleDraft:
    """Raises BadRequest for what no rule can be."""
    condition = conditions.read(body.when)
    if condition.goal:
        goals.named(condition.goal)
    conditions.pairs_of(body.filters, goals)
    hook = body.webhook
    if hook is not None:
        alerting.sender.check(hook.url)
        if hook.secret is not None and not LEAST_SECRET <= len(hook.secret) <= MOST_SECRET:
            raise BadRequest(
                f"cannot use the webhook's secret: it must have {LEAST_SECRET} to {MOST_SECRET} characters"
            )
    return RuleDraft(
        body.name, body.when, body.filters, body.enabled, hook.url if hook else None, hook.secret if hook else None
    )


def _in_feed(event: AlertEvent, tried: tuple[int, datetime] | None) -> dict[str, Any]:
    tries, next_at = tried or (0, None)
    next_try = None if next_at is None else present.moment(int(next_at.timestamp() * 1_000))
    return {**told(event), "deliveryTries": tries, "nextTryAt": next_try}


def _number(text: str) -> int:
    if (number := number_in(text)) is None:
        raise NotFound(
            "cannot find this: alerts and rules are addressed by their id", hint="GET /observability/alerts."
        )
    return number


def _shown(rule: AlertRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "when": rule.when,
        "filters": rule.filters,
        "enabled": rule.is_enabled,
        "webhook": {"url": rule.webhook_url, "hasSecret": rule.has_secret} if rule.webhook_url else None,
        "createdAt": present.moment(rule.created_ns // 1_000_000),
        "updatedAt": present.moment(rule.updated_ns // 1_000_000),
    }
