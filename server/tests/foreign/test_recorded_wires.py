"""What other SDKs send to their own vendors comes out as the facts of the recording, in whatever pieces and order it comes."""

from __future__ import annotations

from typing import Any

import pytest

from server.tests.api.running import Caller

from .recorded import PATHS, cut, deliver, facts_of, messages, recorded, told

IN_PARTS = sorted(PATHS.keys() - {"litellm-otel-v2-mislabelled"})
NAMES_NO_MODEL = {"openai-agents-native"}


def expected(case: str) -> dict[str, Any]:
    """The facts; this SDK's payload names no model, whatever its program used."""
    facts = facts_of(case)
    if case in NAMES_NO_MODEL:
        for session in facts["sessions"]:
            for turn in session["turns"]:
                turn["calls"] = [{**call, "model": ["None"]} for call in turn["calls"]]
    return facts


@pytest.mark.parametrize("case", sorted(PATHS))
def test_a_recording_comes_out_as_its_facts(case: str, caller: Caller) -> None:
    deliver(caller, recorded(case))

    assert told(caller, facts_of(case)) == expected(case)


@pytest.mark.parametrize("case", sorted(PATHS))
def test_a_recording_that_comes_twice_changes_nothing(case: str, caller: Caller) -> None:
    deliver(caller, recorded(case))
    once = caller.sessions()
    deliver(caller, recorded(case))

    assert caller.sessions() == once
    assert told(caller, facts_of(case)) == expected(case)


@pytest.mark.parametrize("case", IN_PARTS)
def test_a_recording_with_one_message_to_a_request_comes_out_the_same(case: str, caller: Caller) -> None:
    deliver(caller, messages(case))

    assert told(caller, facts_of(case)) == expected(case)


@pytest.mark.parametrize("case", IN_PARTS)
def test_a_recording_backwards_comes_out_the_same(case: str, caller: Caller) -> None:
    deliver(caller, messages(case)[::-1])
    backwards = caller.sessions()
    other = caller.server.caller()
    deliver(other, recorded(case))

    assert told(caller, facts_of(case)) == expected(case)
    assert backwards == other.sessions()


@pytest.mark.parametrize("case", IN_PARTS)
def test_every_message_is_counted_as_stored(case: str, caller: Caller) -> None:
    deliver(caller, recorded(case))

    count = len([each for request in recorded(case) for each in cut(request)])
    assert caller.read("/observability/ingestion") == {
        "received": count,
        "stored": count,
        "rejected": {},
        "ignored": {},
    }
