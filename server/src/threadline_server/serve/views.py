"""Saved views and what a filter can ask for: to look needs the scope read, to save admin."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from threadline_server.errors import NotFound
from threadline_server.identity.views import View, ViewContent
from threadline_server.query import choosing, describing, filters, parameters, searching
from threadline_server.query.goal_conditions import Goals
from threadline_server.serve import documents, documents_filters
from threadline_server.serve.admin import TheIdentity, only_parameters
from threadline_server.serve.auth import Editor, Reader
from threadline_server.serve.described import router_of
from threadline_server.serve.noting import note
from threadline_server.serve.read import Query, Store, TheGoals
from threadline_server.serve.wire import Answer, Body, Moment, json_answer, moment_of, number_in

PAGES = ("sessions", "users", "analytics", "journeys")
MAX_COLUMNS = 50


class ViewBody(Body):
    name: str = Field(description="Unique in the project; up to 200 characters.")
    page: str = Field(default="sessions", description=f"Where it is shown: {', '.join(PAGES)}.")
    filter: str = Field(default="", description="A filter expression; empty for every session.")
    q: str = Field(default="", description="Words that were said, as in the parameter q.")
    sort: str = Field(default="lastActivity", description="A sort of the session list.")
    order: str = Field(default="desc", description="desc or asc.")
    columns: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default=[],
        max_length=MAX_COLUMNS,
        description="Names of the columns to show, in order; empty for the usual ones.",
    )


class ViewAnswer(Answer):
    id: int
    name: str
    page: str
    filter: str
    q: str
    sort: str
    order: str
    columns: list[str]
    created_at: Moment
    updated_at: Moment


class ViewList(Answer):
    data: list[ViewAnswer]
    next_cursor: None = None


router = router_of("filters and views")


@router.get("/filters", **documents.answer("What a filter expression can ask for", documents_filters.Grammar))
def describe_filters(_who: Reader, pairs: Query) -> Response:
    parameters.check_known(pairs, ())
    return json_answer(describing.grammar())


@router.get(
    "/filters/{field:id}/values",
    **documents.answer(
        "Values that the project's sessions have, the most frequent first",
        documents_filters.Values,
        documents_filters.VALUES,
    ),
)
def list_values(field: str, who: Reader, database: Store, goals: TheGoals, pairs: Query) -> Response:
    found = describing.known_values(database, who.project_id, field, pairs, goals)
    return json_answer(found)


@router.get("/views", dependencies=[only_parameters()])
def list_views(who: Reader, identity: TheIdentity) -> ViewList:
    """The project's saved views, oldest first."""
    return ViewList(data=[_answer(view) for view in identity.views.of(who.project_id)])


@router.post("/views", status_code=201, dependencies=[only_parameters()])
def save_view(request: Request, who: Editor, identity: TheIdentity, goals: TheGoals, body: ViewBody) -> ViewAnswer:
    """Save a view. Its filter must be one that can be read now."""
    return _noted(request, identity.views.add(who.project_id, _content(body, goals)))


@router.put("/views/{view_id}", dependencies=[only_parameters()])
def change_view(
    request: Request, who: Editor, identity: TheIdentity, goals: TheGoals, view_id: str, body: ViewBody
) -> ViewAnswer:
    """Replace a view."""
    return _noted(request, identity.views.change(who.project_id, _number(view_id), _content(body, goals)))


@router.delete("/views/{view_id}", status_code=204, response_class=Response, dependencies=[only_parameters()])
def remove_view(request: Request, who: Editor, identity: TheIdentity, view_id: str) -> Response:
    number = _number(view_id)
    note(request, f"view {number} ({identity.views.remove(who.project_id, number)})")
    return Response(status_code=204)


def _number(text: str) -> int:
    if (number := number_in(text)) is None:
        raise NotFound("cannot find this view: this project has no such view")
    return number


def _content(body: ViewBody, goals: Goals) -> ViewContent:
    if body.filter.strip():
        choosing.express(body.filter, choosing.EXPRESSION, goals)
    if body.q.strip():
        searching.read(choosing.SEARCH, body.q)
    parameters.choice("page", body.page, PAGES)
    parameters.choice("sort", body.sort, filters.SESSION_SORTS)
    parameters.choice("order", body.order, ("desc", "asc"))
    return ViewContent(
        body.name, body.page, body.filter.strip(), body.q.strip(), body.sort, body.order, tuple(body.columns)
    )


def _noted(request: Request, view: View) -> ViewAnswer:
    note(request, f"view {view.id} ({view.content.name})")
    return _answer(view)


def _answer(view: View) -> ViewAnswer:
    content = view.content
    return ViewAnswer(
        id=view.id, name=content.name, page=content.page, filter=content.filter, q=content.q, sort=content.sort, order=content.order,
        columns=list(content.columns), created_at=moment_of(view.created_ns), updated_at=moment_of(view.updated_ns),
    )  # fmt: skip
