"""What cost is broken down by, as expressions over a session's row.

A model has what its own calls cost. A user, an environment, a release, a metadata value has whole sessions. A trace name and a
tag have whole traces, those that carry it. A tool costs nothing itself: it has the traces in which it was called. A session
of two users, a trace of two tags or tools counts for both, so that these groups overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from threadline_server.query import grouping
from threadline_server.store.queries import Fragment

_HAS_TOKENS: Final = Fragment("entry.5 > 0")
"""Of a trace: a session's row does not tell which of its traces called them."""


class Dimension(msgspec.Struct, frozen=True):
    """``keys`` and ``costs`` are arrays of equal length; ``entries`` has for each group of the session, by its place, how many
    traces, calls and failures, which tokens and cost. ``leaves_out``: whether the cost of an entry may leave out that of the
    session's models without a price."""

    keys: Fragment
    costs: Fragment
    entries: Fragment
    leaves_out: Fragment = Fragment("true")
    overlaps: bool = False
    counts_traces: bool = True
    counts_calls: bool = False
    counts_errors: bool = True


def _entry(
    place: str,
    *,
    traces: str = "toUInt64(0)",
    calls: str = "toUInt64(0)",
    failed: str = "toUInt64(0)",
    tokens: str = "toUInt64(0)",
    cost: str = "toDecimal128(0, 12)",
) -> str:
    """One entry of a ``Dimension``; what is not named it has none of."""
    return f"({place}, {traces}, {calls}, {failed}, {tokens}, {cost})"


def _of_sessions(keys: str, *, overlaps: bool = False) -> Dimension:
    entry = _entry("place", traces="trace_count", failed="error_count", tokens="total_tokens", cost="cost")
    return Dimension(
        Fragment(keys),
        Fragment(f"arrayMap(key -> cost, {keys})"),
        Fragment(f"arrayMap(place -> {entry}, arrayDistinct(arrayMap(key -> {grouping.place('key')}, {keys})))"),
        overlaps=overlaps,
    )


def _of_steps(
    column: str,
    *,
    calls: str = "CAST([], 'Array(Tuple(UInt16, UInt64, UInt64, UInt64, UInt64, Decimal(38, 12)))')",
) -> Dimension:
    """``column`` has several keys for each trace, or none."""
    some = "emptyArrayToSingle(told)"
    places = f"arrayDistinct(arrayMap(key -> {grouping.place('key')}, {some}))"
    failed = "toUInt64(failed)" if column == "step_tags" else "toUInt64(0)"
    entry = _entry("place", traces="toUInt64(1)", failed=failed, tokens="tokens", cost="step_cost")
    steps = f"arrayMap((told, failed, tokens, step_cost) -> arrayMap(place -> {entry}, {places}), {column}, step_failed, step_tokens, step_costs)"
    return Dimension(
        Fragment(f"arrayFlatten(arrayMap(told -> {some}, {column}))"),
        Fragment(
            f"arrayFlatten(arrayMap((told, step_cost) -> arrayWithConstant(greatest(length(told), 1), step_cost), {column}, step_costs))"
        ),
        Fragment(f"arrayConcat(arrayFlatten({steps}), {calls})"),
        leaves_out=_HAS_TOKENS,
        overlaps=True,
        counts_calls=column == "step_tools",
    )


_TOOL_CALLS: Final = (
    f"arrayConcat(arrayMap((tool, calls) -> {_entry(grouping.place('tool'), calls='calls')}, mapKeys(tool_calls), mapValues(tool_calls)),"
    f" arrayMap((tool, errors) -> {_entry(grouping.place('tool'), failed='errors')}, mapKeys(tool_errors), mapValues(tool_errors)))"
)
_MODEL_ENTRIES: Final = (
    f"arrayMap((key, calls, tokens, own_cost) -> {_entry(grouping.place('key'), calls='calls', tokens='tokens', cost='own_cost')},"
    f" {grouping.MODELS}, {grouping.owns('generation_count')}, {grouping.owns('total_tokens')}, {grouping.owns('cost')})"
)
_TRACE_ENTRY: Final = _entry(
    grouping.place("toString(name)"), traces="toUInt64(1)", failed="toUInt64(failed)", tokens="tokens", cost="step_cost"
)
DIMENSIONS: Final[Mapping[str, Dimension]] = {
    "model": Dimension(
        grouping.MODELS,
        Fragment(grouping.owns("cost")),
        Fragment(_MODEL_ENTRIES),
        counts_traces=False,
        counts_calls=True,
        counts_errors=False,
    ),
    "user": _of_sessions(grouping.KEYS["user"], overlaps=True),
    "traceName": Dimension(
        Fragment("arrayMap(name -> toString(name), step_names)"),
        Fragment("step_costs"),
        Fragment(
            f"arrayMap((name, failed, tokens, step_cost) -> {_TRACE_ENTRY}, step_names, step_failed, step_tokens, step_costs)"
        ),
        leaves_out=_HAS_TOKENS,
    ),
    "tag": _of_steps("step_tags"),
    "tool": _of_steps("step_tools", calls=_TOOL_CALLS),
    "environment": _of_sessions(grouping.KEYS["environment"]),
    "release": _of_sessions(grouping.KEYS["release"]),
}
METADATA: Final = _of_sessions(grouping.METADATA)
