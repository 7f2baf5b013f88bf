"""Keyset pages: a cursor holds the last row's sort value and id, so a page costs the same wherever it is and stays put while
data arrives. A cursor belongs to one sort and order; it is opaque to callers but no secret, and is checked like any input."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from threadline_server.errors import BadRequest
from threadline_server.query import parameters
from threadline_server.query.filters import Sort
from threadline_server.query.parameters import Pairs
from threadline_server.store.queries import Fragment

PAGE: Final = 50
MAX_PAGE: Final = 200
_WHOLE: Final = re.compile(r"[0-9]{1,19}", re.ASCII)
_DECIMAL: Final = re.compile(r"[0-9]{1,26}(\.[0-9]{1,12})?", re.ASCII)
PARAMETERS: Final = ("limit", "cursor", "sort", "order")


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last row of a page."""

    sort: str
    order: str
    value: str
    id: str


class Page(msgspec.Struct, frozen=True):
    """Which page: its order, and the row after which it begins."""

    sort: str
    order: str
    limit: int
    order_by: Fragment
    sort_value: Fragment
    after: Fragment
    values: Mapping[str, Any]

    def cursor_after(self, value: str, row_id: str) -> str:
        """The cursor of the page that follows the row."""
        raw = msgspec.json.encode(Cursor(self.sort, self.order, value, row_id))
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_page(pairs: Pairs, sorts: Mapping[str, Sort], id_column: str, *, sort: str, order: str = "desc") -> Page:
    """The page that a query string asks for; ``sort`` and ``order`` are the defaults."""
    sort = parameters.choice("sort", parameters.one(pairs, "sort") or sort, sorts)
    order = parameters.choice("order", parameters.one(pairs, "order") or order, ("asc", "desc"))
    limit = parameters.whole("limit", parameters.one(pairs, "limit") or str(PAGE), 1, MAX_PAGE)
    entry = sorts[sort]
    order_by = Fragment(f"{entry.expression} {order.upper()}, {id_column} {order.upper()}")
    after, values = Fragment(""), {}
    if text := parameters.one(pairs, "cursor"):
        cursor = _decode(text, sort, order, entry)
        compare = "<" if order == "desc" else ">"
        after = Fragment(
            f" AND ({entry.expression}, {id_column}) {compare} ({{cursor_value:{entry.type}}}, {{cursor_id:String}})"
        )
        values = {"cursor_value": cursor.value, "cursor_id": cursor.id}
    return Page(sort, order, limit, order_by, Fragment(entry.expression), after, values)


def _decode(text: str, sort: str, order: str, entry: Sort) -> Cursor:
    try:
        cursor = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Cursor)
        if not _is_of_type(cursor.value, entry.type):
            raise ValueError("no value of this sort")
    except (msgspec.MsgspecError, ValueError) as error:  # binascii's is a ValueError too
        raise BadRequest(
            "cannot read 'cursor': it is not one that a list answered", hint="Begin again without it."
        ) from error
    if (cursor.sort, cursor.order) != (sort, order):
        raise BadRequest("cannot use 'cursor': it belongs to another sort or order", hint="Begin again without it.")
    return cursor


def _is_of_type(text: str, type_name: str) -> bool:
    """Whether the store could have written the text for a value of a sort."""
    if type_name == "Decimal(38, 12)":
        return _DECIMAL.fullmatch(text) is not None
    return _WHOLE.fullmatch(text) is not None and int(text) <= parameters.MAX_INTEGER
