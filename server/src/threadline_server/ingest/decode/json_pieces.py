"""Where a large JSON body may be cut. Brackets are all that is looked at, so that whatever ``json_body`` reads can be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Final

from threadline_server.errors import BadRequest, TooLarge
from threadline_server.ingest.decode.pieces import MOST_PARTS, PIECE_BYTES, Format, Listed, Piece, Runs

_TO_BRACKET: Final = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+([{}\[\]])', re.DOTALL)
_BETWEEN: Final = b", \t\r\n"
MOST_BRACKETS: Final = 4_000_000
"""Of the largest body that says something in each of its objects, one byte in eight is a bracket."""
_OPENS: Final = b"{["


def json_format(*path: tuple[str, ...]) -> Format:
    """Bodies with a list under a key, in each of its elements a list under the next key, and so on; each key by its spellings."""
    keys = [
        re.compile(rb'(?<!\\)"(?:%s)"\s*:\s*\[\Z' % b"|".join(name.encode() for name in spellings))
        for spellings in path
    ]
    return Format(len(keys), partial(_listed, keys), _parts)


def _brackets(body: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Each bracket that is outside of texts, with the place after the one before it. Raises ``TooLarge`` for very many."""
    for _ in range(MOST_BRACKETS):
        if (found := _TO_BRACKET.match(body, start, end)) is None:
            return
        yield start, found.end() - 1
        start = found.end()
    raise TooLarge(
        f"cannot take the body: it holds more than {MOST_BRACKETS // 2} objects and lists", hint="Send smaller batches."
    )


def _listed(keys: list[re.Pattern[bytes]], body: bytes, start: int, end: int, depth: int) -> Listed | None:
    """``None`` too where the key comes twice or the brackets do not close: that is for the decoder to say."""
    if depth == len(keys):
        return None
    runs = Runs(of_last=depth == len(keys) - 1)
    level, opened, closed, element, since = 0, -1, -1, -1, -1
    for after, place in _brackets(body, start, end):
        if body[place] in _OPENS:
            level += 1
            if level == 2 and body[place] == _OPENS[1] and keys[depth].search(body, after, place + 1):
                if opened >= 0:
                    return None
                opened = since = place + 1
            elif level == 3 and opened >= 0 > closed:
                _add_bare(runs, body, since, place)
                element = place
        else:
            level -= 1
            if level == 2 and opened >= 0 > closed:
                since = place + 1
                runs.add(element, since)
            elif level == 1 and opened >= 0 > closed:
                closed = place
                _add_bare(runs, body, since, place)
            elif level == 0:
                break
    if level or closed < 0:
        return None
    return Listed(runs.all(), partial(_around, body[start:opened], body[closed:end]))


def _add_bare(runs: Runs, body: bytes, start: int, end: int) -> None:
    """Elements that are neither objects nor lists, if there are any: what they are is for the decoder to say."""
    between = body[start:end]
    bare = between.strip(_BETWEEN)
    if not bare:
        return
    if len(bare) > PIECE_BYTES:
        raise BadRequest("cannot read the body: what it lists are not objects")
    begun = start + len(between) - len(between.lstrip(_BETWEEN))
    runs.add(begun, begun + len(bare))


def _around(before: bytes, after: bytes, piece: Piece) -> Piece:
    return Piece(before + piece.before, piece.start, piece.end, piece.after + after)


def _parts(body: bytes, start: int, end: int, _depth: int) -> int:
    opening = (1 for _, place in _brackets(body, start, end) if body[place] in _OPENS)
    return sum(islice(opening, MOST_PARTS + 1))
