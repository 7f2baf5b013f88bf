"""A trace and its session over HTTP: W3C ``traceparent`` and ``baggage``.

What comes in is data from a stranger. It names a trace, a session and a user and nothing else: no endpoint, no key, no
sampling decision; and how much of it is read is bounded, all headers together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from itertools import islice
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import quote, unquote

from threadline import semconv

TRACEPARENT: Final = "traceparent"
BAGGAGE: Final = "baggage"
MAX_BAGGAGE_BYTES: Final = 8192
MAX_BAGGAGE_MEMBERS: Final = 64
"""Both as W3C asks of whoever passes baggage on."""
MAX_HEADERS: Final = 1_000
MAX_IDENTITY_CHARACTERS: Final = 512

_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")

Headers: TypeAlias = "Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]"
"""Headers as any library has them: a mapping, or pairs of name and value."""


class Caller(NamedTuple):
    """Who calls, as far as the headers say."""

    trace_id: str | None = None
    span_id: str | None = None
    """The caller's span; there is one where there is a trace."""
    session_id: str | None = None
    user_id: str | None = None


def caller(headers: Headers) -> Caller:
    """Reads the headers of a request; what is malformed counts as absent."""
    parents: list[str] = []
    baggage: list[str] = []
    for name, value in _pairs(headers):
        key = name.lower()
        if key == TRACEPARENT:
            parents.append(value)
        elif key == BAGGAGE:
            baggage.append(value)
    trace_id, span_id = _parent(parents)
    named = _identities(baggage)
    return Caller(trace_id, span_id, named.get(semconv.SESSION_ID), named.get(semconv.USER_ID))


def tell(headers: MutableMapping[str, str], told: Caller) -> None:
    """Writes ``told`` into the headers of a request, beside the baggage that is there."""
    names = {name.lower(): name for name in headers}
    if told.trace_id is not None and told.span_id is not None:
        headers[names.get(TRACEPARENT, TRACEPARENT)] = f"00-{told.trace_id}-{told.span_id}-01"
    ours = {semconv.SESSION_ID: told.session_id, semconv.USER_ID: told.user_id}
    members = {key: f"{key}={quote(value, safe='')}" for key, value in ours.items() if value}
    if members:
        name = names.get(BAGGAGE, BAGGAGE)
        headers[name] = ",".join(_bounded(_kept(headers.get(name, ""), members), members.values()))


def _pairs(headers: Headers) -> Iterator[tuple[str, str]]:
    pairs = headers.items() if isinstance(headers, Mapping) or hasattr(headers, "items") else headers
    for pair in islice(pairs, MAX_HEADERS):
        name, value = (part.decode("latin-1") if isinstance(part, bytes) else part for part in pair)
        if isinstance(name, str) and isinstance(value, str):
            yield name, value


def _parent(values: list[str]) -> tuple[str | None, str | None]:
    # Of two it cannot be said which holds.
    found = _TRACEPARENT.fullmatch(values[0].strip()) if len(values) == 1 else None
    if found is None or (found[1] == "00" and found[4]):
        return None, None
    return found[2], found[3]


def _identities(baggage: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for member in islice(_members(baggage), MAX_BAGGAGE_MEMBERS):
        key, _, value = member.partition(";")[0].partition("=")
        key = key.strip()
        if key in (semconv.SESSION_ID, semconv.USER_ID) and key not in found:
            identity = unquote(value.strip(), errors="replace")
            if 1 <= len(identity) <= MAX_IDENTITY_CHARACTERS:
                found[key] = identity
    return found


def _members(baggage: list[str]) -> Iterator[str]:
    left = MAX_BAGGAGE_BYTES
    for value in baggage:
        if len(value) > left:
            # Only whole members: half an id would be another one.
            yield from value[: left + 1].split(",")[:-1]
            return
        left -= len(value)
        yield from value.split(",")


def _kept(baggage: str, members: Mapping[str, str]) -> list[str]:
    """Returns the members of ``baggage`` that ours do not replace."""
    there = [member for member in baggage.split(",") if member.strip()]
    return [member for member in there if member.partition("=")[0].strip() not in members]


def _bounded(kept: list[str], ours: Iterable[str]) -> list[str]:
    """Returns all members that fit; ours come last, and of ours the session first."""
    members, size = list(kept), len(",".join(kept))
    for member in ours:
        if len(members) < MAX_BAGGAGE_MEMBERS and size + 1 + len(member) <= MAX_BAGGAGE_BYTES:
            members.append(member)
            size += 1 + len(member)
    return members
