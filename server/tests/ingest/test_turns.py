"""FAULTS.md row B14: a project that sends too much delays itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.errors import Unavailable
from threadline_server.ingest.turns import Turns


def served(requests: Sequence[int], at_once: int = 1, gone: Sequence[int] = ()) -> list[tuple[int, int]]:
    """(project, place among its own) of ``requests`` that wait together, in the order in which they are served; some leave first."""

    async def run() -> list[tuple[int, int]]:
        turns, order, gate = Turns(at_once), [], asyncio.Event()

        async def one(project_id: int, place: int) -> None:
            async with turns.turn(project_id):
                order.append((project_id, place))

        async def holding() -> None:
            async with turns.turn(0):
                await gate.wait()

        holders = [asyncio.create_task(holding()) for _ in range(at_once)]
        await asyncio.sleep(0)
        tasks = [
            asyncio.create_task(one(project_id, requests[:place].count(project_id)))
            for place, project_id in enumerate(requests)
        ]
        await asyncio.sleep(0)
        for place in gone:
            tasks[place].cancel()
        gate.set()
        await asyncio.gather(*holders, *tasks, return_exceptions=True)
        async with asyncio.timeout(5):  # all places are free again
            async with turns.turn(1):
                pass
        return order

    return asyncio.run(run())


def test_projects_are_served_by_turns_however_many_bodies_one_of_them_has() -> None:
    assert served([7] * 5 + [8, 9]) == [(7, 0), (8, 0), (9, 0), (7, 1), (7, 2), (7, 3), (7, 4)]


@given(requests=st.lists(st.integers(1, 4), max_size=20), at_once=st.integers(1, 3), data=st.data())
def test_everybody_who_waits_is_served_once_and_nobody_passes_twice_while_another_waits(
    requests: list[int], at_once: int, data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.integers(0, max(0, len(requests) - 1)), max_size=5)) if requests else set()
    order = served(requests, at_once, sorted(gone))

    here = [(p, requests[:n].count(p)) for n, p in enumerate(requests) if n not in gone]
    assert sorted(order) == sorted(here)
    for project_id in set(requests):
        own = [place for place in order if place[0] == project_id]
        assert own == sorted(own)


def test_over_its_share_a_project_is_refused_and_another_is_not() -> None:
    turns = Turns(1, most_bytes=100)
    with ExitStack() as held:
        held.enter_context(turns.admitted(1, 50))
        with pytest.raises(Unavailable, match="of this project"), turns.admitted(1, 1):
            pass
        held.enter_context(turns.admitted(2, 50))
        with pytest.raises(Unavailable, match="cannot take more now"), turns.admitted(3, 1):
            pass
        assert turns.waiting_bytes() == 100
    assert turns.waiting_bytes() == 0
    with turns.admitted(1, 1_000):  # alone, any body of the size that a body may have
        pass
