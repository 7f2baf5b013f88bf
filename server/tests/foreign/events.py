"""Langfuse events of one small world for tests of the laws: what an SDK may send of a trace, sound or contradictory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from hypothesis import strategies as st

from .recorded import Sent

Event = dict[str, Any]
PATH = "/api/public/ingestion"


def moment(second: int) -> str:
    return f"2026-11-23T{7 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000Z"


def event(number: int, type_: str, at: int, **body: Any) -> Event:
    return {"id": f"e-{number}", "type": type_, "timestamp": moment(at), "body": body}


def request(events: Sequence[Event]) -> Sent:
    return Sent(PATH, "application/json", orjson.dumps({"batch": events}))


seconds = st.integers(0, 3 * 3_600)


def maybe(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


_upserts = st.tuples(
    st.just("trace-create"),
    st.sampled_from(["t-1", "t-2"]).flatmap(
        lambda trace: maybe(
            timestamp=seconds.map(moment),
            name=st.sampled_from(["turn", "other"]),
            sessionId=st.sampled_from(["s-1", "s-2"]),
            userId=st.sampled_from(["u-1", "u-2"]),
            input=st.sampled_from(["Hello?", "Well?"]),
            output=st.sampled_from(["Hello!", "Bye."]),
            tags=st.lists(st.sampled_from(["a", "b"]), max_size=2),
            metadata=maybe(plan=st.sampled_from(["pro", "free"]), attempt=st.integers(1, 3)),
        ).map(lambda body: {"id": trace, **body})
    ),
)
_observed = st.tuples(
    st.sampled_from(["span-create", "span-update", "generation-create", "generation-update", "event-create"]),
    st.tuples(st.sampled_from(["o-1", "o-2", "o-3"]), st.sampled_from(["t-1", "t-1", "t-2", None])).flatmap(
        lambda ids: maybe(
            startTime=seconds.map(moment),
            endTime=seconds.map(moment),
            name=st.sampled_from(["step", "call"]),
            model=st.sampled_from(["gpt-4o", "own-model"]),
            output=st.sampled_from(["Hello!", "Bye."]),
            level=st.sampled_from(["ERROR", "DEFAULT"]),
            parentObservationId=st.sampled_from(["o-1", "o-2"]),
            usage=st.fixed_dictionaries({"input": st.integers(0, 50), "output": st.integers(0, 50)}),
        ).map(lambda body: {"id": ids[0], **({"traceId": ids[1]} if ids[1] else {}), **body})
    ),
)


@st.composite
def worlds(draw: st.DrawFn) -> list[Event]:
    told = draw(st.lists(st.one_of(_upserts, _observed), min_size=1, max_size=8))
    return [event(number, type_, draw(seconds), **body) for number, (type_, body) in enumerate(told)]
