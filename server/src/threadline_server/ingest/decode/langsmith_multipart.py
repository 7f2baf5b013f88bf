"""The body of LangSmith's ``POST /runs/multipart``: form parts ``post.<id>``, ``post.<id>.inputs``, ``patch.<id>``, ... -> messages.

What a run says of itself comes in one part, its large fields in parts beside it. Files that hang on runs
(``attachment.<id>.<name>``) are told of by name, type and size; their bytes are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from threadline_server.errors import BadRequest
from threadline_server.ingest.decode.json_body import parse
from threadline_server.ingest.decode.piecewise import Value

_BOUNDARY: Final = re.compile(r'boundary="?([^";,\s]{1,200})"?', re.IGNORECASE)
_NAME: Final = re.compile(rb'\bname="([^"\r\n]{1,2000})"', re.IGNORECASE)
_MEDIA_TYPE: Final = re.compile(rb"^content-type:\s*([^;\r\n]{1,100})", re.IGNORECASE | re.MULTILINE)
_FIELDS: Final = frozenset({"inputs", "outputs", "events", "extra", "error", "serialized"})

RUN_STEPS: Final = ("post", "patch")


def messages_of(body: bytes, content_type: str) -> list[tuple[str, Any]]:
    """(what it is, its value) in the order in which each begins: ``post`` and ``patch`` with a run, ``feedback``, ``attachment``.

    A part that no message can be made of is one of the kind ``""`` with the fault as its value. Raises ``BadRequest``.
    """
    runs: dict[tuple[str, str], Value] = {}
    found: list[tuple[str, Any]] = []
    for name, media_type, content in _parts(body, content_type):
        what, _, rest = name.partition(".")
        own_id, _, field = rest.partition(".")
        if what == "attachment":
            found.append((what, {"run_id": own_id, "name": field, "mediaType": media_type, "bytes": len(content)}))
            continue
        try:
            value = parse(content)
        except BadRequest:
            found.append(("", f"the part {name[:100]!r} is not JSON"))
            continue
        if what == "feedback":
            found.append((what, value))
        elif what in RUN_STEPS and own_id and (field in _FIELDS or (not field and isinstance(value, dict))):
            if (what, own_id) not in runs:
                found.append((what, runs.setdefault((what, own_id), {"id": own_id})))
            run = runs[what, own_id]
            run.update({field: value} if field else {**value, **run})
        else:
            found.append(("", f"the part {name[:100]!r} is no part of a run"))
    return found


def _parts(body: bytes, content_type: str) -> Iterator[tuple[str, str, bytes]]:
    """(name, media type, content) of each part of the form."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise BadRequest("cannot read the body: its content type names no boundary")
    mark = b"\r\n--" + boundary[1].encode("utf-8", "replace")
    sections = (b"\r\n" + body).split(mark)
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        raise BadRequest("cannot read the body: it is no complete multipart form")
    for section in sections[1:-1]:
        head, parted, content = section.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not parted or name is None:
            raise BadRequest("cannot read the body: a part of the form has no name")
        media_type = _MEDIA_TYPE.search(head)
        yield name[1].decode("utf-8", "replace"), media_type[1].decode("latin-1").strip() if media_type else "", content
