"""What the routes of filters answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from threadline_server.query import describing
from threadline_server.serve import documents
from threadline_server.serve.documents import Object


class FilterField(Object):
    name: str
    type: str = Field(
        description="number, money, duration, time, text, texts (one of several), flag or value (any JSON)"
    )
    operators: list[str]
    aliases: list[str]
    meaning: str
    has_values: bool = Field(description="whether /filters/{name}/values lists what there is")


class FilterFunction(Object):
    name: str
    type: str
    operators: list[str]
    meaning: str


class FilterLimits(Object):
    characters: int
    depth: int
    comparisons: int
    values: int
    search_characters: int
    search_terms: int


class Grammar(Object):
    fields: list[FilterField]
    functions: list[FilterFunction]
    words: list[str]
    examples: list[str]
    limits: FilterLimits


class FieldValue(Object):
    value: object
    session_count: int | None = Field(description="null for goals")


class Values(Object):
    data: list[FieldValue]
    next_cursor: None = None


VALUES: Final = documents.parameters(describing.VALUES_PARAMETERS)
