"""JSON as people send it: strict and fast first; what Python's own ``json.dumps`` writes (NaN, lone surrogates) is read too."""

from __future__ import annotations

import json
from typing import Any

import orjson

from threadline_server.errors import BadRequest
from threadline_server.ingest import json_text


def parse(body: bytes) -> Any:
    """The value of a JSON body; every text in it can be encoded as UTF-8. Raises ``BadRequest``."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _parse_leniently(body)


def _parse_leniently(body: bytes) -> Any:
    try:
        return _storable(json.loads(body.decode("utf-8", "replace").removeprefix("\ufeff")))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadRequest(f"cannot read the body: it is not JSON ({where})") from error
    except RecursionError as error:
        raise BadRequest("cannot read the body: it is nested too deeply") from error
    except ValueError as error:
        raise BadRequest("cannot read the body: it holds a number of too many digits") from error


def _storable(value: Any) -> Any:
    """The value with U+FFFD for lone surrogates, which UTF-8 cannot hold."""
    if isinstance(value, str):
        return json_text.clean(value)
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value
