"""Routes whose answers become types where somebody reads about them, ``GET /openapi.json``: a quarter of a second that no start pays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute


class Described(APIRoute):
    """A route that answers without its ``responses``, which only describe it."""

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, responses: dict[int | str, Any] | None, **options: Any
    ) -> None:
        super().__init__(path, endpoint, **options)
        self.in_full: Callable[[], APIRoute] = partial(APIRoute, path, endpoint, responses=responses, **options)


def router_of(tag: str, prefix: str = "/observability") -> APIRouter:
    """Routes below ``prefix``, under one heading of the document."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=Described)


class Application(FastAPI):
    """Writes the OpenAPI document when it is asked for."""

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            self.openapi_schema = get_openapi(
                title=self.title,
                version=self.version,
                description=self.description,
                routes=[route.in_full() if isinstance(route, Described) else route for route in self.routes],
            )
        return self.openapi_schema
