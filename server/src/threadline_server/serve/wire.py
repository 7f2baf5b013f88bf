"""What the JSON of the routes in this package has in common: camelCase names, and no unknown ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, PlainSerializer, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from threadline_server.query import present

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HALF: Final = re.compile("[\ud800-\udfff]")


def iso_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: 2026-11-23T10:30:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(time_ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=time_ns // 1_000)


Moment = Annotated[datetime, PlainSerializer(iso_text, when_used="json")]


class Body(BaseModel):
    """What a caller sends."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        """JSON can spell half a surrogate pair; no database, file or answer in UTF-8 can hold it."""
        left = [value]
        while left:
            held = left.pop()
            if isinstance(held, str) and _HALF.search(held):
                raise PydanticCustomError("half_a_pair", "holds half a surrogate pair, which is no character")
            if isinstance(held, dict):
                left += [*held, *held.values()]
            elif isinstance(held, list):
                left += held
        return value


class Answer(BaseModel):
    """What a route answers."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


def json_answer(value: object, status: int = 200) -> Response:
    """What the query or a part answered, as ``present.encoded`` writes it."""
    return Response(present.encoded(value), status, media_type="application/json")


def number_in(text: str, digits: int = 10) -> int | None:
    """The number that a text of at most so many digits writes, as ids in addresses do; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
